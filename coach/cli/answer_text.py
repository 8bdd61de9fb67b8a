"""Reads the text of an answer: from a file, a pipe, or what is pasted into the terminal."""

import sys
from pathlib import Path

from coach.domain import Question
from coach.errors import InputError, UsageError

# Two minutes are about 2 KB; this is a hundred times that, and more than any course asks for.
LARGEST = 256 * 1024


def answer_text(source: str | None, question: Question) -> str:
    """The answer in the file `source`, on standard input for "-", or pasted where neither is given.

    Raises InputError when it is missing, too large, binary or not UTF-8.
    """
    if source in (None, "-"):
        # Python has no stream at all where the caller closed it.
        if sys.stdin is None:
            raise InputError("standard input is closed; give a text file")
        if source is None and sys.stdin.isatty():
            return _pasted(question)
        return decoded(sys.stdin.buffer.read(LARGEST + 1), "standard input")
    if not source:
        raise UsageError("the name of the file is empty; give a text file, or - to read standard input")
    path = Path(source)
    try:
        with path.open("rb") as file:
            return decoded(file.read(LARGEST + 1), source)
    except FileNotFoundError:
        raise InputError(f"{source}: no such file; give a text file, or - to read standard input") from None
    except IsADirectoryError:
        raise InputError(f"{source}: is a folder; give one text file") from None
    except OSError as error:
        raise InputError(
            f"{source}: cannot be read ({error.strerror}); give a text file you may read"
        ) from None


def decoded(content: bytes, source: str) -> str:
    """The text of `content`; InputError names `source` and what to do when it is not plain UTF-8 text."""
    if len(content) > LARGEST:
        raise InputError(
            f"{source}: more than {LARGEST // 1024} KB, two minutes are about 2; give one answer at a time"
        )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{source}: is UTF-16 text; save it as UTF-8")
    if b"\x00" in content:
        raise InputError(f"{source}: is binary, not text; give the answer as plain UTF-8 text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{source}: is not UTF-8 (byte {content[error.start]:#04x} at {error.start}); save it as UTF-8"
        ) from None


def _pasted(question: Question) -> str:
    print(f"{question.text}\n({question.time_limit} seconds)", file=sys.stderr)
    return typed_text()


def typed_text() -> str:
    """Lines from the terminal until Ctrl-D; the prompt goes to stderr, the answer into no history."""
    print("Type or paste your answer; end with Ctrl-D on a line of its own.\n", file=sys.stderr)
    try:
        import readline
    except ImportError:
        pass
    else:
        # Line editing lifts the terminal's limit of 4,096 characters a line; its history would keep answers.
        readline.set_auto_history(False)
    lines = []
    try:
        while True:
            lines.append(input())
    except EOFError:
        pass
    except UnicodeDecodeError:
        raise InputError("what was pasted is not UTF-8 text; save it in a UTF-8 file and give that") from None
    return "\n".join(lines)


def required(question: str | None) -> str:
    """The id that --question gave; UsageError when there is none."""
    if not question:
        raise UsageError(
            "which question is this an answer to? Give --question ID; coach questions lists them"
        )
    return question
