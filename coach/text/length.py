"""The length of an answer against its time limit, spoken at an ordinary pace."""

from coach.domain import Length
from coach.text.segments import word_count

# Words a minute of clear interview speech: advice ranges from 120 to 160 with no consensus, and the
# middle of it is used as a band.
SLOW_PACE = 130
FAST_PACE = 150
# An answer that fills less than this share of its time has left most of the chance unused.
SHORT = 1 / 3


def length(text: str, limit: int, taken: float | None = None) -> Length:
    """Count the words of `text` and the seconds they take to say, or took; all in seconds.

    `limit` is the time that there is, `taken` what was measured where the answer was spoken.

    >>> length("word " * 300, 120).verdict
    'close'
    """
    words = word_count(text)
    fast, slow = (words / FAST_PACE * 60, words / SLOW_PACE * 60) if taken is None else (taken, taken)
    if fast > limit:
        verdict = "over"
    elif slow > limit:
        verdict = "close"
    else:
        verdict = "short" if slow < SHORT * limit else "fits"
    return Length.model_validate(
        {
            "words": words,
            "seconds_fast": round(fast, 1),
            "seconds_slow": round(slow, 1),
            "limit": limit,
            "verdict": verdict,
        }
    )
