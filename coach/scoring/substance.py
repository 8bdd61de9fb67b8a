"""The substance of an answer: its segments with every tool name taken out, mapped back to the answer.

Names are cut out before the text is divided. So an answer with names sprinkled over it has the same
pieces as the answer without them, and no score that reads pieces can rise by naming tools.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal

from coach.domain import Frozen, Segment
from coach.text.masking import joined
from coach.text.segments import segments, word_count

Span = tuple[int, int]
PieceKind = Literal["substance", "names", "echo"]

# With fewer words than this left beside its names ("we use"), a sentence says nothing of its own.
FEWEST_WORDS = 3

# So many words in the same order are not said again by chance.
AGAIN = 12

_BLANK = re.compile(r"_{3,}")
_TIDY = (
    (re.compile(r"[(\[][,/&+|;\s-]*+[)\]]"), " "),
    (re.compile(r"\s+"), " "),
    (re.compile(r"(?:\s*[,/&+|]\s*){2,}"), ", "),
    (re.compile(r"\b(and|or|with|in|on|by|via|plus)(?:[\s,]+(?:and|or|plus)\b)+"), r"\1"),
    (re.compile(r"\s+([,.;:!?)])"), r"\1"),
    (re.compile(r",\s*([.;:!?])"), r"\1"),
)
# A list of names of this length is the sentence's whole matter, and its lead-in goes with it.
LIST = 3
_LIST_GAP = re.compile(r"(?:\s|[,/&+|]|\b(?:and|or|plus)\b)*", re.IGNORECASE)
_OPENING = re.compile(r"\s*[(\[]\s*$")
_CLOSING = re.compile(r"\s*[)\]]")
_LEAD_IN = re.compile(r"(?:^|[a-z0-9][.!?;:]?\s)((?-i:[A-Z])[\w'’]*(?:\s[a-z'’]+){0,3}\s)$")
_STOP = re.compile(r"\s*(?:[.!?]+|\Z)")
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

    @property
    def wording(self) -> str:
        """What is left, without case and punctuation: what two pieces share that say the same again."""
        return " ".join(_TOKEN.findall(self.text.lower()))


def pieces(text: str, names: Sequence[Span], question: str = "") -> tuple[Piece, ...]:
    """Divide `text` into pieces, in order, with the spans `names` cut out; blanks count as names too.

    >>> [piece.text for piece in pieces("Every run is logged with its data version.", ())]
    ['Every run is logged with its data version.']
    """
    spans = sorted([*names, *(match.span() for match in _BLANK.finditer(text))])
    cuts, sentences = _merged(spans, text)
    bare, origin = _without(text, joined([*cuts, *sentences, *said_again(text)]))
    # A sentence that went as a whole is a piece of its own; its names are not its neighbours'.
    own = [start for start, _ in spans if not any(low <= start < high for low, high in sentences)]
    found = [
        Piece(start=start, end=end, text="", tools=sum(start <= one < end for one, _ in spans), kind="names")
        for start, end in sentences
    ]
    for start, end, segment in _placed(segments(bare), origin, cuts, text):
        count = bisect_right(own, end - 1) - bisect_right(own, start - 1)
        substance = tidy(segment)
        if not substance and not count:
            continue
        # Names in brackets are asides: they must not turn what is said around them into a list of names.
        asides = sum(1 for one in own if start <= one < end and _OPENING.search(text, max(0, one - 4), one))
        kind = _kind(substance, count - asides, text[start:end], question)
        found.append(Piece(start=start, end=end, text=substance, tools=count, kind=kind))
    return tuple(sorted(found, key=lambda piece: piece.start))


def tidy(text: str) -> str:
    """Mend the punctuation and spacing that names leave behind when they are cut out of `text`.

    >>> tidy("we use ,  and  for the registry ( )")
    'we use for the registry'
    """
    for pattern, replacement in _TIDY:
        text = pattern.sub(replacement, text)
    text = re.sub(r"^(\w+ \w+),? and (?=for\b)", r"\1 ", text)
    return text.strip(_EDGES) if _TOKEN.search(text) else ""


def said_again(text: str) -> list[Span]:
    """Where `text` says again, word for word, at least twelve words that it has said before, in order.

    >>> said_again("we watch the inputs")
    []
    """
    found = [(match.group().lower(), match.start()) for match in _TOKEN.finditer(text)]
    words = tuple(word for word, _ in found)
    first: dict[tuple[str, ...], int] = {}
    spans: list[Span] = []
    at = 0
    while at + AGAIN <= len(words):
        known = first.setdefault(words[at : at + AGAIN], at)
        if known + AGAIN > at:
            at += 1
            continue
        length = AGAIN
        while at + length < len(words) and words[known + length] == words[at + length]:
            length += 1
        spans.append((found[at][1], found[at + length][1] if at + length < len(words) else len(text)))
        at += length
    return spans


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


def _merged(spans: list[Span], text: str) -> tuple[list[Span], list[Span]]:
    """What is cut: names and blanks, lists and brackets of them as wholes; and sentences cut as wholes.

    A list of three names or more takes a lead-in of up to four words with it where that starts a new
    sentence ("We also use A, B and C."), even if the sentence before has no full stop, as in speech.
    """
    lists: list[tuple[int, int, int]] = []
    for start, end in spans:
        if lists and _LIST_GAP.fullmatch(text, lists[-1][1], max(start, lists[-1][1])):
            lists[-1] = (lists[-1][0], max(end, lists[-1][1]), lists[-1][2] + 1)
        else:
            lists.append((start, end, 1))
    cuts: list[Span] = []
    sentences: list[Span] = []
    for start, end, names in lists:
        before = _OPENING.search(text, max(0, start - 4), start)
        after = _CLOSING.match(text, end)
        if before and after:
            start, end = before.start(), after.end()
        elif names >= LIST:
            lead = _LEAD_IN.search(text, max(0, start - 60), start)
            stop = _STOP.match(text, end)
            if lead and stop and (not cuts or lead.start(1) >= cuts[-1][1]):
                sentences.append((lead.start(1), stop.end()))
                continue
        cuts.append((start, end))
    return cuts, sentences


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
