"""Runs the command line in this process, and says what a refusal looks like."""

import os
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from typer.testing import CliRunner

from coach.cli import app

QUESTION = "what-is-drift"
GOOD = (
    "Drift means that what the model meets today is no longer what it learnt from. We compare the live inputs "
    "with the training data every day, and the outcomes as soon as they arrive, because inputs can move without "
    "harm. When an alert fires the owner first checks the pipeline and only then decides whether to train again, "
    "since training on broken data would make it worse."
)


class Ran(NamedTuple):
    """How a command ended: its exit code and what it printed."""

    status: int
    out: str
    err: str


def run(*arguments: str | Path, text: str | bytes | None = None) -> Ran:
    """Run `coach` with `arguments` and `text` on its standard input; an exception that escapes is raised."""
    # `--offline` is put into the environment, which must not reach the next test.
    with patch.dict(os.environ):
        done = CliRunner().invoke(app, [str(one) for one in arguments], input=text)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Ran(done.exit_code, done.stdout, done.stderr)


def refused(ran: Ran, status: int, *words: str) -> None:
    """Expect that a command ended with `status` and one line on stderr that has all the `words` in it."""
    assert ran.status == status, ran
    assert ran.out == ""
    (line,) = ran.err.splitlines()
    assert line.startswith("coach: ")
    assert "Traceback" not in line
    assert line.isprintable()
    for word in words:
        assert word in line
