"""Words to the grader: which statements of an answer talk to the grader instead of answering the question."""

import numpy as np
from numpy.typing import NDArray

from coach.scoring.bank import Floats

# Up to this many statements between two attempts belong to them.
BRIDGE = 1


def addressing(probability: Floats, alone: float, beside: float) -> NDArray[np.bool_]:
    """Which of an answer's n statements address the grader, by the probability (n,) of each.

    From `alone` on a statement does; from `beside` on one next to it does too.
    """
    attempt = np.asarray(probability >= alone)
    if not attempt.any():
        return attempt
    likely = probability >= beside
    for index in range(1, len(attempt)):
        attempt[index] |= attempt[index - 1] & likely[index]
    for index in range(len(attempt) - 2, -1, -1):
        attempt[index] |= attempt[index + 1] & likely[index]
    places = np.flatnonzero(attempt)
    for first, second in zip(places, places[1:], strict=False):
        if second - first <= BRIDGE + 1:
            attempt[first:second] = True
    return attempt
