"""A review session: the answers that wait for a person, and what that person decides, kept at once."""

import csv
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from coach.cohort.decisions import Kind, decide, decisions_of
from coach.cohort.journal import Journal
from coach.cohort.outcomes import Outcome, Reason, outcomes_by_row
from coach.cohort.outputs import JOURNAL, OutputLock
from coach.cohort.reading import Cohort
from coach.cohort.run_records import Manifest, RunOptions, run_of
from coach.cohort.runs import Run, write_outputs
from coach.domain import Evidence, HarmfulFinding, Manipulation
from coach.errors import UsageError
from coach.packs import Pack

AnyFinding = HarmfulFinding | Manipulation | Evidence


class ReviewSession:
    """Holds a graded directory, so that no action waits for anything to be loaded. Use it in a `with` block.

    What is decided is in the journal at once; the files are written anew by `finish`.
    """

    def __init__(self, out: Path, cohort: Cohort, pack: Pack, options: RunOptions) -> None:
        self.out = out
        self.cohort = cohort
        self.pack = pack
        self._options = options
        self._stack = ExitStack()
        self._first, self._digest = run_of(out)
        self.decided = 0

    def __enter__(self) -> "ReviewSession":
        """Take the directory; UsageError where another run has it."""
        self._stack.enter_context(OutputLock(self.out))
        self._journal = self._stack.enter_context(Journal(self.out / JOURNAL))
        self._similar = _similar_of(self.out / "similarity.csv")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the directory."""
        self._stack.close()

    def outcomes(self, only: str = "") -> Iterator[Outcome]:
        """What every answer came to (or that of the id `only`), with all that is decided on it."""
        decisions = decisions_of(self._journal)
        for _, some in outcomes_by_row(self.cohort, self._journal, self._first, decisions, only=only):
            for one in some:
                others = self._similar.get(one.submission.id, ())
                reasons: tuple[Reason, ...] = (*one.reasons, *(("similar",) if others else ()))
                yield replace(one, similar=others, reasons=reasons)

    def waiting(self) -> Iterator[Outcome]:
        """The answers that a person should look at and has not decided on."""
        return (one for one in self.outcomes() if one.waits)

    def find(self, answer: str) -> Outcome:
        """The answer of that id as it is now; UsageError where there is none."""
        for one in self.outcomes(answer):
            return one
        raise UsageError(f"there is no answer {answer[:60]!r}; grades.csv lists them")

    def accept(self, outcome: Outcome, note: str = "", reason: str = "") -> None:
        """Leave an answer as it is; it leaves the list."""
        self._keep("accept", outcome, {}, note, reason)

    def set_mark(self, outcome: Outcome, mark: float, note: str = "", reason: str = "") -> None:
        """Give an answer another mark in [0, 5]; it leaves the list, and keeps that mark."""
        if not 0 <= mark <= 5:
            raise UsageError(f"{mark:g} is no mark: give one from 0 to 5")
        self._keep("override", outcome, {"mark": mark, "before": outcome.mark}, note, reason)

    def note(self, outcome: Outcome, note: str = "", reason: str = "") -> None:
        """Write something for the student, or for oneself alone."""
        self._keep("note", outcome, {}, note, reason)

    def reopen(self, outcome: Outcome) -> None:
        """Put an answer back on the list, as the scorer left it."""
        self._keep("reopen", outcome, {}, "", "")

    def strike(self, outcome: Outcome, number: int) -> None:
        """Take a finding out, by its number in `findings`: the student's feedback loses it.

        The mark stays, as the scorer does not say what a statement cost; set another one where it did.
        """
        found = findings(outcome)
        if not 1 <= number <= len(found):
            raise UsageError(f"there is no finding {number}: this answer has {len(found)}")
        one = found[number - 1]
        change = {"start": one.start, "end": one.end, "before": outcome.mark}
        self._keep("strike", outcome, change, "", "")

    def finish(self) -> Manifest:
        """Write all files anew, with what was decided."""
        run = Run(self.cohort, self.pack, self._first, self._journal, self.out, self._digest, self._options)
        return write_outputs(run, {})

    def _keep(
        self, kind: Kind, outcome: Outcome, change: Mapping[str, object], note: str, reason: str
    ) -> None:
        answer = outcome.submission.id
        decide(self._journal, kind, {answer: change}, reason, [answer], note)
        self.decided += 1


def findings(outcome: Outcome) -> tuple[AnyFinding, ...]:
    """What the scorer found in an answer that can be struck, in the order of the text."""
    feedback = outcome.feedback
    if feedback is None:
        return ()
    score = feedback.score
    found: tuple[AnyFinding, ...] = (*score.harmful, *score.doubtful, *feedback.manipulation)
    return tuple(sorted(found, key=lambda one: (one.start, one.end)))


def _similar_of(path: Path) -> dict[str, tuple[str, ...]]:
    """The answers that each is like, from the list of pairs."""
    found: dict[str, tuple[str, ...]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for one, other in ((row["first"], row["second"]), (row["second"], row["first"])):
                    if one and other:
                        found[one] = (*found.get(one, ()), other)
    except OSError:
        return {}
    return found
