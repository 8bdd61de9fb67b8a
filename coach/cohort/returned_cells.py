"""Returned cells: what goes into which cell of the file that was handed in."""

import html
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from coach.cohort.column_words import refuses
from coach.cohort.given_marks import TOP_MARK, number, scale_word
from coach.cohort.outcomes import Outcome
from coach.cohort.page_text import page_text
from coach.cohort.spreadsheets import guarded
from coach.cohort.student_pages import accused, headline_for_student
from coach.cohort.submissions import Layout, Row
from coach.domain import Feedback
from coach.render import numbers
from coach.scoring.next_steps import STRONG

# Columns that are added where the file has none for marks and feedback.
MARK, FEEDBACK = "coach mark", "coach feedback"
_EMPTY_GRADES = {"", "-"}


class Filling(NamedTuple):
    """New texts of a row's cells by column, and the texts of the columns that are added at its end."""

    changes: dict[int, str]
    extra: list[str]


class Returns:
    """Decides what is written into each row; `extra` names the columns that are added.

    `scale` are the least marks (of 5) of the words of a course system's scale.
    """

    def __init__(
        self, header: Sequence[str], layout: Layout, scale: Mapping[str, float] | None = None
    ) -> None:
        self._layout = layout
        self._scale = scale or {}
        self._width = len(header)
        self._own: dict[tuple[str, int | None], int] = {}
        self.extra: list[str] = []
        for name, column in self._added():
            title = self._title(name, column)
            if title in header:
                # The file was graded before: its columns are filled again.
                self._own[name, column] = list(header).index(title)
            else:
                self._own[name, column] = self._width + len(self.extra)
                self.extra.append(title)

    def filled(self, row: Row, outcomes: Sequence[Outcome]) -> Filling:
        """The cells of a row with its outcomes; cells that would run as a formula are guarded."""
        changes: dict[int, str] = {}
        extra = [""] * len(self.extra)
        for outcome in outcomes:
            for place, text in self._cells(row, outcome):
                if place < self._width:
                    changes[place] = guarded(text)
                else:
                    extra[place - self._width] = guarded(text)
        if self._layout.kind == "canvas-quiz" and self._layout.total is not None and changes:
            total = self._canvas_total(row, changes)
            if total is not None:
                changes[self._layout.total] = total
        for place, cell in enumerate(row.cells):
            # The id is what a course system finds the row by: it stays as it is.
            if place not in changes and place != self._layout.id and guarded(cell) != cell:
                changes[place] = guarded(cell)
        return Filling(changes, extra)

    def _title(self, name: str, column: int | None) -> str:
        """What a column that is added is called, for the answers in a column (None: the only one)."""
        one = next((one for one in self._layout.answers if one.column == column), None)
        if one is None:
            return name
        return f"{name}: {one.name if one.shuffled else one.question}"

    def _added(self) -> list[tuple[str, int | None]]:
        layout = self._layout
        if layout.kind == "moodle-worksheet":
            return []
        if layout.answers:
            marks = [(MARK, one.column) for one in layout.answers if one.points is None]
            return [*marks, *((FEEDBACK, one.column) for one in layout.answers)]
        return [(MARK, None), (FEEDBACK, None)]

    def _cells(self, row: Row, outcome: Outcome) -> list[tuple[int, str]]:
        layout = self._layout
        if outcome.submission.state == "superseded":
            return []
        mark = (
            None if outcome.submission.state in ("draft", "unread") and not outcome.changed else outcome.mark
        )
        if layout.kind == "moodle-worksheet":
            return self._moodle_cells(row, outcome, mark)
        place = outcome.submission.column if layout.answers else None
        cells = [(self._own[FEEDBACK, place], feedback_text(outcome))]
        column = next((one for one in layout.answers if one.column == outcome.submission.column), None)
        if column is not None and column.points is not None:
            # A mark that the instructor gave stays, until the same person sets another.
            if mark is not None and (outcome.submission.mark is None or outcome.marked_by == "person"):
                most = TOP_MARK if column.most is None else column.most
                cells.append((column.points, _points(mark, most, row.cells[column.points])))
        else:
            cells.append((self._own[MARK, place], "" if mark is None else numbers.mark(mark)))
        return cells

    def _moodle_cells(self, row: Row, outcome: Outcome, mark: float | None) -> list[tuple[int, str]]:
        layout = self._layout
        given = layout.grade is not None and row.cells[layout.grade].strip() not in _EMPTY_GRADES
        untouched = given or outcome.submission.state in ("empty", "draft")
        if self.is_locked(row) or (untouched and outcome.marked_by != "person"):
            return []
        cells = []
        if layout.grade is not None and mark is not None:
            if layout.scale is not None:
                word = scale_word(mark, self._scale, row.cells[layout.scale])
                cells += [(layout.grade, word)] if word else []
            else:
                most = row.cells[layout.most] if layout.most is not None else ""
                highest = number(most)
                cells.append((layout.grade, _points(mark, TOP_MARK if highest is None else highest, most)))
        if layout.feedback is not None and not page_text(row.cells[layout.feedback]).strip():
            cells.append((layout.feedback, _paragraphs(feedback_text(outcome))))
        return cells

    def is_locked(self, row: Row) -> bool:
        """Whether a row's mark may not be changed."""
        place = self._layout.may_change
        return place is not None and refuses(row.cells[place])

    def _canvas_total(self, row: Row, changes: dict[int, str]) -> str | None:
        """The sum of a row's points, those of other questions among them; None where one is no number."""
        total = 0.0
        for place in sorted({*_points_columns(self._layout), *self._layout.other_points}):
            text = changes.get(place, row.cells[place]).strip()
            points = number(text) if text else 0.0
            if points is None:
                return None
            total += points
        return f"{round(total, 2):g}"


