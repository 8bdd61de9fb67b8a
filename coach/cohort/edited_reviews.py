"""Edited reviews: a review list that a person filled in, taken back into the decisions."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from coach.cohort.column_words import same_words, words
from coach.cohort.given_marks import number
from coach.cohort.outcomes import Outcome
from coach.cohort.reading import open_source
from coach.cohort.review_session import ReviewSession, findings
from coach.errors import InputError

TOP_MARK = 5.0
# What in the column of states says that an answer stays as it is.
_ACCEPTED = {"done", "ok", "accept", "accepted", "fine", "read", "closed", "x"}
_COLUMNS = ("answer", "status", "new mark", "strike", "note to student", "private reason")


class EditedRow(NamedTuple):
    """What a row of an edited list asks for: findings to strike, a mark (None leaves it), texts."""

    number: int
    answer: str
    accepted: bool
    mark: float | None
    strikes: tuple[int, ...]
    note: str
    reason: str


def take_back(path: Path, session: ReviewSession) -> int:
    """Take an edited review list into a session; returns how many answers changed.

    Nothing is taken where a row is wrong: InputError names those rows. What is decided already is left out,
    so that the same file can be given twice.
    """
    known = {one.submission.id: one for one in session.outcomes()}
    rows, problems = [], []
    for row, problem in _edited(path, known):
        if problem:
            problems.append(problem)
        elif row is not None:
            rows.append(row)
    if problems:
        more = f"; and {len(problems) - 3} more" if len(problems) > 3 else ""
        raise InputError(f"{path}: {'; '.join(problems[:3])}{more}; nothing was taken back")
    return sum(_apply(row, known[row.answer], session) for row in rows)


def _edited(path: Path, known: Mapping[str, Outcome]) -> Iterator[tuple[EditedRow | None, str]]:
    """The rows that ask for something, or what is wrong with them."""
    source = open_source(path, frozenset())
    places = {same_words(name): place for place, name in enumerate(source.header)}
    missing = [name for name in _COLUMNS if name not in places]
    if missing:
        raise InputError(f"{path}: has no column {missing[0]!r}; give back a review.csv of coach grade")
    for row in source.rows():
        cells = {name: row.cells[places[name]].strip().removeprefix("'") for name in _COLUMNS}
        if not any(cells[name] for name in _COLUMNS[2:]) and same_words(cells["status"]) not in _ACCEPTED:
            continue
        yield _read(row.number, cells, known)


def _read(
    number_: int, cells: Mapping[str, str], known: Mapping[str, Outcome]
) -> tuple[EditedRow | None, str]:
    outcome = known.get(cells["answer"])
    if outcome is None:
        return None, f"row {number_}: there is no answer {cells['answer'][:40]!r}"
    mark = number(cells["new mark"]) if cells["new mark"] else None
    if cells["new mark"] and (mark is None or not 0 <= mark <= TOP_MARK):
        return None, f"row {number_}: {cells['new mark'][:20]!r} is no mark from 0 to 5"
    count = len(findings(outcome))
    strike = same_words(cells["strike"])
    if strike in words("yes") - {"1"} or strike in ("all", "x"):
        strikes = tuple(range(1, count + 1))
    else:
        parts = [part for part in re.split(r"[\s,;]+", strike) if part]
        if not all(part.isdigit() and 1 <= int(part) <= count for part in parts):
            return (
                None,
                f"row {number_}: strike {cells['strike'][:20]!r}: this answer has {count} findings, from 1",
            )
        strikes = tuple(int(part) for part in parts)
    accepted = same_words(cells["status"]) in _ACCEPTED
    row = EditedRow(
        number_, cells["answer"], accepted, mark, strikes, cells["note to student"], cells["private reason"]
    )
    return row, ""


def _apply(row: EditedRow, outcome: Outcome, session: ReviewSession) -> bool:
    """Decide what a row asks for; False where that was decided before."""
    before = session.decided
    # From the last on, for the numbers of those before stay what they were.
    for number_ in sorted(row.strikes, reverse=True):
        session.strike(session.find(row.answer), number_)
    said = bool(row.note or row.reason) and not any(
        (one.note, one.reason) == (row.note, row.reason) for one in outcome.decisions
    )
    note, reason = (row.note, row.reason) if said else ("", "")
    if row.mark is not None and not (outcome.marked_by == "person" and outcome.mark == row.mark):
        session.set_mark(session.find(row.answer), row.mark, note, reason)
    elif row.accepted and not outcome.reviewed:
        session.accept(session.find(row.answer), note, reason)
    elif said:
        session.note(session.find(row.answer), note, reason)
    return session.decided > before
