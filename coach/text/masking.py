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
_ALONE = re.compile(r"[ \t]*(?:\(\s*____\s*\)|\[\s*____\s*\]|[\"“]____[\"”]|`____`)")
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


def mask_text(lexicon: Lexicon, text: str) -> Masked:
    """Take a text, return it with every tool blanked, so that none is found in the result."""
    masked = Masked(text=text)
    # A blank is company as a name is, so one round is nearly always enough. The rounds end because
    # each blanks at least one more span of the original.
    while mentions := lexicon.find(masked.text):
        fresh = [
            (masked.original(mention.start), masked.original(mention.end - 1) + 1) for mention in mentions
        ]
        spans = sorted({*masked.spans, *fresh})
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


def _blanked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    pieces: list[str] = []
    done = 0
    for start, end in spans:
        pieces += [text[done:start], BLANK]
        done = end
    return "".join([*pieces, text[done:]])
