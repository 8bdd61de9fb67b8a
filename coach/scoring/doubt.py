"""Signs of doubt in a reading, from which the confidence is made."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coach.scoring.head import SHARPNESS, Reading, sharpened

SIGNS = 5
# Below this confidence the reader is told not to lean on the mark.
UNSURE = 0.4


# A mark is within the range that is told where no end of it is less likely than this.
UNLIKELY = 0.2


def mark_range(reading: Reading) -> tuple[int, int]:
    """The lowest and the highest whole overall mark that are likely, from a calibrated reading."""
    calm = np.minimum.accumulate(sharpened(np.asarray(reading.overall), 1 / SHARPNESS))
    return int((calm >= 1 - UNLIKELY).sum()), int((calm >= UNLIKELY).sum())


def least_clear(reading: Reading, places: Sequence[int]) -> int:
    """Which of the dimensions at `places` the head is least sure how deep the answer goes in."""
    spread = (reading.depth * (1 - reading.depth)).sum(axis=1)
    return max(places, key=lambda place: float(spread[place]))


def doubt(reading: Reading) -> NDArray[np.float64]:
    """Signs of doubt in a calibrated reading, (5,).

    The error of the overall mark that the head itself expects, in marks; the spread of the mark, of the
    depths and of reasoning, as variances of the step probabilities added over the steps of the scale; and
    how far the mark is from a whole one, since graders mostly give whole ones.
    """
    steps = reading.overall
    mark = float(steps.sum())
    # What the head thinks of each step before the mark was sharpened; a later step is never likelier.
    calm = np.minimum.accumulate(sharpened(steps, 1 / SHARPNESS))
    chance = -np.diff(np.concatenate([[1.0], calm, [0.0]]))
    expected_error = float((chance * np.abs(mark - np.arange(len(chance)))).sum())
    return np.asarray(
        [
            expected_error,
            float((steps * (1 - steps)).sum()),
            abs(mark - round(mark)),
            float((reading.depth * (1 - reading.depth)).sum(axis=1).mean()),
            float((reading.reasoning * (1 - reading.reasoning)).sum()),
        ]
    )
