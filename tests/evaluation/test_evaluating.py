"""`coach evaluate` from end to end on a few answers: figures, training notice, held-out writers and bad use."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from coach.cli import app
from coach.evaluation.evaluating import HELD_OUT, answers_seen, digest, evaluate_leaving_writers_out
from coach.resources import default_pack_dir
from coach.scoring.graded import load_graded
from coach.scoring.training_fit import Recipe

if TYPE_CHECKING:
    from coach.scoring.scorer import Scorer

GRADED = default_pack_dir() / "graded" / "answers.jsonl"
ALL = load_graded(GRADED)
FEW = [one for one in ALL if one.writer in "abe" and one.question == "what-is-drift"]
MARKED = ("overall", "reasoning", "dimensions", "expected_dimensions")
SHORT = [
    {
        "id": "1",
        "question_id": "tides",
        "question": "Why are there tides?",
        "answer": "The moon pulls the sea.",
    },
    {"id": "2", "question_id": "bread", "question": "Why does dough rise?", "answer": "It is Tuesday."},
]


@pytest.fixture
def few(tmp_path: Path, scorer: "Scorer", monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of twelve graded answers by three writers, and the encoder already loaded."""
    monkeypatch.setattr("coach.cli.evaluate.chosen_encoder", lambda name: scorer.encoder)
    path = tmp_path / "few.jsonl"
    path.write_text("\n".join(one.model_dump_json() for one in FEW), encoding="utf-8")
    return path


