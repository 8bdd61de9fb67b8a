"""A study of critics: graded answers judged by the offline scorer, by a critic, and by both together."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from coach.coaching import Critic, coach, coach_many
from coach.critic.briefing import chosen_examples
from coach.critic.sampling import combined
from coach.critic.verification import verified
from coach.domain import Answer, Calibration, Critique, Feedback, Frozen, ScorerId, Usage
from coach.errors import UsageError
from coach.evaluation.agreement import Agreement, agreement
from coach.evaluation.simulated_critics import SIMULATED, Simulated
from coach.evaluation.study import OVERALL_STEPS, Progress
from coach.scoring.graded import GradedAnswer
from coach.scoring.scorer import Scorer

Floats = NDArray[np.float64]
# Fewer answers than this fit no weight that means anything.
FEWEST = 12
_NOTHING = Usage(calls=0, remembered=0, prompt_tokens=None, completion_tokens=None, cost=None)


class Judged(Frozen):
    """Overall marks of one graded answer: the graders', the offline, the critic's as said and verified."""

    id: str
    label: float
    offline: float
    said: float
    verified: float


class CriticFigures(Frozen):
    """How far each judge is from the labels, on the same answers; `blended` with the critic's part `weight`.

    The blend of each answer uses the weight that was fitted on the others.
    """

    offline: Agreement
    said: Agreement
    verified: Agreement
    blended: Agreement
    weight: float


class CriticEvaluation(Frozen):
    """A critic measured on graded answers.

    `failed` are the reasons of reviews that did not come, by the id of the answer; `excluded` counts answers
    left out because the prompt shows them with their marks. `cost` in US dollars, as far as it is known;
    `differing` counts replayed requests that this version of the coach would word otherwise.
    """

    figures: CriticFigures
    model: str
    prompt: str
    samples: int
    answers: int
    failed: dict[str, str]
    excluded: int
    labels: str
    judged: tuple[Judged, ...]
    cost: float
    differing: int = 0

    @property
    def calibration(self) -> Calibration:
        """What later reviews by the same model and prompt are shown with."""
        found = self.figures
        return Calibration(
            model=self.model,
            prompt=self.prompt,
            samples=self.samples,
            answers=self.answers,
            labels=self.labels,
            offline=round(found.offline.mae, 3),
            said=round(found.said.mae, 3),
            verified=round(found.verified.mae, 3),
            blended=round(found.blended.mae, 3),
            weight=found.weight,
        )


class SimulatedTable(Frozen):
    """What verification makes of critics that are simulated from the labels of graded answers."""

    rows: dict[str, CriticFigures]
    withdrawn: dict[str, int]
    answers: int
    labels: str
    scorer: ScorerId


def without_examples(
    answers: Sequence[GradedAnswer], graded: Sequence[GradedAnswer]
) -> tuple[GradedAnswer, ...]:
    """The `answers` but those that a prompt shows to the critic, with their marks, as examples for others.

    `graded` are the answers that examples are chosen from.
    """
    shown = {
        " ".join(one.answer.split()) for answer in answers for one in chosen_examples(graded, _plain(answer))
    }
    return tuple(one for one in answers if " ".join(one.answer.split()) not in shown)


async def study_critic(
    answers: Sequence[GradedAnswer],
    scorer_of: Callable[[GradedAnswer], Scorer],
    critic: Critic,
    at_once: int,
    progress: Progress = lambda what, done, total: None,
) -> tuple[list[Judged], dict[str, str], list[Critique]]:
    """Have a critic review graded answers; returns what was judged, what failed and why, and the critiques.

    Answers of one scorer are reviewed together. Raises CoachError where the critic cannot be opened.
    """
    judged: list[Judged] = []
    failed: dict[str, str] = {}
    critiques: list[Critique] = []
    done = 0
    progress("reviewing", 0, len(answers))
    by_scorer: dict[int, list[GradedAnswer]] = {}
    scorers: dict[int, Scorer] = {}
    for answer in answers:
        scorer = scorer_of(answer)
        scorers[id(scorer)] = scorer
        by_scorer.setdefault(id(scorer), []).append(answer)
    for key, group in by_scorer.items():
        asked = [_plain(one) for one in group]
        async for place, feedback in coach_many(asked, scorers[key], critic, at_once):
            graded, critique = group[place], feedback.critique
            if critique is None:
                failed[graded.id] = feedback.notices[-1].text
            else:
                critiques.append(critique)
                judged.append(_judged(graded, feedback, critique))
            done += 1
            progress("reviewing", done, len(answers))
    judged.sort(key=lambda one: one.id)
    return judged, failed, critiques


def critic_figures(judged: Sequence[Judged]) -> CriticFigures:
    """The figures of judged answers; UsageError where there are too few."""
    if len(judged) < FEWEST:
        raise UsageError(f"only {len(judged)} answers were reviewed; a weight needs {FEWEST} or more")
    labels = np.asarray([one.label for one in judged])
    offline = np.asarray([one.offline for one in judged])
    critic = np.asarray([one.verified for one in judged])
    weight, of_others = blend_weights(offline, critic, labels)
    # Between two marks of 5 a sum of their parts may come out a hair above.
    blended = np.clip(of_others * critic + (1 - of_others) * offline, 0, OVERALL_STEPS)
    said = np.asarray([one.said for one in judged])
    found = {
        name: agreement(marks, labels, OVERALL_STEPS)
        for name, marks in (("offline", offline), ("said", said), ("verified", critic), ("blended", blended))
    }
    return CriticFigures(**found, weight=round(weight, 2))


# Judges that differ by less than a thousandth of a mark in all are the same one: no weight can be told.
_SAME = 1e-6


def blend_weights(offline: Floats, critic: Floats, labels: Floats) -> tuple[float, Floats]:
    """The critic's part in [0, 1] that brings both nearest to the labels, and the same without each.

    >>> weight, _ = blend_weights(np.array([1.0, 2.0]), np.array([2.0, 4.0]), np.array([1.5, 3.0]))
    >>> weight
    0.5
    """
    apart, missing = critic - offline, labels - offline
    upper, lower = apart * missing, apart * apart
    whole = float(upper.sum() / lower.sum()) if lower.sum() > _SAME else 0.0
    rest = lower.sum() - lower
    others = np.divide(upper.sum() - upper, rest, out=np.zeros_like(upper), where=rest > _SAME)
    return float(np.clip(whole, 0, 1)), np.clip(others, 0, 1)


def simulate(
    answers: Sequence[GradedAnswer],
    scorer_of: Callable[[GradedAnswer], Scorer],
    labels: str,
    seed: int = 0,
    progress: Progress = lambda what, done, total: None,
) -> SimulatedTable:
    """Have simulated critics review graded answers, and verify what they say."""
    judged: dict[str, list[Judged]] = {name: [] for name in SIMULATED}
    withdrawn = dict.fromkeys(SIMULATED, 0)
    randoms = {name: np.random.default_rng([seed, place]) for place, name in enumerate(SIMULATED)}
    some = scorer_of(answers[0]).id
    for done, graded in enumerate(answers, start=1):
        feedback = coach(_plain(graded), scorer_of(graded))
        for name, simulated in SIMULATED.items():
            critique = _simulated(graded, feedback, simulated, randoms[name])
            judged[name].append(_judged(graded, feedback, critique))
            withdrawn[name] += len(critique.withdrawn)
        progress("simulating", done, len(answers))
    return SimulatedTable(
        rows={name: critic_figures(ones) for name, ones in judged.items()},
        withdrawn=withdrawn,
        answers=len(answers),
        labels=labels,
        scorer=some,
    )


def failures_told(failed: Mapping[str, str]) -> str:
    """How many reviews failed and why most of them did; empty where none did."""
    if not failed:
        return ""
    reasons = sorted(failed.values())
    most = max(set(reasons), key=lambda one: (reasons.count(one), one))
    return f"{len(failed)} reviews failed, most of them so: {most}"


def _simulated(
    graded: GradedAnswer, feedback: Feedback, simulated: Simulated, random: np.random.Generator
) -> Critique:
    reply = simulated(graded, feedback.question.expects, random)
    attempts = [(one.start, one.end) for one in feedback.manipulation]
    return combined(
        [verified(reply, feedback, attempts)],
        feedback,
        ScorerId(name="critic", version="", model="simulated", pack=feedback.score.scorer.pack),
        _NOTHING,
        attempted=bool(attempts),
    )


def _judged(graded: GradedAnswer, feedback: Feedback, critique: Critique) -> Judged:
    said = float(np.median(critique.spread.overall))
    return Judged(
        id=graded.id,
        label=graded.labels.overall,
        offline=feedback.score.overall,
        said=said,
        verified=critique.score.overall,
    )


def _plain(graded: GradedAnswer) -> Answer:
    return Answer(text=graded.answer, question=graded.question, channel=graded.channel)
