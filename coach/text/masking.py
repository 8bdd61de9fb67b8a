"""Masks tool names in answers, so that naming a tool cannot earn depth."""

import re
from collections.abc import Sequence

from coach.domain import Frozen, ToolMention
from coach.text.lexicon import Lexicon

BLANK = "____"

_BLANK = r"(?<!_)____(?!_)"
_JOINER = r"(?:[^\S\n]*(?:[,/+&|]|->|→)\s*|[^\S\n]+)(?:(?:and|or|plus)\s+)?"
# Blanks in a row, with what is left of a possessive or a compound ("____'s", "____-based").
_RUN = re.compile(rf"-?{_BLANK}(?:{_JOINER}{_BLANK})*(?:['’]s\b)?(?:-(?=\w))?")
_ALONE = re.compile(r"(?<![ \t])[ \t]*+(?:\(\s*____\s*\)|\[\s*____\s*\]|[\"“]____[\"”]|`____`)")
_BRACKETS = re.compile(r"(?<!\s)\s*+(?:\([^()]*\)|\[[^\[\]]*\])")
_TIDY = (
    (re.compile(r"[ \t]{2,}"), " "),
    # A comma or slash next to another mark has lost its item.
    (re.compile(r"[ \t]*,(?:[ \t]*[,/+|])+"), ","),
    (re.compile(r",[ \t]*(?=[.;:!?)\]])"), ""),
    (re.compile(r"[;:][ \t]*(?=[.!?](?:\s|$))"), ""),
    (re.compile(r"(?<=[(\[])[ \t]*[,/+|;]*[ \t]*"), ""),
    (re.compile(r"[ \t]+(?=[,.;:!?)\]](?:\s|$|[)\]]))"), ""),
    (re.compile(r"(?m)^[ \t]*[,;/+|][ \t]*"), ""),
    (re.compile(r"(?m)[ \t]+$"), ""),
)


class Masked(Frozen):
    """A text with its tool mentions blanked: the masked text, and the spans that were blanked.

    `spans` are characters [start, end) of the original, in order; the masked text has one blank for each.
    """

    text: str
    spans: tuple[tuple[int, int], ...] = ()

    def original(self, offset: int) -> int:
        """Take a character offset into the masked text, return the offset in the original.

        An offset inside a blank maps to the start of what was blanked.

        >>> Masked(text="log to ____ daily", spans=((7, 13),)).original(12)
        14
        """
        shift = 0
        for start, end in self.spans:
            if offset < start + shift + len(BLANK):
                return min(offset - shift, start)
            shift += len(BLANK) - (end - start)
        return offset - shift


def mask(text: str, mentions: Sequence[ToolMention]) -> str:
    """Replace each mention (sorted, non-overlapping) by one blank; all else stays as it is.

    >>> mention = ToolMention(start=7, end=13, text="MLflow", name="MLflow", category="tracking")
    >>> mask("log to MLflow daily", (mention,))
    'log to ____ daily'
    """
    return _blanked(text, [(mention.start, mention.end) for mention in mentions])


def mentions_in(lexicon: Lexicon, text: str) -> tuple[ToolMention, ...]:
    """Take a text, return the tools it names; names in brackets change nothing of what is found around them.

    So a name put in brackets in the middle of another leaves that one a name.

    >>> from coach.domain import Tool
    >>> lexicon = Lexicon((Tool(name="MLflow", category="tracking"), Tool(name="Git", category="code")), {})
    >>> [mention.text for mention in mentions_in(lexicon, "It goes to ML (Git) flow.")]
    ['ML (Git) flow']
    """
    found = lexicon.find(text)
    asides = _asides(text, found)
    if not asides:
        return found
    origin = [place for start, end in _between(asides, len(text)) for place in range(start, end)]
    around = [
        mention.model_copy(update={"start": start, "end": end, "text": text[start:end]})
        for mention in lexicon.find("".join(text[place] for place in origin))
        for start, end in [(origin[mention.start], origin[mention.end - 1] + 1)]
    ]
    inside = [
        mention
        for mention in found
        if any(start <= mention.start < end for start, end in asides)
        and not any(other.start < mention.end and mention.start < other.end for other in around)
    ]
    return tuple(sorted([*around, *inside], key=lambda mention: mention.start))


def mask_text(lexicon: Lexicon, text: str) -> Masked:
    """Take a text, return it with every tool blanked, so that none is found in the result."""
    masked = Masked(text=text)
    # A blank is company as a name is, so one round is nearly always enough. The rounds end because
    # each blanks at least one more span of the original.
    while mentions := mentions_in(lexicon, masked.text):
        fresh = [
            (masked.original(mention.start), masked.original(mention.end - 1) + 1) for mention in mentions
        ]
        spans = joined([*masked.spans, *fresh])
        masked = Masked(text=_blanked(text, spans), spans=tuple(spans))
    return masked


def strip_blanks(masked: str) -> str:
    """Remove the blanks from a masked text and tidy the spacing and commas that they leave.

    >>> strip_blanks("We log runs to ____, ____ and ____, and alert on ____'s metrics (____).")
    'We log runs to, and alert on metrics.'
    """
    text = _RUN.sub(BLANK, masked)
    if BLANK not in text:
        return masked
    text = re.sub(_BLANK, "", _ALONE.sub("", text))
    for pattern, replacement in _TIDY:
        text = pattern.sub(replacement, text)
    return text.strip()


def _asides(text: str, mentions: Sequence[ToolMention]) -> list[tuple[int, int]]:
    """Brackets with nothing but names, or their blanks, in them, and the space before them."""
    named = {place for mention in mentions for place in range(mention.start, mention.end)}
    return [
        match.span()
        for match in _BRACKETS.finditer(text)
        if not any(text[place].isalnum() and place not in named for place in range(*match.span()))
        and (BLANK in match[0] or any(place in named for place in range(*match.span())))
    ]


def _between(spans: Sequence[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """What lies around sorted spans of a text of that many characters."""
    edges = [0, *(edge for span in spans for edge in span), length]
    return list(zip(edges[::2], edges[1::2], strict=True))


def joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sort spans, and make one of those that overlap.

    >>> joined([(5, 9), (0, 3), (2, 4)])
    [(0, 4), (5, 9)]
    """
    apart: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def _blanked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    pieces: list[str] = []
    done = 0
    for start, end in spans:
        pieces += [text[done:start], BLANK]
        done = end
    return "".join([*pieces, text[done:]])
