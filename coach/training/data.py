"""Training data: graded answers, contrasts and statements of a pack, read and checked."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, ValidationError

from coach.domain import Channel, Frozen
from coach.errors import InputError
from coach.packs import Pack
from coach.scoring.graded import GradedAnswer, load_graded
from coach.scoring.manipulation import Statements, load_statements

Row = TypeVar("Row", bound=Frozen)


class ContrastPair(Frozen):
    """Two sentences on one dimension that could stand in `context`: a sound one, and one that is not.

    The other one is `harmful` (or false), or it is `denying`: the dimension is denied, dismissed or put off.
    """

    id: str
    writer: str
    question: str
    dimension: str
    channel: Channel
    context_id: str
    context: str
    sound: str
    other: str
    sound_depth: int = Field(ge=1, le=3)
    other_depth: int = Field(ge=0, le=1)
    kind: Literal["harmful", "denying"]


class SingleStatement(Frozen):
    """A statement by itself: a sound one that looks harmful, or a harmful one that looks sound."""

    id: str
    writer: str
    question: str
    dimension: str
    channel: Channel
    text: str
    harmful: bool
    depth: int = Field(ge=1, le=3)
    why: str = ""
    safer: str = ""


class OtherQuestion(Frozen):
    """A graded answer under another question: what it earns there, and if it answers it (2) or not (0)."""

    answer: str
    question: str
    overall: float = Field(ge=0, le=5)
    fits: int = Field(ge=0, le=2)


@dataclass(frozen=True)
class TrainingData:
    """Everything that is learned from; `files` maps each file's name to its SHA-256."""

    graded: tuple[GradedAnswer, ...]
    pairs: tuple[ContrastPair, ...]
    singles: tuple[SingleStatement, ...]
    others: tuple[OtherQuestion, ...]
    to_grader: Statements
    files: dict[str, str]
    outside: tuple[str, ...]

    @property
    def writers(self) -> tuple[str, ...]:
        """All who wrote anything here, sorted."""
        rows: tuple[GradedAnswer | ContrastPair | SingleStatement, ...] = (
            *self.graded,
            *self.pairs,
            *self.singles,
        )
        return tuple(sorted({row.writer for row in rows}))


def load_training_data(pack: Path, to_grader: Path, also: tuple[Path, ...] = ()) -> TrainingData:
    """Read what lies in a pack's folders graded/ and contrast/, and the graded answers of the files `also`.

    Raises InputError with file and line of the first row that is broken, and where an id stands twice.
    """
    graded_files = sorted((pack / "graded").glob("*.jsonl"))
    graded = [answer for path in (*graded_files, *also) for answer in load_graded(path)]
    seen: set[str] = set()
    for answer in graded:
        if answer.id in seen:
            raise InputError(f"graded answers: id {answer.id!r} stands in two files; rename one")
        seen.add(answer.id)
    contrast = pack / "contrast"
    others = tuple(_rows(contrast / "other_questions.jsonl", OtherQuestion))
    for other in others:
        if other.answer not in seen:
            raise InputError(
                f"{contrast / 'other_questions.jsonl'}: no graded answer has the id {other.answer!r}"
            )
    inside = [*graded_files, *sorted(contrast.glob("*.jsonl")), to_grader]
    return TrainingData(
        graded=tuple(graded),
        pairs=tuple(_rows(contrast / "pairs.jsonl", ContrastPair)),
        singles=tuple(_rows(contrast / "statements.jsonl", SingleStatement)),
        others=others,
        to_grader=load_statements(to_grader),
        files={path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (*inside, *also)},
        outside=tuple(path.name for path in also),
    )


def check_training_data(pack: Pack, data: TrainingData) -> None:
    """Raise InputError where a row names what the pack lacks, or graded answers are by one writer."""
    questions = {question.id for question in pack.questions}
    dimensions = {dimension.id for dimension in pack.dimensions}
    rows: tuple[GradedAnswer | ContrastPair | SingleStatement, ...] = (
        *data.graded,
        *data.pairs,
        *data.singles,
    )
    for row in rows:
        named = row.labels.dimensions if isinstance(row, GradedAnswer) else (row.dimension,)
        unknown = sorted(set(named) - dimensions)
        if row.question not in questions:
            raise InputError(f"{row.id}: pack {pack.id} has no question {row.question!r}")
        if unknown:
            raise InputError(f"{row.id}: pack {pack.id} has no dimension {unknown[0]!r}")
    for other in data.others:
        if other.question not in questions:
            raise InputError(f"{other.answer}: pack {pack.id} has no question {other.question!r}")
    writers = {answer.writer for answer in data.graded}
    if len(writers) < 2:
        raise InputError(f"graded answers by {len(writers)} writer: training needs two, to hold one out")


def _rows(path: Path, kind: type[Row]) -> Iterator[Row]:
    """The rows of a JSONL file that a pack may lack."""
    if not path.is_file():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield kind.model_validate(json.loads(line))
        except json.JSONDecodeError as error:
            raise InputError(f"{path}:{number}: not a JSON object ({error.msg})") from None
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "row"
            raise InputError(f"{path}:{number}: {where}: {first['msg']}") from None
