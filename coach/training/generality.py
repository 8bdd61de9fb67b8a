"""Generality: how well dimensions and questions are read that training knew from their references alone."""

from copy import copy

import numpy as np

from coach.statements.marks import deepest
from coach.training.examples import Example
from coach.training.train import Training


def without_dimension(example: Example, place: int) -> Example | None:
    """An example of which nothing is known in one dimension; None where it was about that dimension alone."""
    if example.dimension == place:
        return None
    other = copy(example)
    other.depth, other.known, other.deepest = (
        example.depth.copy(),
        example.known.copy(),
        example.deepest.copy(),
    )
    other.depth[:, place], other.known[:, place], other.deepest[place] = 0, 0, -1
    return other


def unseen_dimension(training: Training, dimension: str) -> tuple[list[float], list[float]]:
    """Levels in [0, 3] and labels of a dimension whose labels were held out, over the graded answers."""
    place = [one.id for one in training.pack.dimensions].index(dimension)
    measured = [one for one in training.examples if one.kind == "graded" and one.deepest[place] >= 0]
    changed = {id(one): without_dimension(one, place) for one in training.examples}
    seen = [one for one in changed.values() if one is not None]
    training.share(changed)
    fold = training.model(f"dimension-{dimension}", seen, measured)
    levels = [float(deepest(one.reading)[place]) for one in fold.unseen]
    return levels, [float(one.example.deepest[place]) for one in fold.unseen]


def unseen_question(training: Training, question: str) -> tuple[list[float], list[float]]:
    """Levels and labels of the dimensions that a question expects, over its answers, which were held out."""
    place = [one.id for one in training.pack.questions].index(question)
    seen = [one for one in training.examples if one.question != place]
    measured = [one for one in training.examples if one.question == place and one.kind == "graded"]
    fold = training.model(f"question-{question}", seen, measured)
    expected = training.expects[place]
    levels, labels = [], []
    for one in fold.unseen:
        known = one.example.deepest[expected] >= 0
        levels += deepest(one.reading)[expected][known].tolist()
        labels += one.example.deepest[expected][known].tolist()
    return levels, labels


def kappa_of(levels: list[float], labels: list[float]) -> float:
    """Quadratic weighted kappa of levels in [0, 3], by the nearest whole depth, with the labels."""
    from sklearn.metrics import cohen_kappa_score

    given, label = (np.floor(np.asarray(one) + 0.5).astype(int) for one in (levels, labels))
    return float(cohen_kappa_score(given, label, weights="quadratic"))
