"""OneRoster: the marks of a graded cohort as results that a student information system takes in.

The form is 1EdTech's OneRoster 1.1, CSV tables: a zip of manifest.csv and results.csv, as a delta
(https://www.imsglobal.org/oneroster-v11-final-csv-tables). No system was at hand to take one in.
"""

import csv
import io
import re
import uuid
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

import polars

from coach.cohort.given_marks import TOP_MARK
from coach.cohort.outputs import KEY_FILE, written
from coach.cohort.spreadsheets import guarded
from coach.errors import InputError, UsageError

RESULTS = (
    *("sourcedId", "status", "dateLastModified", "lineItemSourcedId", "studentSourcedId", "scoreStatus"),
    *("score", "scoreDate", "comment"),
)
_PARTICIPANT = re.compile(r"[^\W\d]+(?:/[^\W\d]+)? \d+")
_TABLES = (
    *("academicSessions", "categories", "classes", "classResources", "courses", "courseResources"),
    *("demographics", "enrollments", "lineItems", "orgs", "resources", "results", "users"),
)


class Written(NamedTuple):
    """How many results were written, and how many answers have no mark or no number of a student."""

    results: int
    without_mark: int
    without_number: int


def write_results(
    out: Path,
    line_items: Mapping[str, str],
    highest: float,
    now: datetime,
    path: Path,
    student: Literal["id", "email"] = "id",
) -> Written:
    """Write the marks in `out` on a scale up to `highest` as a zip of OneRoster tables.

    `line_items` are the ids of the system's line items by question; "" stands for the only question.
    `student` says what of a student is the id there. InputError where nothing was graded, UsageError where a
    question has no line item.
    """
    marks = _marks(out / "grades.parquet")
    numbers = _numbers(out / KEY_FILE, student)
    items = _items(line_items, sorted({question for _, question, _ in marks}))
    rows, without_mark, without_number = [], 0, 0
    for stand_in, question, mark in marks:
        number = numbers.get(stand_in, "")
        without_mark += mark is None
        without_number += not number
        if mark is not None and number:
            rows.append(_row(items[question], number, mark / TOP_MARK * highest, now))
    tables = {"manifest.csv": _csv(_manifest()), "results.csv": _csv([RESULTS, *rows])}
    with written(path) as beside, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in tables.items():
            archive.writestr(name, text)
    return Written(len(rows), without_mark, without_number)


def _row(item: str, student: str, score: float, now: datetime) -> Sequence[str]:
    # The same student and line item are the same result, however often it is written.
    id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{item} {student}"))
    when = now.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    done = "fully graded"
    return (id, "active", when, guarded(item), guarded(student), done, f"{score:.2f}", when[:10], "")


def _items(line_items: Mapping[str, str], questions: Sequence[str]) -> Mapping[str, str]:
    if "" in line_items and len(questions) == 1:
        return {questions[0]: line_items[""]}
    missing = [question for question in questions if question not in line_items]
    if missing:
        raise UsageError(
            f"{missing[0]} has no line item; give --line-item {missing[0]}=ID for each question: "
            f"{', '.join(questions)}"
        )
    return line_items


def _marks(path: Path) -> list[tuple[str, str, float | None]]:
    """Student, question and mark of each answer that counts."""
    if not path.exists():
        raise InputError(f"{path.parent}: holds no graded answers; give the --out of a run of coach grade")
    table = polars.read_parquet(path, columns=["student", "question", "state", "mark"])
    aside = table.filter(~polars.col("state").is_in(["superseded", "draft"]))
    return list(aside.select("student", "question", "mark").iter_rows())


def _numbers(path: Path, column: str) -> dict[str, str]:
    """What the students go by, by their stand-ins; Moodle's own stand-ins, as Participant 12, are none."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            cells = {row["student"]: row[column].removeprefix("'") for row in csv.DictReader(file)}
        return {student: cell for student, cell in cells.items() if not _PARTICIPANT.fullmatch(cell)}
    except OSError:
        raise InputError(f"{path}: is missing; it links marks to students: grade the file again") from None


def _manifest() -> Iterator[Sequence[str]]:
    yield "propertyName", "value"
    yield "manifest.version", "1.0"
    yield "oneroster.version", "1.1"
    for table in _TABLES:
        yield f"file.{table}", "delta" if table == "results" else "absent"


def _csv(rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()
