"""Calibration: cut-offs and weights that are right for readings of which the truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from coach.statements.reading import Reading
from coach.statements.sentences import Statement
from coach.training.calibration import Calibration, Unseen, calibrate
from coach.training.examples import Example, Kind

DIMENSIONS, QUESTIONS = 5, 3
EXPECTS = [np.asarray([0, 1]), np.asarray([2, 3]), np.asarray([1, 4])]
# What was learned from: three texts alike, and five others.
KNOWN = np.eye(8, 384, dtype=np.float32)[[0, 0, 0, 3, 4, 5, 6, 7]]


def steps(levels: np.ndarray) -> np.ndarray:
    """The probabilities (n, d, 3) of levels (n, d) in [0, 3]."""
    return np.clip(levels[..., None] - np.arange(3), 0.01, 0.99).astype(np.float32)


class Maker:
    """Makes examples with readings that are off by `noise`."""

    def __init__(self, seed: int = 0, noise: float = 0.2) -> None:
        self.random = np.random.default_rng(seed)
        self._noise = noise
        self._made = 0

    def unseen(
        self,
        kind: Kind,
        levels: np.ndarray,
        harm: tuple[float, ...],
        attempt: tuple[float, ...],
        question: int = 0,
        **labels: object,
    ) -> Unseen:
        """An example of n statements with the levels (n, d), read with these probabilities."""
        count = len(levels)
        self._made += 1
        one = Statement(0, 40, "We look at what is there before we act.", 9, "we look")
        known = np.ones(count, dtype=np.float32)
        example = Example(
            id=str(self._made),
            kind=kind,
            group="x",
            question=question,
            statements=(one,) * count,
            used=known,
            depth=np.round(levels).astype(np.float32),
            known=np.ones((count, DIMENSIONS, 3), dtype=np.float32),
            harm=np.zeros(count, dtype=np.float32),
            harm_known=known,
            deepest=np.round(levels).max(axis=0).astype(np.float32),
        )
        read = np.clip(levels + self.random.normal(0, self._noise, levels.shape), 0, 3)
        fit = self.random.normal(0, 0.3, (count, QUESTIONS))
        elsewhere = labels.get("fits") == 0
        fit[:, (question + 1) % QUESTIONS if elsewhere else question] += 4
        vectors = KNOWN[:1] + self.random.normal(0, 0.02, (count, 384))
        reading = Reading(
            depth=steps(read),
            harm=np.asarray(harm, dtype=np.float32),
            attempt=np.asarray(attempt, dtype=np.float32),
            fit=fit.astype(np.float32),
            worth=np.stack([read.max(axis=1) / 6, read.max(axis=1) / 8], axis=1).astype(np.float32),
        )
        unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        return Unseen(replace(example, **labels), reading, unit, KNOWN)

    def graded(self, harmful: int = 0, **labels: object) -> Unseen:
        """A graded answer whose mark is what its expected dimensions are worth, less harm."""
        question = int(self.random.integers(QUESTIONS))
        count = int(self.random.integers(1, 7)) + harmful
        levels = np.zeros((count, DIMENSIONS))
        top = self.random.integers(0, 4)
        for row in range(count):
            levels[row, self.random.choice(EXPECTS[question])] = min(
                3, max(0, top + self.random.integers(-1, 2))
            )
        levels[:harmful] = 0
        deepest = levels.max(axis=0)[EXPECTS[question]]
        overall = float(np.clip(deepest.mean() * 5 / 3, 0, 5))
        if harmful:
            overall = float(np.clip(overall - 2 - (harmful - 1), 0, 3))
        harm = [0.9] * harmful + self.random.uniform(0, 0.25, count - harmful).tolist()
        attempt = self.random.uniform(0, 0.05, count).tolist()
        found = self.unseen("graded", levels, tuple(harm), tuple(attempt), question)
        flags = np.asarray([1.0] * harmful + [0.0] * (count - harmful), dtype=np.float32)
        reasoning = float(deepest.mean())
        labels = {"overall": overall, "reasoning": reasoning, "harm": flags, **labels}
        return replace(found, example=replace(found.example, **labels))

    def side(self, kind: str, number: int, sound: bool, harm: float) -> Unseen:
        """A side of a pair."""
        levels = np.zeros((1, DIMENSIONS))
        levels[0, 1] = 2 if sound else 0
        found = self.unseen(
            "pair", levels, (harm,), (0.01,), pair=f"{kind} {number} alone", sound=sound, dimension=1
        )
        found.example.harm[:] = not sound and kind == "harmful"
        found.example.harm_known[:] = sound or kind == "harmful"
        return found

    def to_grader(self, attempt: bool, chance: float) -> Unseen:
        """Words to the grader, or innocent ones."""
        found = self.unseen("to-grader", np.zeros((1, DIMENSIONS)), (0.1,), (chance,))
        found.example.attempt = float(attempt)
        return found


def everything(maker: Maker) -> list[Unseen]:
    found = [maker.graded() for _ in range(100)]
    found += [maker.graded(harmful=1 + number % 2) for number in range(30)]
    for number in range(40):
        found += [maker.side("harmful", number, True, 0.1), maker.side("harmful", number, False, 0.9)]
        found += [maker.side("denying", number, True, 0.1), maker.side("denying", number, False, 0.6)]
    found += [maker.to_grader(number % 2 == 0, 0.95 if number % 2 == 0 else 0.05) for number in range(40)]
    for _ in range(30):
        levels = np.zeros((3, DIMENSIONS))
        levels[:, [0, 1]] = 2.5
        quiet = (0.05,) * 3
        found.append(maker.unseen("other-question", levels, quiet, quiet, 0, overall=0.5, fits=0))
    return found


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return calibrate(everything(Maker()), EXPECTS)


def test_what_is_read_well_agrees_with_its_graders(calibration: Calibration) -> None:
    assert calibration.agreement["overall_kappa"] >= 0.9
    assert calibration.agreement["overall_mean_absolute_error"] <= 0.4
    assert calibration.agreement["reasoning_kappa"] >= 0.85
    assert calibration.agreement["dimensions_kappa"] >= 0.9
    assert calibration.agreement["expected_dimensions_kappa"] >= 0.9


def test_no_weight_is_negative_and_harm_costs_what_it_cost(calibration: Calibration) -> None:
    model = calibration.marks
    assert min(model.overall.values()) > 0 and min(model.reasoning.values()) > 0
    assert model.harm[0] == pytest.approx(2, abs=0.6)
    assert model.harm[1] >= 0.5
    assert model.fit[0] < model.fit[1]
    # A plain sound sentence was read at about its depth of 2.
    assert model.step == pytest.approx(2, abs=0.25)


def test_cut_offs_stand_between_what_they_tell_apart(calibration: Calibration) -> None:
    found = calibration.cutoffs
    assert 0.5 <= found.harm <= 0.9
    assert 0.24 <= found.check <= 0.31
    assert 0.05 < found.attempt <= 0.95
    assert found.beside_attempt == pytest.approx(max(0.15, found.attempt / 3))
    for cut, low, high in zip(found.depth, (0.2, 1.2, 2.1), (0.9, 1.9, 2.9), strict=True):
        assert low <= cut <= high
    assert 0.4 <= found.evidence <= 0.95
    assert 0 < found.other_question <= 1
    assert 0.5 < found.unlike < 1


def test_confidence_is_told_by_signs(calibration: Calibration) -> None:
    assert set(calibration.marks.confidence) == {"intercept", "spread", "strangeness", "middle", "short"}
    assert np.isfinite(list(calibration.marks.confidence.values())).all()


def test_findings_wait_until_strong_answers_are_not_accused() -> None:
    found = everything(Maker(1))
    accused = 0
    for one in found:
        if one.example.kind == "graded" and (one.example.overall or 0) >= 4 and not one.example.harm.any():
            accused += 1
            if accused % 10 == 0:
                # One in ten strong answers has a statement that reads like harm, not quite as surely.
                one.reading.harm[0] = 0.78
    assert accused >= 20
    assert 0.78 < calibrate(found, EXPECTS).cutoffs.harm <= 0.9


def test_findings_wait_until_they_are_right() -> None:
    found = everything(Maker(2))
    sound = [one for one in found if one.example.kind == "pair" and one.example.sound]
    for one in sound[::8]:
        one.reading.harm[0] = 0.86
    assert 0.86 < calibrate(found, EXPECTS).cutoffs.harm <= 0.9


def test_people_who_are_accused_count_as_strong_answers_do() -> None:
    found = everything(Maker(3))
    people = [one for one in found if one.example.kind == "graded" and not one.example.harm.any()][:40]
    for place, one in enumerate(people):
        one.example.people = True
        if place % 4 == 0:
            one.reading.harm[0] = 0.7
    assert 0.7 < calibrate(found, EXPECTS).cutoffs.harm <= 0.9


def test_innocent_words_are_not_taken_for_words_to_the_grader(calibration: Calibration) -> None:
    found = everything(Maker())
    (*_, innocent) = (one for one in found if one.example.kind == "to-grader" and not one.example.attempt)
    innocent.reading.attempt[0] = 0.6
    assert calibration.cutoffs.attempt < 0.6 < calibrate(found, EXPECTS).cutoffs.attempt <= 0.95


def test_answers_to_other_questions_get_a_low_mark(calibration: Calibration) -> None:
    from coach.statements.marks import marks

    given = [
        marks(one.reading, one.example.question, EXPECTS[one.example.question], (), calibration.marks).overall
        for one in everything(Maker())
        if one.example.kind == "other-question"
    ]
    assert np.mean(np.asarray(given) <= 2) >= 0.8


def test_the_same_readings_give_the_same_calibration(calibration: Calibration) -> None:
    again = calibrate(everything(Maker()), EXPECTS)
    assert again == calibration


def test_answers_that_are_all_marked_right_leave_nothing_to_learn_confidence_from() -> None:
    maker = Maker(5, noise=0.0)
    found = [one for one in everything(maker) if one.example.kind != "graded"]
    found += [one for one in (maker.graded() for _ in range(120)) if len(one.reading.harm) > 1]
    for one in found:
        if one.example.kind == "graded":
            # Marks that any weights reach.
            one.example.overall = 5.0 if one.reading.levels.max() > 1.5 else 0.0
    slopes = calibrate(found, EXPECTS).marks.confidence
    assert np.isfinite(list(slopes.values())).all()


def test_noisier_readings_keep_the_order_of_cut_offs() -> None:
    found = calibrate(everything(Maker(6, noise=0.6)), EXPECTS).cutoffs
    assert 0 < found.depth[0] < found.depth[1] < found.depth[2] < 3
    assert found.check <= found.harm
    assert found.beside_attempt <= found.attempt
