"""Graded answers: reading the labelled file that the head is trained and measured on."""

import json
from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from coach.domain import Channel, Frozen
from coach.errors import InputError

Span = tuple[int, int]


class DimensionLabel(Frozen):
    """The graded depth (0-3, medians come in halves) and the character spans that earned it."""

    depth: float = Field(ge=0, le=3)
    evidence: tuple[Span, ...] = ()


class Labels(Frozen):
    """What the graders said of one answer; a dimension that is not listed is absent."""

    overall: float = Field(ge=0, le=5)
    reasoning: float = Field(ge=0, le=3)
    dimensions: dict[str, DimensionLabel]
    harmful: tuple[Span, ...] = ()
    tools: tuple[str, ...] = ()
    graders: int = Field(default=1, ge=1)


class GradedAnswer(Frozen):
    """One answer with its labels. `intent` is what the writer set out to write: never a feature."""

    id: str
    writer: str
    question: str
    channel: Channel
    intent: str = ""
    answer: str
    labels: Labels

    @model_validator(mode="after")
    def _spans_inside(self) -> "GradedAnswer":
        spans = [
            *self.labels.harmful,
            *(span for label in self.labels.dimensions.values() for span in label.evidence),
        ]
        for start, end in spans:
            if not 0 <= start < end <= len(self.answer):
                raise ValueError(
                    f"span [{start}, {end}] lies outside the answer of {len(self.answer)} characters"
                )
        return self


def load_graded(path: Path) -> tuple[GradedAnswer, ...]:
    """Read graded answers, one JSON object a line; InputError names the first bad line and what is wrong."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; give a JSONL file of graded answers") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as UTF-8 text ({error})") from None
    answers: list[GradedAnswer] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        answer = _parsed(line, path, number)
        if answer.id in seen:
            raise InputError(f"{path}:{number}: id {answer.id!r} is already used on line {seen[answer.id]}")
        seen[answer.id] = number
        answers.append(answer)
    if not answers:
        raise InputError(f"{path}: holds no graded answers")
    return tuple(answers)


def _parsed(line: str, path: Path, number: int) -> GradedAnswer:
    try:
        return GradedAnswer.model_validate(json.loads(line))
    except json.JSONDecodeError as error:
        raise InputError(f"{path}:{number}: not a JSON object ({error.msg})") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "answer"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise InputError(f"{path}:{number}: {where}: {first['msg']}{more}") from None
