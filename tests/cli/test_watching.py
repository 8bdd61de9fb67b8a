"""What a person at a terminal sees, and when."""

import io

import pytest
from made_critique import critique
from made_feedback import feedback
from rich.console import Console

from coach.cli.watching import Showing, Waiting
from coach.domain import Notice

FEEDBACK = feedback()


def terminal() -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, force_terminal=True, width=80, height=40, legacy_windows=False), out


def test_the_offline_page_is_there_before_the_first_word_of_the_critic() -> None:
    console, out = terminal()
    with Showing(console, asks=True) as shown:
        shown.offline(FEEDBACK)
        before = out.getvalue()
        assert "Scored by" in before
        assert "The critic" not in before
        shown.partial("“We watch it.” It says\x1b[2J why.")
        assert shown._live is not None
        shown._live.refresh()
        streamed = out.getvalue()[len(before) :]
        assert "It says␛[2J why." in streamed
        assert "\x1b[2J" not in streamed
    shown.finished(FEEDBACK.model_copy(update={"critique": critique("Say more often why.")}))
    after = out.getvalue()[len(before) :]
    assert "The critic" in after
    assert "Say more often why." in after
    # The offline page was printed once.
    assert out.getvalue().count("Confidence") == 1


def test_a_critic_that_fails_leaves_one_line() -> None:
    console, out = terminal()
    with Showing(console, asks=True) as shown:
        shown.offline(FEEDBACK)
    before = out.getvalue()
    notice = Notice(kind="warning", text="Not scored by the critic: busy.")
    shown.finished(FEEDBACK.model_copy(update={"notices": (*FEEDBACK.notices, notice)}))
    assert "Not scored by the critic: busy." in out.getvalue()[len(before) :]


def test_nothing_is_animated_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with Waiting(asks=True) as watcher:
        watcher.offline(FEEDBACK)
        watcher.partial("so far")
    assert capsys.readouterr() == ("", "")
