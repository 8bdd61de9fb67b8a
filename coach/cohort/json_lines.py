"""JSON lines: one object a line, as a stream of rows."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coach.cohort.encodings import encoding_of, text_lines
from coach.cohort.submissions import FileKind, Row, RowProblem
from coach.cohort.table_files import TableFile, check_width
from coach.errors import InputError

# The header is the union of the keys of this many first objects; later keys are kept, never read.
LOOKED_AT = 100


class JsonLinesSource(TableFile):
    """A file of JSON objects, one a line; nested values are read as JSON text."""

    kind: FileKind = "jsonl"

    @classmethod
    def from_file(cls, path: Path) -> "JsonLinesSource":
        """Look at the first objects; InputError where no line of them is an object."""
        keys: dict[str, None] = {}
        for seen, (_, line) in enumerate(numbered_lines(path)):
            if seen >= LOOKED_AT:
                break
            found = _object(line)
            if isinstance(found, dict):
                keys |= dict.fromkeys(found)
        if not keys:
            raise InputError(f"{path}: holds no JSON object in its first lines; give one object a line")
        check_width(path, len(keys), "keys")
        return cls(path, tuple(keys))

    def rows(self) -> Iterator[Row]:
        """The rows, numbered by line; a line that is no object is left out and noted in `problems`."""
        self.problems = []
        for number, line in numbered_lines(self.path):
            found = _object(line)
            if isinstance(found, dict):
                yield Row(number, tuple(_text(found.get(key)) for key in self.header))
            else:
                self.problems.append(RowProblem(row=number, what=f"{found}; not graded"))


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that hold anything, with their ends, each with its number from 1."""
    for number, line in enumerate(text_lines(path, encoding_of(path)), start=1):
        if line.strip():
            yield number, line


def _object(line: str) -> dict[str, Any] | str:
    """The object of a line, or what is wrong with it."""
    try:
        found = json.loads(line.encode("utf-8", "surrogateescape").decode("utf-8", "coach-windows"))
    except (ValueError, RecursionError) as error:
        return f"is no JSON ({str(error)[:80]})"
    return found if isinstance(found, dict) else "is no JSON object"


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        # A lone surrogate has no form in UTF-8.
        return value.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(value, ensure_ascii=False)
