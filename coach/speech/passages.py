"""Passages: speech cut at pauses into what a recogniser takes at a time, with long silences taken out."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from coach.speech.samples import RATE, Samples
from coach.speech.voice_activity import Span, pauses

# So much silence is left around speech, and no more between two stretches of it (seconds, on each side).
MARGIN = 0.25
# A longer pause is no part of an utterance.
_LONGEST_PAUSE = 2 * MARGIN
# A passage of at least so many seconds ends at a pause of at least so many: the longer it is already, the
# shorter the pause. Whisper's window is 30 s, and half a second of nothing is put behind each passage.
_ENDS = ((8.0, 1.0), (12.0, 0.5), (16.0, 0.25))
LONGEST = 26.0


class Passage(NamedTuple):
    """Speech to recognise at a time.

    `samples` are those of the `utterances` one after another, whose times are those of the recording;
    `speech` are the stretches of voice activity in them.
    """

    samples: Samples
    utterances: tuple[Span, ...]
    speech: tuple[Span, ...]

    @property
    def seconds(self) -> float:
        """How long its sound is."""
        return len(self.samples) / RATE

    @property
    def last_speech(self) -> float:
        """Where in its sound the last voice activity ends, in seconds."""
        return self.seconds - (self.utterances[-1].end - self.speech[-1].end) if self.speech else 0.0

    def original(self, seconds: float) -> float:
        """The moment in the recording of a moment in its sound."""
        for span in self.utterances:
            if seconds <= span.seconds:
                return round(span.start + seconds, 3)
            seconds -= span.seconds
        return self.utterances[-1].end if self.utterances else seconds


class Group(NamedTuple):
    """Stretches of speech that make a passage, and where the speech before and after them is.

    `before` is the end of the speech before it, `after` the start of the next, None where there is none or
    it is not known yet and can be no nearer than what the margins need.
    """

    speech: tuple[Span, ...]
    before: float | None = None
    after: float | None = None

    def utterances(self, seconds: float) -> tuple[Span, ...]:
        """The speech with its margins in a recording of `seconds`; short pauses are part of it."""
        joined: list[Span] = []
        for span in self.speech:
            if joined and span.start - joined[-1].end <= _LONGEST_PAUSE:
                joined[-1] = Span(joined[-1].start, span.end)
            else:
                joined.append(span)
        return tuple(
            Span(
                _left(one, joined[place - 1].end if place else self.before),
                _right(one, joined[place + 1].start if place + 1 < len(joined) else self.after, seconds),
            )
            for place, one in enumerate(joined)
        )

    def passage(self, samples: Samples, seconds: float, offset: float = 0.0) -> Passage:
        """Cut the sound out of `samples`, whose first is at `offset` seconds of the recording."""
        utterances = self.utterances(seconds)
        first = round(offset * RATE)
        pieces = [
            samples[round(one.start * RATE) - first : round(one.end * RATE) - first] for one in utterances
        ]
        return Passage(np.concatenate(pieces), utterances, self.speech)


def grouped(speech: Sequence[Span]) -> tuple[Group, ...]:
    """Cut speech at pauses into passages; more speech behind never changes any but the last.

    Each ends at a long pause soon, at a short one later, and is at most `LONGEST` seconds long.
    """
    groups: list[list[Span]] = []
    for span in speech:
        if groups:
            pause, length = span.start - groups[-1][-1].end, _length(groups[-1])
            longer = length + min(pause, _LONGEST_PAUSE) + span.seconds
            if not _ends(length, pause) and longer <= LONGEST:
                groups[-1].append(span)
                continue
        groups.append([span])
    return tuple(
        Group(
            tuple(group),
            groups[place - 1][-1].end if place else None,
            groups[place + 1][0].start if place + 1 < len(groups) else None,
        )
        for place, group in enumerate(groups)
    )


def has_ended(group: Group, silence: float) -> bool:
    """Whether a passage is over whatever comes, with `silence` seconds since its last speech."""
    return silence >= _LONGEST_PAUSE and _ends(_length(group.speech), silence)


def whole(speech: Sequence[Span]) -> tuple[Group, ...]:
    """All speech as one passage: for recognisers that take any length."""
    return (Group(tuple(speech)),) if speech else ()


def parts(passage: Passage, longest: float) -> tuple[Passage, ...]:
    """Cut a passage between utterances into parts of at most `longest` seconds, one utterance at least."""
    cut: list[list[Span]] = []
    for span in passage.utterances:
        if cut and sum(one.seconds for one in cut[-1]) + span.seconds <= longest:
            cut[-1].append(span)
        else:
            cut.append([span])
    found, at = [], 0
    for spans in cut:
        size = sum(round(one.end * RATE) - round(one.start * RATE) for one in spans)
        inside = tuple(one for one in passage.speech if spans[0].start <= one.start < spans[-1].end)
        found.append(Passage(passage.samples[at : at + size], tuple(spans), inside))
        at += size
    return tuple(found)


def _length(speech: Sequence[Span]) -> float:
    """How long a passage of this speech is at most, in seconds."""
    between = sum(min(pause.seconds, _LONGEST_PAUSE) for pause in pauses(speech))
    return 2 * MARGIN + sum(span.seconds for span in speech) + between


def _ends(length: float, pause: float) -> bool:
    return any(length >= least and pause >= silence for least, silence in _ENDS)


def _left(span: Span, before: float | None) -> float:
    edge = 0.0 if before is None else (before + span.start) / 2
    return max(span.start - MARGIN, edge, 0.0)


def _right(span: Span, after: float | None, seconds: float) -> float:
    edge = seconds if after is None else (span.end + after) / 2
    return max(min(span.end + MARGIN, edge, seconds), span.end)
