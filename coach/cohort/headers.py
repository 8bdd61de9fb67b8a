"""Headers: which of a file's first records names its columns, where titles or notes stand above it."""

from collections.abc import Callable, Sequence

# Records that are looked at for the header; no export puts more lines above its table.
LOOKED_AT = 30
# A name of a column is no longer than this, in characters, unless it is a question.
_LONGEST_NAME = 80
# From this share of rows that are as wide as a record on, that record heads them.
_SAME_WIDTH = 0.8

Record = Sequence[str]


def header_place(records: Sequence[Record], is_known: Callable[[str], bool]) -> int:
    """The place of the record that names the columns; `is_known` tells the names that are used for such.

    The first record that holds anything, unless a later one names known columns and that one does not, or
    the first is a single cell above a table.

    >>> header_place([["Quiz 3"], [], ["ID", "Answer"], ["1", "We watch."]], lambda name: name == "ID")
    2
    """
    some = [place for place, record in enumerate(records[:LOOKED_AT]) if any(map(str.strip, record))]
    if not some:
        return 0
    first = some[0]
    known = {place: sum(is_known(cell) for cell in records[place] if cell.strip()) for place in some}
    if known[first] >= 2 or (known[first] and _filled(records[first]) == 1 and len(some) < 3):
        return first
    better = next((place for place in some if known[place] >= 2), None)
    if better is not None and known[first] < 2 and _filled(records[first]) <= _filled(records[better]):
        return better
    if _filled(records[first]) > 1 or known[first]:
        return first
    return _above_a_table(records, some) or first


def _above_a_table(records: Sequence[Record], some: Sequence[int]) -> int | None:
    """The first record of several short cells that nearly all below it are as wide as."""
    for at, place in enumerate(some):
        record = records[place]
        below = some[at + 1 :]
        if _filled(record) > 1 and below and max(len(cell) for cell in record) <= _LONGEST_NAME:
            alike = sum(len(records[one]) == len(record) for one in below)
            return place if alike >= _SAME_WIDTH * len(below) else None
    return None


def _filled(record: Record) -> int:
    return sum(1 for cell in record if cell.strip())
