"""`coach packs check`: every problem of a pack with its file and line."""

import re
import shutil
from pathlib import Path

import pytest
from command_line import run

OTHER_PACK = Path(__file__).parents[1] / "packs" / "web-incidents"


def test_a_sound_pack_is_said_to_be_sound() -> None:
    ran = run("packs", "check", OTHER_PACK)
    assert (ran.status, ran.err) == (0, "")
    assert "web-incidents 1" in ran.out
    assert "sound. 3 questions, 6 dimensions" in ran.out


def test_every_problem_is_listed_with_file_and_line(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    shutil.copytree(OTHER_PACK, pack)
    question = pack / "questions" / "long-outage.yaml"
    text = question.read_text(encoding="utf-8")
    changed = text.replace("level: intermediate", "level: expert").replace("time_limit: 90", "time_limt: 90")
    assert changed != text
    question.write_text(changed, encoding="utf-8")
    ran = run("packs", "check", pack)
    assert ran.status == 1
    lines = ran.out.splitlines()
    assert len(lines) >= 3
    assert all(re.match(rf"{re.escape(str(pack))}/\S+\.yaml:\d+: \S", line) for line in lines)
    assert any(":2: " in line and "'expert'" in line for line in lines)
    assert any("time_limt" in line and "time_limit" in line for line in lines)
    (last,) = ran.err.splitlines()
    assert last.startswith(f"coach: {pack}: ")
    assert str(len(lines)) in last


@pytest.mark.parametrize("name", ["", "nowhere"])
def test_a_folder_that_is_no_pack_is_a_problem(name: str, tmp_path: Path) -> None:
    ran = run("packs", "check", tmp_path / name)
    assert ran.status == 1
    (problem,) = ran.out.splitlines()
    assert ":1: " in problem
    assert "pack.yaml" in problem
    assert len(ran.err.splitlines()) == 1
