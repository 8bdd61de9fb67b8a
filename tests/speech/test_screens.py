"""The screens of a sitting, driven through a pseudo-terminal and compared with stored ones."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("a pseudo-terminal is Unix's", allow_module_level=True)
from terminal import Terminal

SCREENS = Path(__file__).parent / "screens"
PLAYED = Path(__file__).with_name("played_coach.py")
RENDER = PLAYED.parents[1] / "render"
READY, SPEAK, ENTER = "Press Enter when you are ready. ", "speak.", "\n"
REVIEW = "goes on recording: "
ANSWERS = (
    "drift means the live inputs move um away? from what the model? learned",
    "we look at the pipeline? first",
    "first i look at the last change of the schema",
    "the registry? holds? every? version?",
    "the registry holds every version with the run that made it",
)


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., Terminal]:
    """Starts `coach` with arguments and settings of the stand-ins; all starts share one history."""
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "drift is when the live inputs move" > "$1"\n', encoding="utf-8")
    editor.chmod(0o700)

    def started(*arguments: str, heard: tuple[str, ...] = ANSWERS, **settings: str) -> Terminal:
        environment = {
            **os.environ,
            "COACH_DATA_DIR": str(tmp_path / "data"),
            "COACH_CRITIC": "0",
            "EDITOR": str(editor),
            "HEARD": "\n".join(heard),
            "PYTHONPATH": os.pathsep.join((str(RENDER), os.environ.get("PYTHONPATH", ""))),
            "TERM": "xterm",
            "TZ": "UTC",
            **settings,
        }
        environment.pop("VISUAL", None)
        return Terminal([sys.executable, str(PLAYED), *arguments], environment)

    return started


def compare(name: str, terminal: Terminal, tmp_path: Path) -> None:
    """Compare a screen with the stored one; UPDATE_SNAPSHOTS=1 stores the new one, to be looked at."""
    shown = terminal.screen.replace(str(tmp_path), "/home/user")
    stored = SCREENS / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        stored.write_text(shown, encoding="utf-8")
    assert stored.is_file(), f"{stored.name} is missing: run with UPDATE_SNAPSHOTS=1 and look at it"
    assert shown == stored.read_text(encoding="utf-8")


def accept(terminal: Terminal, follow_up: str) -> None:
    """Accept what was heard, and say whether to answer the follow-up."""
    terminal.expect(REVIEW)
    terminal.press(ENTER)
    terminal.expect("Answer it?")
    terminal.press(f"{follow_up}\n")


def answer(terminal: Terminal, until: str = "REC 0:20", stop: str = ENTER) -> None:
    """Start a recording, wait until the live line shows `until`, and stop."""
    terminal.expect(READY)
    terminal.press(ENTER)
    terminal.expect(until)
    terminal.press(stop)


def typed(terminal: Terminal, text: str) -> None:
    """Type an answer, and end it once its line was read: a Ctrl-D that comes before is lost."""
    terminal.expect("end with Ctrl-D")
    terminal.press(f"{text}\n")
    terminal.expect(text)
    time.sleep(2)
    terminal.press("\x04")


def test_a_sitting_from_question_to_summary(start: Callable[..., Terminal], tmp_path: Path) -> None:
    with start("rehearse") as terminal:
        answer(terminal, stop=" ")
        terminal.expect("PAUSED 0:20")
        terminal.press(" ")
        terminal.expect("REC 0:20")
        terminal.press(ENTER)
        # Corrected in the editor, then accepted.
        terminal.expect(REVIEW)
        terminal.press("e\n")
        # The follow-up is recorded twice: both times it is the follow-up that is asked.
        accept(terminal, follow_up="y")
        answer(terminal)
        terminal.expect(REVIEW)
        terminal.press("r\n")
        answer(terminal)
        terminal.expect(REVIEW)
        terminal.press(ENTER)
        # The next answer is gone on from.
        terminal.expect("Go on to the next question?")
        terminal.press(ENTER)
        answer(terminal)
        terminal.expect(REVIEW)
        terminal.press("g\n")
        answer(terminal, "REC 0:40")
        accept(terminal, follow_up="n")
        terminal.expect("Go on to the next question?")
        terminal.press("n\n")
        assert terminal.end() == 0
    compare("sitting", terminal, tmp_path)
    with start("history") as terminal:
        assert terminal.end() == 0
    compare("history", terminal, tmp_path)
    with start("history", "show", "20260412-1830") as terminal:
        assert terminal.end() == 0
    compare("history_show", terminal, tmp_path)
    with start("history", "delete", "--all") as terminal:
        terminal.expect("[y/N]: ")
        terminal.press("y\n")
        assert terminal.end() == 0
    compare("history_delete", terminal, tmp_path)
    assert [path for path in (tmp_path / "data").rglob("*") if path.is_file()] == []


def test_what_was_stopped_is_offered_again(start: Callable[..., Terminal], tmp_path: Path) -> None:
    with start("rehearse", "what-is-drift", LEVEL="200") as terminal:
        # Ctrl-C
        answer(terminal, stop="\x03")
        assert terminal.end() == 130
    compare("stopped", terminal, tmp_path)
    with start("history") as terminal:
        assert terminal.end() == 0
    compare("history_unfinished", terminal, tmp_path)
    with start("rehearse", "what-is-drift", heard=ANSWERS[:1]) as terminal:
        terminal.expect("Enter leaves it: ")
        terminal.press("g\n")
        answer(terminal, "REC 0:40")
        accept(terminal, follow_up="y")
        answer(terminal, stop="\x03")
        assert terminal.end() == 130
    compare("gone_on", terminal, tmp_path)
    with start("rehearse", "what-is-drift", heard=ANSWERS[2:3]) as terminal:
        terminal.expect("Enter leaves it: ")
        terminal.press("s\n")
        terminal.expect(REVIEW)
        terminal.press(ENTER)
        terminal.expect(READY)
        terminal.press("\x03")
        assert terminal.end() == 130
    compare("follow_up_finished", terminal, tmp_path)


def test_a_device_that_went_leaves_what_was_said(start: Callable[..., Terminal], tmp_path: Path) -> None:
    with start("rehearse", "what-is-drift", UNPLUGGED="1", heard=ANSWERS[:1] * 2) as terminal:
        terminal.expect(READY)
        terminal.press(ENTER)
        terminal.expect(REVIEW)
        terminal.press("g\n")
        terminal.expect(READY)
        terminal.press(ENTER)
        terminal.expect("Not recorded")
        accept(terminal, follow_up="n")
        assert terminal.end() == 0
    compare("unplugged", terminal, tmp_path)


def test_a_sitting_without_a_microphone_is_typed(start: Callable[..., Terminal], tmp_path: Path) -> None:
    with start("rehearse", "what-is-drift", MISSING="1") as terminal:
        typed(terminal, "the inputs move away from what it learned")
        terminal.expect("Answer it?")
        terminal.press("y\n")
        typed(terminal, "first i look at the pipeline")
        assert terminal.end() == 0
    assert "Notice: no microphone was found" in terminal.screen
    assert "The answer is typed instead" in terminal.screen
    # The second question does not look for a microphone again.
    assert terminal.screen.count("no microphone") == 1
    assert "Kept: 20260412" in terminal.screen
    with start("history") as terminal:
        assert terminal.end() == 0
    assert "20260412" in terminal.screen
    assert list((tmp_path / "data").rglob("*.wav")) == []


def test_a_silent_recording_is_neither_scored_nor_kept(
    start: Callable[..., Terminal], tmp_path: Path
) -> None:
    with start("rehearse", "what-is-drift", heard=(" ", " ")) as terminal:
        answer(terminal)
        terminal.expect("Record again? [Y/n]")
        terminal.press("y\n")
        answer(terminal)
        terminal.expect("Record again? [Y/n]")
        terminal.press("n\n")
        assert terminal.end() == 1
    assert terminal.screen.count("nothing was said in the recording; it is neither scored nor kept") == 3
    assert "[page:" not in terminal.screen
    assert [path for path in (tmp_path / "data").rglob("*") if path.is_file()] == []


def test_the_clock_ends_an_answer(start: Callable[..., Terminal], tmp_path: Path) -> None:
    with start("rehearse", "what-is-drift", SECONDS_SAID="200", heard=ANSWERS[3:4]) as terminal:
        terminal.expect(READY)
        terminal.press(ENTER)
        terminal.expect("come to an end")
        accept(terminal, follow_up="n")
        assert terminal.end() == 0
    compare("clock", terminal, tmp_path)
