"""Words to the grader: which statements of an answer talk to the grader instead of answering the question."""

import numpy as np
from numpy.typing import NDArray

from coach.scoring.bank import Floats
from coach.scoring.manipulation import spread

# Up to this many statements between two attempts belong to them.
BRIDGE = 1


def addressing(probability: Floats, alone: float, beside: float) -> NDArray[np.bool_]:
    """Which of an answer's n statements address the grader, by the probability (n,) of each.

    From `alone` on a statement does; from `beside` on one next to it does too.
    """
    return spread(np.asarray(probability >= alone), np.asarray(probability >= beside), BRIDGE)
