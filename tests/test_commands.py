"""The help of every command, and that README.md shows it as it is.

`python tests/test_commands.py` writes the help of today into README.md, between the two markers.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from coach.cli import app

README = Path(__file__).resolve().parents[1] / "README.md"
WIDTH = 80
_BLOCK = re.compile(r"(<!-- help -->\n+```text\n)(.*?)(\n```)", re.DOTALL)


def commands() -> Iterator[tuple[str, ...]]:
    """Yield the words of every command, the whole program's first."""

    def below(group: object, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield words
        for name, command in sorted(getattr(group, "commands", {}).items()):
            yield from below(command, (*words, name))

    yield from below(get_command(app), ())


def help_of(words: tuple[str, ...]) -> str:
    """What `--help` of a command prints, without colour, in 80 columns."""
    done = CliRunner().invoke(
        app, [*words, "--help"], env={"COLUMNS": str(WIDTH), "NO_COLOR": "1", "TERM": "dumb"}
    )
    assert done.exit_code == 0, done.output
    return "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines())


def all_help() -> str:
    """The help of all commands as README.md shows it."""
    return "\n\n".join(f"$ {' '.join(['coach', *words, '--help'])}\n{help_of(words)}" for words in commands())


def shown_help(readme: str) -> str:
    """The block after `<!-- help -->`; ValueError where there is not exactly one."""
    blocks = _BLOCK.findall(readme)
    if len(blocks) != 1:
        raise ValueError(f"README.md has {len(blocks)} blocks of help after <!-- help -->, expected one")
    return str(blocks[0][1])


def with_help(readme: str, shown: str) -> str:
    """The text of README.md with `shown` as its block of help."""
    shown_help(readme)
    return _BLOCK.sub(lambda found: found[1] + shown + found[3], readme)


def test_the_readme_shows_the_help_as_it_is() -> None:
    shown = shown_help(README.read_text(encoding="utf-8"))
    assert shown == all_help(), "run: python tests/test_commands.py"


@pytest.mark.parametrize("words", list(commands()), ids=lambda words: " ".join(("coach", *words)))
def test_the_help_of_a_command_says_what_it_does_and_shows_an_example(words: tuple[str, ...]) -> None:
    shown = help_of(words)
    assert "\x1b" not in shown
    assert max(map(len, shown.splitlines())) <= WIDTH
    lines = [line.strip() for line in shown.splitlines() if line.strip()]
    assert lines[0].startswith(f"Usage: {' '.join(('coach', *words))}")
    assert lines[1][0].isupper()
    # A group of commands leaves the examples to them.
    is_group = any(other[: len(words)] == words and other != words for other in commands())
    assert is_group or any(line.startswith("Example: coach ") for line in lines)


def test_an_example_names_a_command_that_is_there() -> None:
    known = set(commands())
    for words in known:
        for example in re.findall(r"Example: coach ([^\n]*)", help_of(words)):
            first, second, *_ = (*example.split(), "", "")
            assert (first,) in known, example
            assert words in ((), (first,), (first, second)), example


@pytest.mark.parametrize(
    "readme",
    [
        "",
        "<!-- help -->\n",
        "```text\nx\n```",
        "<!-- help -->\n```text\na\n```\n<!-- help -->\n```text\nb\n```\n",
    ],
)
def test_a_readme_without_one_block_of_help_is_refused(readme: str) -> None:
    with pytest.raises(ValueError, match="<!-- help -->"):
        shown_help(readme)


def test_only_the_block_of_help_is_replaced() -> None:
    readme = "a\n<!-- help -->\n```text\nold\n```\nb\n```text\nkept\n```\n"
    assert with_help(readme, "new \\1") == readme.replace("old", "new \\1")
    assert shown_help(with_help(readme, "new")) == "new"


if __name__ == "__main__":
    os.environ["COLUMNS"] = str(WIDTH)
    README.write_text(with_help(README.read_text(encoding="utf-8"), all_help()), encoding="utf-8")
