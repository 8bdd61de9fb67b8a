"""Calibration: cut-offs and the way from depths to marks, chosen on answers that the heads had not seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score

from coach.scoring.bank import Floats, Ints
from coach.statements.confidence import familiarity, signs
from coach.statements.marks import Marks, deepest, features, lead, marks, share_fitting
from coach.statements.reading import Reading
from coach.statements.to_grader import addressing
from coach.statements.weights import Cutoffs, MarkModel
from coach.training.examples import Example

# A finding is right with this probability on pairs and statements of unseen writers, or it is not shown.
PRECISION = 0.92
# Of strong answers and of people's passages, at most this share may hold a finding.
ACCUSED = 0.03
# Of statements of strong answers, this share may be worth a second look.
SECOND_LOOK = 0.03
# Of sound answers, this share may be told to read like an answer to another question.
READS_LIKE = 0.03
# Of innocent statements, this share may be taken for words to the grader.
INNOCENT = 0.002
# Of the texts that training saw, this share is told to be unlike them.
UNLIKE = 0.02
# Of answers to another question, this share is to get at most this mark; each weighs as much as so many.
OTHERS_LOW, LOW, ELSEWHERE = 0.8, 2.0, 3.0
NEAR_ENOUGH = 0.5
# A statement whose deepest level is below this comes nowhere near to naming anything.
FILLER = 0.25
# From this cosine on a statement makes much the same claim as a harmful one of the pack: its safer practice
# fits. Read on findings, not fitted: there are no labels for it.
KNOWN_HARM = 0.5


@dataclass(frozen=True)
class Unseen:
    """An example as read by heads that had not seen who wrote it.

    `reading` is of its statements that are used, `vectors` (n, width) their own.
    """

    example: Example
    reading: Reading
    vectors: Floats
    known: Floats


@dataclass(frozen=True)
class Calibration:
    """What was chosen, and the agreement that it reaches on the unseen answers."""

    cutoffs: Cutoffs
    marks: MarkModel
    agreement: dict[str, float]


def calibrate(unseen: Sequence[Unseen], expects: Sequence[Ints]) -> Calibration:
    """Choose every cut-off, fit marks and confidence; `expects` are each question's expected dimensions."""
    harm, check = _harm_cutoffs(unseen)
    attempt, beside = _attempt_cutoffs(unseen)
    filler = FILLER
    answers = [
        one for one in unseen if one.example.kind in ("graded", "other-question") and one.example.whole
    ]
    sound = [_sound(one, harm, attempt, beside, filler) for one in answers]
    model = _mark_model(answers, sound, expects, harm)
    model = model.model_copy(update={"step": _plain_step(unseen)})
    depth = _depth_cutoffs(answers, sound)
    model = model.model_copy(update={"confidence": _confidence(answers, sound, expects, model, harm)})
    cutoffs = Cutoffs(
        depth=depth,
        evidence=_evidence_share(answers, sound),
        harm=harm,
        check=check,
        filler=filler,
        attempt=attempt,
        beside_attempt=beside,
        other_question=_other_question(answers, sound),
        unlike=_unlike(unseen),
        known_harm=KNOWN_HARM,
    )
    return Calibration(cutoffs, model, _agreement(answers, sound, expects, model, cutoffs))


def _sound(one: Unseen, harm: float, attempt: float, beside: float, filler: float) -> Ints:
    """The rows that earn marks, as the scorer chooses them."""
    reading = one.reading
    rest = ~addressing(reading.attempt, attempt, beside) & (reading.harm < harm)
    telling = rest & (reading.levels.max(axis=1) >= filler)
    return np.flatnonzero(telling if telling.any() else rest)


