"""A gradebook: what Canvas imports marks from, made of a graded quiz report, which it does not take back."""

import csv
import re
from collections.abc import Collection
from pathlib import Path

import polars

from coach.cohort.spreadsheets import guarded
from coach.cohort.submissions import Layout, Source

# The columns that Canvas finds a student by, and those of a quiz report that hold them.
_STUDENT = {
    "Student": "name",
    "ID": "id",
    "SIS User ID": "sis_id",
    "SIS Login ID": "",
    "Section": "section",
}
GRADEBOOK = "canvas-gradebook.csv"
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def superseded_rows(grades: Path) -> list[int]:
    """The rows of the graded file whose answers are older than another attempt of the same student."""
    older = polars.scan_parquet(grades).filter(polars.col("state") == "superseded")
    return older.select("row").unique().collect()["row"].to_list()


def write_gradebook(
    report: Source, layout: Layout, passed_over: Collection[int], title: str, path: Path
) -> None:
    """Write a row for each student with the score of the graded quiz `report`.

    `passed_over` are the rows of attempts that do not count, `title` names the assignment, which Canvas makes
    where it has none of that name. The points possible are those of all questions.
    """
    assert layout.total is not None
    lower = [name.strip().casefold() for name in report.header]
    places = [lower.index(name) if name in lower else None for name in _STUDENT.values()]
    possible = sum(float(name) for name in lower if _NUMBER.fullmatch(name))
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([*_STUDENT, title])
        writer.writerow(["    Points Possible", *[""] * (len(_STUDENT) - 1), f"{possible:g}"])
        for row in report.rows():
            if row.number not in passed_over:
                known = ["" if place is None else guarded(row.cells[place]) for place in places]
                writer.writerow([*known, row.cells[layout.total]])
