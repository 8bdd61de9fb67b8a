"""`coach review`: the answers of a graded cohort that wait for a person, one after another."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from coach.cli.app import app, say
from coach.cli.options import EncoderOption, PackOption, chosen_encoder, chosen_pack
from coach.cli.review_page import print_answer
from coach.errors import CoachError, UsageError
from coach.render import numbers

if TYPE_CHECKING:
    from coach.cohort.outcomes import Outcome
    from coach.cohort.review_session import ReviewSession

_HELP = (
    "a accept · m MARK set a mark · s NUMBER strike a finding · n TEXT note to the student · "
    "p TEXT private reason · o open it again · Enter next · b back · q quit"
)


@app.command("review")
def review_command(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The --out of a run of coach grade.")],
    marks: Annotated[
        Path | None,
        typer.Option("--marks", metavar="FILE", help="Take back a review.csv that was filled in, and stop."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Show every answer, not only those that wait for a person.")
    ] = False,
    pack: PackOption = None,
    encoder: EncoderOption = None,
) -> None:
    """Review a graded cohort: read, accept, correct a mark, strike a finding, write to the student.

    Each decision is kept at once; the files are written anew at the end. Names are shown here and nowhere
    else. Notes reach the student, private reasons never do.

    Example: coach review graded
    """
    from coach.cohort.edited_reviews import take_back
    from coach.cohort.matching import QuestionMatcher
    from coach.cohort.review_session import ReviewSession
    from coach.cohort.run_records import cohort_of, input_of

    path, options = input_of(directory)
    chosen = chosen_pack(pack)
    cohort = cohort_of(path, options, QuestionMatcher(chosen, partial(chosen_encoder, encoder)), chosen)
    with ReviewSession(directory, cohort, chosen, options) as session:
        if marks is not None:
            changed = take_back(marks, session)
            say(f"{marks}: {numbers.counted(changed, 'answer')} changed")
        else:
            _sit(session, everything)
        if session.decided:
            manifest = session.finish()
            left = numbers.counted(manifest.counts.get("review", 0), "answer")
            say(f"{directory}: written anew; {left} left to look at")


def _sit(session: "ReviewSession", everything: bool) -> None:
    """Show one answer after another and do what is asked, until there are none or the input ends."""
    answers = [one.submission.id for one in (session.outcomes() if everything else session.waiting())]
    console = Console(highlight=False)
    if not answers:
        say("no answer waits for a person")
    at, shown = 0, -1
    while 0 <= at < len(answers):
        outcome = session.find(answers[at])
        if shown != at:
            print_answer(console, outcome, f"{at + 1} of {len(answers)}")
            say(_HELP)
            shown = at
        try:
            line = input("review> " if sys.stdin.isatty() else "")
        except EOFError:
            return
        word, _, rest = line.strip().partition(" ")
        if word in ("q", "quit"):
            return
        if word == "b":
            at = max(0, at - 1)
            continue
        try:
            at += _done(session, outcome, word, rest.strip())
        except (CoachError, ValueError) as error:
            say(f"coach: {error}")


def _done(session: "ReviewSession", outcome: "Outcome", word: str, rest: str) -> int:
    """Do what a line asks for; returns how many answers to go on."""
    if word == "":
        return 1
    if word == "a":
        session.accept(outcome)
        say("accepted as it is")
        return 1
    if word == "m":
        set_to = _figure(rest, "m MARK, as in m 3.5")
        session.set_mark(outcome, set_to)
        say(f"the mark is {set_to:g} of 5 now, and stays")
        return 1
    if word == "s":
        session.strike(outcome, int(_figure(rest, "s NUMBER, as in s 1")))
        say("struck; the mark stays, m MARK sets another")
    elif word == "n" and rest:
        session.note(outcome, note=rest)
        say("the student will read it")
    elif word == "p" and rest:
        session.note(outcome, reason=rest)
        say("kept for you alone")
    elif word == "o":
        session.reopen(outcome)
        say("open again, as it was graded")
    else:
        say(_HELP)
    return 0


def _figure(text: str, form: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise UsageError(f"{text[:20]!r} is no figure; write {form}") from None
