"""Reads the files of a pack into the parts it is made of, and notes every rule that they break."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast, get_args

from coach.domain import (
    Depth,
    Dimension,
    Expectation,
    FrameStep,
    HarmfulStatement,
    Level,
    Question,
    ReferenceAnswer,
    Tool,
)
from coach.yaml_source import Entry, Problems, read_yaml, suggestion

# Fewer references than these leave a depth without anything to tell it from the others.
LEAST_REFERENCES = {Depth.REASONED: 2, Depth.DESCRIBED: 2, Depth.NAMED: 1}
LEAST_HARMFUL = 2
LEAST_FOLLOW_UPS = 2

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_WORD = re.compile(r"\w+")
_LEVELS = get_args(Level)
_MANIFEST = "pack.yaml"
_TOOLS = "tools.yaml"
_QUESTIONS = "questions"


@dataclass
class PackParts:
    """What the files of a pack hold; sound only when nothing was reported while it was read.

    `categories` maps a tool category to its title and dimension. `references` keeps each reference
    answer with the value that it was read from.
    """

    id: str = ""
    title: str = ""
    version: str = ""
    dimensions: list[Dimension] = field(default_factory=list)
    frame: list[FrameStep] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    tools: list[Tool] = field(default_factory=list)
    categories: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    sounds: dict[str, str] = field(default_factory=dict)
    not_tools: list[str] = field(default_factory=list)
    references: list[tuple[ReferenceAnswer, Entry]] = field(default_factory=list)


def read_pack(directory: Path, problems: Problems) -> PackParts:
    """Read the pack in a folder and report to `problems` whatever breaks a rule of the format."""
    parts = PackParts()
    try:
        _read_folder(directory, problems, parts)
    except OSError as error:
        problems.add(directory, 1, f"cannot be read: {error.strerror}")
    return parts


def _read_folder(directory: Path, problems: Problems, parts: PackParts) -> None:
    if not directory.is_dir():
        problems.add(directory, 1, f"there is no such folder: name the one that holds {_MANIFEST}")
        return
    manifest = directory / _MANIFEST
    if not manifest.is_file():
        problems.add(manifest, 1, "the file is missing: without it this folder is no pack")
        return
    _read_manifest(read_yaml(manifest, problems), parts)
    if (directory / _TOOLS).is_file():
        _read_tools(read_yaml(directory / _TOOLS, problems), parts)
    _read_questions(directory / _QUESTIONS, problems, parts)
    for stray in sorted(directory.glob("*.y*ml")):
        if stray.name not in (_MANIFEST, _TOOLS):
            problems.add(stray, 1, f"is not read: a pack holds {_MANIFEST}, {_TOOLS} and {_QUESTIONS}/*.yaml")


def _read_manifest(entry: Entry, parts: PackParts) -> None:
    keys = entry.fields(("id", "title", "version", "dimensions", "frame"))
    parts.id, parts.title, parts.version = _id(keys["id"]), keys["title"].text(), keys["version"].text()
    unique = _Unique("dimension")
    for item in keys["dimensions"].items(least=1):
        of = item.fields(("id", "title", "asks"))
        dimension = Dimension(id=_id(of["id"]), title=of["title"].text(), asks=of["asks"].text())
        unique.add(of["id"], dimension.id)
        parts.dimensions.append(dimension)
    known = [dimension.id for dimension in parts.dimensions]
    steps, filled = _Unique("frame step"), _Unique("dimension")
    for item in keys["frame"].items(least=1):
        of = item.fields(("id", "title", "asks", "dimensions"))
        ids = [(_known(value, known, "dimension"), value) for value in of["dimensions"].items(least=1)]
        for dimension_id, value in ids:
            filled.add(value, dimension_id)
        step = FrameStep(
            id=_id(of["id"]),
            title=of["title"].text(),
            asks=of["asks"].text(),
            dimensions=tuple(dimension_id for dimension_id, _ in ids),
        )
        steps.add(of["id"], step.id)
        parts.frame.append(step)


def _read_questions(folder: Path, problems: Problems, parts: PackParts) -> None:
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    if not files:
        problems.add(folder, 1, "there are no questions: put one .yaml file a question here")
    for stray in sorted(folder.glob("*.yml")):
        problems.add(stray, 1, "is not read: let the name end in .yaml")
    dimensions = {dimension.id for dimension in parts.dimensions}
    ids, texts = _Unique("question"), _Unique("statement", _words)
    for file in files:
        keys = read_yaml(file, problems).fields(
            ("id", "level", "text", "time_limit", "dimensions", "harmful", "follow_ups")
        )
        question_id = _id(keys["id"])
        ids.add(keys["id"], question_id)
        if question_id and question_id != file.stem:
            keys["id"].reject(f"{question_id!r} is not the file's name, {file.stem!r}: let them be the same")
        expected = keys["dimensions"].entries(least=1)
        for dimension_id, value in expected:
            if dimensions and dimension_id not in dimensions:
                value.problems.add(file, value.line, _unknown(dimension_id, dimensions, "dimension"))
        parts.questions.append(
            Question(
                id=question_id,
                level=cast(Level, _level(keys["level"])),
                text=keys["text"].text(),
                time_limit=keys["time_limit"].whole_number(least=1),
                expectations=tuple(_expectation(name, value, texts, parts) for name, value in expected),
                harmful=tuple(_harmful(value, texts) for value in keys["harmful"].items(LEAST_HARMFUL)),
                follow_ups=tuple(value.text() for value in keys["follow_ups"].items(LEAST_FOLLOW_UPS)),
            )
        )


def _level(entry: Entry) -> str:
    level = entry.choice(_LEVELS)
    return level if level in _LEVELS else str(_LEVELS[0])


def _expectation(dimension: str, entry: Entry, texts: "_Unique", parts: PackParts) -> Expectation:
    keys = entry.fields(("hint", "references"))
    depths = sorted(LEAST_REFERENCES, reverse=True)
    by_depth = keys["references"].fields([depth.word for depth in depths])
    references = []
    for depth in depths:
        for value in by_depth[depth.word].items(LEAST_REFERENCES[depth]):
            reference = ReferenceAnswer(text=value.text(), dimension=dimension, depth=depth)
            texts.add(value, reference.text)
            references.append(reference)
            parts.references.append((reference, value))
    return Expectation(dimension=dimension, hint=keys["hint"].text(), references=tuple(references))


def _harmful(entry: Entry, texts: "_Unique") -> HarmfulStatement:
    keys = entry.fields(("statement", "safer", "why"))
    harmful = HarmfulStatement(
        statement=keys["statement"].text(), safer=keys["safer"].text(), why=keys["why"].text()
    )
    texts.add(keys["statement"], harmful.statement)
    return harmful


def _read_tools(entry: Entry, parts: PackParts) -> None:
    keys = entry.fields(("categories", "sounds", "tools", "not_tools"))
    dimensions = [dimension.id for dimension in parts.dimensions]
    for category, value in keys["categories"].entries(least=1):
        of = value.fields(("title", "dimension"))
        dimension = None if of["dimension"].empty else _known(of["dimension"], dimensions, "dimension")
        parts.categories[category] = of["title"].text(), dimension
    parts.sounds = {heard: value.text() for heard, value in keys["sounds"].entries()}
    names = _Unique("tool", str.casefold)
    for item in keys["tools"].items():
        of = item.fields(("name", "category"), ("aliases", "heard", "ambiguous"))
        tool = Tool(
            name=of["name"].text(),
            category=_known(of["category"], parts.categories, "category"),
            aliases=tuple(value.text() for value in of["aliases"].items()),
            heard=tuple(value.text() for value in of["heard"].items()),
            ambiguous=of["ambiguous"].flag(),
        )
        names.add(of["name"], tool.name)
        parts.tools.append(tool)
    words = _Unique("word", str.casefold)
    for value in keys["not_tools"].items():
        parts.not_tools.append(value.text())
        words.add(value, parts.not_tools[-1])


class _Unique:
    """Reports a value that was there before; `key` says what makes two values the same."""

    def __init__(self, noun: str, key: Callable[[str], str] = str) -> None:
        self._noun = noun
        self._key = key
        self._first: dict[str, Entry] = {}

    def add(self, entry: Entry, value: str) -> None:
        key = self._key(value)
        if not key:
            return
        first = self._first.setdefault(key, entry)
        if first is not entry:
            where = f"on line {first.line}" if first.path == entry.path else f"at {first.path}:{first.line}"
            entry.reject(f"the {self._noun} {_short(value)} is here already, {where}")


def _words(text: str) -> str:
    """Two statements with the same words are the same, whatever their case and punctuation."""
    return " ".join(_WORD.findall(text.casefold()))


def _id(entry: Entry) -> str:
    value = entry.text()
    if value and not _ID.fullmatch(value):
        entry.reject(f"{value!r} must be small letters, digits and single hyphens")
    return value


def _known(entry: Entry, known: Collection[str], noun: str) -> str:
    value = entry.text()
    # Where nothing is known, the list itself was reported.
    if value and known and value not in known:
        entry.reject(_unknown(value, known, noun))
    return value


def _unknown(value: str, known: Collection[str], noun: str) -> str:
    return f"the pack has no {noun} {value!r}{suggestion(value, sorted(known))}"


def _short(value: str) -> str:
    return repr(value if len(value) <= 30 else value[:27].rstrip() + "...")
