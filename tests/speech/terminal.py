"""A program in a pseudo-terminal: what it shows is read, and keys are pressed."""

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """Runs a command with a terminal as its input and output."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=dict(environment), close_fds=True
        )
        os.close(slave)
        self.shown = ""
        self._read = 0

    def expect(self, text: str, patience: float = 240.0) -> None:
        """Wait until `text` is shown after what was expected before; AssertionError where it never is."""
        started = time.monotonic()
        while (at := self.shown.find(text, self._read)) < 0:
            if time.monotonic() - started > patience or not self._more():
                raise AssertionError(f"{text!r} was not shown in:\n{self.shown[-3000:]}")
        self._read = at + len(text)

    def press(self, keys: str) -> None:
        """Send keys."""
        os.write(self._master, keys.encode())

    def end(self, patience: float = 240.0) -> int:
        """Read to the end and return the exit code."""
        started = time.monotonic()
        while self._more() and time.monotonic() - started < patience:
            pass
        return self._process.wait(timeout=patience)

    def _more(self) -> bool:
        if not select.select([self._master], [], [], 1.0)[0]:
            return self._process.poll() is None
        try:
            read = os.read(self._master, 65_536)
        except OSError:
            return False
        self.shown += _STYLE.sub("", read.decode("utf-8", "replace")).replace("\r\n", "\n")
        return bool(read)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._master)
