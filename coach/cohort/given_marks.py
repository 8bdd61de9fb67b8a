"""Given marks: what an instructor wrote as a mark, read on the scale of 5; what cannot be read is said so."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from coach.cohort.column_words import same_words
from coach.errors import UsageError

TOP_MARK = 5.0
_PARTS = re.compile(
    r"([-+]?\d+(?:[.,]\d+)?)\s*(?:(?:/|of|out of|von|sur|de|su)\s*(\d+(?:[.,]\d+)?)|(%))?", re.IGNORECASE
)
# What stands where nobody has marked yet.
_NOT_YET = re.compile(
    r"[-–—\s]*|n/?a|none|null|nan|needs grading|not (?:yet )?graded|not marked|ungraded", re.IGNORECASE
)


class GivenMark(NamedTuple):
    """A mark in [0, 5]; None where there is none. `unread` is the cell where it says something else."""

    mark: float | None
    unread: str = ""


def given_mark(cell: str, most: float, words: Mapping[str, float], is_percent: bool = False) -> GivenMark:
    """Read a cell: a number up to `most`, "12/20", "70%" or one of `words`, which map to marks in [0, 5].

    >>> given_mark("12/20", 5.0, {}), given_mark("A-", 5.0, {}), given_mark("70 %", 5.0, {})
    (GivenMark(mark=3.0, unread=''), GivenMark(mark=None, unread='A-'), GivenMark(mark=3.5, unread=''))
    """
    text = cell.strip()
    if _NOT_YET.fullmatch(text):
        return GivenMark(None)
    word = words.get(same_words(text))
    if word is not None:
        return GivenMark(word)
    found = _PARTS.fullmatch(text)
    if found:
        points = number(found[1])
        highest = number(found[2]) if found[2] else 100.0 if found[3] or is_percent else most
        if points is not None and highest and 0 <= points <= highest:
            return GivenMark(round(points / highest * TOP_MARK, 4))
    return GivenMark(None, text[:40])


def number(text: str) -> float | None:
    """A number as a file writes it, with a point or a comma; None where it is none.

    >>> number("3,5"), number("1.000,50"), number("EX")
    (3.5, 1000.5, None)
    """
    plain = text.strip().replace("\u00a0", "").replace(" ", "")
    if plain.count(",") == 1 and plain.count(".") >= 1 and plain.rfind(",") > plain.rfind("."):
        plain = plain.replace(".", "")
    try:
        value = float(plain.replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) < 1e9 else None


def marks_by_word(texts: Iterable[str]) -> dict[str, float]:
    """Marks (of 5) by word, of texts such as A-=4.5; UsageError where one is not so."""
    found = {}
    for text in texts:
        word, _, mark = text.rpartition("=")
        value = number(mark)
        if not word.strip() or value is None or not 0 <= value <= TOP_MARK:
            raise UsageError(f"--mark-word {text[:60]!r}: write it as WORD=MARK with a mark from 0 to 5")
        found[same_words(word)] = value
    return found


def mark_words(texts: Mapping[str, float]) -> dict[str, float]:
    """Words for marks as they are compared."""
    return {same_words(word): mark for word, mark in texts.items()}


def scale_word(mark: float, words: Mapping[str, float], scale: str) -> str:
    """The word of a course system's scale for a mark: the highest whose least mark it reaches; empty if none.

    `scale` is the cell that lists the words, from the lowest to the highest; only these are given back.
    """
    listed = [one for one in re.split(r"\s{2,}|,|;|\|", scale) if one.strip()]
    known = [
        (words[same_words(one)], place, one.strip())
        for place, one in enumerate(listed)
        if same_words(one) in words
    ]
    reached = [one for one in known if one[0] <= mark]
    return max(reached)[2] if reached else ""
