"""Prompts: filled with all of their variables and nothing else; a value is never read as a template."""

from pathlib import Path

import pytest

from coach.errors import CoachError, UsageError
from coach.prompts import load_prompt
from coach.resources import prompts_dir


def written(folder: Path, text: str, name: str = "x.v1") -> Path:
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


def test_messages_are_filled(tmp_path: Path) -> None:
    folder = written(
        tmp_path, "about it\n<!-- system -->\nYou judge {{ what }}.\n\n<!-- user -->\n{{what}}: {{ text }}\n"
    )
    prompt = load_prompt("x.v1", folder)
    assert prompt.variables == {"what", "text"}
    assert prompt.filled({"what": "it", "text": "{{ what }} \\1"}) == (
        {"role": "system", "content": "You judge it."},
        {"role": "user", "content": "it: {{ what }} \\1"},
    )


def test_missing_and_unknown_variables_are_refused(tmp_path: Path) -> None:
    prompt = load_prompt("x.v1", written(tmp_path, "<!-- user -->\n{{ a }}{{ b }}"))
    with pytest.raises(UsageError, match=r"x\.v1 lacks b and does not know c"):
        prompt.filled({"a": "", "c": ""})


def test_a_changed_prompt_has_another_digest(tmp_path: Path) -> None:
    one = load_prompt("x.v1", written(tmp_path, "<!-- user -->\na"))
    other = load_prompt("x.v1", written(tmp_path, "<!-- user -->\nb"))
    assert one.digest != other.digest
    assert str(one) == f"x.v1 ({one.digest[:12]})"


@pytest.mark.parametrize("text", ["", "no marker", "<!-- assistant -->\nhello"])
def test_a_file_without_messages_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(CoachError, match="has no message"):
        load_prompt("x.v1", written(tmp_path, text))


def test_a_missing_prompt_is_named(tmp_path: Path) -> None:
    with pytest.raises(CoachError, match=r"gone\.v1\.md cannot be read"):
        load_prompt("gone.v1", tmp_path)


def test_every_prompt_that_ships_loads_and_guards_the_answer() -> None:
    names = sorted(path.stem for path in prompts_dir().glob("*.v*.md"))
    assert names == ["critique.v2", "follow_up.v2", "repair.v1", "rewrite.v2"]
    for name in names:
        prompt = load_prompt(name)
        if name != "repair.v1":
            assert {"answer", "fence", "schema"} <= prompt.variables
            assert [role for role, _ in prompt.templates] == ["system", "user"]
