"""Marked answers: a student's own answer as Markdown, marked where it earned a depth or is unsafe."""

from collections.abc import Sequence
from typing import NamedTuple

from coach.domain import Feedback, HarmfulFinding
from coach.render.markdown import escaped

# Characters of an answer that a page shows.
LONGEST = 6_000


class _Mark(NamedTuple):
    start: int
    end: int
    label: str


def marked_answer(feedback: Feedback, accused: Sequence[HarmfulFinding]) -> str:
    """The answer as a quotation: in bold what earned a depth, with its dimension; unsafe words by number."""
    text = feedback.answer.text[:LONGEST]
    unsafe = [_Mark(one.start, one.end, f"⚠{place}") for place, one in enumerate(accused, start=1)]
    earned = [
        _Mark(one.evidence[0].start, one.evidence[0].end, one.title)
        for one in feedback.score.expected
        if one.evidence and one.depth
    ]
    parts: list[str] = []
    at = 0
    for mark in _apart([*unsafe, *earned]):
        if mark.end > len(text):
            break
        parts += [_plain(text[at : mark.start]), _strong(text[mark.start : mark.end], mark.label)]
        at = mark.end
    parts.append(_plain(text[at:]))
    if len(feedback.answer.text) > LONGEST:
        parts.append(" …")
    return "\n".join("> " + line if line.strip() else ">" for line in "".join(parts).split("\n"))


def _apart(marks: Sequence[_Mark]) -> list[_Mark]:
    """Marks without those that lie over an earlier one of the list, in the order of the text."""
    taken: list[_Mark] = []
    for mark in marks:
        over = next((one for one in taken if mark.start < one.end and one.start < mark.end), None)
        if over is None:
            taken.append(mark)
        elif (over.start, over.end) == (mark.start, mark.end):
            taken[taken.index(over)] = over._replace(label=f"{over.label}, {mark.label}")
    return sorted(taken)


def _plain(text: str) -> str:
    """Text line by line, safe in Markdown; the blanks at its ends stay."""
    return "\n".join(_kept(line, escaped(line.strip())) for line in text.split("\n"))


def _strong(text: str, label: str) -> str:
    lines = [_kept(line, f"**{escaped(line.strip())}**" if line.strip() else "") for line in text.split("\n")]
    return "\n".join(lines) + f" \\[{escaped(label)}\\]"


def _kept(line: str, inner: str) -> str:
    """`inner` between the blanks of a line."""
    lead = " " if line[:1].isspace() and inner else ""
    end = " " if line[-1:].isspace() else ""
    return f"{lead}{inner}{end}"
