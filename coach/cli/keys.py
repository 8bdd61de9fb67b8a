"""Single keys from a terminal while something else goes on."""

import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from coach.speech.taking import Key


@contextmanager
def recording_keys() -> Iterator[Callable[[], Key | None]]:
    """Give a function that says whether Enter (stop), space or p (pause) was pressed since the last call.

    The terminal is put back as it was, whatever happens.
    """
    if not sys.stdin.isatty():
        yield lambda: None
        return
    try:
        import termios
        import tty
    except ImportError:
        yield _windows_key
        return
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor)
    try:
        yield _key
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _key() -> Key | None:
    import os

    if not select.select([sys.stdin], [], [], 0)[0]:
        return None
    return _meaning(os.read(sys.stdin.fileno(), 1))


def _windows_key() -> Key | None:
    import msvcrt

    return _meaning(msvcrt.getch()) if msvcrt.kbhit() else None  # type: ignore[attr-defined]


def _meaning(pressed: bytes) -> Key | None:
    if pressed in (b"\n", b"\r", b""):
        return "stop"
    return "pause" if pressed in (b" ", b"p", b"P") else None