@pytest.fixture
def short(few: Path) -> Path:
    path = few.with_name("short.jsonl")
    rows = [{**row, "reference": "The moon pulls the water.", "score": 1, "max_score": 1} for row in SHORT]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def run(*arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["evaluate", *map(str, arguments)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def document(*arguments: object) -> dict[str, Any]:
    status, out, err = run(*arguments, "--json")
    assert status == 0, err
    found = json.loads(out)
    assert isinstance(found, dict)
    return found


def test_graded_answers_are_compared_in_one_document(few: Path) -> None:
    found = document(few)
    for name in MARKED:
        assert {"qwk", "pearson", "mae", "exact", "adjacent", "smd", "intervals", "confusion"} <= set(
            found[name]
        )
    for name in ("evidence", "harmful", "tools"):
        assert {"precision", "recall", "f1"} <= set(found[name])
    assert set(found["baselines"]) == {"length", "tfidf", "encoder", "keywords", "majority"}
    assert all(set(MARKED) == set(one) for one in found["baselines"].values())
    assert set(found["by"]) == {"level", "channel", "dimension", "writer", "archetype"}
    assert set(found["by"]["writer"]) == {"a", "b", "e"}
    assert found["answers"] == len(FEW) == 12
    assert found["leave_one_writer_out"] is False
    # The weights were trained on these answers: agreement that is not high would be a fault of the reading.
    assert found["overall"]["qwk"] > 0.85
    assert found["overall"]["qwk"] > found["baselines"]["length"]["overall"]["qwk"]
    assert found["seen_in_training"] == 12
    assert "Labels: as given in few.jsonl." in found["notice"]
    assert found["notes"] == []
    assert "trained on 12 of these 12" in found["notice"]


def test_a_limit_and_the_same_run_again_give_the_same_document(few: Path) -> None:
    found = document(few, "--limit", 4)
    assert found["answers"] == 4
    assert found == document(few, "--limit", 4)


def test_without_json_the_figures_are_a_table(few: Path) -> None:
    status, out, err = run(few, "--limit", 4)
    assert status == 0, err
    assert re.search(r"\| overall, 0-5 \| -?[01]\.\d\d \[", out)
    assert "| keywords of the references |" in out
    assert "Labels: as given in few.jsonl." in out


def test_answers_by_one_writer_have_no_baselines(few: Path) -> None:
    rows = [json.loads(line) for line in few.read_text(encoding="utf-8").splitlines()]
    rows = [{**row, "grader": "ada"} for row in rows if row["writer"] == "a"]
    few.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = document(few)
    assert (found["answers"], found["baselines"]) == (4, {})
    passed_over, left_out = found["notes"]
    assert "grader (4)" in passed_over
    assert "by one writer (a)" in left_out
    assert set(found["by"]["writer"]) == {"a"}
    status, out, err = run(few)
    assert status == 0, err
    assert left_out in out
    assert "Beside baselines" not in out


def test_what_the_labels_are_is_said(few: Path) -> None:
    assert "Labels: by two tutors." in document(few, "--limit", 4, "--labels", "by two tutors")["notice"]
    few.with_name("few.labels.txt").write_text("by Ada", encoding="utf-8")
    assert "Labels: by Ada." in document(few, "--limit", 4)["notice"]


def test_the_scores_of_short_answers_are_told_the_same_way(short: Path) -> None:
    assert document(short)["notice"].startswith("Labels: as given in short.jsonl. No part of the scorer")
    assert document(short, "--labels", "by Ada")["notice"].startswith("Labels: by Ada. ")


def test_a_report_is_written_whole(few: Path) -> None:
    pytest.importorskip("matplotlib")
    folder = few.with_name("figures")
    status, _, err = run(few, "--limit", 4, "--report", folder, "--json")
    assert status == 0, err
    files = {path.name for path in folder.iterdir()}
    assert files == {"report.md", "evaluation.json", "confusion.png", "dimensions.png", "residuals.png"}
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert set(re.findall(r"!\[[^]]+\]\(([^)]+)\)", text)) == {
        name for name in files if name.endswith(".png")
    }
    assert all((folder / name).read_bytes().startswith(b"\x89PNG") for name in files if name.endswith(".png"))
    assert sorted(path.name for path in few.parent.iterdir()) == ["few.jsonl", "figures"]


def test_a_report_never_writes_over_anything(few: Path) -> None:
    folder = few.with_name("figures")
    folder.mkdir()
    (folder / "mine.txt").write_text("kept")
    status, out, err = run(few, "--report", folder)
    assert (status, out) == (2, "")
    assert "already" in err
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]
    status, _, err = run(few, "--report", few / "inside")
    assert (status, "no folder" in err) == (2, True)


def test_a_report_that_fails_leaves_nothing_behind(few: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")

    def fail(found: object, folder: Path) -> dict[str, str]:
        (folder / "confusion.png").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("coach.evaluation.plots.draw", fail)
    status, out, err = run(few, "--limit", 4, "--report", few.with_name("figures"))
    assert (status, out) == (1, "")
    assert "No space left" in err
    assert [path.name for path in few.parent.iterdir()] == ["few.jsonl"]


def test_without_matplotlib_the_extra_is_named_before_any_work(
    few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    monkeypatch.setattr("coach.cli.evaluate._graded", None)
    status, _, err = run(few, "--report", few.with_name("figures"))
    assert status == 1
    assert "pip install 'mlops-answer-coach[plots]'" in err


def test_short_answers_are_recognised_by_their_keys(short: Path) -> None:
    found = document(short)
    assert (found["answers"], found["questions"]) == (2, 2)
    assert {"pearson", "rmse", "qwk"} <= set(found["overall"])
    assert set(found["baselines"]) == {"length", "tfidf", "encoder", "keywords", "majority"}


def test_short_answers_have_a_report_too(short: Path) -> None:
    pytest.importorskip("matplotlib")
    folder = short.with_name("figures")
    status, out, _ = run(short, "--report", folder)
    assert status == 0
    assert "RMSE, 0-1" in out
    assert {path.name for path in folder.iterdir()} == {"report.md", "evaluation.json", "confusion.png"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["--leave-one-writer-out"], "no writers"), (["--pack", str(default_pack_dir())], "--pack")],
)
def test_what_does_not_fit_short_answers_is_refused(short: Path, arguments: list[str], says: str) -> None:
    status, out, err = run(short, *arguments)
    assert (status, out) == (2, "")
    assert says in err


def test_weights_do_not_fit_leaving_writers_out(few: Path) -> None:
    status, _, err = run(few, "--leave-one-writer-out", "--weights", "mine.npz")
    assert status == 2
    assert "--weights" in err


def test_a_flaw_of_the_file_is_one_line(few: Path) -> None:
    lines = few.read_text(encoding="utf-8").splitlines()
    lines[6] = lines[6].replace('"what-is-drift"', '"what-is-luck"')
    few.write_text("\n".join(lines), encoding="utf-8")
    status, out, err = run(few, "--report", few.with_name("figures"))
    assert (status, out) == (1, "")
    (line,) = err.splitlines()
    assert f"{few}:7: question 'what-is-luck'" in line
    assert not few.with_name("figures").exists()


def test_writers_are_held_out_in_turn(scorer: "Scorer") -> None:
    seen: dict[str, tuple[int, int]] = {}
    found = evaluate_leaving_writers_out(
        FEW,
        FEW[::3],
        scorer.pack,
        scorer.encoder,
        seeds=(0,),
        recipe=Recipe(epochs=1),
        progress=lambda what, done, total: seen.update({what: (done, total)}),
    )
    assert found.answers == 4
    assert found.scorer.weights == HELD_OUT
    assert found.seen_in_training == 0
    assert "trained without its writer" in found.notice
    assert {"training", "coaching", "baselines"} <= set(seen)
    assert all(done == total for done, total in seen.values())


def test_answers_that_were_learnt_from_are_counted(scorer: "Scorer", tmp_path: Path) -> None:
    manifest = scorer.head.manifest
    new = FEW[0].model_copy(update={"id": "new", "answer": "Another answer."})
    assert answers_seen(ALL, FEW, manifest, None) == len(FEW)
    assert answers_seen(FEW, FEW, manifest, GRADED) == len(FEW)
    assert answers_seen([*FEW, new], [*FEW[:2], new], manifest, GRADED) == 2
    assert answers_seen([new], [new], manifest, GRADED) == 0
    assert answers_seen([new], [new], manifest, tmp_path / "none.jsonl") is None
    assert answers_seen([new], [new], manifest.model_copy(update={"data_sha256": "0"}), GRADED) is None
    assert digest(ALL) == manifest.data_sha256
