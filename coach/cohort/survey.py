"""A survey: all answers of a file in a scratch database, with whose they are and which of them count."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from coach.cohort.answer_cells import answer_text
from coach.cohort.attempts import choose_attempts
from coach.cohort.column_words import refuses, same_words, words
from coach.cohort.given_marks import GivenMark, given_mark, mark_words, number
from coach.cohort.matching import Match, QuestionMatcher
from coach.cohort.not_answers import is_blank, is_summary, points_elsewhere
from coach.cohort.page_text import page_text
from coach.cohort.people import People, credible
from coach.cohort.scratch import room_told, scratch_database
from coach.cohort.submissions import (
    Layout,
    ReadingDoubt,
    Row,
    RowProblem,
    Source,
    State,
    Student,
    Submission,
    student_name,
)
from coach.errors import InputError

# First rows that are looked at to recognise columns.
LOOKED_AT = 30
# An answer above this many characters is not graded: it is more than a hundred pages.
LONGEST = 256 * 1024
# More kinds of question than this in one file means that the wrong column is read as the question.
MOST_QUESTIONS = 2_000
# So many rows of one student alone mean that a cell that all rows share was read as the student's.
_ONE_FOR_ALL = 3
_TABLE = """
CREATE TABLE answers (
  place INTEGER PRIMARY KEY, row INTEGER, col INTEGER, student INTEGER, question TEXT, text TEXT, state TEXT,
  is_real INTEGER, attempt REAL, submitted TEXT, mark REAL, grp TEXT, doubts TEXT, why TEXT);
