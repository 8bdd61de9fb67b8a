"""Class pages: the pages of all students, a few students at a time."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars

from coach.cohort.decisions import Decision, in_force
from coach.cohort.digest_index import DigestIndex, text_digest
from coach.cohort.grading import from_record
from coach.cohort.journal import Journal
from coach.cohort.outcomes import without_findings
from coach.cohort.student_pages import StudentAnswer, write_pages
from coach.cohort.submissions import student_name
from coach.domain import Critique

PAGES = "feedback"
_NOT_GRADED = {
    "unread": "Your answer could not be read here; your instructor will look at it.",
    "draft": "This is a draft that was not handed in; it was not graded.",
    "empty": "No answer was handed in.",
    "too-long": "Your answer is too long to be graded here; your instructor will look at it.",
}
# Students whose rows are held at a time.
_STUDENTS_AT_ONCE = 2_000


class CritiqueKeys:
    """The key of each answer's critique in the journal, by the answer's id, in compact form."""

    def __init__(self) -> None:
        self._places = DigestIndex()
        self._keys = bytearray()

    def set(self, answer: str, key: str) -> None:
        """Note the key (32 hex digits) of an answer's critique."""
        self._places[text_digest(answer)] = len(self._keys)
        self._keys += bytes.fromhex(key)

    def get(self, answer: str) -> str:
        """The key of an answer's critique; empty where it has none."""
        place = self._places.get(text_digest(answer))
        return "" if place is None else self._keys[place : place + 16].hex()


def write_class_pages(
    out: Path,
    students: int,
    journal: Journal,
    decisions: Mapping[str, tuple[Decision, ...]],
    critiques: CritiqueKeys,
    full: bool = False,
) -> None:
    """A page for each of so many students; the table of grades says which answers are whose."""
    folder = out / PAGES
    folder.mkdir(exist_ok=True)
    wanted = ("student", "row", "answer", "question", "state", "key", "mark", "marked_by", "instructor_mark")
    grades = polars.scan_parquet(out / "grades.parquet").select(wanted)
    grades = grades.filter(polars.col("state") != "superseded")
    for first in range(1, students + 1, _STUDENTS_AT_ONCE):
        some = [student_name(number) for number in range(first, first + _STUDENTS_AT_ONCE)]
        table = grades.filter(polars.col("student").is_in(some)).collect()
        table = table.sort("student", "row", maintain_order=True)
        for (student,), rows in table.group_by("student", maintain_order=True):
            answers = [
                _student_answer(row, journal, decisions, critiques) for row in rows.iter_rows(named=True)
            ]
            write_pages(folder, str(student), answers, full)
    # An earlier file may have had more students.
    known = {student_name(number) for number in range(1, students + 1)}
    for path in folder.iterdir():
        if path.stem not in known:
            path.unlink()


def _student_answer(
    row: Mapping[str, Any],
    journal: Journal,
    decisions: Mapping[str, tuple[Decision, ...]],
    critiques: CritiqueKeys,
) -> StudentAnswer:
    feedback = None
    if row["key"] and row["state"] != "empty":
        feedback = from_record(journal.read("grade", row["key"])).feedback
    critique = critiques.get(row["answer"])
    read = Critique.model_validate(journal.read("critique", critique)["critique"]) if critique else None
    by_critic = row["mark"] if row["marked_by"] == "critic" else None
    decided = decisions.get(row["answer"], ())
    strikes = [one for one in in_force(decided) if one.kind == "strike"]
    if feedback is not None and strikes:
        feedback = without_findings(feedback, strikes)
    why = _NOT_GRADED.get(row["state"], "")
    return StudentAnswer(row["question"], feedback, decided, read, row["instructor_mark"], by_critic, why)
