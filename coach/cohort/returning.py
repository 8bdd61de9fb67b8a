"""Returning: the file that was handed in, given back with marks and feedback and all else as it was."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
from pyarrow import parquet as arrow_parquet

from coach.cohort.delimited import DelimitedSource, RawRecord, raw_records
from coach.cohort.encodings import as_text, as_written, has_mark, is_unicode
from coach.cohort.json_lines import JsonLinesSource, numbered_lines
from coach.cohort.outcomes import Outcome
from coach.cohort.parquet import ParquetSource
from coach.cohort.returned_cells import Filling, Returns, feedback_text
from coach.cohort.sheets import workbook_file
from coach.cohort.spreadsheets import guarded
from coach.cohort.submissions import Layout, Row, Source
from coach.cohort.workbooks import WorkbookSource
from coach.errors import InputError
from coach.render import numbers

ByRow = Iterable[tuple[int, list[Outcome]]]
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def returned_name(source: Source) -> str:
    """The name of the file that is given back."""
    path = Path(source.name)
    if source.kind in ("folder", "zip"):
        return "graded-submissions.csv"
    # What is written is XLSX; an old workbook's name would promise another form.
    return f"graded-{path.stem}.xlsx" if source.kind in ("xls", "ods") else f"graded-{path.name}"


def write_returned(
    source: Source, layout: Layout, by_row: ByRow, path: Path, words: Mapping[str, float] | None = None
) -> Iterator[tuple[int, list[Outcome]]]:
    """Write the file to `path` while the outcomes pass through, in the order of its rows.

    `words` are the least marks (of 5) of the words of a course system's scale.
    """
    returns = Returns(source.header, layout, words)
    if isinstance(source, DelimitedSource):
        return _delimited(source, returns, by_row, path)
    if isinstance(source, JsonLinesSource):
        return _json_lines(source, returns, by_row, path)
    if isinstance(source, WorkbookSource):
        return _workbook(source, returns, by_row, path)
    if isinstance(source, ParquetSource):
        return _parquet(source, returns, by_row, path)
    return _files(source, layout, by_row, path)


def _delimited(
    source: DelimitedSource, returns: Returns, by_row: ByRow, path: Path
) -> Iterator[tuple[int, list[Outcome]]]:
    records = raw_records(source)
    width = len(source.header)
    windows = not is_unicode(source.path, source.encoding)
    with path.open("w", encoding=source.encoding, errors="surrogateescape", newline="") as out:
        if source.encoding.startswith("utf-16") and has_mark(source.path):
            out.write("\ufeff")
        for _ in range(source.above):
            out.write(next(records).text)
        out.write(next(records).written({}, returns.extra, width))
        number = 0
        for row, outcomes in by_row:
            for record in records:
                number += 1
                if number == row:
                    cells = (record.cells + [""] * (width - len(record.cells)))[:width]
                    filling = returns.filled(Row(row, tuple(map(as_text, cells))), outcomes)
                    changes, extra = filling.changes, filling.extra
                    # A record with text in UTF-8 keeps to it, also where others of the file do not.
                    if windows and not _has_unicode(record.text):
                        changes = {place: as_written(cell) for place, cell in changes.items()}
                        extra = [as_written(cell) for cell in extra]
                    out.write(record.written(changes, extra, width))
                    break
                out.write(_untouched(record, returns, width))
            else:
                raise InputError(
                    f"{source.path}: changed while it was graded; start again with the file at rest"
                )
            yield row, outcomes
        for record in records:
            out.write(_untouched(record, returns, width))


def _has_unicode(text: str) -> bool:
    """Whether a record holds characters beyond ASCII that were read as UTF-8."""
    return any(character > "\x7f" and not "\udc80" <= character <= "\udcff" for character in text)


def _untouched(record: RawRecord, returns: Returns, width: int) -> str:
    """A record without an outcome: empty lines stay, others get empty cells so that the columns stand."""
    if not any(record.cells):
        return record.text
    changes = {place: guarded(cell) for place, cell in enumerate(record.cells) if guarded(cell) != cell}
    return record.written(changes, [""] * len(returns.extra), width)


def _json_lines(
    source: JsonLinesSource, returns: Returns, by_row: ByRow, path: Path
) -> Iterator[tuple[int, list[Outcome]]]:
    lines = numbered_lines(source.path)
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as out:
        for row, outcomes in by_row:
            for number, line in lines:
                if number < row:
                    out.write(line)
                    continue
                found = json.loads(line.encode("utf-8", "surrogateescape").decode("utf-8", "coach-windows"))
                cells = tuple("" if found.get(key) is None else str(found[key]) for key in source.header)
                filling = returns.filled(Row(row, cells), outcomes)
                out.write(_json_line(line, found, _added_values(source.header, returns, filling)))
                break
            yield row, outcomes
        for _, line in lines:
            out.write(line)


def _json_line(line: str, found: dict[str, Any], values: dict[str, str]) -> str:
    """The line with keys added at its end; it is written anew only where it has such a key already."""
    body = line.rstrip()
    end = line[len(body) :]
    if any(key in found for key in values):
        return json.dumps(found | values, ensure_ascii=False) + end
    added = ", ".join(
        f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()
    )
    separator = ", " if found else ""
    return body[:-1].rstrip() + separator + added + "}" + end


def _parquet(
    source: ParquetSource, returns: Returns, by_row: ByRow, path: Path
) -> Iterator[tuple[int, list[Outcome]]]:
    outcomes_left = iter(by_row)
    waiting = next(outcomes_left, None)
    number = 0
    rows = source.rows()
    with arrow_parquet.ParquetFile(source.path) as file:
        schema = file.schema_arrow
        taken = [name for name in returns.extra if name not in schema.names]
        written_schema = schema
        for name in taken:
            written_schema = written_schema.append(pa.field(name, pa.string()))
        with arrow_parquet.ParquetWriter(path, written_schema) as writer:
            for batch in file.iter_batches(batch_size=256):
                added: dict[str, list[str | None]] = {name: [None] * batch.num_rows for name in taken}
                passed = []
                for place in range(batch.num_rows):
                    number += 1
                    row = next(rows)
                    if waiting is not None and waiting[0] == number:
                        filling = returns.filled(row, waiting[1])
                        for name, text in _added_values(source.header, returns, filling).items():
                            if name in added:
                                added[name][place] = text
                        passed.append(waiting)
                        waiting = next(outcomes_left, None)
                arrays = [*batch.columns, *(pa.array(added[name], pa.string()) for name in taken)]
                writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=written_schema))
                yield from passed


def _workbook(
    source: WorkbookSource, returns: Returns, by_row: ByRow, path: Path
) -> Iterator[tuple[int, list[Outcome]]]:
    book, sheet = _book(source)
    modified = book.properties.modified
    for place, name in enumerate(returns.extra):
        _set(sheet, source.first, len(source.header) + place + 1, name)
    rows = source.rows()
    row: Row | None = None
    for number, outcomes in by_row:
        while row is None or row.number < number:
            row = next(rows)
        filling = returns.filled(row, outcomes)
        for place, text in filling.changes.items():
            # Strings of a sheet are no formulas: only what the coach writes is written.
            if text.removeprefix("'") != row.cells[place]:
                _set(sheet, source.first + number, place + 1, text)
        for place, text in enumerate(filling.extra):
            _set(sheet, source.first + number, len(source.header) + place + 1, text)
        yield number, outcomes
    buffer = io.BytesIO()
    book.save(buffer)
    stamp = modified.strftime("%Y-%m-%dT%H:%M:%SZ") if modified else "1980-01-01T00:00:00Z"
    with zipfile.ZipFile(buffer) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for entry in made.infolist():
            content = made.read(entry)
            if entry.filename == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + stamp.encode() + rb"\g<2>", content)
            # One fixed time, so that the same marks make the same file.
            fixed = zipfile.ZipInfo(entry.filename, _EPOCH)
            fixed.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(fixed, content)


def _book(source: WorkbookSource) -> tuple[Any, Any]:
    """The workbook and its sheet; an old workbook's cells are put into a new one."""
    if source.kind == "xlsx":
        with workbook_file(source.path) as file:
            book = openpyxl.load_workbook(file, keep_links=False)
        return book, book[source.sheet]
    book = openpyxl.Workbook()
    book.properties.modified = datetime(1980, 1, 1)
    sheet = book.worksheets[0]
    for place, name in enumerate(source.header):
        _set(sheet, source.first, place + 1, name)
    for row in source.rows():
        for place, cell in enumerate(row.cells):
            if cell:
                _set(sheet, source.first + row.number, place + 1, guarded(cell))
    return book, sheet


