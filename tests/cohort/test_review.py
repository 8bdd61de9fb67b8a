"""Review as work: decisions kept through regrades, findings struck, notes apart from reasons, a list taken back."""

import csv
import html
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import polars
import pytest
from course_files import DRIFT, moodle_worksheet, records
from quick_scorer import graded_into, opened, quick_scorer
from typer.testing import CliRunner

from coach.cli import app
from coach.cli.review_page import print_answer
from coach.cohort.batch_scoring import BatchScorer
from coach.cohort.edited_reviews import take_back
from coach.cohort.review_session import ReviewSession, findings
from coach.cohort.run_records import RunOptions
from coach.domain import HarmfulFinding
from coach.errors import InputError, UsageError

OPTIONS = RunOptions(question=DRIFT)
FIRST = f"S00001/{DRIFT}"
PRIVATE, TOLD = "smelled of a copy", "Well argued, see page 4."


@pytest.fixture(scope="module")
def accusing() -> BatchScorer:
    """A scorer that holds every statement to be harmful."""
    quick = quick_scorer()
    sure = tuple({**one, "harm.bias": np.full_like(one["harm.bias"], 9)} for one in quick.head.networks)
    return quick_scorer(head=replace(quick.head, networks=sure))


@pytest.fixture
def graded(accusing: BatchScorer, tmp_path: Path) -> Path:
    """A directory in which every answer waits for a person."""
    graded_into(tmp_path / "out", moodle_worksheet(tmp_path / "w.csv"), accusing, question=DRIFT)
    return tmp_path / "out"


@pytest.fixture
def session(graded: Path, accusing: BatchScorer) -> Iterator[ReviewSession]:
    cohort = opened(graded.parent / "w.csv", accusing.pack, OPTIONS)
    with ReviewSession(graded, cohort, accusing.pack, OPTIONS) as session:
        yield session


def students_texts(out: Path) -> str:
    """All that a student may read."""
    pages = [path.read_text(encoding="utf-8") for path in sorted((out / "feedback").iterdir())]
    return "\n".join([*pages, (out / "graded-w.csv").read_text(encoding="utf-8-sig")])


def test_what_is_accepted_leaves_the_list_and_says_so_to_the_student(session: ReviewSession) -> None:
    before = [one.submission.id for one in session.waiting()]
    session.accept(session.find(FIRST))
    session.finish()
    assert [one.submission.id for one in session.waiting()] == [one for one in before if one != FIRST]
    assert FIRST not in [row[0] for row in records(session.out / "review.csv")]
    pages = [(session.out / "feedback" / f"S0000{n}.md").read_text(encoding="utf-8") for n in (1, 3)]
    assert ["Read by your instructor." in page for page in pages] == [True, False]


def test_a_mark_stays_through_every_regrade(
    session: ReviewSession, accusing: BatchScorer, tmp_path: Path
) -> None:
    session.set_mark(session.find(FIRST), 4.5, note=TOLD, reason=PRIVATE)
    session.finish()
    session._stack.close()
    graded_into(
        session.out, tmp_path / "w.csv", accusing, question=DRIFT, regrade=(FIRST,), reason="once more"
    )
    row = polars.read_parquet(session.out / "grades.parquet").row(0, named=True)
    assert (row["mark"], row["marked_by"]) == (4.5, "person")
    back = records(session.out / "graded-w.csv")
    assert back[1][back[0].index("Grade")] == "90.00"
    assert FIRST not in [row[0] for row in records(session.out / "review.csv")]


def test_no_word_of_the_program_stands_against_a_persons_mark(session: ReviewSession) -> None:
    session.set_mark(session.find(FIRST), 5.0)
    session.finish()
    page = (session.out / "feedback" / "S00001.md").read_text(encoding="utf-8")
    cell = html.unescape(records(session.out / "graded-w.csv")[1][-1])
    for told in (page, cell):
        assert "The program's reading: " in told
        assert not any(f"{word}: " in told for word in ("Unusable", "Poor", "Weak", "Acceptable", "Good"))


def test_reasons_never_reach_a_student_and_notes_do(session: ReviewSession) -> None:
    session.set_mark(session.find(FIRST), 3.0, note=TOLD, reason=PRIVATE)
    session.note(session.find(f"S00003/{DRIFT}"), reason=PRIVATE)
    session.finish()
    told = students_texts(session.out)
    assert told.count(TOLD) >= 3
    assert PRIVATE not in told
    assert PRIVATE in (session.out / "journal.jsonl").read_text(encoding="utf-8")


def test_a_struck_finding_is_gone_and_its_cost_with_it(session: ReviewSession) -> None:
    before = session.find(FIRST)
    marks = [before.mark]
    quotes = [one.quote for one in findings(before)]
    assert all(isinstance(one, HarmfulFinding) for one in findings(before))
    while findings(session.find(FIRST)):
        session.strike(session.find(FIRST), 1)
        marks.append(session.find(FIRST).mark)
    session.finish()
    assert len(marks) == len(quotes) + 1
    assert marks == sorted(marks, key=lambda mark: mark or 0.0)
    page = (session.out / "feedback" / "S00001.md").read_text(encoding="utf-8")
    assert "Not safe in practice" not in page
    assert "Unsafe" not in records(session.out / "graded-w.csv")[1][-1]


def test_an_answer_is_put_back_on_the_list(session: ReviewSession) -> None:
    before = session.find(FIRST)
    session.strike(before, 1)
    session.set_mark(session.find(FIRST), 1.0)
    session.reopen(session.find(FIRST))
    after = session.find(FIRST)
    assert (after.mark, after.reviewed, len(findings(after))) == (before.mark, False, len(findings(before)))
    assert len(after.decisions) == 3


