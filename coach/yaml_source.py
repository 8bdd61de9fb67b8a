"""YAML documents read with their line numbers, and the problems found in them."""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

# What would act on a terminal or reorder its text, and halves of surrogate pairs, which no file can hold.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# More than these would drown the message that lists them.
_FEW = 12
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
_TRUE = ("yes", "true", "on")
_KINDS = {
    "str": "text",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "null": "empty",
    "timestamp": "a date",
    "seq": "a list",
    "map": "a mapping",
}


@dataclass
class Problems:
    """Collects what is wrong, each with its file and line; `lines` is the sorted report."""

    found: set[tuple[str, int, str]] = field(default_factory=set)

    def add(self, path: Path, line: int, message: str) -> None:
        """Take a file, a line counted from 1, and what is wrong there and what to do."""
        self.found.add((path.as_posix(), line, message))

    @property
    def lines(self) -> tuple[str, ...]:
        """Every problem as `file:line: message`, by file and line."""
        lines = (f"{path}:{line}: {message}" for path, line, message in sorted(self.found))
        return tuple(_UNPRINTABLE.sub("?", line) for line in lines)


@dataclass(frozen=True)
class Entry:
    """A value of a document: where it stands, and how it reads as this or that kind.

    A value of the wrong kind is reported and read as an empty one, so that the rest is still checked.
    `node` is None for a value that is not there. `line` counts from 1; for the value of a key it is the
    key's line. `name` is the way to the value, such as "harmful[1].why".
    """

    node: yaml.Node | None
    path: Path
    line: int
    name: str
    problems: Problems

    @property
    def empty(self) -> bool:
        """Whether the value is missing or written as null."""
        return self.node is None or _kind(self.node) == "empty"

    def reject(self, message: str) -> None:
        """Report something wrong with this value."""
        self.problems.add(self.path, self.line, f"{self.name}: {message}" if self.name else message)

    def fields(self, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, "Entry"]:
        """Read a mapping of known keys: report the unknown, repeated and missing ones, return all known."""
        known = (*required, *optional)
        read = {key: self._at(None, self.line, key) for key in known}
        for key, entry in self.entries():
            if key in read:
                read[key] = entry
            else:
                entry.problems.add(entry.path, entry.line, f"unknown key {key!r}{suggestion(key, known)}")
        if isinstance(self.node, yaml.MappingNode):
            for key in required:
                if read[key].node is None:
                    self.reject(f"the key {key!r} is missing")
        return read

    def entries(self, least: int = 0) -> list[tuple[str, "Entry"]]:
        """Read a mapping with keys of any name: report repeated keys, or fewer than `least`."""
        if not isinstance(self.node, yaml.MappingNode):
            self._wrong_kind("a mapping")
            return []
        read: dict[str, Entry] = {}
        for key_node, value in self.node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode) or _kind(key_node) != "text":
                self.problems.add(self.path, line, "a key must be text: put it in quotes")
                continue
            key = str(key_node.value)
            if key in read:
                message = f"the key {key!r} is here twice, first on line {read[key].line}"
                self.problems.add(self.path, line, message)
                continue
            read[key] = self._at(value, line, key)
        self._count(len(self.node.value), least)
        return list(read.items())

    def items(self, least: int = 0) -> list["Entry"]:
        """Read a list: report when it holds fewer than `least` values, return them."""
        if not isinstance(self.node, yaml.SequenceNode):
            self._wrong_kind("a list")
            return []
        read = [
            Entry(value, self.path, value.start_mark.line + 1, f"{self.name}[{number}]", self.problems)
            for number, value in enumerate(self.node.value, start=1)
        ]
        self._count(len(read), least)
        return read

    def text(self) -> str:
        """Read text that is not empty and holds no control characters, without outer white space."""
        if not isinstance(self.node, yaml.ScalarNode) or _kind(self.node) != "text":
            self._wrong_kind("text")
            return ""
        value = str(self.node.value).strip()
        if not value:
            self.reject("must not be empty")
        elif _UNPRINTABLE.search(value):
            self.reject("holds a control character: take it out")
        return value

    def choice(self, options: Sequence[str]) -> str:
        """Read one of the `options`."""
        value = self.text()
        if value and value not in options:
            self.reject(f"{value!r} is none of {', '.join(options)}")
        return value

    def whole_number(self, least: int) -> int:
        """Read a whole number of `least` or more, written in plain digits."""
        if not isinstance(self.node, yaml.ScalarNode) or _kind(self.node) != "a number":
            self._wrong_kind("a whole number")
        elif not _WHOLE_NUMBER.fullmatch(self.node.value):
            self.reject("must be a whole number in plain digits")
        elif int(self.node.value) < least:
            self.reject(f"must be {least} or more")
        else:
            return int(self.node.value)
        return least

    def flag(self) -> bool:
        """Read true or false; a missing value is false."""
        if isinstance(self.node, yaml.ScalarNode) and _kind(self.node) == "true or false":
            return self.node.value.lower() in _TRUE
        self._wrong_kind("true or false")
        return False

    def _count(self, size: int, least: int) -> None:
        if size < least:
            self.reject(f"holds {size}, needs at least {least}")

    def _at(self, node: yaml.Node | None, line: int, key: str) -> "Entry":
        name = f"{self.name}.{key}" if self.name else key
        return Entry(node, self.path, line, name, self.problems)

    def _wrong_kind(self, wanted: str) -> None:
        if self.node is None:
            return
        kind = _kind(self.node)
        if kind == "empty":
            self.reject(f"must be {wanted}, and nothing is written here")
        elif wanted == "text" and isinstance(self.node, yaml.ScalarNode):
            self.reject(f"must be text, not {kind}: put it in quotes")
        else:
            self.reject(f"must be {wanted}, not {kind}")


