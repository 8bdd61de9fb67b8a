"""Reading: formats and columns recognised, newest submissions, question texts, clear refusals."""

import json
from pathlib import Path

import pytest
from course_files import DRIFT, REGISTRY, canvas_report, google_form, moodle_worksheet
from quick_scorer import opened

from coach.cohort.run_records import RunOptions
from coach.errors import CoachError, InputError, UsageError
from coach.packs import Pack

ONE = RunOptions(question=DRIFT)


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def texts(path: Path, pack: Pack, options: RunOptions | None = None) -> list[tuple[str, str, str]]:
    return [(one.id, one.state, one.text) for one, _ in opened(path, pack, options).submissions()]


def test_course_files_are_recognised(pack: Pack, tmp_path: Path) -> None:
    assert opened(moodle_worksheet(tmp_path / "m.csv"), pack, ONE).layout.kind == "moodle-worksheet"
    canvas = opened(canvas_report(tmp_path / "c.csv", pack), pack)
    assert (canvas.layout.kind, [one.question for one in canvas.layout.answers]) == (
        "canvas-quiz",
        [DRIFT, REGISTRY],
    )
    assert canvas.superseded == 2
    form = opened(google_form(tmp_path / "g.csv", pack), pack)
    assert (form.layout.kind, form.layout.ignored) == ("google-forms", ("Any comments?",))


def test_a_localised_worksheet_is_recognised(pack: Pack, tmp_path: Path) -> None:
    header = (
        "ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung,Bewertung kann geändert werden,"
        "Zuletzt geändert (Abgabe),Texteingabe online,Zuletzt geändert (Bewertung),Feedback als Kommentar\n"
    )
    path = write(tmp_path / "m.csv", header + 'Teilnehmer/in1,A,a@x.de,ok,-,"10,00",Ja,-,<p>Text</p>,-,\n')
    layout = opened(path, pack, ONE).layout
    assert (layout.kind, layout.grade, layout.most, layout.answer, layout.feedback) == (
        "moodle-worksheet",
        4,
        5,
        8,
        10,
    )


def test_the_newest_submission_counts_and_the_others_are_kept(pack: Pack, tmp_path: Path) -> None:
    rows = "id,submitted,answer\na,2025-11-02 10:00:00,new\na,2025-11-01 10:00:00,old\nb,,first\nb,,second\n"
    assert texts(write(tmp_path / "t.csv", rows), pack, ONE) == [
        (f"S00001/{DRIFT}", "counts", "new"),
        (f"S00001/{DRIFT}@2", "superseded", "old"),
        (f"S00002/{DRIFT}@3", "superseded", "first"),
        (f"S00002/{DRIFT}", "counts", "second"),
    ]


def test_mixed_encodings_line_breaks_and_long_answers_are_read(pack: Pack, tmp_path: Path) -> None:
    long = "We watch it. " * 9_000
    rows = b'id;answer\n1;na\xefve\n2;na\xc3\xafve\n3;"two\r\nlines; ""quoted"""\n4;' + long.encode() + b"\n"
    found = texts(write(tmp_path / "t.csv", rows), pack, ONE)
    assert [text for _, _, text in found] == ["naïve", "naïve", 'two\nlines; "quoted"', long]


def test_rows_that_do_not_fit_are_named_and_the_rest_is_read(pack: Pack, tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "id,answer\n1,one\n2,two,three\n\n4,four\n5\n")
    cohort = opened(path, pack, ONE)
    assert [(one.row, one.text) for one, _ in cohort.submissions()] == [*((1, "one"), (4, "four"), (5, ""))]
    assert [str(problem) for problem in cohort.problems] == [
        "row 2: has 3 cells, the header 2: put answers that hold ',' in quotation marks; not graded",
    ]


def test_a_quotation_mark_that_is_never_closed_is_told(pack: Pack, tmp_path: Path) -> None:
    cohort = opened(write(tmp_path / "t.csv", 'id,answer\n1,x\n2,"never closed\n3,y\n'), pack, ONE)
    assert len(list(cohort.submissions())) == 2
    assert "never closed" in str(cohort.problems[0])


