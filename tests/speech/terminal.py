"""A program in a pseudo-terminal: what it shows is read, and keys are pressed."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_PIECE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")
COLUMNS, LINES = 80, 30


class Terminal:
    """Runs a command with a terminal as its input and output."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self._process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=dict(environment),
            close_fds=True,
            start_new_session=True,
            # Ctrl-C reaches a program only through a terminal that controls it.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self.shown = ""
        self._raw = ""
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
        self._raw += read.decode("utf-8", "replace")
        self.shown = _STYLE.sub("", self._raw).replace("\r\n", "\n")
        return bool(read)

    @property
    def screen(self) -> str:
        """All that a person would find when scrolling back, with what was drawn over left out."""
        lines, row, column = [""], 0, 0
        for amount, command, turn, text in _PIECE.findall(self._raw):
            if turn == "\r":
                column = 0
            elif turn == "\n":
                row += 1
                lines += [""] * (row + 1 - len(lines))
            elif text:
                line = lines[row].ljust(column)
                lines[row] = line[:column] + text + line[column + len(text) :]
                column += len(text)
            elif command == "A":
                row = max(row - int(amount or 1), 0)
            elif command == "K":
                lines[row] = "" if amount == "2" else lines[row][:column]
        return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._master)
