"""Sound as arrays: how it is sampled everywhere behind decoding and recording."""

import numpy as np
from numpy.typing import NDArray

# Samples a second, one channel, 16 bits.
RATE = 16_000
Samples = NDArray[np.int16]