def test_a_question_in_other_words_is_matched_with_its_similarity(pack: Pack, tmp_path: Path) -> None:
    asked = pack.question(DRIFT).text
    rows = [
        {"id": "1", "question": f"Q1: {asked.upper()}", "answer": "x"},
        {"id": "2", "question": asked + " Please", "answer": "y"},
        {"id": "3", "question": "Describe your favourite holiday", "answer": "z"},
    ]
    path = write(tmp_path / "t.jsonl", "\n".join(map(json.dumps, rows)))
    cohort = opened(path, pack)
    assert [one.row for one, _ in cohort.submissions()] == [1, 2]
    exact, similar, other = cohort.questions.values()
    assert (exact.how, similar.how, similar.question, similar.found) == ("exact", "similar", DRIFT, True)
    assert 0.75 < similar.similarity < 1
    assert not other.found
    assert "row 3: 'Describe your favourite holiday' is no question of the pack, the nearest is" in str(
        cohort.problems[0]
    )


def test_the_newest_counts_however_its_question_is_worded(pack: Pack, tmp_path: Path) -> None:
    asked = pack.question(DRIFT).text
    rows = [
        {"id": "1", "question": asked + " Please", "answer": "old"},
        {"id": "1", "question": asked + " Please", "answer": "newer"},
        {"id": "1", "question": asked, "answer": "newest"},
        {"id": "2", "question": asked + " Please", "answer": "only"},
    ]
    path = write(tmp_path / "t.jsonl", "\n".join(map(json.dumps, rows)))
    assert texts(path, pack) == [
        (f"S00001/{DRIFT}@1", "superseded", "old"),
        (f"S00001/{DRIFT}@2", "superseded", "newer"),
        (f"S00001/{DRIFT}", "counts", "newest"),
        (f"S00002/{DRIFT}", "counts", "only"),
    ]
    assert opened(path, pack).superseded == 2


def test_map_names_what_is_not_recognised(pack: Pack, tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "who,Q3,Q4,score out of ten\nann,text,more,8\n")
    options = RunOptions(maps=("id=who", f"answer:{DRIFT}=Q3", "mark=4"), marks_of=10)
    ((one, student),) = opened(path, pack, options).submissions()
    assert (one.question, one.text, one.mark, student.id) == (DRIFT, "text", 4.0, "ann")


def test_marks_of_the_instructor_are_put_on_one_scale(pack: Pack, tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", 'id,answer,mark\n1,a,"3,5"\n2,b,3 / 10\n3,c,absent\n4,d,99\n')
    assert [one.mark for one, _ in opened(path, pack, ONE).submissions()] == [3.5, 1.5, None, None]


@pytest.mark.parametrize(
    ("name", "content", "kind", "words"),
    [
        ("none.csv", None, InputError, ["no such file"]),
        ("empty.csv", b"", InputError, ["empty"]),
        ("only.csv", b"id,answer\n", InputError, ["holds no answers"]),
        ("wide.csv", b"a," * 1_000_000 + b"\n", InputError, ["1,000,001 columns"]),
        ("marks.csv", b"id,points\n1,2\n", InputError, ["no column is known to hold answers", "--map"]),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", InputError, ["XLS workbook", "as XLSX"]),
        ("text.docx", b"hello", InputError, [".docx is not known"]),
        ("bad.xlsx", b"PK\x03\x04 nothing", InputError, ["no readable zip"]),
        ("bad.parquet", b"PAR1 nothing", InputError, ["no readable Parquet"]),
        ("bad.jsonl", b"[1]\n", InputError, ["no JSON object"]),
        (
            "q.csv",
            b"id,question,answer\n1,Describe your holiday,x\n",
            InputError,
            ["no question matches", "--question ID"],
        ),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(
    name: str, content: bytes | None, kind: type[CoachError], words: list[str], pack: Pack, tmp_path: Path
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    options = RunOptions() if name in ("q.csv", "marks.csv") else ONE
    with pytest.raises(kind) as caught:
        list(opened(path, pack, options).submissions())
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "Give --question ID"),
        ({"question": "what-is-drfit"}, "what-is-drift"),
        ({"question": DRIFT, "maps": ("answer=nope",)}, "has no column 'nope'"),
        ({"question": DRIFT, "maps": ("colour=id",)}, "there is no such part"),
    ],
)
def test_an_option_that_does_not_fit_is_a_wrong_use(
    options: dict[str, object], words: str, pack: Pack, tmp_path: Path
) -> None:
    path = write(tmp_path / "t.csv", "id,answer\n1,x\n")
    with pytest.raises(UsageError, match=words):
        opened(path, pack, RunOptions.model_validate(options))
