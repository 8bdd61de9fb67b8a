"""`coach questions`: what can be asked, all of it or by level and dimension."""

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from command_line import run

if TYPE_CHECKING:
    from coach.packs import Pack


def listed(*arguments: str) -> list[dict[str, Any]]:
    ran = run("questions", *arguments, "--json")
    assert (ran.status, ran.err) == (0, "")
    return list(json.loads(ran.out))


def test_all_questions_are_listed(pack: "Pack") -> None:
    assert [one["id"] for one in listed()] == [one.id for one in pack.questions]
    shown = run("questions")
    assert (shown.status, shown.err) == (0, "")
    for question in pack.questions:
        assert question.id in shown.out
    assert max(map(len, shown.out.splitlines())) <= 80


def test_questions_are_chosen_by_level_and_dimension(pack: "Pack") -> None:
    found = listed("--level", "scenario", "--dimension", "rollback")
    expected = [one.id for one in pack.questions if one.level == "scenario" and "rollback" in one.expects]
    assert [one["id"] for one in found] == expected
    assert 0 < len(expected) < len(listed("--level", "scenario"))


def test_a_question_is_shown_with_all_that_it_expects(pack: "Pack") -> None:
    question = pack.question("drift-alert-fires")
    flat = " ".join(run("questions", "show", question.id).out.split())
    hidden = question.expectations[0].references[0].text
    for text in (
        question.text,
        f"{question.time_limit} seconds",
        *(expectation.hint for expectation in question.expectations),
        *(harmful.statement for harmful in question.harmful),
        *(harmful.safer for harmful in question.harmful),
        *question.follow_ups,
    ):
        assert " ".join(text.split()) in flat
    assert hidden not in flat
    assert hidden in " ".join(run("questions", "show", question.id, "--references").out.split())


def test_a_question_is_shown_as_a_document(pack: "Pack") -> None:
    ran = run("questions", "show", "what-is-drift", "--json")
    assert json.loads(ran.out) == pack.question("what-is-drift").model_dump(mode="json")


@pytest.mark.parametrize("columns", ["0", "000", " "])
def test_no_columns_mean_the_usual_width(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    ran = run("questions")
    assert ran.status == 0
    assert max(map(len, ran.out.splitlines())) > 40


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_standard_output_is_told_in_one_line() -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        command = [sys.executable, "-m", "coach", "questions"]
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr.startswith("coach: standard output is full")
    assert len(ran.stderr.splitlines()) == 1
