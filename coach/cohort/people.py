"""People: whose row is whose, told by all cells that name a student, never by one against others."""

import re
import unicodedata
from collections.abc import Iterable
from sqlite3 import Connection

from coach.cohort.column_words import same_words, words
from coach.cohort.submissions import Student

# A long number as a spreadsheet shortens it: the digits that tell students apart are gone.
_SHORTENED = re.compile(r"\d+(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
_TABLES = """
CREATE TABLE students (
  number INTEGER PRIMARY KEY, id TEXT, name TEXT, email TEXT, plain_id TEXT, plain_name TEXT,
  plain_email TEXT,  doubt TEXT NOT NULL DEFAULT '');
CREATE INDEX students_by_id ON students (plain_id) WHERE plain_id != '';
CREATE INDEX students_by_email ON students (plain_email) WHERE plain_email != '';
CREATE INDEX students_by_name ON students (plain_name) WHERE plain_name != '';
CREATE TABLE answered (student INTEGER, question TEXT, PRIMARY KEY (student, question)) WITHOUT ROWID;
"""


def credible(cell: str) -> str:
    """What of a cell can tell students apart, as it is compared; empty where it tells nothing.

    >>> credible("1.23457E+11"), credible("anonymous"), credible(" S-007 ")
    ('', '', 's-007')
    """
    plain = same_words(cell)
    return "" if plain in words("nobody") or _SHORTENED.fullmatch(plain) else plain


def plain_name(name: str) -> str:
    """A name's words without accents, in alphabetical order: "Lee, Ann" and "Ann Lee" are one.

    >>> plain_name("Müller, Zoë")
    'muller zoe'
    """
    if not credible(name):
        return ""
    letters = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(one for one in letters if not unicodedata.combining(one))
    return " ".join(sorted(re.findall(r"\w+", letters)))


class People:
    """Numbers the students of a file from 1, row by row.

    Two rows are one student's where a number or an address is the same and nothing else differs. Where one
    cell is the same and another differs they are two, and both are in `doubt`. A name alone joins rows only
    as long as these answer different questions. `shortened` counts the numbers that a spreadsheet cut.
    """

    def __init__(self, database: Connection) -> None:
        self._database = database
        self.shortened = 0
        database.executescript(_TABLES)

    def number(self, student: Student, questions: Iterable[str]) -> int:
        """The number of the student whose row this is; `questions` are those that the row answers."""
        keys = credible(student.id), plain_name(student.name), credible(student.email)
        asked = tuple(questions)
        doubt = ""
        if _SHORTENED.fullmatch(same_words(student.id)):
            doubt = f"the number {student.id.strip()!r} was shortened by a spreadsheet: it may be anybody's"
            self.shortened += 1
        for number, known in self._alike(keys):
            clash = self._clash(keys, known, number, asked)
            if not clash:
                self._complete(number, student, keys)
                return self._note(number, asked)
            if clash != "other":
                doubt = clash
                self._doubt(number, clash)
        return self._note(self._add(student, keys, doubt), asked)

    def _alike(self, keys: tuple[str, str, str]) -> list[tuple[int, tuple[str, str, str]]]:
        id, name, email = keys
        found: list[tuple[int, str, str, str]] = []
        for column, key in (("plain_id", id), ("plain_email", email), ("plain_name", name)):
            if key:
                # Nobody shares a cell with more than a few: beyond that it tells nothing.
                found += self._database.execute(
                    "SELECT number, plain_id, plain_name, plain_email FROM students "
                    f"WHERE {column} = ? LIMIT 20",
                    (key,),
                )
        return [(number, (first, second, third)) for number, first, second, third in dict.fromkeys(found)]

    def _clash(
        self, keys: tuple[str, str, str], known: tuple[str, str, str], number: int, asked: tuple[str, ...]
    ) -> str:
        """Why a row is not a known student's: "" if it is, "other" if nothing links them."""
        same = [bool(one) and one == other for one, other in zip(keys, known, strict=True)]
        differ = [bool(one and other) and one != other for one, other in zip(keys, known, strict=True)]
        if (same[0] or same[2]) and not any(differ):
            return ""
        if same[0]:
            return "one number stands with two names or addresses"
        if same[2]:
            return "one address stands with two numbers or names"
        if differ[0] or differ[2]:
            return "other"
        # The name alone is the same.
        if not self._has_answered(number, asked):
            return ""
        return "one name handed in twice, with no number or address to tell whether it is one student"

    def _has_answered(self, number: int, questions: tuple[str, ...]) -> bool:
        query = "SELECT 1 FROM answered WHERE student = ? AND question = ?"
        return any(self._database.execute(query, (number, one)).fetchone() for one in questions)

    def _note(self, number: int, questions: tuple[str, ...]) -> int:
        self._database.executemany(
            "INSERT OR IGNORE INTO answered VALUES (?, ?)", [(number, one) for one in questions]
        )
        return number

    def _add(self, student: Student, keys: tuple[str, str, str], doubt: str) -> int:
        id, name, email = keys
        cells = (student.id, student.name, student.email, id, name, email, doubt)
        cursor = self._database.execute(
            "INSERT INTO students (id, name, email, plain_id, plain_name, plain_email, doubt) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            cells,
        )
        return int(cursor.lastrowid or 0)

    def _complete(self, number: int, student: Student, keys: tuple[str, str, str]) -> None:
        """Add what the row tells of a student beyond what was known."""
        for column, cell, plain in zip(
            ("id", "name", "email"), (student.id, student.name, student.email), keys, strict=True
        ):
            if plain:
                self._database.execute(
                    f"UPDATE students SET {column} = ?, plain_{column} = ? "
                    f"WHERE number = ? AND plain_{column} = ''",
                    (cell, plain, number),
                )

    def _doubt(self, number: int, why: str) -> None:
        self._database.execute("UPDATE students SET doubt = ? WHERE number = ? AND doubt = ''", (why, number))
