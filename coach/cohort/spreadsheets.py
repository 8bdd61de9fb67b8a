"""Spreadsheets: cells that a spreadsheet program would run, made harmless."""

import re

_ACTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
# A sign alone, a number, a telephone number: nothing that runs.
_HARMLESS = re.compile(r"[+-]?[\d\s().,/%-]*")


def guarded(cell: str) -> str:
    """Return `cell`, with an apostrophe before it where a spreadsheet would run it as a formula.

    >>> guarded("=HYPERLINK(A1)"), guarded("-0.5"), guarded("+ we log"), guarded("fine")
    ("'=HYPERLINK(A1)", '-0.5', "'+ we log", 'fine')
    """
    if cell.startswith(_ACTS) and not _HARMLESS.fullmatch(cell):
        return "'" + cell
    # Some programs look past leading spaces and line breaks.
    start = cell.lstrip()
    if start.startswith(_ACTS) and start != cell and not _HARMLESS.fullmatch(start):
        return "'" + cell
    return cell
