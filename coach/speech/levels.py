"""Sound levels: a meter, and whether a microphone gives a signal that can be understood."""

from typing import Literal

import numpy as np

from coach.speech.samples import Samples

Verdict = Literal["no signal", "too quiet", "clipping", "good"]
_FULL_SCALE = 32768.0
# Relative to full scale, in dB. A muted or wrong input gives digital silence or a few bits of hiss; speech
# at arm's length from a laptop peaks at -30 to -10.
NO_SIGNAL, TOO_QUIET = -66.0, -40.0
# A tenth of a per cent of samples at the limits can be heard as crackling.
_CLIPPED = 32_700
_CLIPPED_SHARE = 0.001
_FLOOR = -90.0


def peak(samples: Samples) -> float:
    """The loudest moment in dB below full scale: nought is the most, -90 is silence."""
    if not len(samples):
        return _FLOOR
    highest = float(np.abs(samples.astype(np.int32)).max())
    return max(20 * float(np.log10(highest / _FULL_SCALE)), _FLOOR) if highest else _FLOOR


def verdict(samples: Samples) -> Verdict:
    """What a stretch of speech tells of the microphone."""
    loudest = peak(samples)
    if loudest < NO_SIGNAL:
        return "no signal"
    if loudest < TOO_QUIET:
        return "too quiet"
    clipped = float((np.abs(samples.astype(np.int32)) >= _CLIPPED).mean())
    return "clipping" if clipped > _CLIPPED_SHARE else "good"


# What the live line has room for while somebody speaks.
WARNINGS: dict[Verdict, str] = {
    "no signal": "no signal: muted?",
    "too quiet": "too quiet: come closer",
    "clipping": "clipping: move away",
    "good": "",
}
REMEDIES: dict[Verdict, str] = {
    "no signal": "no signal: is the microphone muted, or is another one meant? See coach doctor --audio",
    "too quiet": "too quiet: come closer, or raise the input level",
    "clipping": "clipping: move away a little, or lower the input level",
    "good": "",
}


def bar(level: float, cells: int) -> str:
    """A meter of `cells` characters from -60 dB to full scale.

    >>> bar(-30.0, 6), bar(0.0, 4), bar(-90.0, 4)
    ('■■■□□□', '■■■■', '□□□□')
    """
    filled = min(max(round((level + 60) / 60 * cells), 0), cells)
    return "■" * filled + "□" * (cells - filled)
