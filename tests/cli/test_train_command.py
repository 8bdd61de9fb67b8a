"""`coach train`: weights from graded answers, and what it refuses."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command_line import refused, run

from coach.resources import default_pack_dir, weights_file
from coach.scoring.weights import load_head

if TYPE_CHECKING:
    from coach.scoring.scorer import Scorer

LINES = (default_pack_dir() / "graded" / "answers.jsonl").read_text(encoding="utf-8").splitlines()
QUESTIONS = ("what-is-drift", "when-to-retrain")


@pytest.fixture(autouse=True)
def loaded_for_training(scorer: "Scorer", monkeypatch: pytest.MonkeyPatch) -> None:
    """The encoder of the session in place of another."""
    monkeypatch.setattr("coach.cli.train.chosen_encoder", lambda name: scorer.encoder)


def graded(folder: Path, writers: str, *questions: str) -> Path:
    path = folder / "graded.jsonl"
    rows = [json.loads(line) for line in LINES]
    chosen = [row for row in rows if row["writer"] in writers and row["question"] in questions]
    path.write_text("\n".join(map(json.dumps, chosen)), encoding="utf-8")
    return path


def test_weights_are_written_where_they_are_asked_for(tmp_path: Path) -> None:
    shipped = weights_file().read_bytes()
    out = tmp_path / "mine.npz"
    ran = run(
        "train", "--graded", graded(tmp_path, "abe", *QUESTIONS), "--out", out, "--seeds", "1", "--json"
    )
    assert ran.status == 0, ran
    manifest = json.loads(ran.out)
    assert manifest["writers"] == ["a", "b", "e"]
    assert load_head(out).manifest.model_dump(mode="json") == manifest
    assert weights_file().read_bytes() == shipped


def test_answers_that_cannot_be_learnt_from_are_refused(tmp_path: Path) -> None:
    out = tmp_path / "mine.npz"
    refused(
        run("train", "--graded", tmp_path / "nowhere.jsonl", "--out", out), 1, "nowhere.jsonl", "no such file"
    )
    path = graded(tmp_path, "a", *QUESTIONS)
    refused(run("train", "--graded", path, "--out", out), 1, "at least two")
    path.write_text('{"id": 1}\n', encoding="utf-8")
    refused(run("train", "--graded", path, "--out", out), 1, f"{path}:1:")
    assert not out.exists()


def test_a_handful_of_answers_is_enough_or_is_refused_in_one_line(tmp_path: Path) -> None:
    """Where marks are all near the graders' or all far, there is no telling when to be confident."""
    for number, (writers, questions) in enumerate([("abe", QUESTIONS[:1]), ("ab", QUESTIONS[1:])]):
        out = tmp_path / f"{number}.npz"
        path = graded(tmp_path, writers, *questions)
        ran = run("train", "--graded", path, "--out", out, "--seeds", "1", "--json")
        assert "unexpected" not in ran.err
        assert out.exists() == (ran.status == 0)