def _harm_cutoffs(unseen: Sequence[Unseen]) -> tuple[float, float]:
    """The probability from which a finding is shown, and that from which a second look is worth it."""
    made = [one for one in unseen if one.example.harm_known.any() and one.example.kind in ("pair", "single")]
    made = [one for one in made if not one.example.pair.startswith("denying") or one.example.sound]
    highest = np.asarray([one.reading.harm.max() for one in made])
    harmful = np.asarray([one.example.harm[one.example.used > 0].max() > 0 for one in made])
    clean = [
        one.reading.harm
        for one in unseen
        if one.example.kind == "graded"
        and not one.example.harm.any()
        and ((one.example.overall or 0) >= 4 or one.example.people)
    ]
    worst = np.asarray([harm.max() for harm in clean])
    every = np.concatenate(clean)
    grid = np.arange(0.5, 0.991, 0.01)
    for cut in grid:
        shown = highest >= cut
        if not shown.any() or (harmful[shown].mean() >= PRECISION and (worst >= cut).mean() <= ACCUSED):
            break
    check = float(np.quantile(every, 1 - SECOND_LOOK))
    return float(cut), float(min(cut, max(check, 0.3)))


def _attempt_cutoffs(unseen: Sequence[Unseen]) -> tuple[float, float]:
    found = [one for one in unseen if one.example.attempt is not None]
    highest = np.asarray([one.reading.attempt.max() for one in found])
    attempt = np.asarray([bool(one.example.attempt) for one in found])
    plain = np.concatenate([one.reading.attempt for one in unseen if one.example.kind in ("graded", "pair")])
    for cut in np.arange(0.3, 0.991, 0.02):
        if (highest[~attempt] >= cut).mean() <= 4 * INNOCENT and (plain >= cut).mean() <= INNOCENT:
            break
    return float(cut), float(max(0.15, cut / 3))


def _depth_cutoffs(answers: Sequence[Unseen], sound: Sequence[Ints]) -> tuple[float, float, float]:
    """Levels from which a dimension counts as named, described, reasoned: those of the best kappa."""
    rows = [(one, rows) for one, rows in zip(answers, sound, strict=True) if one.example.kind == "graded"]
    levels = np.concatenate([_levels(one, rows) for one, rows in rows])
    labels = np.concatenate([one.example.deepest for one, _ in rows])
    known = labels >= 0
    levels, labels = levels[known], np.floor(labels[known] + 0.5)
    cuts = [0.75, 1.5, 2.3]
    for _ in range(2):
        for place in range(3):
            best = max(
                np.arange(cuts[place] - 0.3, cuts[place] + 0.31, 0.05),
                key=lambda cut: _kappa(levels, labels, [*cuts[:place], cut, *cuts[place + 1 :]]),
            )
            cuts[place] = float(best)
    return (round(cuts[0], 3), round(cuts[1], 3), round(cuts[2], 3))


def _evidence_share(answers: Sequence[Unseen], sound: Sequence[Ints]) -> float:
    """The share of a dimension's deepest level from which statements are quoted: that of the best F1."""
    pairs = []
    for one, rows in zip(answers, sound, strict=True):
        if one.example.kind != "graded" or not one.example.spans_known or not len(rows):
            continue
        levels, labels = one.reading.levels[rows], one.example.depth[rows] > 0
        for place in np.flatnonzero((one.example.deepest > 0) & (levels.max(axis=0) > 0.5)):
            pairs.append((levels[:, place] / levels[:, place].max(), labels[:, place]))

    def f1(share: float) -> float:
        quoted = [relative >= share for relative, _ in pairs]
        right = sum(int((rows & labels).sum()) for rows, (_, labels) in zip(quoted, pairs, strict=True))
        shown, true = sum(map(np.sum, quoted)), sum(int(labels.sum()) for _, labels in pairs)
        return float(2 * right / max(1, int(shown) + true))

    return round(float(max(np.arange(0.4, 0.96, 0.05), key=f1)), 2)


def _kappa(levels: Floats, labels: Floats, cuts: Sequence[float]) -> float:
    if sorted(cuts) != list(cuts):
        return -1.0
    given = (levels[:, None] >= np.asarray(cuts)).sum(axis=1)
    return float(cohen_kappa_score(given, labels, weights="quadratic"))


