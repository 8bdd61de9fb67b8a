"""Studies of critics: the blend's weight, the answers that may not count, simulated critics, and a replay."""

import asyncio
from pathlib import Path

import hand_made
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from quick_scorer import quick_scorer

from coach.critic.calibrations import calibration_for, keep_calibration
from coach.critic.critic import load_critic
from coach.critic.recording import Replay
from coach.errors import UsageError
from coach.evaluation.critic_report import simulated_markdown
from coach.evaluation.critic_study import (
    CriticEvaluation,
    Judged,
    blend_weights,
    critic_figures,
    simulate,
    study_critic,
    without_examples,
)
from coach.evaluation.simulated_critics import SIMULATED
from coach.packs import Pack
from coach.prompts import load_prompt
from coach.resources import default_pack_dir
from coach.scoring.graded import GradedAnswer, load_graded
from coach.scoring.scorer import Scorer
from coach.settings import Settings

MARKS = st.lists(st.tuples(*[st.floats(0, 5)] * 3), min_size=2, max_size=20)


@pytest.fixture(scope="module")
def graded() -> tuple[GradedAnswer, ...]:
    return load_graded(hand_made.GRADED)


@pytest.fixture(scope="module")
def quick() -> Scorer:
    return quick_scorer()


def judged(*rows: tuple[float, float, float]) -> list[Judged]:
    """Rows of label, offline and critic."""
    return [
        Judged(id=str(place), label=label, offline=offline, said=critic, verified=critic)
        for place, (label, offline, critic) in enumerate(rows)
    ]


def test_the_better_judge_weighs_more() -> None:
    random = np.random.default_rng(0)
    labels = random.uniform(1, 4, 200)
    near, far = labels + random.normal(0, 0.2, 200), labels + random.normal(0, 0.6, 200)
    weight, _ = blend_weights(far, near, labels)
    # Of two independent judges each weighs by the inverse of its variance: 0.36 of 0.40.
    assert weight == pytest.approx(0.9, abs=0.05)
    found = critic_figures(judged(*zip(labels, np.clip(far, 0, 5), np.clip(near, 0, 5), strict=True)))
    assert found.blended.mae <= found.verified.mae < found.offline.mae


@given(MARKS)
def test_a_weight_is_a_share_and_each_answer_is_blended_without_itself(
    rows: list[tuple[float, float, float]],
) -> None:
    labels, offline, critic = np.asarray(rows).T
    weight, of_others = blend_weights(offline, critic, labels)
    assert 0 <= weight <= 1
    for place in range(len(rows)):
        rest = np.arange(len(rows)) != place
        alone, _ = blend_weights(offline[rest], critic[rest], labels[rest])
        assert of_others[place] == pytest.approx(alone, abs=1e-6)


def test_too_few_answers_fit_no_weight() -> None:
    with pytest.raises(UsageError, match="only 11 answers were reviewed; a weight needs 12"):
        critic_figures(judged(*[(3, 2, 4)] * 11))
    assert critic_figures(judged(*[(3, 2, 4)] * 12)).weight == 0.5


def test_answers_that_prompts_show_with_their_marks_do_not_count(graded: tuple[GradedAnswer, ...]) -> None:
    left = without_examples(graded, graded)
    questions = {one.question for one in graded}
    # Two examples for each channel at most, and their neighbours where an answer may not be its own example.
    assert 2 * len(questions) <= len(graded) - len(left) <= 8 * len(questions)


def test_what_was_measured_is_found_by_model_prompt_and_samples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COACH_CONFIG", str(tmp_path / "config.toml"))
    prompt = load_prompt("critique.v2")
    found = CriticEvaluation(
        figures=critic_figures(judged(*[(3, 2, 4)] * 12)),
        model="m",
        prompt=str(prompt),
        samples=1,
        answers=12,
        failed={},
        excluded=0,
        labels="Made up.",
        judged=(),
        cost=0,
    ).calibration
    assert keep_calibration(found) == tmp_path / "calibrations.json"
    assert calibration_for("m", prompt, 1) == found
    assert found.blend(2, 4) == 3
    assert calibration_for("n", prompt, 1) is None
    assert calibration_for("m", load_prompt("rewrite.v2"), 1) is None
    assert calibration_for("m", prompt, 3) is None
    (tmp_path / "calibrations.json").write_text("{", encoding="utf-8")
    assert calibration_for("m", prompt, 1) is None


def test_simulated_critics_say_what_they_are_made_to_say(
    graded: tuple[GradedAnswer, ...], quick: Scorer
) -> None:
    some = graded[::24]
    table = simulate(some, lambda one: quick, "Made by models.")
    said = {name: figures.said.mae for name, figures in table.rows.items()}
    assert set(said) == set(SIMULATED)
    # Labels come in halves at times, and so do marks.
    assert said["perfect"] <= 0.05
    assert 0.3 < said["noisy"] < 0.8
    assert 0.7 < said["lenient"] < 1.3 and 0.6 < said["harsh"] < 1.3
    assert said["obeying"] > 2
    page = simulated_markdown(table)
    # A row for each, below the header and its line.
    assert page.count("\n| ") == len(SIMULATED) + 2
    assert simulate(some, lambda one: quick, "Made by models.") == table


def test_the_reviews_written_by_hand_are_replayed_without_a_key(
    pack: Pack,
    graded: tuple[GradedAnswer, ...],
    quick: Scorer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COACH_CACHE_DIR", str(tmp_path))
    replay = Replay.from_file(hand_made.RECORDING)
    some = [one for one in graded if replay.holds(one.answer)]
    assert len(some) == 24
    critic = load_critic(Settings(offline=True), pack, default_pack_dir(), follow_up=False, replay=replay)
    found, failed, critiques = asyncio.run(study_critic(some, lambda one: quick, critic, 4))
    assert (len(found), failed) == (24, {})
    assert all(one.unlocated == 0 for one in critiques)
    figures = critic_figures(found)
    assert figures.said.qwk is not None
    # What the reader said does not depend on the scorer.
    assert figures.said.mae <= 0.45
    assert figures.said.qwk >= 0.9
