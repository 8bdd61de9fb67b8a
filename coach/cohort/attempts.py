"""Attempts: which of several answers of one student to one question counts, and what of that is in doubt."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import NamedTuple

from coach.cohort.submissions import ReadingDoubt
from coach.cohort.times import DayOrder, Moment, day_order, moment


class Attempt(NamedTuple):
    """One answer: its row, the number of its attempt (0 where none), when it was handed in, as written.

    `real` says that it is handed in, can be read and says something.
    """

    row: int
    attempt: float
    submitted: str
    real: bool


class Chosen(NamedTuple):
    """The place of the answer that counts, and why a person should look at that choice."""

    place: int
    doubts: tuple[ReadingDoubt, ...] = ()
    why: str = ""


def chosen_attempt(attempts: Sequence[Attempt], order: DayOrder, timed: bool) -> Chosen:
    """The newest answer, by attempt, time and row; one that says nothing gives way to the newest that does.

    `timed` says whether the file tells times. Where a time cannot be read, or can be read in two ways that
    choose differently, the choice is in doubt.
    """
    moments = [moment(one.submitted, order) if one.submitted.strip() else Moment(None) for one in attempts]
    highest = max(one.attempt for one in attempts)
    rivals = [place for place, one in enumerate(attempts) if one.attempt == highest]
    unread = timed and len(rivals) > 1 and any(moments[place].seconds is None for place in rivals)

    def newest(places: Sequence[int], exchanged: bool = False) -> int:
        def age(place: int) -> tuple[float, float, int]:
            one = moments[place]
            seconds = one.other if exchanged and one.other is not None else one.seconds
            # Without all times the order of the rows is all that there is.
            return attempts[place].attempt, 0.0 if unread or seconds is None else seconds, attempts[place].row

        return max(places, key=age)

    everything = range(len(attempts))
    last = newest(everything)
    real = [place for place in everything if attempts[place].real]
    place = newest(real) if real else last
    doubts: list[ReadingDoubt] = []
    why = []
    if unread:
        texts = [attempts[one].submitted.strip() for one in rivals if moments[one].seconds is None]
        doubts.append("order")
        why.append(f"which answer is newest is not sure: the time {texts[0][:40]!r} cannot be read")
    elif last != newest(everything, exchanged=True):
        doubts.append("order")
        why.append("which answer is newest is not sure: day and month can be read either way")
    if place != last:
        doubts.append("newest-empty")
        why.append(
            f"the newest, in row {attempts[last].row}, holds no readable answer; this older one counts"
        )
    return Chosen(place, tuple(doubts), "; ".join(why))


def choose_attempts(answers: Connection, timed: bool) -> None:
    """Of several answers of a student to one question in a survey's database let one count."""
    several = answers.execute(
        "SELECT student, question FROM answers GROUP BY student, question HAVING count(*) > 1 "
        "ORDER BY min(place)"
    ).fetchall()
    if not several:
        return
    order = day_order(text for (text,) in answers.execute("SELECT submitted FROM answers ORDER BY place"))
    query = (
        "SELECT row, attempt, submitted, is_real, place, doubts, why FROM answers "
        "WHERE student = ? AND question = ? ORDER BY place"
    )
    answers.execute("CREATE INDEX answers_of ON answers (student, question)")
    for group in several:
        found = answers.execute(query, group).fetchall()
        attempts = [Attempt(row, attempt, text, bool(real)) for row, attempt, text, real, *_ in found]
        chosen = chosen_attempt(attempts, order, timed)
        counts = f"row {attempts[chosen.place].row} counts"
        for at, (*_, place, doubts, why) in enumerate(found):
            if at == chosen.place:
                # It is in the state that it was read in: one that is too long stays so.
                told = chosen.why
                doubts = " ".join([doubts, *chosen.doubts]).strip()
            else:
                told = f"{counts}: it is newer" if attempts[at].real else counts
                answers.execute("UPDATE answers SET state = 'superseded' WHERE place = ?", (place,))
            answers.execute(
                "UPDATE answers SET doubts = ?, why = ? WHERE place = ?",
                (doubts, "; ".join(one for one in (why, told) if one), place),
            )
