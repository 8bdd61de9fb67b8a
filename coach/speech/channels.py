"""Two channels made one, without losing speech that the two cancel out."""

import numpy as np
from numpy.typing import NDArray

from coach.speech.samples import Samples

# Channels that differ by sign alone leave next to nothing of their sum. Of unlike ones a quarter of the
# power of the louder is left at least (one of them silent).
_CANCELLED = 0.05
# Softer than this (root mean square of 16-bit samples) there is nothing to tell from.
_AUDIBLE = 30.0


class Downmix:
    """Makes mono of stereo, piece by piece: the mean of both channels, or the louder one where they cancel.

    What was found to cancel is taken from the louder channel from then on.
    """

    def __init__(self) -> None:
        self._cancels = False

    def mono(self, channels: NDArray[np.int16]) -> Samples:
        """Samples [channels, n], one or two channels, as samples [n]."""
        if len(channels) == 1:
            return np.asarray(channels[0].copy())
        both = channels.astype(np.float32)
        mean = both.mean(axis=0)
        powers = (both**2).mean(axis=1)
        louder = int(powers.argmax())
        if powers[louder] >= _AUDIBLE**2:
            self._cancels = self._cancels or float((mean**2).mean()) < _CANCELLED * float(powers[louder])
        chosen = channels[louder].astype(np.float32) if self._cancels else mean
        return np.asarray(np.round(chosen).astype(np.int16))
