"""`coach grade` from end to end: what it recognises, prints and refuses."""

import json
from pathlib import Path
from typing import NamedTuple

import pytest
from course_files import DRIFT as QUESTION
from course_files import graded_answers
from quick_scorer import HashEncoder, quick_scorer
from typer.testing import CliRunner

from coach.cli import app
from coach.cohort.batch_scoring import BatchScorer


class Ran(NamedTuple):
    """How a command ended: its exit code and what it printed."""

    status: int
    out: str
    err: str


def run(*arguments: str | Path) -> Ran:
    """Run `coach`; an exception that escapes is raised."""
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Ran(done.exit_code, done.stdout, done.stderr)


def refused(ran: Ran, status: int, *words: str) -> None:
    """Expect that a command ended with `status`, and its last line on stderr with all the `words` in it."""
    assert (ran.status, ran.out) == (status, ""), ran
    line = ran.err.splitlines()[-1]
    assert line.startswith("coach: ")
    for word in words:
        assert word in line


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command finds a scorer that is there at once."""
    monkeypatch.setattr("coach.cli.grade.chosen_encoder", lambda name: HashEncoder())
    monkeypatch.setattr(BatchScorer, "load", lambda pack, encoder, weights: quick_scorer(pack))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    good = graded_answers(QUESTION, 1)[0]["answer"]
    path.write_text(f'id,answer,seat\n1,"{good}",12\n2,"We use drift tools.",13\n3,,14\n', encoding="utf-8")
    return path


@pytest.mark.usefixtures("ready")
def test_a_table_is_graded_and_what_came_of_it_is_listed(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = run("grade", table, "-q", QUESTION, "--out", out)
    assert ran.status == 0, ran
    assert ran.out.startswith("2 answers graded; ")
    assert "1 empty" in ran.out
    assert "'answer' answers what-is-drift" in ran.err
    assert "given back as they are: 'seat'" in ran.err
    listed = [Path(line.strip()) for line in ran.out.splitlines()[1:]]
    assert listed
    assert all(path.exists() for path in listed)


@pytest.mark.usefixtures("ready")
def test_marks_are_changed_without_naming_the_file_again(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("grade", table, "-q", QUESTION, "--out", out).status == 0
    change = ("grade", "--out", out, "--override", f"S00002/{QUESTION}=2.5")
    refused(run(*change), 2, "--override needs --reason")
    ran = run(*change, "--reason", "talked to the student", "--json")
    assert ran.status == 0, ran
    assert json.loads(ran.out)["counts"]["graded"] == 2
    assert ",2.5" in (out / "graded-table.csv").read_text(encoding="utf-8")


@pytest.mark.usefixtures("ready")
def test_look_writes_nothing(table: Path, tmp_path: Path) -> None:
    ran = run("grade", table, "-q", QUESTION, "--out", tmp_path / "out", "--look")
    assert (ran.status, ran.out) == (0, "")
    assert "3 rows" in ran.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("nowhere.csv", "-q", QUESTION), 1, ["no such file"]),
        ((), 2, ["which file is to be graded"]),
        (("TABLE", "-q", QUESTION, "--map", "answer"), 2, ["PART=COLUMN"]),
        (("TABLE", "-q", QUESTION, "--override", "S1=9", "--reason", "x"), 2, ["a mark from 0 to 5"]),
        (("TABLE", "-q", QUESTION, "--mark-by", "me"), 2, ["--mark-by me"]),
        (("TABLE", "-q", QUESTION, "--mark-by", "critic"), 2, ["together with --critic"]),
        (("TABLE", "-q", QUESTION, "--engine", "cloud"), 2, ["there is local and ray"]),
    ],
)
def test_a_wrong_call_ends_in_one_line(
    arguments: tuple[str, ...], status: int, words: list[str], table: Path, tmp_path: Path
) -> None:
    given = [table if one == "TABLE" else one for one in arguments]
    refused(run("grade", *given, "--out", tmp_path / "out"), status, *words)


@pytest.mark.usefixtures("ready")
def test_the_critic_is_ruled_out_offline(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COACH_OFFLINE", "1")
    ran = run("grade", table, "-q", QUESTION, "--out", tmp_path / "out", "--critic")
    assert ran.status == 2
    assert "--critic needs a connection" in ran.err.splitlines()[-1]
