"""Folders and archives of text files: one answer a file, as a stream of rows."""

import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from coach.cohort.archives import check_archive, entry_problem, limited
from coach.cohort.encodings import decoded
from coach.cohort.submissions import FileKind, Row, RowProblem
from coach.cohort.table_files import TableFile
from coach.errors import InputError

FILE_HEADER = ("file", "id", "name", "question", "answer")
# An answer file above this many bytes is a book, not an answer.
LARGEST = 1024 * 1024
TEXT_SUFFIXES = (".txt", ".md", ".markdown", ".text")
PAGE_SUFFIXES = (".html", ".htm")
# Moodle names the folder (or, in older versions, the file) of a submission by student and number.
_MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?P<plugin>[a-z]+)_?")


class _NamedFiles(TableFile):
    """Files whose names say whose answers they hold, and to which of `questions`."""

    def __init__(self, path: Path, questions: frozenset[str]) -> None:
        super().__init__(path, FILE_HEADER)
        self._questions = questions


class FolderSource(_NamedFiles):
    """Text files below a folder, as `student/question.txt`, `question/student.txt` or on one level."""

    kind: FileKind = "folder"

    def rows(self) -> Iterator[Row]:
        """A row for each file, in the order of their names; links are never followed."""
        self.problems = []
        number = 0
        for found in _files(self.path):
            relative = found.relative_to(self.path).as_posix()
            number += 1
            problem = _unreadable(found, relative)
            if problem:
                self.problems.append(RowProblem(row=number, what=f"{relative!r}: {problem}; not graded"))
                continue
            yield _row(number, relative, found.read_bytes(), self._questions)


class ZipSource(_NamedFiles):
    """Text files in a zip archive, such as Moodle's submissions; nothing is unpacked to disk."""

    kind: FileKind = "zip"

    @classmethod
    def from_file(cls, path: Path, questions: frozenset[str]) -> "ZipSource":
        """Check the archive; InputError where it is damaged, locked or a bomb."""
        check_archive(path)
        return cls(path, questions)

    @property
    def is_moodle(self) -> bool:
        """Whether any entry is named as Moodle names submissions."""
        with zipfile.ZipFile(self.path) as archive:
            return any(_MOODLE.match(name) for name in archive.namelist())

    def rows(self) -> Iterator[Row]:
        """A row for each text file, in the order of their names."""
        self.problems = []
        with zipfile.ZipFile(self.path) as archive:
            entries = sorted(
                (one for one in archive.infolist() if not one.is_dir()), key=lambda one: one.filename
            )
            for number, entry in enumerate(entries, start=1):
                problem = entry_problem(entry) or _wrong_suffix(entry.filename)
                content = None
                if problem is None:
                    try:
                        content = limited(archive, entry, LARGEST)
                    except (zipfile.BadZipFile, OSError, NotImplementedError, EOFError, ValueError) as error:
                        problem = f"cannot be unpacked ({str(error)[:80]})"
                    else:
                        problem = None if content is not None else f"holds more than {LARGEST // 2**20} MB"
                if content is None or problem:
                    self.problems.append(
                        RowProblem(row=number, what=f"{entry.filename[:120]!r}: {problem}; not graded")
                    )
                    continue
                yield _row(number, entry.filename, content, self._questions)


def _files(folder: Path) -> Iterator[Path]:
    """Every file and link below a folder, without following links, in a fixed order."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror}); give a folder you may read") from None
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))
        else:
            yield Path(entry.path)


def _unreadable(path: Path, name: str) -> str | None:
    if path.is_symlink():
        return "is a symbolic link"
    if not path.is_file():
        return "is no ordinary file"
    problem = _wrong_suffix(name)
    if problem:
        return problem
    if path.stat().st_size > LARGEST:
        return f"holds more than {LARGEST // 2**20} MB"
    return None if os.access(path, os.R_OK) else "may not be read"


def _wrong_suffix(name: str) -> str | None:
    suffix = os.path.splitext(name)[1].lower()
    if suffix in TEXT_SUFFIXES + PAGE_SUFFIXES:
        return None
    return f"is no text file ({suffix or 'no suffix'}); text, Markdown and HTML are read"


def _row(number: int, name: str, content: bytes, questions: frozenset[str]) -> Row:
    """The file's name told apart into student and question, with its text."""
    text = decoded(content)
    parts = os.path.splitext(name)[0].split("/")
    moodle = next((found for part in parts if (found := _MOODLE.match(part))), None)
    question = next((part for part in reversed(parts) if part in questions), "")
    if moodle:
        return Row(number, (name, moodle["id"], moodle["name"], question, text))
    if not question:
        # student--question or student_question, in one name.
        for part in parts:
            for one in questions:
                if part.endswith(("--" + one, "__" + one, "_" + one)):
                    student = part[: -len(one)].rstrip("-_")
                    return Row(number, (name, "/".join([*parts[:-1], student]), student, one, text))
    student = "/".join(part for part in parts if part != question)
    return Row(number, (name, student, student.rsplit("/", 1)[-1], question, text))
