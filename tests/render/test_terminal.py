"""The terminal page against stored pages, and with any text at all."""

import io
import os
import re
from pathlib import Path

import pytest
from feedback_samples import SAMPLES, arbitrary, long_answer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from coach.domain import Feedback
from coach.render.terminal import feedback_renderable, print_feedback

SNAPSHOTS = Path(__file__).parent / "snapshots"
ANY_TEXT = st.text(st.characters(), max_size=60)
STYLE = re.compile(r"\x1b\[[0-9;]*m")


def page(feedback: Feedback, width: int = 80) -> str:
    """The page as a pipe receives it."""
    console = Console(file=io.StringIO(), width=width, no_color=True, legacy_windows=False)
    print_feedback(feedback, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def coloured_page(feedback: Feedback) -> str:
    """The page as a colour terminal receives it."""
    console = Console(
        file=io.StringIO(),
        width=80,
        force_terminal=True,
        color_system="standard",
        legacy_windows=False,
        _environ={},
    )
    print_feedback(feedback, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def compare(stored: Path, text: str) -> None:
    """Compare with a stored page; UPDATE_SNAPSHOTS=1 stores the new one, to be looked at."""
    if os.environ.get("UPDATE_SNAPSHOTS"):
        stored.write_text(text, encoding="utf-8")
    assert stored.is_file(), f"{stored.name} is missing: run with UPDATE_SNAPSHOTS=1 and look at it"
    assert text == stored.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_page_as_stored(name: str, width: int) -> None:
    compare(SNAPSHOTS / f"{name}.{width}.txt", page(SAMPLES[name], width))


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_line_fits_and_ends_in_a_word(name: str, width: int) -> None:
    for line in page(SAMPLES[name], width).splitlines():
        assert cell_len(line) <= width
        assert line == line.rstrip()


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_colour_only_supports(name: str) -> None:
    coloured = coloured_page(SAMPLES[name])
    assert STYLE.search(coloured)
    assert STYLE.sub("", coloured) == page(SAMPLES[name])


def test_no_colour_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    console = Console(file=io.StringIO(), width=80, force_terminal=True, legacy_windows=False)
    print_feedback(SAMPLES["strong"], console)
    assert isinstance(console.file, io.StringIO)
    codes = {code for found in STYLE.findall(console.file.getvalue()) for code in found[2:-1].split(";")}
    assert codes <= {"0", "1", "2"}


def test_sections_come_in_order() -> None:
    titles = [
        "Poor, 1.1 of 5",
        "Dimensions",
        "Nearest reference answers",
        "Frame",
        "Mask test",
        "Harmful statements",
        "── Next steps",
        "An interviewer might ask next",
        "  Length",
        "  Confidence",
        "  Scored by",
    ]
    lines = page(SAMPLES["name_dropping"]).splitlines()
    places = [next(place for place, line in enumerate(lines) if line.startswith(title)) for title in titles]
    assert places == sorted(places)


@pytest.mark.parametrize("width", [1, 20, 40, 60, 79, 300])
def test_any_width(width: int) -> None:
    lines = page(SAMPLES["hostile"], width).splitlines()
    assert max(map(cell_len, lines)) <= min(max(width, 40), 120)


@pytest.mark.parametrize("encoding", ["ascii", "iso8859-1", "cp1252"])
def test_a_small_character_set_is_enough(encoding: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="strict", newline="\n")
    print_feedback(SAMPLES["hostile"], Console(file=stream, width=80, legacy_windows=False))
    stream.flush()
    lines = raw.getvalue().decode(encoding).splitlines()
    assert "Weak, 1.8 of 5  ##---" in lines
    assert max(map(len, lines)) <= 80


def test_stands_inside_another_renderable() -> None:
    console = Console(file=io.StringIO(), width=100, legacy_windows=False)
    console.print(feedback_renderable(SAMPLES["strong"]), width=60)
    assert isinstance(console.file, io.StringIO)
    assert max(map(cell_len, console.file.getvalue().splitlines())) == 60


def test_markup_is_text() -> None:
    text = page(SAMPLES["hostile"], 120)
    assert "[red]We keep[/red]" in text
    assert "[b]BentoML[/b] (guessed)" in text


def test_long_lists_say_what_they_leave_out() -> None:
    text = " ".join(page(long_answer(60)).split())
    assert "60 of 60 sentences lost their sense" in text
    assert "and 20 more sentences." in text
    assert "and 20 more names." in text
    assert "and 55 more statements." in text
    assert "and 55 more passages." in text


def test_sections_with_nothing_to_say_are_left_out() -> None:
    text = page(SAMPLES["empty"])
    for title in ("Nearest reference answers", "Harmful statements", "Words to the grader", "Taken out"):
        assert title not in text


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(ANY_TEXT)
def test_any_text_reaches_the_terminal_tame(text: str) -> None:
    feedback = arbitrary(text)
    for shown in (page(feedback), STYLE.sub("", coloured_page(feedback))):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", shown)
        shown.encode("utf-8")
