"""Packs: the questions, reference answers and tools of one field, loaded and checked."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

from coach.domain import Depth, Dimension, FrameStep, Frozen, Question, Tool
from coach.errors import PackError, UsageError
from coach.pack_reading import PackParts, read_pack
from coach.text.lexicon import Lexicon
from coach.yaml_source import Problems, suggestion


class ToolCategory(Frozen):
    """What a tool is for; `dimension` is the one that its name alone stands for, or None."""

    title: str
    dimension: str | None


class Pack(Frozen):
    """A field to be interviewed in: its dimensions, answer frame, questions and tools.

    `categories` maps the category of a tool to what it is for; `sounds` and `not_tools` are what the
    tool lexicon reads beside the tools.
    """

    id: str
    title: str
    version: str
    dimensions: tuple[Dimension, ...]
    frame: tuple[FrameStep, ...]
    questions: tuple[Question, ...]
    tools: tuple[Tool, ...] = ()
    categories: Mapping[str, ToolCategory] = {}
    sounds: Mapping[str, str] = {}
    not_tools: tuple[str, ...] = ()

    def question(self, id: str) -> Question:
        """Return the question of that id; raise UsageError with the near ones when there is none."""
        for question in self.questions:
            if question.id == id:
                return question
        raise _unknown("question", id, (question.id for question in self.questions))

    def dimension(self, id: str) -> Dimension:
        """Return the dimension of that id; raise UsageError with the near ones when there is none."""
        for dimension in self.dimensions:
            if dimension.id == id:
                return dimension
        raise _unknown("dimension", id, (dimension.id for dimension in self.dimensions))

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of all that the pack says, in hex: two packs of one digest score alike."""
        document = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(document.encode("ascii")).hexdigest()

    def __str__(self) -> str:
        """The id, the version and the first 12 characters of the digest."""
        return f"{self.id} {self.version} ({self.digest[:12]})"


def load_pack(directory: Path) -> Pack:
    """Load the pack in a folder.

    Raises PackError where the format is broken, with the first problem in its message and all of them in
    `problems`. That references name no tools is left to `check_pack`, which takes longer.
    """
    problems = Problems()
    parts = read_pack(directory, problems)
    if problems.found:
        lines = problems.lines
        more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
        advice = f"; run: coach packs check {directory}" if len(lines) > 1 else ""
        raise PackError(f"the pack is broken: {lines[0]}{more}{advice}", lines)
    return _pack(parts)


def check_pack(directory: Path) -> tuple[str, ...]:
    """Return every problem of the pack in a folder as `file:line: message`, sorted; none when it is sound."""
    problems = Problems()
    parts = read_pack(directory, problems)
    _report_tools(parts)
    return problems.lines


def _report_tools(parts: PackParts) -> None:
    lexicon = Lexicon(tuple(parts.tools), parts.sounds, frozenset(parts.not_tools))
    for reference, entry in parts.references:
        if reference.depth < Depth.DESCRIBED:
            continue
        # A guess is a capitalised word that the lexicon does not know: an author may mean a place by it.
        for mention in lexicon.find(reference.text):
            if not mention.guessed:
                entry.reject(f"names the tool {mention.text!r} ({mention.name}): say what it does instead")


def _pack(parts: PackParts) -> Pack:
    categories = {
        category: ToolCategory(title=title, dimension=dimension)
        for category, (title, dimension) in parts.categories.items()
    }
    return Pack(
        id=parts.id,
        title=parts.title,
        version=parts.version,
        dimensions=tuple(parts.dimensions),
        frame=tuple(parts.frame),
        questions=tuple(parts.questions),
        tools=tuple(parts.tools),
        categories=categories,
        sounds=parts.sounds,
        not_tools=tuple(parts.not_tools),
    )


def _unknown(noun: str, id: str, known: Iterable[str]) -> UsageError:
    shown = id if len(id) <= 60 else id[:57] + "..."
    return UsageError(f"there is no {noun} {shown!r}{suggestion(id[:60], known) or '; run: coach questions'}")
