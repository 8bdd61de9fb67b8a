"""No connection is opened: where an answer is coached, and where --offline rules it out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import GOOD, QUESTION

# Loaded by every interpreter that finds it first on its path: writes down and refuses what leaves the machine.
GUARD = """\
import os, socket, sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        if getattr(arguments[0], "family", None) == socket.AF_UNIX:
            return
        with open(os.environ["CONNECTIONS"], "a") as file:
            print(event, arguments[1:], file=file)
        raise PermissionError("no connections here")
sys.addaudithook(refuse)
"""


@pytest.fixture
def connections(tmp_path: Path) -> Path:
    (tmp_path / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    return tmp_path / "connections"


def guarded(connections: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(connections.parent), "CONNECTIONS": str(connections)}
    # These would rule connections out for the libraries, whatever the command does.
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "COACH_OFFLINE"):
        environment.pop(name, None)
    # No model that somebody fetched earlier.
    environment["HF_HOME"] = str(connections.parent / "models")
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        input=GOOD,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_the_guard_notices_a_connection(connections: Path) -> None:
    script = "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')"
    assert guarded(connections, "-c", script).returncode == 1
    assert connections.read_text(encoding="utf-8").startswith("socket.")


def test_coaching_opens_no_connection(connections: Path) -> None:
    done = guarded(connections, "-m", "coach", "answer", "-", "-q", QUESTION)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "of 5" in done.stdout
    assert not connections.exists()


def test_offline_a_named_encoder_is_not_fetched(connections: Path) -> None:
    arguments = ["--offline", "answer", "-", "-q", QUESTION, "--encoder", "nobody/has-this-model"]
    done = guarded(connections, "-m", "coach", *arguments)
    assert done.returncode == 1
    assert not connections.exists()
    (line,) = done.stderr.splitlines()
    assert line.startswith("coach: encoder nobody/has-this-model: is not in the local cache")


def test_offline_no_critic_is_asked_and_otherwise_it_would_be(
    connections: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("COACH_CRITIC", "1"),
        ("OPENAI_API_KEY", "sk-test-none"),
        ("OPENAI_BASE_URL", "http://127.0.0.1:9/v1"),
    ):
        monkeypatch.setenv(name, value)
    done = guarded(connections, "-m", "coach", "--offline", "answer", "-", "-q", QUESTION)
    assert (done.returncode, done.stderr) == (0, "")
    assert "of 5" in done.stdout
    assert not connections.exists()
    monkeypatch.setenv("COACH_DEADLINE", "1")
    done = guarded(connections, "-m", "coach", "answer", "-", "-q", QUESTION)
    assert connections.exists()
    assert "Not scored by the critic" in done.stdout
