"""Delimited text: CSV files with whatever separator, encoding and quoting, as a stream of rows."""

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from coach.cohort.column_words import is_column_name
from coach.cohort.encodings import Encoding, as_text, encoding_of, first_text, text_lines
from coach.cohort.headers import LOOKED_AT, header_place
from coach.cohort.submissions import FileKind, Row, RowProblem
from coach.cohort.table_files import TableFile, check_width
from coach.errors import InputError

# The longest start of a file that is read to find the columns, in characters, and the records of it that are
# looked at to tell how cells are quoted.
LONGEST_HEADER, SAMPLE = 4 * 1024 * 1024, 2_000
# The longest cell, in characters; above it a quotation mark was never closed.
LONGEST_CELL = 8 * 1024 * 1024
SEPARATORS = (",", ";", "\t", "|")
_QUOTED = re.compile(r'"(?:[^"]|"")*"', re.DOTALL)
# Excel's own line above a table: which separator it has.
_SEPARATOR_LINE = re.compile(r"^\ufeff?\"?sep=(.)\"?[,;\t]*\r?\n?$", re.IGNORECASE)
csv.field_size_limit(LONGEST_CELL)


class Quoting(NamedTuple):
    r"""How cells are told apart: the separator, `\"` for a quotation mark, blanks before quoted cells."""

    separator: str
    backslash: bool = False
    blanks: bool = False

    def records(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """The records of lines; csv.Error where a cell never ends."""
        return csv.reader(
            lines,
            delimiter=self.separator,
            escapechar="\\" if self.backslash else None,
            skipinitialspace=self.blanks,
        )


class DelimitedSource(TableFile):
    """A CSV, TSV or semicolon-separated file.

    `quoting` and `encoding` tell how it is written, `above` how many records stand above its header.
    """

    kind: FileKind = "csv"

    def __init__(
        self, path: Path, quoting: Quoting, encoding: Encoding, header: tuple[str, ...], above: int = 0
    ) -> None:
        super().__init__(path, header)
        self.quoting = quoting
        self.encoding = encoding
        self.above = above

    @classmethod
    def from_file(cls, path: Path) -> "DelimitedSource":
        """Look at the first lines; InputError where there are none, or too many columns."""
        encoding = encoding_of(path)
        start = first_text(path, encoding, LONGEST_HEADER)
        if not start.strip():
            raise InputError(f"{path}: is empty; give a file whose first line names its columns")
        lines = start.splitlines(keepends=True)
        for separator in SEPARATORS:
            check_width(path, _QUOTED.sub("", lines[0]).count(separator) + 1)
        found = _SEPARATOR_LINE.match(lines[0])
        separators = (found[1],) if found else SEPARATORS
        quotings = [_best_quoting(one, lines, skipped=1 if found else 0) for one in separators]
        quoting = max(quotings, key=lambda one: _telling(one, lines, 1 if found else 0))
        records = list(islice(_some(quoting, lines), LOOKED_AT + 1))
        above = _header_at(records, skipped=1 if found else 0)
        header = tuple(as_text(cell) for cell in records[above])
        check_width(path, len(header))
        return cls(path, quoting, encoding, header, above)

    def rows(self) -> Iterator[Row]:
        """The rows; missing cells at the end are empty.

        A row with more cells than the header is left out and noted in `problems`, unless those are empty.
        """
        self.problems = []
        width = len(self.header)
        quotes = 0

        def counted() -> Iterator[str]:
            nonlocal quotes
            for line in text_lines(self.path, self.encoding):
                quotes += line.count('"')
                yield line

        number = -self.above - 1
        try:
            for cells in self.quoting.records(counted()):
                number += 1
                if number < 1 or not any(cells):
                    continue
                if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                    self.problems.append(RowProblem(row=number, what=self._too_many(len(cells))))
                    continue
                cells += [""] * (width - len(cells))
                yield Row(number, tuple(as_text(cell) for cell in cells[:width]))
        except csv.Error as error:
            raise InputError(
                f"{self.path}: cannot be read as a table (row {max(number, 0) + 1}: {error}); look for a "
                f"quotation mark that is never closed, or a cell of more than {LONGEST_CELL // 2**20} MB"
            ) from None
        if quotes % 2 and not self.quoting.backslash:
            what = "holds a quotation mark that is never closed: the last row may have swallowed others"
            self.problems.append(RowProblem(row=0, what=what))

    def _too_many(self, cells: int) -> str:
        mark = repr(self.quoting.separator)
        return (
            f"has {cells} cells, the header {len(self.header)}: put answers that hold {mark} in quotation "
            "marks; not graded"
        )


class RawRecord:
    """One record as it is written: its text with line end, and its cells as the reader takes them."""

    def __init__(self, text: str, cells: list[str], quoting: Quoting) -> None:
        self.text = text
        self.cells = cells
        self._quoting = quoting

    def written(self, changes: dict[int, str], extra: list[str], width: int) -> str:
        """The record with cells replaced by place and others added behind `width` cells; all else kept."""
        body = self.text.rstrip("\r\n")
        end = self.text[len(body) :]
        raw = self._raw_cells(body)
        if extra or any(place >= len(raw) for place in changes):
            raw += [""] * (width - len(raw))
            if len(raw) > width and not any(self.cells[width:]):
                raw = raw[:width]
        raw = [
            self._quoted(changes[place], cell) if place in changes else cell for place, cell in enumerate(raw)
        ]
        first = raw[0] if raw else ""
        added = [self._quoted(cell, first if cell else "") for cell in extra]
        return self._quoting.separator.join([*raw, *added]) + end

    def _raw_cells(self, body: str) -> list[str]:
        """How each cell is written; a cell in none of the usual forms is written anew."""
        raw, at = [], 0
        for cell in self.cells:
            blanks = len(body[at:]) - len(body[at:].lstrip(" ")) if self._quoting.blanks else 0
            lead = body[at : at + blanks]
            form = next(
                (
                    one
                    for one in (lead + form for form in self._forms(cell))
                    if body.startswith(one, at)
                    and body[at + len(one) : at + len(one) + 1] in ("", self._quoting.separator)
                ),
                None,
            )
            if form is None:
                return [self._quoted(cell, cell[:1]) for cell in self.cells]
            raw.append(form)
            at += len(form) + 1
        return raw

    def _forms(self, cell: str) -> list[str]:
        forms = ['"' + cell.replace('"', '""') + '"', cell]
        if self._quoting.backslash:
            forms.append('"' + cell.replace("\\", "\\\\").replace('"', '\\"') + '"')
            forms.append('"' + cell.replace('"', '\\"') + '"')
        return forms

    def _quoted(self, cell: str, like: str) -> str:
        """A cell as text of a record, in quotation marks where it needs them or `like` has them."""
        if self._quoting.backslash:
            cell = cell.replace("\\", "\\\\")
        if like.lstrip().startswith('"') or any(
            one in cell for one in ',;\t|"\r\n' + self._quoting.separator
        ):
            return '"' + cell.replace('"', '\\"' if self._quoting.backslash else '""') + '"'
        return cell


def raw_records(source: DelimitedSource) -> Iterator[RawRecord]:
    """Every record of a file with the exact text it is written in, those above the header too."""
    taken: list[str] = []

    def noting() -> Iterator[str]:
        for line in text_lines(source.path, source.encoding):
            taken.append(line)
            yield line

    for cells in source.quoting.records(noting()):
        yield RawRecord("".join(taken), cells, source.quoting)
        taken.clear()


def _some(quoting: Quoting, lines: list[str]) -> Iterator[list[str]]:
    """The first records of a file, as far as they can be read."""
    try:
        yield from islice(quoting.records(lines), SAMPLE)
    except csv.Error:
        return


def _header_at(records: list[list[str]], skipped: int) -> int:
    return skipped + header_place(records[skipped:], is_column_name)


def _best_quoting(separator: str, lines: list[str], skipped: int) -> Quoting:
    """The way of quoting by which most records are as wide as their header; the plainest of equal ones."""
    ways = [Quoting(separator, backslash, blanks) for backslash in (False, True) for blanks in (False, True)]
    if not any('\\"' in line for line in lines):
        ways = [way for way in ways if not way.backslash]
    return min(ways, key=lambda way: _irregular(way, lines, skipped))


def _irregular(quoting: Quoting, lines: list[str], skipped: int) -> int:
    records = list(_some(quoting, lines))
    if len(records) <= skipped:
        return 0
    at = _header_at(records, skipped)
    width = len(records[at])
    return sum(
        1
        for record in records[at:]
        if record
        and (len(record) != width or any(cell[:1].isspace() and cell.lstrip()[:1] == '"' for cell in record))
    )


def _telling(quoting: Quoting, lines: list[str], skipped: int) -> tuple[int, int]:
    """How much a separator makes of a file: known columns in its header, then columns at all."""
    records = list(islice(_some(quoting, lines), LOOKED_AT + 1))
    if len(records) <= skipped:
        return 0, 0
    header = records[_header_at(records, skipped)]
    return sum(map(is_column_name, header)), len(header)
