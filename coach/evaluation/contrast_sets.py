"""Contrast sets: statements and answers written to differ in one thing, read from JSON Lines."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coach.domain import Channel
from coach.errors import InputError
from coach.packs import Pack

_ENDED = re.compile(r"[.!?…][\"'”’)\]]*$")


class ContrastRow(BaseModel):
    """What every row has; keys that are not known are passed over, as sets carry notes of their making."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    question: str
    channel: Channel = "typed"

    @property
    def named_dimensions(self) -> tuple[str, ...]:
        """The dimensions that the row names, to be looked up in a pack."""
        return ()


class ContrastPair(ContrastRow):
    """A sound answer, and a harmful and a safe statement of which either could stand behind it."""

    context_id: str
    context: str
    safe: str = Field(min_length=1)
    harmful: str = Field(min_length=1)


class StancePair(ContrastRow):
    """An answer that is silent on a dimension, with a statement that denies it and one that is sound."""

    context_id: str
    context: str
    dimension: str
    deny: str = Field(min_length=1)
    sound: str = Field(min_length=1)
    sound_depth: float = Field(ge=0, le=3)

    @property
    def named_dimensions(self) -> tuple[str, ...]:
        """The dimension of the pair."""
        return (self.dimension,)


class HarmfulOnly(ContrastRow):
    """A harmful statement that looks sound."""

    text: str = Field(min_length=1)


class SoundOnly(ContrastRow):
    """A sound statement that looks harmful, and how deep it goes in its dimension."""

    dimension: str
    depth: float = Field(ge=0, le=3)
    text: str = Field(min_length=1)

    @property
    def named_dimensions(self) -> tuple[str, ...]:
        """The dimension of the statement."""
        return (self.dimension,)


class FewDimensions(ContrastRow):
    """An answer that says something on `dimensions`, with their depths, and nothing on any other."""

    text: str = Field(min_length=1)
    dimensions: dict[str, float]

    @property
    def named_dimensions(self) -> tuple[str, ...]:
        """The dimensions that the answer is labelled with."""
        return tuple(self.dimensions)


class OtherForm(ContrastRow):
    """The same content twice, in another order or form."""

    a: str = Field(min_length=1)
    b: str = Field(min_length=1)


Row = TypeVar("Row", bound=ContrastRow)


class Insertion(NamedTuple):
    """An answer with a statement at its end: characters [start, len(text)) of `text`."""

    text: str
    start: int

    def holds(self, start: int, end: int) -> bool:
        """Whether a span [start, end) shares a character with the inserted statement."""
        return self.start < end and start < len(self.text)


def inserted(context: str, statement: str, channel: Channel) -> Insertion:
    """Put a statement behind an answer as its writer would: on a line of its own where there are lines.

    >>> inserted("We log every run.", "We test it.", "typed")
    Insertion(text='We log every run. We test it.', start=18)
    """
    front = context.rstrip()
    if not front:
        between = ""
    elif "\n" in front:
        between = "\n"
    else:
        between = " " if channel == "speech" or _ENDED.search(front) else ". "
    return Insertion(f"{front}{between}{statement}", len(front) + len(between))


def joined(statements: Iterable[str], channel: Channel) -> str:
    """Make one answer of statements that follow each other.

    >>> joined(["we skip that", "nobody looks"], "speech")
    'we skip that nobody looks'
    """
    text = ""
    for statement in statements:
        text = inserted(text, statement, channel).text
    return text


def load_rows(path: Path, kind: type[Row], pack: Pack) -> tuple[Row, ...]:
    """Read the rows of a contrast set to questions of a pack.

    Raises InputError with the line of the first that is broken, repeats an id, or names a question or
    dimension that the pack does not have.
    """
    questions = {question.id for question in pack.questions}
    dimensions = {dimension.id for dimension in pack.dimensions}
    rows: list[Row] = []
    seen: dict[str, int] = {}
    for number, value in _objects(path):
        where = f"{path}:{number}"
        try:
            row = kind.model_validate(value)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"]) or "row"
            raise InputError(f"{where}: {key}: {first['msg']}") from None
        if row.id in seen:
            raise InputError(f"{where}: id {row.id!r} is already used on line {seen[row.id]}")
        if row.question not in questions:
            raise InputError(f"{where}: question {row.question!r} is not in pack {pack.id}")
        for unknown in sorted({*row.named_dimensions} - dimensions):
            raise InputError(f"{where}: {unknown!r} is no dimension of pack {pack.id}")
        seen[row.id] = number
        rows.append(row)
    return tuple(rows)


def _objects(path: Path) -> Iterator[tuple[int, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as UTF-8 text ({error})") from None
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (json.JSONDecodeError, RecursionError) as error:
                raise InputError(f"{path}:{number}: not a JSON object ({str(error)[:80]})") from None
