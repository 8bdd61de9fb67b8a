"""Answer cells: the answer that a cell holds, where a system writes pages or objects of its own into it."""

import json
from collections.abc import Iterator
from typing import Any

from coach.cohort.page_text import page_text
from coach.cohort.submissions import LayoutKind

# Kinds that put a student's answers into one JSON object a cell.
_OBJECTS: frozenset[LayoutKind] = frozenset({"edx-responses", "prairielearn"})
# What such an object holds beside the student's words: questions, names and keys of files.
_ASIDE = frozenset({"prompt", "files_descriptions", "files_names", "files_sizes", "file_keys", "format"})
_FILES = frozenset({"_files", "file_keys", "file_key"})


def answer_text(cell: str, kind: LayoutKind) -> tuple[str, str]:
    r"""The answer in a cell as plain text, and what else was handed in that is not read; empty where nothing.

    >>> answer_text('{"parts": [{"text": "We watch."}, {"text": "We act."}]}', "edx-responses")
    ('We watch.\n\nWe act.', '')
    """
    if kind in _OBJECTS and cell.lstrip().startswith(("{", "[")):
        try:
            value = json.loads(cell)
            texts, files = list(_texts(value)), any(_files(value))
        except (ValueError, RecursionError):
            return page_text(cell), ""
        lost = "files were handed in, too, which are not read" if files else ""
        return "\n\n".join(map(page_text, texts)), lost
    return page_text(cell), ""


def _texts(value: Any) -> Iterator[str]:
    """The student's words in an object, in its order."""
    if isinstance(value, str) and value.strip():
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key not in _ASIDE and not str(key).startswith("_"):
                yield from _texts(one)


def _files(value: Any) -> Iterator[bool]:
    """A true value for each list of files in an object that is not empty."""
    if isinstance(value, list):
        for one in value:
            yield from _files(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key in _FILES and one:
                yield True
            yield from _files(one)
