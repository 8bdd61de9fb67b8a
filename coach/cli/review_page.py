"""The page of an answer under review: whose it is, why it is shown, its text with the findings in place."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from coach.render import numbers
from coach.render.plain import one_line

if TYPE_CHECKING:
    from coach.cohort.outcomes import Outcome, Reason
    from coach.cohort.review_session import AnyFinding


# Why an answer is shown, as a person reads it.
_REASONS: "Mapping[Reason, str]" = {
    "low-confidence": "the mark is not sure",
    "critic-apart": "the critic marks it quite differently",
    "critic-failed": "the critic's review failed",
    "words-to-the-grader": "it seems to address the grader",
    "not-scored": "it could not be scored",
    "harmful": "it says something unsafe",
    "similar": "it is like another answer",
    "failed": "grading failed",
    "changed": "it was changed",
    "other-question": "it reads like an answer to another question",
    "identity": "whose it is is not sure",
    "order": "which answer is newest is not sure",
    "newest-empty": "a newer one holds nothing",
    "elsewhere": "it says only where the answer is",
    "mark-not-read": "your mark in the file cannot be read",
    "file-not-read": "not all of it can be read",
    "superseded": "another answer counts",
    "draft": "it was not handed in",
}


def print_answer(console: Console, outcome: "Outcome", place: str) -> None:
    """Print an answer in full, with its findings numbered where they stand, and what was decided on it."""
    from coach.cohort.review_session import findings

    found = findings(outcome)
    submission, student = outcome.submission, outcome.student
    who = " · ".join(one_line(part) for part in (student.name, student.id, student.email) if part)
    console.rule(f"{place}  {submission.id}", align="left")
    console.print(Text(f"{who or 'no name'} · row {submission.row} · {submission.question}"), style="bold")
    mark = "no mark" if outcome.mark is None else f"{numbers.mark(outcome.mark)} of 5 ({outcome.marked_by})"
    yours = "" if submission.mark is None else f" · yours in the file: {numbers.mark(submission.mark)}"
    console.print(Text(f"{mark}{yours}"))
    why = [_REASONS[reason] for reason in outcome.reasons]
    console.print(Text(f"Look at: {'; '.join(why)}" if why else "Nothing to look at"))
    for line in (submission.why, outcome.failure, *(f"like {other}" for other in outcome.similar)):
        if line:
            console.print(Text(one_line(line)), style="dim")
    console.print()
    console.print(_with_findings(submission.text, found))
    console.print()
    for number, one in enumerate(found, start=1):
        console.print(Text(f"[{number}] {_told(one)}"))
    for decision in outcome.decisions:
        said = "".join(
            f"; {what}: {one_line(text)}"
            for what, text in (("to the student", decision.note), ("private", decision.reason))
            if text
        )
        set_to = f" {decision.mark:g}" if decision.mark is not None else ""
        console.print(
            Text(f"{decision.when[:16]} {decision.who}: {decision.kind}{set_to}{said}"), style="dim"
        )


def _with_findings(text: str, found: "tuple[AnyFinding, ...]") -> Text:
    """The text with each finding underlined and its number behind it."""
    page = Text()
    at = 0
    for number, one in enumerate(found, start=1):
        start = max(at, one.start)
        page.append(_shown(text[at:start]))
        page.append(_shown(text[start : one.end]), style="underline")
        page.append(f"[{number}]", style="bold")
        at = max(at, one.end)
    page.append(_shown(text[at:]))
    return page


def _shown(text: str) -> str:
    """Text without characters that act on a terminal; line breaks stay."""
    return "\n".join(_kept(line) for line in text.split("\n"))


def _kept(line: str) -> str:
    inner = one_line(line)
    lead = " " if line[:1].isspace() and inner else ""
    end = " " if line[-1:].isspace() and inner else ""
    return f"{lead}{inner}{end}" if inner else (" " if line else "")


def _told(one: "AnyFinding") -> str:
    from coach.domain import HarmfulFinding, Manipulation

    if isinstance(one, HarmfulFinding):
        sure = "" if one.probability is None else f" ({round(100 * one.probability)}% sure)"
        return f"harmful{sure}: safer is: {one_line(one.safer)}"
    return "addresses the grader" if isinstance(one, Manipulation) else "worth a second look; costs nothing"
