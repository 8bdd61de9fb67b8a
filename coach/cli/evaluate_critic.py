"""`coach evaluate --critic`: how near a language model comes to graded answers, live or replayed."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coach import resources
from coach.cli.app import say
from coach.cli.critic_options import chosen_settings
from coach.cli.progress import reported
from coach.errors import InputError, UsageError

if TYPE_CHECKING:
    from coach.evaluation.critic_study import CriticEvaluation
    from coach.packs import Pack
    from coach.scoring.graded import GradedAnswer
    from coach.scoring.scorer import Scorer
    from coach.settings import Settings


@dataclass(frozen=True)
class CriticStudy:
    """Which critic is measured: live with these options, or replayed from a file; `record` keeps it."""

    model: str | None = None
    samples: int | None = None
    max_cost: float | None = None
    record: Path | None = None
    replay: Path | None = None


def evaluated_critic(
    study: CriticStudy,
    answers: Sequence["GradedAnswer"],
    labels: str,
    scorer_of: Callable[[str], "Scorer"],
    pack: "Pack",
    directory: Path | None,
) -> "CriticEvaluation":
    """Measure the critic on graded answers, and keep what was found as its calibration.

    Raises UsageError where no critic is set up or too few answers were reviewed.
    """
    from coach.critic.calibrations import keep_calibration
    from coach.critic.choosing import with_a_model
    from coach.critic.critic import load_critic
    from coach.critic.recording import Recorder, Replay
    from coach.evaluation.critic_study import CriticEvaluation, critic_figures, study_critic, without_examples
    from coach.prompts import load_prompt
    from coach.scoring.graded import load_graded

    where = directory or resources.default_pack_dir()
    settings = _settings(study)
    replay = Replay.from_file(study.replay) if study.replay else None
    if replay is None:
        settings = asyncio.run(with_a_model(settings))
    try:
        pool = load_graded(where / "graded" / "answers.jsonl")
    except InputError:
        pool = ()
    if replay is not None:
        answers = [one for one in answers if replay.holds(one.answer)]
        if not answers:
            raise UsageError(f"{study.replay}: holds no review of an answer in this file")
    left = without_examples(answers, pool)
    if not left:
        raise UsageError("all answers are examples that prompts show with their marks; give a larger file")
    recorder = Recorder(study.record) if study.record else None
    critic = load_critic(settings, pack, where, follow_up=False, recorder=recorder, replay=replay)
    with reported() as report:
        judged, failed, critiques = asyncio.run(
            study_critic(left, lambda one: scorer_of(one.writer), critic, settings.concurrency, report)
        )
    if not judged and failed:
        raise UsageError(f"no answer was reviewed: {next(iter(failed.values()))}")
    found = CriticEvaluation(
        figures=critic_figures(judged),
        model=critic.client.model,
        prompt=str(load_prompt("critique.v2")),
        samples=settings.samples,
        answers=len(judged),
        failed=failed,
        excluded=len(answers) - len(left),
        labels=labels,
        judged=tuple(judged),
        cost=round(sum(one.usage.cost or 0.0 for one in critiques), 6),
        differing=critic.differing,
    )
    say(f"calibration of {found.model}: {keep_calibration(found.calibration)}")
    return found


def _settings(study: CriticStudy) -> "Settings":
    if study.replay is None:
        return chosen_settings(True, study.model, study.samples, study.max_cost)
    if study.record is not None or study.model is not None or study.max_cost is not None:
        raise UsageError("--replay asks nobody: leave --record, --model and --max-cost away")
    return chosen_settings(None, None, study.samples, None)