def feedback_text(outcome: Outcome) -> str:
    """The feedback in a few lines of plain text, for one cell."""
    feedback = outcome.feedback
    if outcome.submission.state == "empty":
        return "No answer was handed in."
    if outcome.submission.state in ("draft", "unread") and not outcome.changed:
        return "Not graded: your answer could not be read here; your instructor will look at it."
    if feedback is None:
        return f"Not graded: {outcome.failure or 'no result'}."
    by_person = outcome.marked_by == "person" or outcome.submission.mark is not None
    set_by_person = ["Your instructor set this mark."] if outcome.marked_by == "person" else []
    read = ["Read by your instructor."] if outcome.read_by_person and not set_by_person else []
    return "\n".join([*set_by_person, *read, *outcome.notes, *_feedback_lines(feedback, by_person)])


def _feedback_lines(feedback: Feedback, marked_by_person: bool) -> list[str]:
    refusal = next((one.text for one in feedback.notices if one.text.startswith("Not scored")), "")
    if refusal:
        return [refusal]
    return [
        headline_for_student(feedback, marked_by_person),
        *(f"Unsafe: “{one.quote}” Safer: {one.safer}" for one in accused(feedback)[:2]),
        *_step_lines(feedback),
    ]


def _step_lines(feedback: Feedback) -> list[str]:
    """The next steps; a cell shows no follow-up question below, so a strong answer gets it here."""
    if feedback.next_steps == (STRONG,):
        return [STRONG.why, *([f"Try this one: {feedback.follow_up}"] if feedback.follow_up else [])]
    return [f"{number}. {step.action} {step.why}" for number, step in enumerate(feedback.next_steps, start=1)]


def _points_columns(layout: Layout) -> set[int]:
    return {one.points for one in layout.answers if one.points is not None}


def _points(mark: float, most: float, like: str) -> str:
    """A mark of 5 on a scale to `most`, with two decimals, and a comma where the file writes one."""
    text = f"{mark / TOP_MARK * most:.2f}"
    return text.replace(".", ",") if re.search(r"\d,\d", like) else text


def _paragraphs(text: str) -> str:
    """Lines of plain text as HTML paragraphs, which is what Moodle reads a comment as."""
    return "".join(f"<p>{html.escape(line)}</p>" for line in text.split("\n") if line.strip())
