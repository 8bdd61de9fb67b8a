"""The texts that figures are measured on: a folder of graded answers, contrast sets and passages."""

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from pydantic import ValidationError

from coach.domain import Frozen
from coach.errors import InputError
from coach.evaluation.contrast_sets import (
    ContrastPair,
    ContrastRow,
    FewDimensions,
    HarmfulOnly,
    OtherForm,
    SoundOnly,
    StancePair,
    load_rows,
)
from coach.evaluation.reading import load_graded_for, spread
from coach.packs import Pack
from coach.scoring.graded import GradedAnswer

T = TypeVar("T")
Row = TypeVar("Row", bound=ContrastRow)

GRADED = "graded/answers.jsonl"
REGISTERS = ("registers/plain.jsonl", "registers/stories.jsonl")
KINDS = "registers/plain_kinds.json"
HUMAN_DEV = "human_dev/passages.jsonl"
JUNK = "cases/f31-junk-beside-right.csv"
# The folders below contrast/, by the name of the one writer of all that is in each.
CONTRAST = {"ca_": "contrast/a", "cb_": "contrast/b"}
# People's passages and the cases are never trained on: the scorer of these names knows every other text.
HUMAN_WRITER, CASES_WRITER = "human-dev", "cases"


class Written(NamedTuple, Generic[T]):
    """A row and its writer, by whose name a scorer that has not learnt from it is found."""

    writer: str
    row: T


@dataclass(frozen=True)
class Texts(Generic[T]):
    """Rows of one kind by several writers; `absent` are the files that might have held more."""

    rows: tuple[Written[T], ...]
    absent: tuple[str, ...]


class PlainKinds(Frozen):
    """The ids of graded answers in plain words that are junk, or that answer another question."""

    junk: frozenset[str]
    other_question: frozenset[str]


class JunkRow(Frozen):
    """A text that was handed in as an answer: `right` where it is a right definition, else junk."""

    question: str
    answer: str
    right: bool


@dataclass(frozen=True)
class FigureData:
    """A folder of texts to a pack's questions; of each kind at most `limit` are measured.

    A file that is not there leaves its rows out; one that is broken raises InputError with its line.
    """

    folder: Path
    pack: Pack
    limit: int | None = None

    def some(self, rows: Sequence[T]) -> tuple[T, ...]:
        """At most `limit` of the rows, evenly from first to last."""
        return spread(rows, self.limit)

    def graded(self) -> Texts[GradedAnswer]:
        """Graded answers in a polished register."""
        return self._graded([GRADED])

    def registers(self) -> Texts[GradedAnswer]:
        """Graded answers in people's registers."""
        return self._graded(REGISTERS)

    def human_dev(self) -> Texts[GradedAnswer]:
        """Graded passages that people wrote or said."""
        return self._graded([HUMAN_DEV], HUMAN_WRITER)

    def pairs(self) -> Texts[ContrastPair]:
        """Harmful and safe statements behind sound answers."""
        return self._contrast("contrast_pairs.jsonl", ContrastPair)

    def stance(self) -> Texts[StancePair]:
        """Denials beside sound statements."""
        return self._contrast("stance_pairs.jsonl", StancePair)

    def few_dimensions(self) -> Texts[FewDimensions]:
        """Answers on one to three dimensions."""
        return self._contrast("one_dimension.jsonl", FewDimensions)

    def harmful_only(self) -> Texts[HarmfulOnly]:
        """Harmful statements that look sound."""
        return self._contrast("harm_only.jsonl", HarmfulOnly)

    def sound_only(self) -> Texts[SoundOnly]:
        """Sound statements that look harmful."""
        return self._contrast("sound_only.jsonl", SoundOnly)

    def other_forms(self) -> Texts[OtherForm]:
        """The same content in other forms; the first writer alone has them."""
        found = self._contrast("reordered.jsonl", OtherForm)
        return Texts(found.rows, () if found.rows else found.absent)

    def kinds(self) -> PlainKinds | None:
        """Which plain answers are of a special kind; None where the file is not there."""
        path = self.folder / KINDS
        if not path.is_file():
            return None
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return PlainKinds.model_validate({key: found[key] for key in PlainKinds.model_fields})
        except (OSError, ValueError, KeyError, TypeError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"{path}: needs lists of ids: junk, other_question ({reason})") from None

    def junk_beside_right(self) -> Texts[JunkRow]:
        """Junk and right definitions that were handed in side by side."""
        path = self.folder / JUNK
        if not path.is_file():
            return Texts((), (JUNK,))
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = list(csv.DictReader(file))
        rows = []
        for number, cells in enumerate(table, start=2):
            try:
                right = {"right": True, "junk": False}[cells["kind"]]
                row = JunkRow(question=cells["Question"], answer=cells["Answer"], right=right)
            except (KeyError, ValidationError):
                raise InputError(
                    f"{path}:{number}: needs Question, Answer, and kind: right or junk"
                ) from None
            rows.append(Written(CASES_WRITER, row))
        return Texts(tuple(rows), ())

    def _graded(self, files: Iterable[str], writer: str | None = None) -> Texts[GradedAnswer]:
        def read(file: str) -> list[Written[GradedAnswer]]:
            answers = load_graded_for(self.folder / file, self.pack).answers
            return [Written(writer or answer.writer, answer) for answer in answers]

        return self._found(files, read)

    def _contrast(self, name: str, kind: type[Row]) -> Texts[Row]:
        writers = {f"{folder}/{name}": writer for writer, folder in CONTRAST.items()}

        def read(file: str) -> list[Written[Row]]:
            return [Written(writers[file], row) for row in load_rows(self.folder / file, kind, self.pack)]

        return self._found(writers, read)

    def _found(self, files: Iterable[str], read: Callable[[str], list[Written[T]]]) -> Texts[T]:
        rows: list[Written[T]] = []
        absent = []
        for file in files:
            if (self.folder / file).is_file():
                rows += read(file)
            else:
                absent.append(file)
        return Texts(tuple(rows), tuple(absent))
