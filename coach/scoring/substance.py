"""The substance of an answer: its segments with every tool name taken out, mapped back to the answer.

Names are cut out before the text is divided. So an answer with names sprinkled over it has the same
pieces as the answer without them, and no score that reads pieces can rise by naming tools.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal

from coach.domain import Frozen, Segment
from coach.text.segments import segments, word_count

Span = tuple[int, int]
PieceKind = Literal["substance", "names", "echo"]

# With fewer words than this left beside its names ("we also use"), a sentence says nothing of its own.
FEWEST_WORDS = 4

_BLANK = re.compile(r"_{3,}")
_TIDY = (
    (re.compile(r"[(\[]\s*[,/&+|;\s-]*[)\]]"), " "),
    (re.compile(r"\s+"), " "),
    (re.compile(r"(?:\s*[,/&+|]\s*){2,}"), ", "),
    (re.compile(r"\b(and|or|with|in|on|by|via|plus)(?:[\s,]+(?:and|or|plus)\b)+"), r"\1"),
    (re.compile(r"\s+([,.;:!?)])"), r"\1"),
    (re.compile(r",\s*([.;:!?])"), r"\1"),
)
_EDGES = " \t\n,;/&+|-–—*•"
_TOKEN = re.compile(r"\w+")


class Piece(Frozen):
    """One segment of an answer: characters [start, end), and what is left of it without tool names.

    `kind` is "names" where next to nothing but tool names stood there, "echo" where it repeats the
    question, else "substance". `tools` counts the names in it.
    """

    start: int
    end: int
    text: str
    tools: int
    kind: PieceKind

    @property
    def words(self) -> int:
        """Words left without the names."""
        return word_count(self.text)


def pieces(text: str, names: Sequence[Span], question: str = "") -> tuple[Piece, ...]:
    """Divide `text` into pieces, in order, with the spans `names` cut out; blanks count as names too.

    >>> [piece.text for piece in pieces("Every run is logged with its data version.", ())]
    ['Every run is logged with its data version.']
    """
    cuts = _merged(list(names), text)
    bare, origin = _without(text, cuts)
    starts = [start for start, _ in cuts]
    found: list[Piece] = []
    for start, end, segment in _placed(segments(bare), origin, cuts, text):
        count = bisect_right(starts, end - 1) - bisect_right(starts, start - 1)
        substance = tidy(segment)
        if not substance and not count:
            continue
        kind = _kind(substance, count, text[start:end], question)
        found.append(Piece(start=start, end=end, text=substance, tools=count, kind=kind))
    return tuple(found)


def tidy(text: str) -> str:
    """Mend the punctuation and spacing that names leave behind when they are cut out of `text`.

    >>> tidy("we use ,  and  for the registry ( )")
    'we use for the registry'
    """
    for pattern, replacement in _TIDY:
        text = pattern.sub(replacement, text)
    text = re.sub(r"^(\w+ \w+),? and (?=for\b)", r"\1 ", text)
    return text.strip(_EDGES) if _TOKEN.search(text) else ""


def _kind(substance: str, names: int, original: str, question: str) -> PieceKind:
    words = word_count(substance)
    if names and (words < FEWEST_WORDS or words < 2 * names):
        return "names"
    if question and is_echo(original, question):
        return "echo"
    return "substance"


def is_echo(text: str, question: str) -> bool:
    """Whether `text` (at least four words) stands word for word in `question`, case and marks aside.

    >>> is_echo("So: when should a model be retrained?", "When should a model be retrained?")
    True
    """
    words = _TOKEN.findall(text.lower())
    asked = _TOKEN.findall(question.lower())
    if len(words) < 4 or not asked:
        return False
    shared = " ".join(words)
    whole = " ".join(asked)
    return shared in whole or (whole in shared and len(words) <= len(asked) + 3)


def _merged(spans: list[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """Sorted, non-overlapping spans of the mentions and of blanks that already stand in the text."""
    spans = sorted(spans + [match.span() for match in _BLANK.finditer(text)])
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _without(text: str, cuts: list[tuple[int, int]]) -> tuple[str, list[int]]:
    """The text without `cuts`, and for each of its characters the offset where it stood."""
    kept: list[str] = []
    origin: list[int] = []
    at = 0
    for start, end in [*cuts, (len(text), len(text))]:
        kept.append(text[at:start])
        origin.extend(range(at, start))
        at = end
    return "".join(kept), origin


def _placed(
    found: tuple[Segment, ...], origin: list[int], cuts: list[tuple[int, int]], text: str
) -> list[tuple[int, int, str]]:
    """Where each segment of the bare text stands in the answer, with the names at its edges."""
    spans = [(origin[segment.start], origin[segment.end - 1] + 1, segment.text) for segment in found]
    if not spans:
        return [(cuts[0][0], cuts[-1][1], "")] if cuts else []
    placed: list[tuple[int, int, str]] = []
    for index, (start, end, segment) in enumerate(spans):
        after = spans[index + 1][0] if index + 1 < len(spans) else len(text)
        before = placed[-1][1] if placed else 0
        for cut_start, cut_end in cuts:
            if before <= cut_start and cut_end <= start:
                start = cut_start
                break
        for cut_start, cut_end in cuts:
            gap = text[end:cut_start]
            if end <= cut_start and cut_end <= after and "\n" not in gap and text[end - 1] not in ".!?;":
                end = cut_end
        placed.append((start, end, segment))
    return placed
