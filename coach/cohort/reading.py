"""Reading: a file or folder of answers opened, its columns recognised, its submissions told apart."""

import re
import struct
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from coach.cohort.delimited import DelimitedSource
from coach.cohort.digest_index import DigestIndex, text_digest
from coach.cohort.folders import FolderSource, ZipSource
from coach.cohort.json_lines import JsonLinesSource
from coach.cohort.layouts import layout_of
from coach.cohort.matching import Match, QuestionMatcher
from coach.cohort.page_text import page_text
from coach.cohort.parquet import ParquetSource
from coach.cohort.submissions import Layout, Row, RowProblem, Source, State, Student, Submission, student_name
from coach.cohort.workbooks import WorkbookSource
from coach.errors import InputError
from coach.packs import Pack

# An answer above this many characters is not graded: it is more than a hundred pages.
LONGEST = 256 * 1024
# More kinds of question than this in one file means that the wrong column is read as the question.
MOST_QUESTIONS = 2_000
TOP_MARK = 5.0
_TIMES = (
    *("%Y-%m-%d %H:%M:%S UTC", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%Y/%m/%d %I:%M:%S %p"),
    *("%A, %d %B %Y, %I:%M %p", "%A, %d %B %Y, %H:%M", "%m/%d/%Y %H:%M"),
)
# A student's number and a question's, as one key.
_PAIR = struct.Struct(">QQ")
_PARTS = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:/\s*(\d+(?:[.,]\d+)?))?$")


@dataclass
class _Newest:
    """The age of each student's newest answer to each question: attempt, time in seconds, and row.

    Kept in arrays, for there is one for each answer of a file.
    """

    places: DigestIndex = field(default_factory=DigestIndex)
    attempts: "array[float]" = field(default_factory=lambda: array("d"))
    times: "array[float]" = field(default_factory=lambda: array("d"))
    rows: "array[int]" = field(default_factory=lambda: array("q"))

    def age(self, student: int, slot: int) -> tuple[float, float, int] | None:
        """The age of a student's newest answer; None where there is none."""
        place = self.places.get(_PAIR.pack(student, slot))
        return None if place is None else (self.attempts[place], self.times[place], self.rows[place])

    def set(self, student: int, slot: int, age: tuple[float, float, int]) -> None:
        """Make an answer of that age a student's newest."""
        pair = _PAIR.pack(student, slot)
        place = self.places.get(pair)
        if place is None:
            place = len(self.rows)
            self.places[pair] = place
            for column in (self.attempts, self.times, self.rows):
                column.append(0)
        self.attempts[place], self.times[place], self.rows[place] = age

    def ages(self) -> Iterator[tuple[int, int, tuple[float, float, int]]]:
        """Every student, slot and age, in the order in which they were first set."""
        for place, pair in enumerate(self.places.digests()):
            yield *_PAIR.unpack(pair), (self.attempts[place], self.times[place], self.rows[place])


@dataclass
class _Survey:
    """What a first reading of a file tells, in some 100 bytes a row."""

    rows: int = 0
    students: DigestIndex = field(default_factory=DigestIndex)
    newest: _Newest = field(default_factory=_Newest)
    repeated: int = 0
    questions: dict[str, Match] = field(default_factory=dict)
    slots: dict[str, int] = field(default_factory=dict)

    def note(self, student: int, question: str, age: tuple[float, float, int]) -> None:
        """Take an answer of a student into account, of whatever age."""
        slot = self.slots.setdefault(question, len(self.slots))
        known = self.newest.age(student, slot)
        self.repeated += known is not None
        if known is None or age > known:
            self.newest.set(student, slot, age)

    def newest_row(self, student: int, question: str) -> int | None:
        """The row of a student's newest answer to a question; None where there is none."""
        slot = self.slots.get(question)
        found = None if slot is None else self.newest.age(student, slot)
        return None if found is None else found[2]

    def match(self, questions: dict[str, Match]) -> None:
        """Take answers to one question, worded however, as answers to that one."""
        self.questions = questions
        names = list(self.slots)
        before, self.newest = self.newest, _Newest()
        for student, slot, age in before.ages():
            match = questions.get(names[slot])
            self.note(student, match.question if match and match.found else names[slot], age)