"""


@dataclass
class _Answer:
    """One answer while its row is read."""

    column: int
    question: str
    text: str
    state: State
    given: GivenMark
    doubts: list[ReadingDoubt] = field(default_factory=list)
    why: list[str] = field(default_factory=list)

    @property
    def is_real(self) -> bool:
        return self.state in ("counts", "too-long") and "elsewhere" not in self.doubts


class Survey:
    """Reads a file once; afterwards its figures say how many rows, students and answers there are."""

    def __init__(self, layout: Layout, top: float, marks: Mapping[str, float]) -> None:
        self.rows = self.students = self.answers = self.superseded = 0
        self.questions: dict[str, Match] = {}
        self.problems: list[RowProblem] = []
        self.notes: list[str] = []
        self._layout = layout
        self._top = top
        self._marks = mark_words(marks)
        self._unread: dict[str, int] = {}
        self._locked = 0
        self._database = scratch_database()
        self._database.executescript(_TABLE)
        self._people = People(self._database)

    def read(self, source: Source, matcher: QuestionMatcher) -> None:
        """Take all rows in; InputError where none of their questions is the pack's."""
        asked: dict[str, None] = {}
        with room_told():
            self._database.execute("BEGIN")
            for row in source.rows():
                self._take(row, source, matcher, asked)
            self.problems += source.problems
            self._match(asked, matcher, source)
            self._tell_apart(source)
            choose_attempts(self._database, timed=self._layout.submitted is not None)
            self._database.execute("COMMIT")
        self.answers, self.superseded = self._database.execute(
            "SELECT count(*), coalesce(sum(state = 'superseded'), 0) FROM answers"
        ).fetchone()
        (self.students,) = self._database.execute("SELECT count(*) FROM students").fetchone()
        if self._people.shortened:
            self.notes.append(
                f"{self._people.shortened:,} numbers were shortened by a spreadsheet, as in 1.23457E+11: "
                "students are told apart by name and address; export the numbers as text"
            )
        if self._locked:
            self.notes.append(
                f"{self._locked:,} locked {'row' if self._locked == 1 else 'rows'}: no mark is written where "
                "the grade may not be changed"
            )
        if self._unread:
            shown = ", ".join(repr(text) for text in list(self._unread)[:5])
            self.notes.append(
                f"{sum(self._unread.values()):,} marks of the instructor cannot be read ({shown}): say what "
                "they are with --mark-word WORD=MARK (of 5) or --marks-of HIGHEST; until then their answers "
                "are marked here"
            )

    def submissions(self) -> Iterator[tuple[Submission, Student]]:
        """Every answer with its student, in the order of the file."""
        query = (
            "SELECT row, col, student, question, text, state, mark, grp, doubts, why, id, name, email, doubt "
            "FROM answers JOIN students ON number = student ORDER BY place"
        )
        for (
            row,
            column,
            student,
            question,
            text,
            state,
            mark,
            group,
            doubts,
            why,
            *who,
        ) in self._database.execute(query):
            id, name, email, doubt = who
            found: list[ReadingDoubt] = doubts.split()
            yield (
                Submission(
                    row=row,
                    column=column,
                    student=student_name(student),
                    question=question,
                    text=text,
                    state=state,
                    mark=mark,
                    group=group,
                    doubts=tuple([*found, "identity"] if doubt else found),
                    why="; ".join(part for part in (why, doubt) if part),
                ),
                Student(id, name, email),
            )

    def _take(self, row: Row, source: Source, matcher: QuestionMatcher, asked: dict[str, None]) -> None:
        if row.number <= self._layout.heads:
            self._pass_over(row.number, "belongs to the header; no student")
            return
        self.rows += 1
        student = _student(row, self._layout)
        places = self._places(row)
        read = [answer_text(row.cells[column], self._layout.kind) for column, _, _ in places]
        texts = [text for text, _ in read]
        labels = (student.name, next((cell for cell in row.cells if cell.strip()), ""))
        numbered = bool(credible(student.id)) or "@" in student.email
        if self._layout.kind not in ("folder", "moodle-submissions") and is_summary(texts, labels, numbered):
            self._pass_over(
                row.number, f"{labels[0].strip() or labels[1].strip()!r} is no student; not graded"
            )
            return
        found = []
        for (column, question, worded), (text, lost) in zip(places, read, strict=True):
            exact = matcher.exact(question) if question and worded else None
            if worded and question and question != self._layout.only:
                asked.setdefault(question)
                self._check_questions(asked, source)
            found.append(self._answer(row, column, exact.question if exact else question, text, lost))
        place = self._layout.may_change
        self._locked += place is not None and refuses(row.cells[place])
        number = self._people.number(student, [one.question for one in found])
        self._insert(row, number, found)

    def _check_questions(self, asked: Mapping[str, None], source: Source) -> None:
        if len(asked) > MOST_QUESTIONS:
            name = source.header[self._layout.question] if self._layout.question is not None else "Question"
            raise InputError(
                f"{source.name}: column {name!r} holds over {MOST_QUESTIONS:,} different questions; "
                "name the right one with --map question=COLUMN"
            )

    def _places(self, row: Row) -> list[tuple[int, str, bool]]:
        """The columns of a row that hold answers, each with its question, and whether the row words that."""
        layout = self._layout
        places = []
        for one in layout.answers:
            asked = page_text(row.cells[one.asked_in]).strip() if one.asked_in is not None else ""
            if asked and asked != one.asked:
                places.append((one.column, asked, True))
            elif layout.only is None or one.question == layout.only:
                places.append((one.column, one.question, False))
        if layout.answer is not None:
            asked = row.cells[layout.question].strip() if layout.question is not None else ""
            places.append((layout.answer, asked or layout.only or "", layout.question is not None))
        return places

    def _answer(self, row: Row, column: int, question: str, text: str, lost: str = "") -> _Answer:
        """What a cell holds, and what is to be said of it."""
        text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\ufeff")
        problem = row.problem if not row.lost or column in row.lost else ""
        unread = bool(problem or lost)
        elsewhere = points_elsewhere(text)
        answer = _Answer(column, question, text, "counts", self._given(row, column))
        if self._is_draft(row):
            answer.state, answer.why = "draft", ["was not handed in: a draft"]
        elif is_blank(text):
            answer.state = "unread" if unread else "empty"
        elif elsewhere and unread:
            answer.state = "unread"
        elif len(text) > LONGEST:
            answer.text, answer.state = "", "too-long"
            answer.why = [f"answer of {len(text):,} characters is too long"]
            self._pass_over(row.number, f"answer of {len(text):,} characters is too long; not graded")
        if unread:
            answer.doubts.append("file-not-read")
            answer.why.append(problem or lost)
        if elsewhere:
            answer.doubts.append("elsewhere")
            answer.why.append("says only where the answer is")
        if answer.given.unread:
            answer.doubts.append("mark-not-read")
            answer.why.append(f"the mark {answer.given.unread!r} cannot be read")
            self._unread[answer.given.unread] = self._unread.get(answer.given.unread, 0) + 1
        return answer

    def _is_draft(self, row: Row) -> bool:
        status = same_words(row.cells[self._layout.status]) if self._layout.status is not None else ""
        return bool(status) and status.startswith(tuple(words("draft")))

    def _given(self, row: Row, column: int) -> GivenMark:
        """The instructor's own mark in [0, 5], from the column of marks or beside the answer."""
        layout = self._layout
        beside = next((one for one in layout.answers if one.column == column), None)
        place, most = None, None
        if beside is not None and beside.points is not None:
            place, most = beside.points, beside.most
        elif beside is not None and beside.own_mark is not None:
            place, most = beside.own_mark, beside.most
        elif layout.mark is not None or layout.grade is not None:
            place = layout.mark if layout.mark is not None else layout.grade
            most = number(row.cells[layout.most]) if layout.most is not None else None
            return given_mark(row.cells[place or 0], most or self._top, self._marks)
        elif layout.total is not None and len(layout.answers) <= 1:
            place, most = layout.total, layout.total_most
        if place is None or most == 0:
            return GivenMark(None)
        given = given_mark(row.cells[place], most or self._top, self._marks)
        # A quiz or form writes 0 for what nobody has marked yet.
        return given if given.mark or given.unread else GivenMark(None)

    def _insert(self, row: Row, student: int, answers: list[_Answer]) -> None:
        def cell(place: int | None) -> str:
            return row.cells[place].strip() if place is not None else ""

        layout = self._layout
        attempt = number(cell(layout.attempt)) or 0.0
        self._database.executemany(
            "INSERT INTO answers (row, col, student, question, text, state, is_real, attempt, submitted, "
            "mark, grp, doubts, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(
                        row.number,
                        one.column,
                        student,
                        one.question,
                        one.text,
                        one.state,
                        one.is_real,
                        attempt,
                    ),
                    *(cell(layout.submitted), one.given.mark, cell(layout.group)),
                    *(" ".join(one.doubts), "; ".join(one.why)),
                )
                for one in answers
            ],
        )

    def _pass_over(self, row: int, what: str) -> None:
        self.problems.append(RowProblem(row=row, what=what))

    def _match(self, asked: dict[str, None], matcher: QuestionMatcher, source: Source) -> None:
        """Find the pack's questions of a column of questions; answers to others are left out."""
        layout = self._layout
        self.questions = dict(zip(asked, matcher.match(list(asked)), strict=True))
        if self.questions and layout.only is None and not any(one.found for one in self.questions.values()):
            text, match = next(iter(self.questions.items()))
            raise InputError(
                f"{source.name}: no question matches the pack: {text[:60]!r} is nearest to "
                f"{match.question} ({match.similarity:.2f}); give another --pack, or --question ID"
            )
        if self._is_renamed(source):
            return
        for text, match in self.questions.items():
            if match.found and match.how == "exact":
                continue
            if match.found:
                self._database.execute(
                    "UPDATE answers SET question = ? WHERE question = ?", (match.question, text)
                )
            else:
                near = f"the nearest is {match.question} ({match.similarity:.2f})"
                self._leave_out(text, f"{text[:60]!r} is no question of the pack, {near}; not graded")
        if layout.only is not None:
            self._database.execute("DELETE FROM answers WHERE question != ?", (layout.only,))
        self._leave_out("", "names no question; not graded")

    def _is_renamed(self, source: Source) -> bool:
        """Whether a column has one other name for the one question; InputError where it has several."""
        only, place = self._layout.only, self._layout.question
        if only is None or place is None or not self.questions:
            return False
        if any(one.question == only and one.found for one in self.questions.values()):
            return False
        if self._database.execute("SELECT 1 FROM answers WHERE question = ?", (only,)).fetchone():
            return False
        if len(self.questions) > 1:
            shown = ", ".join(repr(text[:40]) for text in list(self.questions)[:5])
            raise InputError(
                f"{source.name}: column {source.header[place]!r} names {len(self.questions)} questions "
                f"({shown}) and none of them is {only}; keep the rows of one, or leave --question away"
            )
        self._database.execute("UPDATE answers SET question = ?", (only,))
        name = next(iter(self.questions))
        self.notes.append(
            f"{name[:60]!r} in {source.header[place]!r} is taken to be {only}, as --question says"
        )
        self.questions = {}
        return True

    def _leave_out(self, question: str, why: str) -> None:
        """Pass over the answers to a question that is not the pack's."""
        rows = self._database.execute(
            "SELECT row FROM answers WHERE question = ? ORDER BY place", (question,)
        )
        self.problems += [RowProblem(row=row, what=why) for (row,) in rows]
        self._database.execute("DELETE FROM answers WHERE question = ?", (question,))

    def _tell_apart(self, source: Source) -> None:
        """Where one cell stands in all rows, it names nobody: then every row is a student of its own."""
        students, rows = self._database.execute(
            "SELECT count(DISTINCT student), count(DISTINCT row) FROM answers"
        ).fetchone()
        repeated = self._database.execute(
            "SELECT 1 FROM answers GROUP BY question HAVING count(*) >= ?", (_ONE_FOR_ALL,)
        ).fetchone()
        if students != 1 or rows < _ONE_FOR_ALL or not repeated or self._layout.attempt is not None:
            return
        if self._layout.submitted is not None or self._layout.kind in ("folder", "moodle-submissions"):
            return
        doubt = "all rows have the same number, address or name: each is read as a student of its own"
        self.notes.append(f"{doubt}; name the right column with --map id=COLUMN")
        id, name, email = self._database.execute("SELECT id, name, email FROM students").fetchone()
        self._database.execute("DELETE FROM students")
        found = self._database.execute("SELECT DISTINCT row FROM answers ORDER BY place").fetchall()
        for student, (row,) in enumerate(found, start=1):
            self._database.execute(
                "INSERT INTO students (number, id, name, email, plain_id, plain_name, plain_email, doubt) "
                "VALUES (?, ?, ?, ?, '', '', '', ?)",
                (student, id, name, email, doubt),
            )
            self._database.execute("UPDATE answers SET student = ? WHERE row = ?", (student, row))


def _student(row: Row, layout: Layout) -> Student:
    def cell(place: int | None) -> str:
        return row.cells[place].strip() if place is not None else ""

    name = " ".join(part for part in (cell(layout.name), cell(layout.last_name)) if part)
    return Student(id=cell(layout.id), name=name, email=cell(layout.email))
