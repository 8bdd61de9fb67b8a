"""Submissions: the answers of a cohort, and the students they come from, as frozen types."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from coach.domain import Frozen

FileKind = Literal["csv", "xlsx", "xls", "ods", "jsonl", "parquet", "folder", "zip"]
LayoutKind = Literal[
    "moodle-worksheet",
    "moodle-submissions",
    "moodle-quiz",
    "canvas-quiz",
    "ms-forms",
    "google-forms",
    "gradescope",
    "nbgrader",
    "blackboard-test",
    "brightspace-quiz",
    "edx-responses",
    "prairielearn",
    "qualtrics",
    "surveymonkey",
    "folder",
    "table",
]
# What becomes of an answer: it counts, is empty, gives way, is too long, not handed in, not readable.
State = Literal["counts", "empty", "superseded", "too-long", "draft", "unread"]
# Why a person should look at what was read, whatever it is graded.
ReadingDoubt = Literal["identity", "order", "newest-empty", "elsewhere", "mark-not-read", "file-not-read"]


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file: its number (the first below the header is 1) and its cells as text.

    `problem` is what of it could not be read, such as a second file, and `lost` the places of the cells that
    it concerns; empty where all was read, or where it concerns the whole row.
    """

    number: int
    cells: tuple[str, ...]
    problem: str = ""
    lost: tuple[int, ...] = ()


class RowProblem(Frozen):
    """Something about one row that a reader must know; `row` is 0 where it concerns the whole file.

    `passed_over` is true where the row was not graded for it.
    """

    row: int
    what: str
    passed_over: bool = True

    def __str__(self) -> str:
        """The row and what is wrong with it, on one line."""
        return f"row {self.row}: {self.what}" if self.row else self.what


class Source(Protocol):
    """A file of answers, read anew by each call of `rows`; no more than a few rows are held at a time."""

    @property
    def kind(self) -> FileKind:
        """What the file is."""
        ...

    @property
    def name(self) -> str:
        """What to call the file in a message."""
        ...

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns."""
        ...

    @property
    def problems(self) -> list[RowProblem]:
        """What the last complete reading found wrong, row by row."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What was chosen in reading the file that its owner should know."""
        ...

    def rows(self) -> Iterator[Row]:
        """The rows in the order of the file."""
        ...


class AnswerColumn(Frozen):
    """A column that holds answers to one question.

    `question` is the pack's id; `asked` is the question as the file words it, `similarity` the cosine of
    that with the pack's wording (1 where it is the same), `how` says what the match rests on. `points` is the
    place of a column for the mark and `most` its highest mark, where the file has them; `own_mark` is the
    place of the instructor's mark beside it. `asked_in` is the place of a column that words each row's
    question, for a quiz that asks students different ones (`shuffled`).
    """

    column: int
    name: str
    question: str
    asked: str
    similarity: float
    how: Literal["exact", "similar", "named", "option"]
    points: int | None = None
    most: float | None = None
    own_mark: int | None = None
    asked_in: int | None = None
    shuffled: bool = False


class Layout(Frozen):
    """What the columns of a file are; each is the place of a column, or None where there is none.

    Either `answers` lists one column for each question, or `answer` and `question` (or the question that
    an option names, in `only`) tell one answer a row. `other_points` are the places of a quiz's other marks,
    `heads` how many rows below the header belong to it.
    """

    kind: LayoutKind
    heads: int = 0
    id: int | None = None
    name: int | None = None
    last_name: int | None = None
    email: int | None = None
    status: int | None = None
    submitted: int | None = None
    attempt: int | None = None
    answers: tuple[AnswerColumn, ...] = ()
    answer: int | None = None
    question: int | None = None
    only: str | None = None
    mark: int | None = None
    most: int | None = None
    scale: int | None = None
    grade: int | None = None
    feedback: int | None = None
    total: int | None = None
    total_most: float | None = None
    may_change: int | None = None
    group: int | None = None
    other_points: tuple[int, ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Student:
    """Who handed in, as the file tells; only the key file and the file handed back carry this."""

    id: str
    name: str
    email: str


class Submission(Frozen):
    """One answer of one student, without anything that names the student.

    `row` and `column` are where it stands in the file (the first row below the header is 1), `student` is a
    stand-in such as S00012, `mark` the instructor's own mark in [0, 5] where the file has one, `group` the
    value of the column that subgroups are compared by. `doubts` are why a person should look at what was
    read, `why` says so in words.
    """

    row: int
    column: int
    student: str
    question: str
    text: str
    state: State
    mark: float | None = None
    group: str = ""
    doubts: tuple[ReadingDoubt, ...] = ()
    why: str = ""

    @property
    def id(self) -> str:
        """The student and the question, as in S00012/what-is-drift; with the row where it is superseded."""
        base = f"{self.student}/{self.question}"
        return f"{base}@{self.row}" if self.state == "superseded" else base


def student_name(number: int) -> str:
    """The stand-in of a student by number.

    >>> student_name(12)
    'S00012'
    """
    return f"S{number:05d}"