def open_source(path: Path, questions: frozenset[str]) -> Source:
    """Open a file or folder by what it is; `questions` are the pack's ids, which file names may hold.

    Raises InputError where it is missing, unreadable or of a kind that is not known.
    """
    if path.is_dir():
        return FolderSource(path, questions)
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; give a file of answers")
    if not path.is_file():
        raise InputError(f"{path}: is no ordinary file; give a file of answers")
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a file you may read") from None
    suffix = path.suffix.lower()
    if start.startswith(b"PAR1"):
        return ParquetSource.from_file(path)
    if start.startswith(b"PK\x03\x04") or suffix in (".zip", ".xlsx"):
        return WorkbookSource.from_file(path) if suffix != ".zip" else ZipSource.from_file(path, questions)
    if start.startswith((b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise InputError(f"{path}: is an old Excel, Word or PDF file; save it as XLSX or CSV")
    if suffix in (".jsonl", ".ndjson", ".json"):
        return JsonLinesSource.from_file(path)
    if suffix in (".csv", ".tsv", ".tab", ".txt", ""):
        return DelimitedSource.from_file(path)
    raise InputError(f"{path}: {suffix} is not known; give CSV, TSV, XLSX, JSONL, Parquet, a zip or a folder")


class Cohort:
    """The submissions of one file, read anew by each call of `submissions`; `layout` tells its columns."""

    def __init__(self, source: Source, layout: Layout, survey: _Survey, top: float) -> None:
        self.source = source
        self.layout = layout
        self.rows = survey.rows
        self.students = len(survey.students)
        self.superseded = survey.repeated
        self.questions: Mapping[str, Match] = survey.questions
        self.problems: list[RowProblem] = []
        self._survey = survey
        self._top = top

    @classmethod
    def from_source(
        cls,
        source: Source,
        matcher: QuestionMatcher,
        pack: Pack,
        only: str | None = None,
        named: Mapping[str, str] | None = None,
        group: str | None = None,
        top: float = TOP_MARK,
    ) -> "Cohort":
        """Recognise the columns and read the file once; `top` is the highest of the instructor's marks.

        Raises InputError where no answer can be graded, UsageError for an option that does not fit.
        """
        layout = layout_of(source.header, matcher, pack, source.name, only, named, group)
        if isinstance(source, ZipSource) and source.is_moodle:
            layout = layout.model_copy(update={"kind": "moodle-submissions"})
        survey = _surveyed(source, layout, matcher)
        if not survey.rows:
            first = f" ({source.problems[0]})" if source.problems else ""
            raise InputError(
                f"{source.name}: holds no answers{first}; give a file with one row or file an answer"
            )
        if layout.question is not None and survey.questions:
            found = [match for match in survey.questions.values() if match.found]
            if not found and only is None:
                asked, match = next(iter(survey.questions.items()))
                raise InputError(
                    f"{source.name}: no question matches the pack: {asked[:60]!r} is nearest to "
                    f"{match.question} ({match.similarity:.2f}); give another --pack, or --question ID"
                )
        return cls(source, layout, survey, top)

    def submissions(self) -> Iterator[tuple[Submission, Student]]:
        """Every answer in the order of the file; afterwards `problems` says what was left out, row by row."""
        self.problems = []
        for row in self.source.rows():
            student = _student(row, self.layout)
            number = self._survey.students[text_digest(_identity(student, row))]
            stand_in = student_name(number)
            for column, question, text in self._answers(row):
                yield self._submission(row, column, stand_in, question, text, student), student
        self.problems = [*self.source.problems, *self.problems]
        self.problems.sort(key=lambda problem: problem.row)

    def _answers(self, row: Row) -> Iterator[tuple[int, str, str]]:
        """The cells of a row that hold answers, with the question of each."""
        layout = self.layout
        for one in layout.answers:
            if layout.only is None or one.question == layout.only:
                yield one.column, one.question, row.cells[one.column]
        if layout.answer is None:
            return
        asked = row.cells[layout.question].strip() if layout.question is not None else ""
        question = layout.only
        if asked and asked != layout.only:
            match = self._survey.questions.get(asked)
            if match is None or not match.found:
                near = f", the nearest is {match.question} ({match.similarity:.2f})" if match else ""
                self.problems.append(
                    RowProblem(
                        row=row.number, what=f"{asked[:60]!r} is no question of the pack{near}; not graded"
                    )
                )
                return
            if layout.only is not None and match.question != layout.only:
                return
            question = match.question
        if question is None:
            self.problems.append(RowProblem(row=row.number, what="names no question; not graded"))
            return
        yield layout.answer, question, row.cells[layout.answer]

    def _submission(
        self, row: Row, column: int, student: str, question: str, raw: str, who: Student
    ) -> Submission:
        layout = self.layout
        text = page_text(raw).replace("\r\n", "\n").strip("\ufeff")
        state: State = "counts" if text.strip() else "empty"
        if len(text) > LONGEST:
            self.problems.append(
                RowProblem(row=row.number, what=f"answer of {len(text):,} characters is too long; not graded")
            )
            text, state = "", "too-long"
        newest = self._survey.newest_row(int(student[1:]), question) if who.identity else None
        if newest is not None and newest != row.number:
            state = "superseded"
        return Submission(
            row=row.number,
            column=column,
            student=student,
            question=question,
            text=text,
            state=state,
            mark=_mark(row, column, layout, self._top),
            group=row.cells[layout.group].strip() if layout.group is not None else "",
        )


def _surveyed(source: Source, layout: Layout, matcher: QuestionMatcher) -> _Survey:
    """Read a file once: number the students, find the newest of repeated answers, match the questions."""
    survey = _Survey()
    asked: dict[str, None] = {}
    for row in source.rows():
        survey.rows += 1
        student = _student(row, layout)
        identity = _identity(student, row)
        digest = text_digest(identity)
        number = survey.students.get(digest)
        if number is None:
            number = len(survey.students) + 1
            survey.students[digest] = number
        keys = [one.question for one in layout.answers]
        if layout.answer is not None:
            question = row.cells[layout.question].strip() if layout.question is not None else ""
            if question:
                asked.setdefault(question)
                if len(asked) > MOST_QUESTIONS:
                    name = source.header[layout.question or 0]
                    raise InputError(
                        f"{source.name}: column {name!r} holds over {MOST_QUESTIONS:,} different questions; "
                        "name the right one with --map question=COLUMN"
                    )
            exact = matcher.exact(question) if question else None
            keys = [exact.question if exact else question or layout.only or ""]
        if not student.identity:
            continue
        age = (_attempt(row, layout), _time(row, layout), row.number)
        for key in keys:
            survey.note(number, key, age)
    survey.match(dict(zip(asked, matcher.match(list(asked)), strict=True)))
    return survey


def _student(row: Row, layout: Layout) -> Student:
    def cell(place: int | None) -> str:
        return row.cells[place].strip() if place is not None else ""

    name = " ".join(part for part in (cell(layout.name), cell(layout.last_name)) if part)
    return Student(id=cell(layout.id), name=name, email=cell(layout.email))


def _identity(student: Student, row: Row) -> str:
    # Without anything that tells students apart, every row is somebody else's.
    return student.identity or f"\0row {row.number}"


def _attempt(row: Row, layout: Layout) -> float:
    return _number(row.cells[layout.attempt]) or 0.0 if layout.attempt is not None else 0.0


def _time(row: Row, layout: Layout) -> float:
    """When a row was handed in, as seconds; 0 where it does not say, so that the later row is the newer."""
    text = row.cells[layout.submitted].strip() if layout.submitted is not None else ""
    if not text:
        return 0.0
    for form in ("", *_TIMES):
        try:
            moment = datetime.strptime(text, form) if form else datetime.fromisoformat(text)
        except ValueError:
            continue
        return (moment.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds()
    return 0.0


def _mark(row: Row, column: int, layout: Layout, top: float) -> float | None:
    """The instructor's own mark in [0, 5], from the column of marks or beside the answer; None where none."""
    for one in layout.answers:
        if one.column == column and one.points is not None:
            points = _number(row.cells[one.points])
            # A course system writes 0 for what nobody has marked yet.
            return _scaled(points, one.most or top) if points else None
    place = layout.mark if layout.mark is not None else layout.grade
    if place is None and len(layout.answers) == 1:
        place = layout.total
    if place is None:
        return None
    found = _PARTS.match(row.cells[place].strip())
    if not found:
        return None
    most = _number(found[2] or "") or (_number(row.cells[layout.most]) if layout.most is not None else None)
    points = _number(found[1])
    if place == layout.total and not points:
        # A form or quiz scores text that nobody has read yet 0.
        return None
    return _scaled(points, most or top)


def _scaled(points: float | None, most: float) -> float | None:
    if points is None or most <= 0 or not 0 <= points <= most:
        return None
    return round(points / most * TOP_MARK, 4)


def _number(text: str) -> float | None:
    """A number as a file writes it, with a point or a comma; None where it is none.

    >>> _number("3,5"), _number("EX")
    (3.5, None)
    """
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) < 1e9 else None
