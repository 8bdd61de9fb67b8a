"""Signs of doubt in a reading, from which the confidence is made."""

import numpy as np
from numpy.typing import NDArray

from coach.scoring.bank import Floats
from coach.scoring.head import Reading


def doubt(reading: Reading, vectors: Floats, references: Floats) -> NDArray[np.float64]:
    """Three signs of doubt, (3,): spread of the overall mark, spread of the depths, strangeness.

    The spreads are variances of the step probabilities, added over the steps of the scale; strangeness
    is the mean distance (1 - cosine) of the pieces `vectors` (n, width) to their nearest reference.
    """
    overall = float((reading.overall * (1 - reading.overall)).sum())
    depth = float((reading.depth * (1 - reading.depth)).sum(axis=1).mean())
    strange = float(1 - (vectors @ references.T).max(axis=1).mean())
    return np.asarray([overall, depth, strange])
