"""Workbooks: the first sheet of an XLSX file as a stream of rows."""

import io
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
from openpyxl.utils.cell import range_boundaries

from coach.cohort.archives import check_archive
from coach.cohort.submissions import FileKind, Row
from coach.cohort.table_files import TableFile, check_width
from coach.errors import InputError

# Cells that a merged range may cover to be filled; a merge over whole columns is decoration.
LARGEST_MERGE = 10_000


class WorkbookSource(TableFile):
    """The first sheet of a workbook; `first` is the number of the row that holds the header."""

    kind: FileKind = "xlsx"

    def __init__(self, path: Path, header: tuple[str, ...], first: int) -> None:
        super().__init__(path, header)
        self.first = first
        self._merged = _merged_ranges(path)

    @classmethod
    def from_file(cls, path: Path) -> "WorkbookSource":
        """Find the header: the first row that holds anything; InputError where there is none."""
        check_archive(path)
        for number, cells in enumerate(_sheet_rows(path), start=1):
            texts = tuple(cell_text(cell) for cell in cells)
            while texts and not texts[-1]:
                texts = texts[:-1]
            check_width(path, len(texts))
            if any(texts):
                return cls(path, texts, number)
        raise InputError(f"{path}: its first sheet is empty; put the answers there, under a header")

    def rows(self) -> Iterator[Row]:
        """The rows; a merged cell counts for every row that it covers."""
        self.problems = []
        width = len(self.header)
        values: dict[tuple[int, int], str] = {}
        for number, cells in enumerate(_sheet_rows(self.path), start=1):
            texts = [cell_text(cell) for cell in cells[:width]]
            texts += [""] * (width - len(texts))
            for top, left, bottom, right in self._merged:
                if top <= number <= bottom:
                    for column in range(left, min(right, width) + 1):
                        if number == top and column == left:
                            values[top, left] = texts[column - 1]
                        else:
                            texts[column - 1] = values.get((top, left), "")
            if number > self.first and any(texts):
                yield Row(number - self.first, tuple(texts))


def cell_text(value: Any) -> str:
    """The value of a cell as text; whole numbers without a decimal point, times in ISO form.

    >>> cell_text(3.0), cell_text(None), cell_text(True)
    ('3', '', 'TRUE')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    return str(value)


def _sheet_rows(path: Path) -> Iterator[tuple[Any, ...]]:
    try:
        with warnings.catch_warnings(), path.open("rb") as file:
            # It warns of what it leaves out, such as drawings; answers are not among them.
            warnings.simplefilter("ignore")
            # Links to other files are never followed: values are those that were saved.
            book = openpyxl.load_workbook(
                io.BufferedReader(file), read_only=True, data_only=True, keep_links=False
            )
            sheet = book.worksheets[0] if book.worksheets else None
            if sheet is None:
                raise InputError(f"{path}: has no sheet of cells; put the answers into one")
            sheet.reset_dimensions()
            yield from sheet.iter_rows(values_only=True)
            book.close()
    except InputError:
        raise
    except Exception as error:
        # A damaged workbook raises many kinds, of three libraries.
        reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
        raise InputError(f"{path}: cannot be read as an XLSX workbook ({reason}); save it again") from None


def _merged_ranges(path: Path) -> list[tuple[int, int, int, int]]:
    """The merged ranges of the first sheet as (top, left, bottom, right), counted from 1."""
    found = []
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if name.startswith("xl/worksheets/sheet"))
        if not names:
            return []
        with archive.open(names[0]) as file:
            try:
                for _, element in ElementTree.iterparse(file):
                    if element.tag.endswith("}mergeCell"):
                        left, top, right, bottom = range_boundaries(element.get("ref", "A1"))
                        if None not in (left, top, right, bottom) and (
                            (bottom - top + 1) * (right - left + 1) <= LARGEST_MERGE
                        ):
                            found.append((top, left, bottom, right))
                    elif element.tag.endswith("}row"):
                        element.clear()
            except (ElementTree.ParseError, ValueError, TypeError):
                return []
    return found
