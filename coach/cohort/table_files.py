"""Table files: what every kind of file of answers has in common, and how wide one may be."""

from pathlib import Path

from coach.cohort.submissions import RowProblem
from coach.errors import InputError

# Excel and LibreOffice stop here; a wider file is no table of answers.
MOST_COLUMNS = 16_384


class TableFile:
    """A file of answers: its `path`, the names of its columns, and what the last reading found wrong.

    `notes` say what was chosen in reading it.
    """

    def __init__(self, path: Path, header: tuple[str, ...]) -> None:
        self.path = path
        self.name = str(path)
        self.header = header
        self.problems: list[RowProblem] = []
        self.notes: tuple[str, ...] = ()


def check_width(path: Path, columns: int, what: str = "columns") -> None:
    """InputError where a file has more columns than can be read."""
    if columns > MOST_COLUMNS:
        raise InputError(f"{path}: has {columns:,} {what}, at most {MOST_COLUMNS:,} can be read")
