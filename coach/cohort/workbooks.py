"""Workbooks: one sheet of an XLSX, XLS or ODS file as a stream of rows."""

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.cell import get_column_letter

from coach.cohort.archives import check_archive
from coach.cohort.column_words import is_column_name, role_names, same_words
from coach.cohort.headers import LOOKED_AT, header_place
from coach.cohort.sheets import SheetParts, sheet_parts, workbook_file
from coach.cohort.submissions import FileKind, Row
from coach.cohort.table_files import TableFile, check_width
from coach.errors import InputError, UsageError

# A sheet with a column of answers is chosen before one with this many other columns that are known.
_ANSWERS_COUNT = 5
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
Cells = tuple[Any, ...]


class WorkbookSource(TableFile):
    """One `sheet` of a workbook; `first` is the number of the row that holds the header."""

    kind: FileKind = "xlsx"

    def __init__(
        self, path: Path, header: tuple[str, ...], first: int, sheet: str, kind: FileKind = "xlsx"
    ) -> None:
        super().__init__(path, header)
        self.first = first
        self.sheet = sheet
        self.kind = kind
        self._parts = sheet_parts(path, sheet) if kind == "xlsx" else SheetParts()

    @classmethod
    def from_file(cls, path: Path, sheet: str | None = None, kind: FileKind = "xlsx") -> "WorkbookSource":
        """Find the sheet and its header; without `sheet`, the sheet whose columns are best known.

        Raises InputError where nothing is in it, UsageError where there is no such sheet.
        """
        if kind != "xls":
            check_archive(path)
        names = _sheet_names(path, kind)
        chosen = _named_sheet(path, names, sheet) if sheet is not None else None
        found: dict[str, tuple[tuple[str, ...], int]] = {}
        for name in names if chosen is None else (chosen,):
            records = [_texts(cells) for cells in islice(_sheet_rows(path, name, kind), LOOKED_AT + 1)]
            if any(any(record) for record in records):
                place = header_place(records, is_column_name)
                found[name] = records[place], place + 1
        if not found:
            what = (
                "its sheets are"
                if len(names) > 1 and chosen is None
                else f"its sheet {chosen or names[0]!r} is"
            )
            raise InputError(f"{path}: {what} empty; put the answers there, under a header")
        best = chosen or max(found, key=lambda name: _telling(found[name][0]))
        header, first = found[best]
        check_width(path, len(header))
        made = cls(path, header, first, best, kind)
        others = [name for name in names if name != best]
        if others:
            shown = ", ".join(repr(name[:40]) for name in others[:5])
            made.notes = (f"sheet {best!r} is read, not {shown}; --sheet names another",)
        return made

    def rows(self) -> Iterator[Row]:
        """The rows; a merged cell counts for every row that it covers."""
        self.problems = []
        width = len(self.header)
        values: dict[tuple[int, int], str] = {}
        merged = self._parts.merged
        for number, cells in enumerate(_sheet_rows(self.path, self.sheet, self.kind), start=1):
            texts = [cell_text(cell) for cell in cells[:width]]
            texts += [""] * (width - len(texts))
            for top, left, bottom, right in merged:
                if top <= number <= bottom:
                    for column in range(left, min(right, width) + 1):
                        if number == top and column == left:
                            values[top, left] = texts[column - 1]
                        else:
                            texts[column - 1] = values.get((top, left), "")
            lost = tuple(place for place in range(width) if (number, place + 1) in self._parts.formulas)
            if number > self.first and (any(texts) or lost):
                yield Row(number - self.first, tuple(texts), _uncomputed(number, lost), lost)


def _uncomputed(row: int, lost: Sequence[int]) -> str:
    if not lost:
        return ""
    cell = f"{get_column_letter(lost[0] + 1)}{row}"
    return (
        f"cell {cell} holds a formula without its value: open the file in a spreadsheet program and save it"
    )


def cell_text(value: Any) -> str:
    r"""The value of a cell as text; whole numbers without a decimal point, times in ISO form.

    >>> cell_text(3.0), cell_text(None), cell_text(True), cell_text("a_x000D_")
    ('3', '', 'TRUE', 'a\r')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    # A line end, or another character that XML does not hold, is written by its number.
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), str(value)).encode("utf-8", "replace").decode()


def _texts(cells: Cells) -> tuple[str, ...]:
    texts = tuple(cell_text(cell) for cell in cells)
    while texts and not texts[-1]:
        texts = texts[:-1]
    return texts


def _telling(header: Sequence[str]) -> int:
    """How much the names of a header tell of a table of answers."""
    answers = any(same_words(name) in role_names()["answer"] or len(name.split()) > 3 for name in header)
    known = sum(map(is_column_name, header))
    return known + (_ANSWERS_COUNT if known and answers else 0)


def _named_sheet(path: Path, names: Sequence[str], wanted: str) -> str:
    for name in names:
        if same_words(name) == same_words(wanted):
            return name
    if wanted.isdigit() and 1 <= int(wanted) <= len(names):
        return names[int(wanted) - 1]
    shown = ", ".join(repr(name[:40]) for name in names[:10])
    raise UsageError(
        f"--sheet {wanted[:60]}: {path} has no such sheet; name one of {shown}, or give its number from 1"
    )


def _sheet_names(path: Path, kind: FileKind) -> list[str]:
    names: list[str] = _guarded(path, kind, lambda: _open(path, kind, lambda book: list(book)))
    if not names:
        raise InputError(f"{path}: has no sheet of cells; put the answers into one")
    return names


def _sheet_rows(path: Path, sheet: str, kind: FileKind) -> Iterator[Cells]:
    if kind == "xlsx":
        yield from _xlsx_rows(path, sheet)
        return
    yield from _guarded(path, kind, lambda: _open(path, kind, lambda book: book[sheet]()))


def _open(path: Path, kind: FileKind, take: Callable[[dict[str, Callable[[], Iterable[Cells]]]], Any]) -> Any:
    """Take something of the sheets of a workbook, each by its name."""
    if kind == "xlsx":
        with workbook_file(path) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(file, read_only=True, keep_links=False)
            taken = take({sheet.title: tuple for sheet in book.worksheets})
            book.close()
            return taken
    import python_calamine

    old = python_calamine.CalamineWorkbook.from_path(str(path))

    def rows_of(name: str) -> Callable[[], Iterable[Cells]]:
        return lambda: [tuple(row) for row in old.get_sheet_by_name(name).to_python(skip_empty_area=False)]

    return take({name: rows_of(name) for name in old.sheet_names})


def _xlsx_rows(path: Path, sheet: str) -> Iterator[Cells]:
    try:
        with warnings.catch_warnings(), workbook_file(path) as file:
            # It warns of what it leaves out, such as drawings; answers are not among them.
            warnings.simplefilter("ignore")
            # Links to other files are never followed: values are those that were saved.
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            found = book[sheet]
            found.reset_dimensions()
            yield from found.iter_rows(values_only=True)
            book.close()
    except Exception as error:
        raise _unreadable(path, "xlsx", error) from None


def _guarded(path: Path, kind: FileKind, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except Exception as error:
        raise _unreadable(path, kind, error) from None


def _unreadable(path: Path, kind: FileKind, error: Exception) -> InputError:
    """What to tell of a damaged workbook, which raises many kinds of three libraries."""
    if isinstance(error, InputError):
        return error
    reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
    return InputError(
        f"{path}: cannot be read as an {kind.upper()} workbook ({reason}); save it again as XLSX"
    )
