"""Numbers as a reader sees them: marks, durations, similarities, word counts, bars and meters."""

FULL, EMPTY = "■", "□"
# Confidence is spread over [0, 1]; a reader needs three words for it, not two decimals.
HIGH_CONFIDENCE, FAIR_CONFIDENCE = 0.75, 0.5


def mark(value: float) -> str:
    """Write a mark with one decimal, never as minus nought.

    >>> mark(3.94), mark(-0.01)
    ('3.9', '0.0')
    """
    return f"{round(value, 1) + 0.0:.1f}"


def gain(value: float) -> str:
    """Write a rise of a mark with its sign and one decimal; empty where it rounds to nothing.

    >>> gain(0.44), gain(0.04)
    ('+0.4', '')
    """
    return f"+{mark(value)}" if mark(value) != "0.0" and value > 0 else ""


def similarity(value: float) -> str:
    """Write a cosine in [-1, 1] with two decimals."""
    return f"{round(value, 2) + 0.0:.2f}"


def percent(share: float) -> str:
    """Write a share of one in whole per cent; the ends are kept for certainty alone.

    >>> percent(0.834), percent(0.999), percent(1.0)
    ('83%', '99%', '100%')
    """
    whole = round(share * 100)
    if 0 < share < 1:
        whole = min(max(whole, 1), 99)
    return f"{whole}%"


def counted(count: int, noun: str) -> str:
    """A number of things.

    >>> counted(1, "answer"), counted(1200, "answer")
    ('1 answer', '1,200 answers')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def words(count: int) -> str:
    """Write a number of words.

    >>> words(1), words(1204)
    ('1 word', '1,204 words')
    """
    return f"{count:,} word" if count == 1 else f"{count:,} words"


def duration(seconds: float) -> str:
    """Write a span of time in minutes and whole seconds.

    >>> duration(86.4), duration(120), duration(42)
    ('1 min 26 s', '2 min', '42 s')
    """
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes:,} min {rest} s" if rest else f"{minutes:,} min"


def span(fast: float, slow: float) -> str:
    """Write a range of durations in seconds, once where both ends read the same.

    >>> span(86.4, 99.8), span(40.0, 46.1), span(0.0, 0.0)
    ('1 min 26 s to 1 min 40 s', '40 to 46 s', '0 s')
    """
    first, last = duration(fast), duration(slow)
    if first == last:
        return first
    return f"{round(fast)} to {last}" if round(slow) < 60 else f"{first} to {last}"


def bar(value: float, steps: int) -> str:
    """Draw `value` of `steps` as filled and empty squares, to the nearest whole one.

    >>> bar(2, 3)
    '■■□'
    """
    filled = min(max(int(value + 0.5), 0), steps)
    return FULL * filled + EMPTY * (steps - filled)


def meter(value: float, top: float, width: int) -> str:
    """Draw a line of `width` characters with a mark where `value` lies between nought and `top`.

    >>> meter(1.5, 3, 9)
    '────●────'
    """
    place = min(max(round(value / top * (width - 1)), 0), width - 1)
    return "─" * place + "●" + "─" * (width - 1 - place)


def confidence(value: float) -> str:
    """Give a confidence in [0, 1] as a word: high, fair or low."""
    if value >= HIGH_CONFIDENCE:
        return "high"
    return "fair" if value >= FAIR_CONFIDENCE else "low"