def _set(sheet: Any, row: int, column: int, text: str) -> None:
    cell = sheet.cell(row=row, column=column)
    if type(cell).__name__ == "MergedCell":
        return
    try:
        cell.value = text
    except openpyxl.utils.exceptions.IllegalCharacterError:
        cell.value = "".join(character for character in text if character >= " " or character in "\n\t")
    if cell.data_type == "f":
        cell.data_type = "s"
    try:
        number = float(text)
    except ValueError:
        return
    cell.value = number


def _files(source: Source, layout: Layout, by_row: ByRow, path: Path) -> Iterator[tuple[int, list[Outcome]]]:
    """A folder or archive has no table to fill: one is written, in Moodle's form where it is Moodle's."""
    names = {row.number: row.cells[0] for row in source.rows()}
    moodle = layout.kind == "moodle-submissions"
    header = [
        "Identifier",
        "Full name",
        "Grade",
        "Maximum Grade",
        "Last modified (grade)",
        "Feedback comments",
    ]
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header if moodle else ["file", "student", "question", "mark", "feedback"])
        for row, outcomes in by_row:
            for outcome in outcomes:
                mark = "" if outcome.mark is None else numbers.mark(outcome.mark)
                who = outcome.student
                if moodle:
                    cells = [f"Participant {who.id}", who.name, mark, "5", "-", feedback_text(outcome)]
                else:
                    cells = [names[row], who.id, outcome.submission.question, mark, feedback_text(outcome)]
                writer.writerow([guarded(cell) if cell != "-" else cell for cell in cells])
            yield row, outcomes


def _added_values(header: tuple[str, ...], returns: Returns, filling: Filling) -> dict[str, str]:
    values = dict(zip(returns.extra, filling.extra, strict=True))
    own = {
        header[place]: text for place, text in filling.changes.items() if header[place].startswith("coach ")
    }
    return values | own