def test_a_mark_goes_with_its_answer_into_a_new_export(
    session: ReviewSession, accusing: BatchScorer, tmp_path: Path
) -> None:
    session.set_mark(session.find(FIRST), 4.5, note=TOLD)
    session.set_mark(session.find(f"S00003/{DRIFT}"), 1.5)
    session.finish()
    session._stack.close()
    path = tmp_path / "w.csv"
    header, *rows = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    text = "".join([header, *reversed(rows)]).replace("Participant 7002", "Participant 7999")
    path.write_text(text, encoding="utf-8-sig")
    with pytest.raises(UsageError, match="--new-file"):
        graded_into(session.out, path, accusing, question=DRIFT)
    manifest = graded_into(session.out, path, accusing, question=DRIFT, new_file=True)
    grades = {
        row["mark"]: row["answer"] for row in polars.read_parquet(session.out / "grades.parquet").to_dicts()
    }
    key = {row[0]: row[1] for row in records(session.out / "key.csv")}
    assert key[grades[4.5].split("/")[0]] == "Participant 7000"
    assert 1.5 not in grades
    assert "1 decided answers are gone or changed" in " ".join(manifest.problems)
    again = graded_into(session.out, path, accusing, question=DRIFT, new_file=True)
    assert again.counts == manifest.counts


@pytest.mark.parametrize("mark", [-0.1, 5.1])
def test_a_mark_beyond_the_scale_is_refused(mark: float, session: ReviewSession) -> None:
    with pytest.raises(UsageError, match="from 0 to 5"):
        session.set_mark(session.find(FIRST), mark)
    with pytest.raises(UsageError, match="there is no finding 99"):
        session.strike(session.find(FIRST), 99)
    assert session.decided == 0


def test_two_reviews_at_once_are_refused(session: ReviewSession, accusing: BatchScorer) -> None:
    other = ReviewSession(session.out, session.cohort, accusing.pack, OPTIONS)
    with pytest.raises(UsageError, match="another run is writing there"), other:
        pass


def filled(out: Path, path: Path, cells: dict[str, dict[str, str]], separator: str = ",") -> Path:
    """The review list with cells filled in, as a spreadsheet writes it."""
    with (out / "review.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row.update(cells.get(row["answer"], {}))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=separator)
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_list_that_was_filled_in_is_taken_back_once(
    separator: str, session: ReviewSession, tmp_path: Path
) -> None:
    second, third = f"S00003/{DRIFT}", f"S00004/{DRIFT}"
    cells = {
        FIRST: {"new mark": "3,5", "note to student": TOLD, "private reason": PRIVATE},
        second: {"status": "done"},
        third: {"strike": "all"},
    }
    path = filled(session.out, tmp_path / "edited.csv", cells, separator)
    assert take_back(path, session) == 3
    assert (session.find(FIRST).mark, session.find(FIRST).notes) == (3.5, (TOLD,))
    assert session.find(second).reviewed
    assert findings(session.find(third)) == ()
    assert take_back(path, session) == 0


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({FIRST: {"new mark": "seven"}}, "'seven' is no mark"),
        ({FIRST: {"new mark": "6"}}, "'6' is no mark"),
        ({FIRST: {"strike": "77"}}, "findings, from 1"),
        ({FIRST: {"answer": "S99/x", "new mark": "3"}}, "there is no answer 'S99/x'"),
    ],
)
def test_a_list_with_a_wrong_row_changes_nothing(
    cells: dict[str, dict[str, str]], words: str, session: ReviewSession, tmp_path: Path
) -> None:
    cells = {**cells, f"S00003/{DRIFT}": {"new mark": "2"}}
    with pytest.raises(InputError, match="nothing was taken back") as caught:
        take_back(filled(session.out, tmp_path / "edited.csv", cells), session)
    assert words in str(caught.value)
    assert session.decided == 0


def test_a_sitting_shows_names_and_findings_and_does_what_lines_say(
    graded: Path,
) -> None:
    lines = ["s 1", f"n {TOLD}", f"p {PRIVATE}", "m 2.5", "m nine", "a", "q"]
    done = CliRunner().invoke(app, ["review", str(graded)], input="\n".join(lines) + "\n")
    assert done.exit_code == 0, done
    assert "Zoë Müller-0" in done.stdout
    assert "[1]" in done.stdout
    assert "write m MARK" in done.stderr
    grades = polars.read_parquet(graded / "grades.parquet")
    assert grades.row(0, named=True)["mark"] == 2.5
    assert TOLD in students_texts(graded)
    assert PRIVATE not in students_texts(graded)


def test_every_reason_is_told_in_words_and_a_mark_of_ones_own_is_shown(
    session: ReviewSession, capsys: pytest.CaptureFixture[str]
) -> None:
    from rich.console import Console

    from coach.cohort.outcomes import Reason

    every = replace(session.find(f"S00002/{DRIFT}"), reasons=get_args(Reason))
    print_answer(Console(width=4000), every, "1 of 1")
    told = capsys.readouterr().out
    assert "yours in the file: 4.2" in told
    assert (
        next(line for line in told.splitlines() if line.startswith("Look at")).count(";")
        == len(every.reasons) - 1
    )


def test_a_directory_without_grades_is_a_wrong_use(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["review", str(tmp_path)])
    assert done.exit_code == 2
    assert "holds no graded answers" in done.stderr
