"""When each word was said, measured or estimated, whatever the recogniser gave."""

import difflib
import re
from collections.abc import Sequence
from typing import NamedTuple

from coach.spoken import Transcript

_WORD = re.compile(r"\S+")
_BARE = re.compile(r"[^\w]+")


class TimedWord(NamedTuple):
    """One word of a text: characters [start, end), and the seconds in which it was said."""

    start: int
    end: int
    text: str
    since: float
    until: float


def times(transcript: Transcript) -> tuple[tuple[float, float], ...]:
    """Start and end in seconds of every word of a transcript.

    Where the recogniser gave no times, the words share the time in which somebody spoke, in order.
    """
    words = transcript.words
    if all(word.start is not None and word.end is not None for word in words):
        return tuple((word.start or 0.0, word.end or 0.0) for word in words)
    spans = transcript.speech or ((0.0, transcript.duration),)
    speaking = sum(end - start for start, end in spans)
    share = speaking / max(len(words), 1)
    return tuple((_at(spans, place * share), _at(spans, (place + 1) * share)) for place in range(len(words)))


def timed_words(text: str, transcript: Transcript) -> tuple[TimedWord, ...]:
    """Every word of an answer with its time; a word that was corrected takes the time of what it replaced."""
    tokens = [(found.start(), found.end(), found[0]) for found in _WORD.finditer(text)]
    heard = times(transcript)
    if not tokens or not heard:
        return ()
    matcher = difflib.SequenceMatcher(
        None,
        [_bare(token) for _, _, token in tokens],
        [_bare(word.text) for word in transcript.words],
        autojunk=False,
    )
    since_until: list[tuple[float, float]] = [(0.0, 0.0)] * len(tokens)
    for _, first, last, heard_first, heard_last in matcher.get_opcodes():
        if heard_first < heard_last:
            start, end = heard[heard_first][0], heard[heard_last - 1][1]
        else:
            # A word that was added by hand takes no time.
            start = end = heard[heard_first - 1][1] if heard_first else heard[0][0]
        for place in range(first, last):
            if last - first == heard_last - heard_first:
                since_until[place] = heard[heard_first + place - first]
            else:
                step = (end - start) / (last - first)
                since_until[place] = (start + (place - first) * step, start + (place - first + 1) * step)
    return tuple(
        TimedWord(start, end, token, *since_until[place]) for place, (start, end, token) in enumerate(tokens)
    )


def _bare(word: str) -> str:
    return _BARE.sub("", word).lower()


def _at(spans: Sequence[tuple[float, float]], spoken: float) -> float:
    """The moment at which so many seconds had been spoken."""
    for start, end in spans:
        if spoken <= end - start:
            return start + spoken
        spoken -= end - start
    return spans[-1][1]
