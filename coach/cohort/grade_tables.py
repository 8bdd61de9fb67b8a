"""Tables: one row an answer as Parquet and CSV, the queue for a person's eye, and the key to the students."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import polars
import pyarrow as pa
from pyarrow import parquet as arrow_parquet

from coach.cohort.outcomes import Outcome
from coach.cohort.privacy import scrubbed
from coach.cohort.spreadsheets import guarded
from coach.cohort.submissions import RowProblem
from coach.domain import Dimension

ROWS_AT_ONCE = 1_000
EXCERPT = 240
# The columns of the review list that a person fills in and hands back.
TO_FILL = ("new mark", "strike", "note to student", "private reason")
_TEXTS = ("group", "review", "changed", "marked_by", "scorer", "critic", "failure", "key")


class GradesTable:
    """Writes one row for each answer; `columns` beside the fixed ones are the pack's dimensions."""

    def __init__(self, path: Path, dimensions: Sequence[Dimension]) -> None:
        self._dimensions = [dimension.id for dimension in dimensions]
        self.schema = pa.schema(
            [
                *((name, pa.string()) for name in ("answer", "student", "question", "state")),
                ("row", pa.int64()),
                *((name, pa.float64()) for name in ("mark", "overall", "reasoning", "confidence")),
                *((f"depth_{id}", pa.int8()) for id in self._dimensions),
                *((name, pa.int32()) for name in ("words", "tools", "harmful", "words_to_the_grader")),
                *((name, pa.float64()) for name in ("masked_overall", "critic_overall", "instructor_mark")),
                *((name, pa.string()) for name in _TEXTS),
            ]
        )
        self._writer = arrow_parquet.ParquetWriter(path, self.schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def add(self, outcome: Outcome) -> None:
        """Add the row of one answer."""
        self._rows.append(self._row(outcome))
        if len(self._rows) >= ROWS_AT_ONCE:
            self._flush()

    def close(self) -> None:
        """Write what is left."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self.schema))
            self._rows = []

    def _row(self, outcome: Outcome) -> dict[str, Any]:
        submission, feedback = outcome.submission, outcome.feedback
        row: dict[str, Any] = {
            "answer": submission.id,
            "student": submission.student,
            "question": submission.question,
            "state": state_of(outcome),
            "row": submission.row,
            "mark": outcome.mark,
            "marked_by": outcome.marked_by,
            "critic_overall": outcome.critic,
            "critic": str(outcome.critique.score.scorer) if outcome.critique else "",
            "instructor_mark": submission.mark,
            "group": guarded(submission.group),
            "review": " ".join(outcome.reasons),
            "changed": outcome.decisions[-1].kind if outcome.decisions else "",
            "failure": guarded(outcome.failure or outcome.review_failure),
        }
        if feedback is None or outcome.graded is None:
            return row
        depths = {f"depth_{one.dimension}": int(one.depth) for one in feedback.score.expected}
        scored = outcome.scored is not None
        return row | {
            "overall": outcome.scored,
            "reasoning": feedback.score.reasoning if scored else None,
            "confidence": feedback.score.confidence if scored else None,
            **(depths if scored else {}),
            "words": feedback.length.words,
            "tools": len(feedback.mask_test.tools),
            "harmful": len(feedback.score.harmful),
            "words_to_the_grader": len(feedback.manipulation),
            "masked_overall": feedback.mask_test.after if scored else None,
            "scorer": str(feedback.score.scorer),
            "key": outcome.graded.key,
        }


def csv_of(parquet: Path, path: Path) -> None:
    """Write a Parquet table as CSV, a few rows at a time."""
    polars.scan_parquet(parquet).sink_csv(path)


class ReviewQueue:
    """Writes the answers that a person should look at, and why, with the words that gave the reason.

    What a person has decided is not in it. Rows of status "note" tell what was passed over and ask for
    nothing; the columns of `TO_FILL` are empty, for whoever reviews.
    """

    header = (
        *("answer", "row", "reasons", "status", "mark", "confidence", "critic", "similar to", "why"),
        *TO_FILL,
        "excerpt",
    )

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(self.header)
        self.count = 0

    def add(self, outcome: Outcome) -> None:
        """Add an answer if there is a reason to, and nobody has decided on it."""
        if not outcome.reasons or outcome.reviewed:
            return
        status = "open" if outcome.waits else "note"
        self.count += status == "open"
        feedback = outcome.feedback
        self._write(
            outcome.submission.id,
            outcome.submission.row,
            " ".join(outcome.reasons),
            status,
            _figure(outcome.mark),
            "" if outcome.scored is None else _figure(feedback.score.confidence if feedback else None),
            _figure(outcome.critic),
            " ".join(outcome.similar),
            scrubbed(outcome.submission.why, outcome.student),
            " ".join(scrubbed(_excerpt(outcome), outcome.student).split()),
        )

    def pass_over(self, problem: RowProblem) -> None:
        """Add a row of the file that was not graded, and why."""
        if problem.passed_over:
            self._write("", problem.row, "not-graded", "note", "", "", "", "", problem.what, "")

    def close(self) -> None:
        """Write what is left."""
        self._file.close()

    def _write(self, answer: str, row: int, *cells: str) -> None:
        *known, excerpt = cells
        filled = [answer, str(row), *known, *[""] * len(TO_FILL), excerpt]
        self._writer.writerow([guarded(cell) for cell in filled])


class KeyFile:
    """Writes who each stand-in is. This file stays with whoever grades: it is what links marks to names."""

    header = ("student", "id", "name", "email")

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(self.header)
        self._last = 0

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Add the students that are new; stand-ins are numbered in the order of the file."""
        for outcome in outcomes:
            number = int(outcome.submission.student[1:])
            if number > self._last:
                self._last = number
                who = outcome.student
                self._writer.writerow(
                    [outcome.submission.student, *(guarded(cell) for cell in (who.id, who.name, who.email))]
                )

    def close(self) -> None:
        """Write what is left."""
        self._file.close()


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def state_of(outcome: Outcome) -> str:
    """What became of a submission: graded, not-scored, failed, or its own state where it does not count."""
    if outcome.submission.state != "counts":
        return outcome.submission.state
    if outcome.feedback is None:
        return "failed"
    return "graded" if outcome.scored is not None else "not-scored"


def _excerpt(outcome: Outcome) -> str:
    """The words that a person should look at first."""
    feedback = outcome.feedback
    if outcome.failure or feedback is None:
        return outcome.failure
    if feedback.manipulation:
        return feedback.manipulation[0].quote[:EXCERPT]
    if feedback.score.harmful:
        return feedback.score.harmful[0].quote[:EXCERPT]
    return outcome.submission.text[:EXCERPT]