def read_yaml(path: Path, problems: Problems) -> Entry:
    """Read a YAML file of one document; report a file that cannot be read and return a missing value."""
    missing = Entry(None, path, 1, "", problems)
    try:
        data = path.read_bytes()
    except OSError as error:
        problems.add(path, 1, f"cannot be read: {error.strerror}")
        return missing
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.add(path, line, "is not UTF-8 text: save the file in UTF-8")
        return missing
    try:
        node = _compose(text)
    except yaml.YAMLError as error:
        problems.add(path, *_broken(error, text))
        return missing
    except RecursionError:
        problems.add(path, 1, "is nested too deeply to be read")
        return missing
    if node is None:
        problems.add(path, 1, "is empty")
    return Entry(node, path, 1, "", problems)


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return the rest of a message on an unknown word: the near ones, or all where there are few."""
    options = list(known)
    lower = word.lower()
    matcher = difflib.SequenceMatcher(b=lower)
    likeness = {}
    for option in options:
        matcher.set_seq1(option.lower())
        likeness[option] = matcher.ratio() + (len(word) > 2 and lower in option.lower())
    best = max(likeness.values(), default=0.0)
    # Beside a word that is nearly right, one that merely has the same ending is no help.
    near = [option for option in options if likeness[option] >= max(0.5, best - 0.15)]
    near.sort(key=lambda option: -likeness[option])
    if near:
        return f"; did you mean {' or '.join(near[:3])}?"
    return f"; known are {', '.join(options)}" if 0 < len(options) <= _FEW else ""


def _compose(text: str) -> yaml.Node | None:
    # The C parser is ten times as fast; builds without it read the same.
    loader = yaml.CSafeLoader(text) if yaml.__with_libyaml__ else yaml.SafeLoader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _broken(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        why = " ".join(part for part in (error.context, error.problem) if part)
        return (mark.line + 1 if mark else 1), f"is not valid YAML: {why}"
    # What is left is a character that YAML does not admit; the two parsers count to it differently.
    unprintable = _UNPRINTABLE.search(text)
    line = text.count("\n", 0, unprintable.start()) + 1 if unprintable else 1
    return line, "holds a control character: take it out"


def _kind(node: yaml.Node) -> str:
    tag = str(node.tag)
    return _KINDS.get(tag.rpartition(":")[2], f"of the type {tag!r}")
