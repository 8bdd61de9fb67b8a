"""Parquet files as a stream of rows."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet as arrow_parquet

from coach.cohort.submissions import FileKind, Row
from coach.cohort.table_files import TableFile, check_width
from coach.cohort.workbooks import cell_text
from coach.errors import InputError

ROWS_AT_ONCE = 256


class ParquetSource(TableFile):
    """A Parquet file; nested columns are kept as JSON text."""

    kind: FileKind = "parquet"

    @classmethod
    def from_file(cls, path: Path) -> "ParquetSource":
        """Read the schema; InputError where the file is damaged or too wide."""
        with _opened(path) as file:
            names = tuple(file.schema_arrow.names)
        check_width(path, len(names))
        return cls(path, names)

    def rows(self) -> Iterator[Row]:
        """The rows; InputError where the file turns out to be damaged."""
        self.problems = []
        number = 0
        with _opened(self.path) as file:
            try:
                for batch in file.iter_batches(batch_size=ROWS_AT_ONCE):
                    columns = [column.to_pylist() for column in batch.columns]
                    for row in range(batch.num_rows):
                        number += 1
                        yield Row(number, tuple(_text(column[row]) for column in columns))
            except (pa.ArrowException, OSError, ValueError) as error:
                reason = str(error).splitlines()[0][:160]
                raise InputError(f"{self.path}: row {number + 1} cannot be read ({reason})") from None


def _opened(path: Path) -> arrow_parquet.ParquetFile:
    try:
        return arrow_parquet.ParquetFile(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0][:160]
        raise InputError(f"{path}: is no readable Parquet file ({reason}); write it again") from None


def _text(value: Any) -> str:
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, bytes):
        return value.decode("utf-8", "coach-windows")
    return cell_text(value)
