"""Folders and archives of text files: the files of one student to one question, as a stream of rows."""

import os
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from coach.cohort.archives import check_archive, entry_problem, limited
from coach.cohort.encodings import decoded
from coach.cohort.file_names import FileName, file_name, passed_over, wrong_suffix
from coach.cohort.not_answers import is_blank, points_elsewhere
from coach.cohort.page_text import page_text
from coach.cohort.submission_names import receipt
from coach.cohort.submissions import FileKind, Row, RowProblem
from coach.cohort.table_files import TableFile
from coach.errors import InputError

FILE_HEADER = ("file", "id", "name", "question", "submitted", "answer")
_Key = tuple[str, str, float]
# An answer file above this many bytes is a book, not an answer.
LARGEST = 1024 * 1024


class _Found(NamedTuple):
    """A file: its number in the order of names, its name, and why it is not read; empty where it is.

    `refused` says that it is no file at all, or leads elsewhere.
    """

    number: int
    name: str
    problem: str
    refused: bool = False


class _NamedFiles(TableFile, ABC):
    """Files whose names say whose answers they hold, and to which of `questions`."""

    def __init__(self, path: Path, questions: frozenset[str]) -> None:
        super().__init__(path, FILE_HEADER)
        self._questions = questions

    @abstractmethod
    def _list(self) -> Iterator[_Found]:
        """Every file, in the order of their names."""

    @abstractmethod
    def _read(self, name: str) -> bytes | str:
        """The content of a file, or why it cannot be read."""

    @property
    def is_moodle(self) -> bool:
        """Whether any file is named as Moodle names submissions."""
        return any(file_name(one.name, self._questions).system == "moodle" for one in self._list())

    def rows(self) -> Iterator[Row]:
        """A row for each student, question and time, with all that is readable of them in one text."""
        self.problems = []
        groups: dict[_Key, list[_Found]] = {}
        names: dict[_Key, FileName] = {}
        system = 0
        for one in self._list():
            about = file_name(one.name, self._questions)
            why = passed_over(one.name, about)
            if why == "system":
                system += 1
            elif why or one.refused or (one.problem and not about.is_document):
                self._note(one.number, f"{one.name[:120]!r}: {why or one.problem}; not graded")
            else:
                key = (about.id, about.question, about.submitted)
                groups.setdefault(key, []).append(one)
                names.setdefault(key, about)
        if system:
            self._note(0, f"{system:,} hidden, temporary or system files (such as __MACOSX) were passed over")
        for key, files in groups.items():
            yield self._row(names[key], files)

    def _note(self, row: int, what: str, passed_over: bool = True) -> None:
        self.problems.append(RowProblem(row=row, what=what, passed_over=passed_over))

    def _row(self, about: FileName, files: list[_Found]) -> Row:
        texts: list[str] = []
        unread: list[str] = []
        name = about.name
        for one in files:
            content: bytes | str = one.problem or self._read(one.name)
            if isinstance(content, str):
                unread.append(f"{one.name.rsplit('/', 1)[-1][:80]!r}: {content}")
                # The answer's own row says so, too.
                self._note(one.number, f"{one.name[:120]!r}: {content}; not graded", False)
            elif file_name(one.name, self._questions).part == "receipt":
                said, text = receipt(decoded(content))
                name = said or name
                texts.append(page_text(text))
            else:
                texts.append(page_text(decoded(content)))
        real = [text for text in texts if not is_blank(text) and not points_elsewhere(text)]
        if len(real) > 1:
            self._note(
                files[0].number, f"{len(real)} files of {about.id[:60]!r} are read as one answer", False
            )
        text = "\n\n".join(real or texts)
        submitted = f"{about.submitted:.0f}" if about.submitted else ""
        cells = (files[0].name, about.id, name, about.question, submitted, text)
        return Row(files[0].number, cells, "; ".join(unread))


class FolderSource(_NamedFiles):
    """Text files below a folder, as `student/question.txt`, `question/student.txt` or on one level."""

    kind: FileKind = "folder"

    def _list(self) -> Iterator[_Found]:
        for number, found in enumerate(_files(self.path), start=1):
            name = found.relative_to(self.path).as_posix()
            refused = found.is_symlink() or not found.is_file()
            yield _Found(number, name, _unreadable(found, name) or "", refused)

    def _read(self, name: str) -> bytes | str:
        try:
            return (self.path / name).read_bytes()
        except OSError as error:
            return f"cannot be read ({error.strerror})"


class ZipSource(_NamedFiles):
    """Text files in a zip archive, such as Moodle's submissions; nothing is unpacked to disk."""

    kind: FileKind = "zip"

    @classmethod
    def from_file(cls, path: Path, questions: frozenset[str]) -> "ZipSource":
        """Check the archive; InputError where it is damaged, locked or a bomb."""
        check_archive(path)
        return cls(path, questions)

    def _list(self) -> Iterator[_Found]:
        with zipfile.ZipFile(self.path) as archive:
            entries = sorted(
                (one for one in archive.infolist() if not one.is_dir()), key=lambda one: one.filename
            )
        for number, entry in enumerate(entries, start=1):
            hostile = entry_problem(entry)
            yield _Found(number, entry.filename, hostile or wrong_suffix(entry.filename) or "", bool(hostile))

    def _read(self, name: str) -> bytes | str:
        try:
            with zipfile.ZipFile(self.path) as archive:
                content = limited(archive, archive.getinfo(name), LARGEST)
        except (zipfile.BadZipFile, OSError, NotImplementedError, EOFError, ValueError) as error:
            return f"cannot be unpacked ({str(error)[:80]})"
        return content if content is not None else f"holds more than {LARGEST // 2**20} MB"


def _files(folder: Path) -> Iterator[Path]:
    """Every file and link below a folder, without following links, in a fixed order."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror}); give a folder you may read") from None
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))
        else:
            yield Path(entry.path)


def _unreadable(path: Path, name: str) -> str | None:
    if path.is_symlink():
        return "is a symbolic link"
    if not path.is_file():
        return "is no ordinary file"
    problem = wrong_suffix(name)
    if problem:
        return problem
    if path.stat().st_size > LARGEST:
        return f"holds more than {LARGEST // 2**20} MB"
    return None if os.access(path, os.R_OK) else "may not be read"
