"""Decisions: what a person decides on an answer, each with who and when; none is ever deleted."""

import getpass
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from coach.cohort.journal import Journal
from coach.domain import Frozen
from coach.errors import UsageError

TOP_MARK = 5.0
Kind = Literal["override", "regrade", "accept", "strike", "note", "reopen"]


class Decision(Frozen):
    """What a person decided on one answer.

    `override` sets another mark in [0, 5], `regrade` has it graded anew, `accept` leaves it as it is,
    `strike` takes the finding at characters [start, end) of the answer out, `note` only says something,
    `reopen` puts the answer back on the list. `answer` is the id of a submission, `before` the mark until
    then, `grade` the key of the new grade, `reason` is for the instructor alone, `note` for the student.
    """

    kind: Kind
    answer: str
    mark: float | None = None
    grade: str = ""
    before: float | None = None
    start: int = -1
    end: int = -1
    who: str
    when: str
    reason: str = ""
    note: str = ""


_KINDS: frozenset[str] = frozenset({"override", "regrade", "accept", "strike", "note", "reopen"})


def decisions_of(journal: Journal) -> dict[str, tuple[Decision, ...]]:
    """All decisions by answer, oldest first."""
    found: dict[str, tuple[Decision, ...]] = {}
    for note in journal.notes:
        if note["kind"] == "file":
            # The class was exported anew: what counts of what was decided before stands here, by new ids.
            found = {}
            for record in note["decisions"]:
                one = Decision.model_validate(record)
                found[one.answer] = (*found.get(one.answer, ()), one)
        elif note["kind"] in _KINDS and "answer" in note:
            one = Decision.model_validate(note)
            found[one.answer] = (*found.get(one.answer, ()), one)
    return found


def in_force(decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    """The decisions since the answer was put back on the list last; a new grade stays the newer one."""
    last = max((place for place, one in enumerate(decisions) if one.kind == "reopen"), default=-1)
    return tuple(one for place, one in enumerate(decisions) if place > last or one.kind == "regrade")


def override_marks(texts: Iterable[str]) -> dict[str, float]:
    """The marks by answer of texts such as S00012/what-is-drift=3.5; UsageError where one is not so."""
    found = {}
    for text in texts:
        answer, _, mark = text.rpartition("=")
        try:
            value = float(mark)
        except ValueError:
            value = -1.0
        if not answer or not 0 <= value <= TOP_MARK:
            raise UsageError(f"--override {text[:60]!r}: write it as ANSWER=MARK with a mark from 0 to 5")
        found[answer.strip()] = value
    return found


def required_reason(reason: str | None, option: str) -> str:
    """The reason; UsageError where there is none, for a changed mark must be explained."""
    if not (reason or "").strip():
        raise UsageError(f'{option} needs --reason "...": what is changed is kept with who, when and why')
    return str(reason).strip()


def decide(
    journal: Journal,
    kind: Kind,
    changes: Mapping[str, Mapping[str, Any]],
    reason: str,
    known: Iterable[str],
    note: str = "",
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> tuple[Decision, ...]:
    """Append a decision for each answer; UsageError where one is not among the `known` ids."""
    ids = set(known)
    for answer in changes:
        if answer not in ids:
            example = next(iter(sorted(ids)), "S00001/what-is-drift")
            raise UsageError(f"there is no answer {answer[:60]!r}; grades.csv lists them, as in {example}")
    when = clock().isoformat(timespec="seconds")
    made = tuple(
        Decision(kind=kind, answer=answer, who=_user(), when=when, reason=reason, note=note, **change)
        for answer, change in changes.items()
    )
    for one in made:
        journal.append(one.model_dump(mode="json"))
    journal.flush()
    return made


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
