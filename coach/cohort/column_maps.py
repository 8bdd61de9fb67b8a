"""Column maps: what the columns of a file are, as a user names them or keeps them in a file."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from coach.cohort.layouts import ROLES
from coach.cohort.submissions import Layout
from coach.errors import CoachError, UsageError

# More than this is no file of a few lines.
_LONGEST = 64 * 1024


def mapped(texts: Iterable[str]) -> tuple[str, ...]:
    """The maps that --map gives, each as PART=COLUMN: itself, or the lines of a file named as @FILE.

    Empty lines and those after a # are left out. UsageError where a file cannot be read or a map is none.
    """
    found: list[str] = []
    for text in texts:
        found += _lines(Path(text[1:])) if text.startswith("@") else [text]
    for text in found:
        part, _, column = text.partition("=")
        if not part.strip() or not column.strip():
            raise UsageError(f"--map {text[:60]!r}: write it as PART=COLUMN, as in --map answer=Essay")
    return tuple(sorted(found))


def _lines(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(_LONGEST + 1)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is no text"
        raise UsageError(f"--map @{path}: cannot be read ({why}); give a file of lines PART=COLUMN") from None
    if len(text) > _LONGEST:
        raise UsageError(f"--map @{path}: is longer than a map is; give a file of lines PART=COLUMN")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def map_of(layout: Layout, header: Sequence[str]) -> tuple[str, ...]:
    """The map that makes the same of another file with these columns, by their names.

    A column whose name stands twice, or on several lines, is named by its number, from 1.
    """

    def name(place: int) -> str:
        text = header[place]
        plain = list(header).count(text) == 1 and len(text.splitlines()) == 1 and text == text.strip()
        return text if plain else str(place + 1)

    places = ((role, getattr(layout, role, None)) for role in ROLES)
    lines = [f"{role}={name(place)}" for role, place in places if place is not None]
    return (*lines, *(f"answer:{one.question}={name(one.column)}" for one in layout.answers))


def save_map_of(path: Path, layout: Layout, header: Sequence[str]) -> None:
    """Write a file for --map @FILE; CoachError where it cannot be written."""
    lines = ("# What the columns are, for coach grade --map @FILE", *map_of(layout, header), "")
    try:
        path.write_text("\n".join(lines), encoding="utf-8")
    except OSError as error:
        raise CoachError(f"{path}: cannot be written ({error.strerror}); give another --save-map") from None