def _levels(one: Unseen, rows: Ints) -> Floats:
    return deepest(one.reading.take(rows)) if len(rows) else np.zeros(one.reading.depth.shape[1], np.float32)


def _mark_model(
    answers: Sequence[Unseen], sound: Sequence[Ints], expects: Sequence[Ints], harm: float
) -> MarkModel:
    """Weights of the features of marks, none negative, by least squares.

    Of the bounds between which an answer fits its question, those of the least error are taken that give
    enough of the answers to other questions a low mark.
    """
    best: tuple[float, MarkModel] | None = None
    for low in (-4.0, -3.0, -2.5, -2.0):
        for high in (-1.5, -1.0, -0.5, 0.0):
            model, error, kept = _solved(answers, sound, expects, harm, (low, high))
            # Where no bounds reach the share, those that come nearest to it.
            error += 100 * max(0.0, OTHERS_LOW - kept)
            if best is None or error < best[0]:
                best = error, model
    assert best is not None
    return best[1]


def _solved(
    answers: Sequence[Unseen],
    sound: Sequence[Ints],
    expects: Sequence[Ints],
    harm: float,
    fit: tuple[float, float],
) -> tuple[MarkModel, float, float]:
    """The weights for two bounds of fit, their error, and the share of other-question answers marked low."""
    table, names = [], list[str]()
    for one, rows in zip(answers, sound, strict=True):
        reading, question = one.reading.take(rows), one.example.question
        share = share_fitting(lead(reading.fit, question), fit) if len(rows) else 0.0
        found = features(_levels(one, rows), reading.worth, share, expects[question])
        names = list(found)
        table.append(list(found.values()))
    values = np.asarray(table)
    overall = np.asarray([float(one.example.overall or 0) for one in answers])
    known = np.asarray([one.example.reasoning is not None for one in answers])
    reasoning = np.asarray([float(one.example.reasoning or 0) for one in answers])
    flags = np.asarray([int((one.reading.harm >= harm).sum()) for one in answers])
    elsewhere = np.asarray([one.example.kind == "other-question" for one in answers])
    off = np.asarray([one.example.fits == 0 for one in answers])
    root = np.sqrt(np.where(elsewhere, ELSEWHERE, 1.0))
    design = np.column_stack([values, -np.minimum(flags, 1), -np.maximum(flags - 1, 0)])
    solved, _ = nnls(design * root[:, None], overall * root)
    reasons, _ = nnls(values[known], reasoning[known])
    given = np.clip(design @ solved, 0, 5)
    model = MarkModel(
        fit=fit,
        overall=_above_zero(names, solved[: len(names)]),
        reasoning=_above_zero(names, reasons),
        harm=(max(1.0, round(float(solved[-2]), 3)), max(0.5, round(float(solved[-1]), 3))),
        harm_limit=3.0,
        step=2.0,
        confidence={},
    )
    low = float((given[off] <= LOW).mean()) if off.any() else 1.0
    return model, float(((root * (given - overall)) ** 2).mean()), low


def _above_zero(names: Sequence[str], values: NDArray[np.float64]) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(names, values, strict=True) if value > 0}


def _plain_step(unseen: Sequence[Unseen]) -> float:
    """The median of the levels that sound sentences of unseen writers reach in the dimension they are on."""
    levels = [
        one.reading.levels[:, one.example.dimension].max()
        for one in unseen
        if one.example.dimension >= 0
        and one.example.kind in ("pair", "single")
        and one.example.sound
        and one.example.depth.max() >= 2
    ]
    return round(float(np.median(levels)), 3) if levels else 2.0


