"""What a run writes: tables, pages, report, manifest; who is named where; what people decide."""

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import polars
import pytest
from course_files import DRIFT, canvas_report, graded_answers, moodle_worksheet, records
from quick_scorer import Counter, graded_into, opened, quick_scorer

from coach.cohort.batch_scoring import BatchScorer
from coach.cohort.privacy import scrubbed
from coach.cohort.submissions import Student
from coach.domain import Depth
from coach.errors import UsageError

NASTY = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> We watch inputs & act; [x](javascript:alert(3))"
)


@pytest.fixture(scope="module")
def quick() -> BatchScorer:
    return quick_scorer()


@pytest.fixture(scope="module")
def out(quick: BatchScorer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of a worksheet with groups in which one answer names its writer and one is hostile."""
    folder = tmp_path_factory.mktemp("class")
    rows = [
        {
            "id": f"k{place}x",
            "name": f"Xaver Quill-{place}",
            "email": f"xq{place}@example.edu",
            "course": "evening" if place % 2 else "day",
            "mark": place % 6,
            "question": DRIFT,
            "answer": one["answer"],
        }
        for place, one in enumerate(graded_answers(DRIFT, 8))
    ]
    rows[0]["answer"] = f"I am Xaver Quill-0 (xq0@example.edu). {rows[0]['answer']}"
    rows.append({**rows[1], "id": "k8x", "answer": NASTY, "name": "<b>Eve</b>"})
    path = folder / "class.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    graded_into(folder / "out", path, quick, group="course")
    return folder / "out"


def test_grades_have_one_row_an_answer_and_one_column_a_dimension(out: Path, quick: BatchScorer) -> None:
    grades = polars.read_parquet(out / "grades.parquet")
    assert len(grades) == 9
    assert {f"depth_{dimension.id}" for dimension in quick.pack.dimensions} < set(grades.columns)
    expected = quick.pack.question(DRIFT).expects
    for dimension in quick.pack.dimensions:
        filled = grades[f"depth_{dimension.id}"].drop_nulls()
        assert len(filled) == (9 if dimension.id in expected else 0)
    assert grades["scorer"].unique().to_list() == [str(quick.id)]
    assert polars.read_csv(out / "grades.csv")["mark"].to_list() == grades["mark"].to_list()


def test_the_key_alone_names_students(out: Path) -> None:
    named = re.compile(r"Xaver|Quill|xq\d@|k\dx|Eve")
    assert len(records(out / "key.csv")) == 10
    kept = {"key.csv", "graded-class.jsonl", "run.json", ".lock"}
    # The journal and a student's own page hold the answer's own words, and no more than those.
    own_words = {"journal.jsonl", "feedback/S00001.md", "feedback/S00001.html"}
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out).as_posix()
        if path.is_file() and name not in kept | own_words:
            assert not named.search(path.read_bytes().decode("latin-1")), name
    assert not re.search(
        r"Xaver|xq\d", "".join(line for line in (out / "journal.jsonl").read_text().splitlines()[1:])
    )


class Tags(HTMLParser):
    """Collects the tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


def test_pages_hold_nothing_that_runs_or_loads(out: Path) -> None:
    for path in [out / "report.html", *sorted((out / "feedback").glob("*.html"))]:
        text = path.read_text(encoding="utf-8")
        page = Tags()
        page.feed(text)
        assert not page.tags & {"script", "img", "iframe", "object", "link", "base", "form", "a"}, path
        assert not [name for name in page.attributes if name.startswith("on")], path
        assert page.links == []
        assert "default-src 'none'" in text.replace("&#x27;", "'")
        assert "url(" not in text


def test_the_report_shows_every_part(out: Path) -> None:
    text = (out / "report.html").read_text(encoding="utf-8")
    for title in (
        "Marks",
        "Depth by dimension",
        "Reasoning or name-dropping",
        "Most missed",
        "Length against mark",
    ):
        assert f"<h2>{title}</h2>" in text
    assert "Agreement with the instructor" in text
    assert "Fewer than 20 answers in day, evening" in text
    assert text.count("<svg") >= 6


def test_what_the_class_missed_is_told_by_references_that_explain(quick: BatchScorer, tmp_path: Path) -> None:
    by_depth: dict[bool, list[str]] = {True: [], False: []}
    for expectation in quick.pack.question(DRIFT).expectations:
        for reference in expectation.references:
            by_depth[reference.depth >= Depth.DESCRIBED].append(reference.text)
    path = tmp_path / "class.jsonl"
    # Each answer is nearest to a reference that only names the matter, for it is that reference.
    path.write_text("".join(json.dumps({"answer": text}) + "\n" for text in by_depth[False]), "utf-8")
    graded_into(tmp_path / "out", path, quick, question=DRIFT)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    missed = html.unescape(page.split("<h2>Most missed</h2>")[1].split("<h2>")[0])
    shown = [text for text in re.findall(r"<td>([^<]{40,})", missed)]
    assert shown
    assert all(any(text in cell for text in by_depth[True]) for cell in shown)


def test_the_manifest_says_what_graded_what(out: Path, quick: BatchScorer) -> None:
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["scorer"] == quick.id.model_dump()
    assert len(manifest["input_sha256"]) == 64
    assert manifest["counts"]["graded"] == 9
    assert manifest["versions"]["coach"]
    assert "/" not in manifest["input"]


def test_the_same_file_gives_the_same_bytes(quick: BatchScorer, tmp_path: Path) -> None:
    path = canvas_report(tmp_path / "report.csv", quick.pack)
    for name in ("one", "two"):
        graded_into(tmp_path / name, path, quick)
    # A second run over a finished one changes nothing either.
    graded_into(tmp_path / "two", path, quick)
    for found in sorted((tmp_path / "one").rglob("*")):
        if found.is_file():
            assert (
                found.read_bytes() == (tmp_path / "two" / found.relative_to(tmp_path / "one")).read_bytes()
            ), found


def test_a_finished_run_encodes_nothing_again(quick: BatchScorer, tmp_path: Path) -> None:
    path = moodle_worksheet(tmp_path / "w.csv")
    graded_into(tmp_path / "out", path, quick, question=DRIFT)
    encoder = quick._batch_encoder._encoder
    before = encoder.asked  # type: ignore[attr-defined]
    graded_into(tmp_path / "out", path, quick, question=DRIFT)
    assert encoder.asked == before  # type: ignore[attr-defined]


def test_another_file_in_the_same_directory_is_refused(quick: BatchScorer, tmp_path: Path) -> None:
    path = moodle_worksheet(tmp_path / "w.csv")
    graded_into(tmp_path / "out", path, quick, question=DRIFT)
    path.write_bytes(path.read_bytes().replace(b"Participant 7003", b"Participant 7333"))
    with pytest.raises(UsageError, match=r"holds the grades of w\.csv, not of this file"):
        graded_into(tmp_path / "out", path, quick, question=DRIFT)


def test_an_override_counts_and_shows_that_it_changed(quick: BatchScorer, tmp_path: Path) -> None:
    path = moodle_worksheet(tmp_path / "w.csv")
    graded_into(tmp_path / "out", path, quick, question=DRIFT)
    answer = f"S00001/{DRIFT}"
    for mark, why in ((3.5, "first look"), (4.0, "talked to the student")):
        told = {"overrides": {answer: mark}, "reason": why, "note": f"told: {mark}"}
        graded_into(tmp_path / "out", path, quick, question=DRIFT, **told)
    row = polars.read_parquet(tmp_path / "out" / "grades.parquet").row(0, named=True)
    assert (row["mark"], row["changed"]) == (4.0, "override")
    assert row["overall"] != 4.0
    back = records(tmp_path / "out" / "graded-w.csv")
    assert back[1][back[0].index("Grade")] == "80.00"
    page = (tmp_path / "out" / "feedback" / "S00001.md").read_text(encoding="utf-8")
    for shown in (back[1][-1], page):
        assert "told: 4.0" in shown
        assert "talked to the student" not in shown
    assert "set by your instructor" in page
    lines = [
        line[9:] for line in (tmp_path / "out" / "journal.jsonl").read_text(encoding="ascii").splitlines()
    ]
    kept = [record for record in map(json.loads, lines) if record["kind"] == "override"]
    assert [(one["mark"], one["reason"], one["before"] is not None) for one in kept] == [
        (3.5, "first look", True),
        (4.0, "talked to the student", True),
    ]
    assert all(one["who"] and one["when"].endswith("+00:00") for one in kept)


def test_regrading_names_the_answers_and_keeps_the_others(quick: BatchScorer, tmp_path: Path) -> None:
    path = moodle_worksheet(tmp_path / "w.csv")
    graded_into(tmp_path / "out", path, quick, question=DRIFT)
    newer = quick_scorer(quick.pack)
    newer.id = quick.id.model_copy(update={"version": "9.9"})
    with pytest.raises(UsageError, match="grades of two scorers do not mix"):
        graded_into(tmp_path / "out", path, newer, question=DRIFT)
    answer = f"S00001/{DRIFT}"
    graded_into(tmp_path / "out", path, newer, question=DRIFT, regrade=(answer,), reason="new version")
    table = polars.read_parquet(tmp_path / "out" / "grades.parquet")
    assert ["9.9" in scorer for scorer in table["scorer"].drop_nulls()] == [True] + [False] * 6
    assert table["changed"].to_list() == ["regrade"] + [""] * 6


def test_an_unknown_answer_is_refused(quick: BatchScorer, tmp_path: Path) -> None:
    path = moodle_worksheet(tmp_path / "w.csv")
    with pytest.raises(UsageError, match="there is no answer 'S99999/x'"):
        graded_into(tmp_path / "out", path, quick, question=DRIFT, overrides={"S99999/x": 1.0}, reason="r")


def test_one_answer_that_fails_is_a_row_with_its_reason(
    quick: BatchScorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coach.cohort import grading

    coach = grading.coach

    def failing(answer: object, scorer: BatchScorer) -> object:
        if "Participant" in str(answer) or answer.text.startswith("so drift"):  # type: ignore[attr-defined]
            raise RuntimeError("odd answer")
        return coach(answer, scorer)  # type: ignore[arg-type]

    monkeypatch.setattr(grading, "coach", failing)
    path = moodle_worksheet(tmp_path / "w.csv")
    manifest = graded_into(tmp_path / "out", path, quick, question=DRIFT)
    assert manifest.counts["failed"] == 1
    review = records(tmp_path / "out" / "review.csv")
    assert ["failed" in row[2] and "odd answer" in row[-1] for row in review].count(True) == 1


def test_progress_counts_answers(quick: BatchScorer, tmp_path: Path) -> None:
    from coach.cohort.run_records import RunOptions
    from coach.cohort.runs import grade_cohort

    options = RunOptions(question=DRIFT)
    watcher = Counter()
    cohort = opened(moodle_worksheet(tmp_path / "w.csv"), quick.pack, options)
    grade_cohort(cohort, quick, tmp_path / "out", watcher, options)
    assert (watcher.answers, watcher.failures) == (7, 0)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Ann Lee wrote this", "[name] wrote this"),
        ("ann  lee and Lee", "[name] and [name]"),
        ("Mail other@x.org or s12345", "Mail [address] or [id]"),
        ("Annual leeway stays", "Annual leeway stays"),
    ],
)
def test_a_students_own_name_is_taken_out(text: str, clean: str) -> None:
    assert scrubbed(text, Student("s12345", "Ann Lee", "ann.lee@uni.edu")) == clean
