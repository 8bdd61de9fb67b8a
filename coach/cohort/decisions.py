"""Decisions: regrading and marks set by a person, each with who, when and why; the newest counts."""

import getpass
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from coach.cohort.journal import Journal
from coach.domain import Frozen
from coach.errors import UsageError

TOP_MARK = 5.0


class Decision(Frozen):
    """What a person decided on one answer: another mark in [0, 5], or to grade it anew.

    `answer` is the id of a submission, `before` the mark that counted until then, `grade` the key of the
    new grade.
    """

    kind: Literal["override", "regrade"]
    answer: str
    mark: float | None = None
    grade: str = ""
    before: float | None = None
    who: str
    when: str
    reason: str


def decisions_of(journal: Journal) -> dict[str, tuple[Decision, ...]]:
    """All decisions by answer, oldest first."""
    found: dict[str, tuple[Decision, ...]] = {}
    for note in journal.notes:
        if note["kind"] in ("override", "regrade"):
            one = Decision.model_validate(note)
            found[one.answer] = (*found.get(one.answer, ()), one)
    return found


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
    kind: Literal["override", "regrade"],
    changes: Mapping[str, Mapping[str, Any]],
    reason: str,
    known: Iterable[str],
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
        Decision(kind=kind, answer=answer, who=_user(), when=when, reason=reason, **change)
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
