"""Delimited text: CSV files with whatever separator, encoding and quoting, as a stream of rows."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import csv as arrow_csv

from coach.cohort.encodings import Encoding, Utf8Stream, encoding_of, text_lines
from coach.cohort.submissions import FileKind, Row, RowProblem
from coach.cohort.table_files import TableFile, check_width
from coach.errors import InputError

# The longest first line that is read to find the columns, and the longest row, in bytes.
LONGEST_HEADER = 4 * 1024 * 1024
BLOCK = 8 * 1024 * 1024
SEPARATORS = (",", ";", "\t", "|")
_QUOTED = re.compile(r'"(?:[^"]|"")*"', re.DOTALL)


class DelimitedSource(TableFile):
    """A CSV, TSV or semicolon-separated file. `separator`, `encoding` and `header` tell how it is written."""

    kind: FileKind = "csv"

    def __init__(self, path: Path, separator: str, encoding: Encoding, header: tuple[str, ...]) -> None:
        super().__init__(path, header)
        self.separator = separator
        self.encoding = encoding

    @classmethod
    def from_file(cls, path: Path) -> "DelimitedSource":
        """Look at the first line; InputError where it is empty, has no end, or has too many columns."""
        encoding = encoding_of(path)
        start = _first_bytes(path, encoding)
        record = _first_record(start)
        if not record.strip():
            raise InputError(f"{path}: is empty; give a file whose first line names its columns")
        separator = _separator(record)
        check_width(path, _QUOTED.sub("", record).count(separator) + 1)
        header = next(csv.reader([record], delimiter=separator))
        return cls(path, separator, encoding, tuple(header))

    def rows(self) -> Iterator[Row]:
        """The rows; one with too few or too many cells is left out and noted in `problems`."""
        self.problems = []
        skipped: dict[int, int] = {}

        def note(row: arrow_csv.InvalidRow) -> str:
            skipped[row.number] = row.actual_columns
            return "skip"

        names = [f"f{place}" for place in range(len(self.header))]
        stream = Utf8Stream(self.path, self.encoding)
        try:
            reader = arrow_csv.open_csv(
                pa.PythonFile(stream, mode="r"),
                read_options=arrow_csv.ReadOptions(
                    use_threads=False, column_names=names, block_size=BLOCK, encoding="utf8"
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=self.separator,
                    newlines_in_values=True,
                    invalid_row_handler=note,
                    ignore_empty_lines=False,
                ),
                convert_options=arrow_csv.ConvertOptions(
                    check_utf8=False,
                    column_types={name: pa.string() for name in names},
                    null_values=[],
                    strings_can_be_null=False,
                ),
            )
            yield from self._numbered(reader, skipped)
            if stream.quotes % 2:
                what = "holds a quotation mark that is never closed: the last row may have swallowed others"
                self.problems.append(RowProblem(row=0, what=what))
        except pa.ArrowInvalid as error:
            reason = str(error).splitlines()[0][:200]
            raise InputError(
                f"{self.path}: cannot be read as a table ({reason}); look for a quotation mark that is "
                f"never closed, or a row of more than {BLOCK // 2**20} MB"
            ) from None
        finally:
            stream.close()

    def _numbered(self, reader: arrow_csv.CSVStreamingReader, skipped: dict[int, int]) -> Iterator[Row]:
        record = 0
        for batch in reader:
            columns = [column.to_pylist() for column in batch.columns]
            for cells in zip(*columns, strict=True):
                record += 1
                while record in skipped:
                    self._skip(record, skipped.pop(record))
                    record += 1
                if record > 1 and any(cells):
                    yield Row(record - 1, cells)
        for number in sorted(skipped):
            self._skip(number, skipped[number])

    def _skip(self, record: int, cells: int) -> None:
        what = f"has {cells} cells, the header {len(self.header)}; not graded"
        self.problems.append(RowProblem(row=record - 1, what=what))


class RawRecord:
    """One record as it is written: its text with line end, and its cells as the reader takes them."""

    def __init__(self, text: str, cells: list[str], separator: str) -> None:
        self.text = text
        self.cells = cells
        self._separator = separator

    def written(self, changes: dict[int, str], extra: list[str]) -> str:
        """The record with cells replaced by place and others added at its end; all else as it was."""
        body = self.text.rstrip("\r\n")
        end = self.text[len(body) :]
        raw = self._raw_cells(body)
        raw = [_quoted(changes[place], cell) if place in changes else cell for place, cell in enumerate(raw)]
        return (
            self._separator.join([*raw, *(_quoted(cell, raw[0] if raw and cell else "") for cell in extra)])
            + end
        )

    def _raw_cells(self, body: str) -> list[str]:
        """How each cell is written; a cell in neither of the two usual forms is written anew."""
        raw, at = [], 0
        for cell in self.cells:
            forms = ('"' + cell.replace('"', '""') + '"', cell)
            form = next(
                (
                    one
                    for one in forms
                    if body.startswith(one, at)
                    and body[at + len(one) : at + len(one) + 1] in ("", self._separator)
                ),
                None,
            )
            if form is None:
                return [_quoted(cell, cell[:1]) for cell in self.cells]
            raw.append(form)
            at += len(form) + 1
        return raw


def raw_records(path: Path, separator: str, encoding: Encoding) -> Iterator[RawRecord]:
    """Every record of a file with the exact text it is written in, the header first."""
    taken: list[str] = []

    def noting() -> Iterator[str]:
        for line in text_lines(path, encoding):
            taken.append(line)
            yield line

    before = csv.field_size_limit(2**31 - 1)
    try:
        for cells in csv.reader(noting(), delimiter=separator):
            yield RawRecord("".join(taken), cells, separator)
            taken.clear()
    finally:
        csv.field_size_limit(before)


def _quoted(cell: str, like: str) -> str:
    """A cell as text of a record, in quotation marks where it needs them or `like` has them."""
    if like.startswith('"') or any(character in cell for character in ',;\t|"\r\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _first_bytes(path: Path, encoding: Encoding) -> str:
    stream = Utf8Stream(path, encoding)
    try:
        return stream.read(LONGEST_HEADER).decode("utf-8", "ignore")
    finally:
        stream.close()


def _first_record(start: str) -> str:
    """The first record without its line end; quotation marks may hold line breaks."""
    inside = False
    for place, character in enumerate(start):
        if character == '"':
            inside = not inside
        elif character in "\r\n" and not inside:
            return start[:place]
    return start


def _separator(record: str) -> str:
    """The separator that occurs most outside quotation marks; a comma where none does.

    >>> _separator('Name;"Why, and how?";Mark')
    ';'
    """
    bare = _QUOTED.sub("", record)
    counts = {separator: bare.count(separator) for separator in SEPARATORS}
    return max(SEPARATORS, key=lambda separator: counts[separator])