def _confidence(
    answers: Sequence[Unseen], sound: Sequence[Ints], expects: Sequence[Ints], model: MarkModel, harm: float
) -> dict[str, float]:
    """A logistic curve over the signs of doubt, for the chance that the mark is within half a mark."""
    rows, near = [], []
    names: list[str] = []
    for one, kept in zip(answers, sound, strict=True):
        if not len(kept) or one.example.kind != "graded":
            continue
        given = _given(one, kept, expects, model, harm)
        reading = one.reading.take(kept)
        found = signs(given, reading, one.vectors[kept], one.known, expects[one.example.question])
        names = list(found)
        rows.append(list(found.values()))
        near.append(abs(given.overall - float(one.example.overall or 0)) <= NEAR_ENOUGH)
    if len(set(near)) < 2:
        # All marks are near, or none is: no sign tells them apart.
        share = (sum(near) + 1) / (len(near) + 2)
        return {"intercept": round(float(np.log(share / (1 - share))), 4), **dict.fromkeys(names, 0.0)}
    curve = LogisticRegression(C=10.0, max_iter=1000).fit(np.asarray(rows), np.asarray(near))
    slopes = {name: round(float(value), 4) for name, value in zip(names, curve.coef_[0], strict=True)}
    return {"intercept": round(float(curve.intercept_[0]), 4), **slopes}


def _given(one: Unseen, rows: Ints, expects: Sequence[Ints], model: MarkModel, harm: float) -> Marks:
    harmful = [float(value) for value in one.reading.harm if value >= harm]
    return marks(one.reading.take(rows), one.example.question, expects[one.example.question], harmful, model)


def _other_question(answers: Sequence[Unseen], sound: Sequence[Ints]) -> float:
    """The probability that few answers give to a question that is not theirs."""
    highest = []
    for one, rows in zip(answers, sound, strict=True):
        if one.example.kind == "graded" and (one.example.overall or 0) >= 2 and len(rows):
            chances = one.reading.take(rows).questions.copy()
            chances[one.example.question] = 0
            highest.append(float(chances.max()))
    return round(float(np.quantile(highest, 1 - READS_LIKE)), 3)


def _unlike(unseen: Sequence[Unseen]) -> float:
    found = [familiarity(one.vectors, one.known) for one in unseen if one.example.kind == "graded"]
    return round(float(np.quantile(found, UNLIKE)), 3)


def _agreement(
    answers: Sequence[Unseen],
    sound: Sequence[Ints],
    expects: Sequence[Ints],
    model: MarkModel,
    cutoffs: Cutoffs,
) -> dict[str, float]:
    """Agreement on the unseen graded answers."""
    rows = [(one, kept) for one, kept in zip(answers, sound, strict=True) if one.example.kind == "graded"]
    given = [_given(one, kept, expects, model, cutoffs.harm) for one, kept in rows]
    overall = np.asarray([one.overall for one in given])
    label = np.asarray([float(one.example.overall or 0) for one, _ in rows])
    reasoning = np.asarray([one.reasoning for one in given])
    reasons = np.asarray([float(one.example.reasoning or 0) for one, _ in rows])
    levels = np.stack([_levels(one, kept) for one, kept in rows])
    depth = (levels[..., None] >= np.asarray(cutoffs.depth)).sum(axis=2)
    labels = np.stack([one.example.deepest for one, _ in rows])
    known = labels >= 0
    expected = np.zeros(labels.shape, dtype=bool)
    for row, (one, _) in enumerate(rows):
        expected[row, expects[one.example.question]] = True
    return {
        "overall_kappa": _agreed(overall, label),
        "overall_mean_absolute_error": round(float(np.abs(overall - label).mean()), 4),
        "reasoning_kappa": _agreed(reasoning, reasons),
        "dimensions_kappa": _agreed(depth[known], labels[known]),
        "expected_dimensions_kappa": _agreed(
            depth[expected & (labels >= 0)], labels[expected & (labels >= 0)]
        ),
    }


def _agreed(given: NDArray[np.floating], label: NDArray[np.floating]) -> float:
    rounded = (np.floor(np.asarray(one) + 0.5).astype(int) for one in (given, label))
    return round(float(cohen_kappa_score(*rounded, weights="quadratic")), 4)
