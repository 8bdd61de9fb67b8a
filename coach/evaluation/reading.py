"""Reading what is to be evaluated: graded answers, or short answers with one reference each."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError, model_validator

from coach.domain import Frozen
from coach.errors import InputError, UsageError
from coach.packs import Pack
from coach.scoring.graded import GradedAnswer, load_graded

T = TypeVar("T")
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


def load_graded_for(path: Path, pack: Pack) -> tuple[GradedAnswer, ...]:
    """Read graded answers to a pack's questions.

    Raises InputError with the line of the first that is broken, is to a question that the pack does not
    have or has labels of an unknown dimension, and when all are by one writer.
    """
    answers = load_graded(path)
    lines = {str(_object(path, number, line).get("id")): number for number, line in _lines(path)}
    questions = {question.id for question in pack.questions}
    dimensions = {dimension.id for dimension in pack.dimensions}
    for answer in answers:
        where = f"{path}:{lines.get(answer.id, 1)}"
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
    writers = sorted({answer.writer for answer in answers})
    if len(writers) < 2:
        raise InputError(
            f"{path}: all {len(answers)} answers are by one writer ({writers[0]!r}); the baselines are "
            "fitted on other writers' answers, so give a file of at least two"
        )
    return answers


def load_short(path: Path) -> tuple[ShortAnswer, ...]:
    """Read short answers, one JSON object a line.

    Raises InputError with the line of the first that is broken, repeats an id or gives a question another
    reference, and when all are to one question.
    """
    answers: list[ShortAnswer] = []
    seen: dict[str, int] = {}
    references: dict[str, tuple[str, str, float]] = {}
    for number, line in _lines(path):
        try:
            answer = ShortAnswer.model_validate(_object(path, number, line))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "answer"
            more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
            raise InputError(f"{path}:{number}: {where}: {first['msg']}{more}") from None
        if answer.id in seen:
            raise InputError(f"{path}:{number}: id {answer.id!r} is already used on line {seen[answer.id]}")
        seen[answer.id] = number
        asked = (answer.question, answer.reference, answer.max_score)
        if references.setdefault(answer.question_id, asked) != asked:
            raise InputError(
                f"{path}:{number}: question_id {answer.question_id!r} has another question, reference or "
                "max_score than before; give each its own question_id"
            )
        answers.append(answer)
    if not answers:
        raise InputError(f"{path}: is empty; give a JSONL file with one answer a line")
    if len(references) < 2:
        raise InputError(
            f"{path}: all answers are to one question; the baselines are fitted on other questions' answers, "
            "so give a file of at least two"
        )
    return tuple(answers)


def spread(answers: Sequence[T], limit: int | None, group: Callable[[T], str], noun: str) -> tuple[T, ...]:
    """At most `limit` answers, evenly from first to last.

    Raises UsageError where they are all of one `group` (a `noun`), as the baselines are fitted on others.
    """
    if limit is None or limit >= len(answers):
        return tuple(answers)
    places = [round(place * (len(answers) - 1) / max(1, limit - 1)) for place in range(limit)]
    chosen = tuple(answers[place] for place in places)
    if len({group(answer) for answer in chosen}) < 2:
        raise UsageError(
            f"--limit {limit} leaves answers of one {noun}, and the baselines need two; raise it"
        )
    return chosen


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
