"""Reading what is to be evaluated: graded answers, or short answers with one reference each."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, Field, ValidationError, model_validator

from coach.domain import Frozen
from coach.errors import InputError, UsageError
from coach.packs import Pack
from coach.resources import default_pack_dir
from coach.scoring.graded import GradedAnswer

T = TypeVar("T")
Model = TypeVar("Model", bound=BaseModel)
WRITTEN_BY_MODELS = "The answers were written and graded by language models, not by people."
GRADED_KEYS = ("writer", "labels")
SHORT_KEYS = ("reference", "score", "max_score")


class ShortAnswer(Frozen):
    """An answer that people graded against one reference; `score` in [0, `max_score`]."""

    id: str = Field(min_length=1)
    question_id: str = Field(min_length=1)
    question: str
    reference: str = Field(min_length=1)
    answer: str
    score: float = Field(ge=0, allow_inf_nan=False)
    max_score: float = Field(gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _on_its_scale(self) -> "ShortAnswer":
        if self.score > self.max_score:
            raise ValueError(f"score {self.score:g} is above max_score {self.max_score:g}")
        if not self.reference.strip():
            raise ValueError("reference is empty")
        return self


def is_short(path: Path) -> bool:
    """Whether the first answer of a file is a short answer; else it is a graded one.

    Raises InputError when it is neither, or there is none.
    """
    for number, line in _lines(path):
        keys = _object(path, number, line)
        if any(key in keys for key in GRADED_KEYS):
            return False
        if any(key in keys for key in SHORT_KEYS):
            return True
        raise InputError(
            f"{path}:{number}: neither a graded answer (keys {', '.join(GRADED_KEYS)}) nor a short answer "
            f"with a reference (keys {', '.join(SHORT_KEYS)}); give a JSONL file of one of them"
        )
    raise InputError(f"{path}: is empty; give a JSONL file with one graded answer a line")


class Loaded(NamedTuple, Generic[T]):
    """What was read of a file, and notes on what of it was passed over."""

    answers: tuple[T, ...]
    notes: tuple[str, ...]


def load_graded_for(path: Path, pack: Pack) -> Loaded[GradedAnswer]:
    """Read graded answers to a pack's questions; keys that are not known are passed over with a note.

    Raises InputError with the line of the first that is broken, repeats an id, is to a question that the
    pack does not have or has labels of an unknown dimension.
    """
    questions = {question.id for question in pack.questions}
    dimensions = {dimension.id for dimension in pack.dimensions}
    passed_over: Counter[str] = Counter()
    answers = []
    for where, answer in _models(path, GradedAnswer, passed_over):
        if answer.question not in questions:
            raise InputError(
                f"{where}: question {answer.question!r} is not in pack {pack.id}; "
                "give the pack that it is from with --pack, or see: coach questions"
            )
        for unknown in sorted(set(answer.labels.dimensions) - dimensions):
            raise InputError(
                f"{where}: labels.dimensions: {unknown!r} is no dimension of pack {pack.id}; "
                f"it has {', '.join(sorted(dimensions))}"
            )
        answers.append(answer)
    return Loaded(tuple(answers), _passed_over(passed_over))


def load_short(path: Path) -> Loaded[ShortAnswer]:
    """Read short answers, one JSON object a line; keys that are not known are passed over with a note.

    Raises InputError with the line of the first that is broken, repeats an id or gives a question another
    reference, and when all are to one question.
    """
    passed_over: Counter[str] = Counter()
    answers: list[ShortAnswer] = []
    references: dict[str, tuple[str, str, float]] = {}
    for where, answer in _models(path, ShortAnswer, passed_over):
        asked = (answer.question, answer.reference, answer.max_score)
        if references.setdefault(answer.question_id, asked) != asked:
            raise InputError(
                f"{where}: question_id {answer.question_id!r} has another question, reference or "
                "max_score than before; give each its own question_id"
            )
        answers.append(answer)
    if len(references) < 2:
        raise InputError(
            f"{path}: all answers are to one question; the baselines are fitted on other questions' answers, "
            "so give a file of at least two"
        )
    return Loaded(tuple(answers), _passed_over(passed_over))


def labels_said(path: Path, given: str | None = None) -> str:
    """A sentence on what the labels of a file are, and who made them.

    It is `given`, or the text of the file beside it that ends in .labels.txt; of the graded answers of the
    pack that ships it is known. Raises InputError where the file beside it cannot be read.
    """
    beside = path.with_suffix(".labels.txt")
    if given is None and beside.is_file():
        try:
            given = beside.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{beside}: cannot be read as UTF-8 text ({error})") from None
    if given is not None and given.strip():
        return f"Labels: {' '.join(given.split()).rstrip('.')}."
    if path.resolve().is_relative_to((default_pack_dir() / "graded").resolve()):
        return WRITTEN_BY_MODELS
    return f"Labels: as given in {path.name}."


def spread(answers: Sequence[T], limit: int | None) -> tuple[T, ...]:
    """At most `limit` answers, evenly from first to last."""
    if limit is None or limit >= len(answers):
        return tuple(answers)
    places = [round(place * (len(answers) - 1) / max(1, limit - 1)) for place in range(limit)]
    return tuple(answers[place] for place in places)


def short_spread(answers: Sequence[ShortAnswer], limit: int | None) -> tuple[ShortAnswer, ...]:
    """At most `limit` short answers; UsageError where they are to one question, as baselines need two."""
    chosen = spread(answers, limit)
    if len({answer.question_id for answer in chosen}) < 2:
        raise UsageError(
            f"--limit {limit} leaves answers of one question, and the baselines need two; raise it"
        )
    return chosen


def _models(path: Path, kind: type[Model], passed_over: Counter[str]) -> Iterator[tuple[str, Model]]:
    """Every answer of a file with its place ("FILE:LINE"); unknown keys are counted in `passed_over`."""
    seen: dict[str, int] = {}
    for number, line in _lines(path):
        value = _object(path, number, line)
        try:
            found = _validated(kind, value, passed_over)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "answer"
            more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
            raise InputError(f"{path}:{number}: {where}: {first['msg']}{more}") from None
        id = str(value["id"])
        if id in seen:
            raise InputError(f"{path}:{number}: id {id!r} is already used on line {seen[id]}")
        seen[id] = number
        yield f"{path}:{number}", found
    if not seen:
        raise InputError(f"{path}: is empty; give a JSONL file with one answer a line")


def _validated(kind: type[Model], value: dict[str, Any], passed_over: Counter[str]) -> Model:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        unknown = [one["loc"] for one in error.errors() if one["type"] == "extra_forbidden"]
        if not unknown:
            raise
    for *path, key in unknown:
        inside: Any = value
        for part in path:
            inside = inside[part]
        del inside[key]
        passed_over[".".join(map(str, (*path, key)))] += 1
    return kind.model_validate(value)


def _passed_over(counted: Counter[str]) -> tuple[str, ...]:
    """A note on the keys that were passed over, most often found first; none where there were none."""
    if not counted:
        return ()
    keys = ", ".join(f"{key} ({count})" for key, count in counted.most_common())
    return (f"Keys that are not known were passed over: {keys}.",)


def _lines(path: Path) -> list[tuple[int, str]]:
    """The lines that hold anything, each with its number."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; give a JSONL file of graded answers") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as UTF-8 text ({error})") from None
    return [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{path}:{number}: not a JSON object ({str(error)[:80]})") from None
    if not isinstance(value, dict):
        raise InputError(f"{path}:{number}: not a JSON object; give one answer a line")
    return value
