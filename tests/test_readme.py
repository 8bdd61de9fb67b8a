"""The commands of README.md, and that `.ci/run` runs the one for the tests."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RUN = ROOT / ".ci" / "run"
# Stands in for every tool: writes down how it was called, makes the environment, fails where it is told to.
STUB = """\
#!/bin/sh
name=$(basename "$0")
echo "$name $*" >> calls
if [ "$name" = python3.11 ]; then
    mkdir -p .venv/bin
    for tool in pip ruff mypy pytest; do cp "$0" ".venv/bin/$tool"; done
fi
[ "$name $1" != "$FAIL" ] && [ "$name" != "$FAIL" ]
"""


def marked_command(markdown: str, marker: str) -> str:
    """Return the one command in the code block that follows `<!-- marker -->`, or raise ValueError."""
    blocks = re.findall(
        rf"^[ \t]*<!--[ \t]*{re.escape(marker)}[ \t]*-->\s*^[ \t]*(```+|~~~+)[^\n]*\n(.*?)^[ \t]*\1[ \t]*$",
        markdown,
        re.MULTILINE | re.DOTALL,
    )
    if len(blocks) != 1:
        raise ValueError(f"{len(blocks)} code blocks follow <!-- {marker} -->, expected one")
    # A long command may be broken with backslashes; it is one all the same.
    joined = re.sub(r"[ \t]*\\\n[ \t]*", " ", blocks[0][1].strip())
    if not joined or "\n" in joined:
        raise ValueError(f"the block after <!-- {marker} --> holds no single command")
    return joined.removeprefix("$ ")


def readme_command(marker: str) -> str:
    return marked_command((ROOT / "README.md").read_text(encoding="utf-8"), marker)


def test_ci_ends_with_the_test_command_of_the_readme() -> None:
    lines = [line for line in RUN.read_text(encoding="utf-8").splitlines() if line.strip()]
    # Last, because bash goes on after a chain of && that failed midway.
    assert lines[-1] == readme_command("test-command")


def test_the_first_command_makes_the_environment_and_coaches() -> None:
    command = readme_command("first-command")
    assert "venv" in command
    assert "-c constraints.txt" in command
    assert "coach answer" in command


def test_what_the_first_command_reads_ships() -> None:
    named = re.findall(r"[\w./-]+\.(?:txt|md)\b", readme_command("first-command").split("coach answer")[1])
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize(
    ("markdown", "command"),
    [
        ("<!-- go -->\n```sh\nmake go\n```\n", "make go"),
        ("text\n\n<!--go-->\n\n~~~\n$ make go\n~~~\n", "make go"),
        ("1. Go:\n   <!-- go -->\n   ```\n   make && \\\n     go\n   ```\n", "make && go"),
        ("```\nother\n```\n<!-- go -->\n```\nmake go\n```\n```\nother\n```\n", "make go"),
    ],
)
def test_a_marked_command_is_read(markdown: str, command: str) -> None:
    assert marked_command(markdown, "go") == command


@pytest.mark.parametrize(
    "markdown",
    [
        "```\nmake go\n```\n",
        "<!-- gone -->\n```\nmake go\n```\n",
        "<!-- go -->\nfirst read this\n```\nmake go\n```\n",
        "<!-- go -->\n```\nmake\ngo\n```\n",
        "<!-- go -->\n```\n\n```\n",
        "<!-- go -->\n```\nmake go\n```\n<!-- go -->\n```\nmake go\n```\n",
    ],
)
def test_a_readme_without_one_marked_command_is_refused(markdown: str) -> None:
    with pytest.raises(ValueError, match="<!-- go -->"):
        marked_command(markdown, "go")


def ci_run(folder: Path, fail: str) -> tuple[int, list[str]]:
    """Run `.ci/run` in `folder` with stubs for its tools; return its exit status and what it called."""
    tools = folder / "tools"
    tools.mkdir()
    (tools / "python3.11").write_text(STUB, encoding="utf-8")
    (tools / "python3.11").chmod(0o755)
    (folder / ".ci").mkdir()
    shutil.copy(RUN, folder / ".ci" / "run")
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    # Started from elsewhere, as a service may do.
    command = [str(folder / ".ci" / "run")]
    done = subprocess.run(command, cwd=tools, env={**os.environ, "PATH": path, "FAIL": fail}, check=False)
    return done.returncode, (folder / "calls").read_text(encoding="utf-8").splitlines()


def test_ci_checks_format_lint_and_types_and_then_runs_the_tests(tmp_path: Path) -> None:
    status, calls = ci_run(tmp_path, fail="")
    assert status == 0
    order = ["python3.11 -m venv", "pip install", "ruff format --check", "ruff check", "mypy", "pytest"]
    places = [next(n for n, call in enumerate(calls) if call.startswith(part)) for part in order]
    assert places == sorted(places)


@pytest.mark.parametrize("part", ["python3.11", "pip", "ruff format", "ruff check", "mypy", "pytest"])
def test_ci_fails_when_a_part_fails(part: str, tmp_path: Path) -> None:
    status, calls = ci_run(tmp_path, fail=part)
    assert status != 0
    assert calls[-1].startswith(part)
