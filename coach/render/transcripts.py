"""A transcript as text, as subtitles and as one JSON document."""

import html
import re
import textwrap
from collections.abc import Iterator
from typing import NamedTuple

from coach.domain import Frozen
from coach.render.plain import one_line
from coach.speech.word_times import times
from coach.spoken import Transcript, Word

# Two lines of 42 characters, shown for one second at least and six at most: what players and the guidelines
# of subtitlers commonly have room for.
_LINE_CHARACTERS, _LINES = 42, 2
_CUE_SECONDS, _LEAST_SECONDS = 6.0, 1.0
_CUE_PAUSE = 0.7
# Subtitles that touch flicker in some players.
_BETWEEN = 0.04
_ARROW = re.compile(r"-{2,}>")


class TranscriptDocument(Frozen):
    """What `coach transcribe --json` prints; `confidence` in [0, 1], `duration` and `missed` in seconds."""

    text: str
    words: tuple[Word, ...]
    confidence: float | None
    recogniser: str
    duration: float
    language: str | None
    loops: int
    missed: float
    lacks: tuple[str, ...]
    notices: tuple[str, ...]


class Cue(NamedTuple):
    """A subtitle: from `start` to `end` in seconds, in lines."""

    start: float
    end: float
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """Its lines as one."""
        return " ".join(self.lines)


def document(transcript: Transcript, notices: tuple[str, ...] = ()) -> TranscriptDocument:
    """The transcript as a document."""
    return TranscriptDocument(
        text=transcript.text,
        words=transcript.words,
        confidence=transcript.confidence,
        recogniser=transcript.recogniser,
        duration=transcript.duration,
        language=transcript.language,
        loops=transcript.loops,
        missed=transcript.missed,
        lacks=transcript.lacks,
        notices=notices,
    )


def subrip(transcript: Transcript) -> str:
    """The transcript in the SubRip form (.srt), cut at pauses and where a subtitle is full."""
    return "\n".join(
        f"{number}\n{stamp(cue.start)} --> {stamp(cue.end)}\n{_lines(cue)}\n"
        for number, cue in enumerate(cues(transcript), start=1)
    )


def webvtt(transcript: Transcript) -> str:
    """The transcript in the WebVTT form (.vtt), which browsers play."""
    blocks = [
        f"{stamp(cue.start, '.')} --> {stamp(cue.end, '.')}\n{html.escape(_lines(cue), quote=False)}\n"
        for cue in cues(transcript)
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def cues(transcript: Transcript) -> Iterator[Cue]:
    """Yield the subtitles of a transcript in order; none overlaps the next."""
    shown = list(_groups(transcript))
    for place, held in enumerate(shown):
        start, end = held[0][1], max(held[-1][2], held[0][1] + _LEAST_SECONDS)
        if place + 1 < len(shown):
            end = max(min(end, shown[place + 1][0][1] - _BETWEEN), start)
        yield Cue(start, end, tuple(_wrapped(" ".join(word for word, _, _ in held))))


def stamp(seconds: float, point: str = ",") -> str:
    """A moment as SubRip writes it; WebVTT has a `point` before the thousandths.

    >>> stamp(83.4567), stamp(3683.4, ".")
    ('00:01:23,457', '01:01:23.400')
    """
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{point}{thousandths:03}"


def _groups(transcript: Transcript) -> Iterator[list[tuple[str, float, float]]]:
    held: list[tuple[str, float, float]] = []
    latest = 0.0
    for word, (start, end) in zip(transcript.words, times(transcript), strict=True):
        if held and (
            start - held[-1][2] > _CUE_PAUSE
            or end - held[0][1] > _CUE_SECONDS
            or len(_wrapped(" ".join([*(text for text, _, _ in held), word.text]))) > _LINES
        ):
            yield held
            held = []
        # Times of neighbouring words may overlap a little; those of subtitles may not.
        latest = max(start, latest)
        held.append((one_line(word.text), latest, max(latest, end)))
    if held:
        yield held


def _wrapped(text: str) -> list[str]:
    # A word that is longer than a line is broken: a player would cut it off.
    return textwrap.wrap(text, _LINE_CHARACTERS, break_on_hyphens=False)


def _lines(cue: Cue) -> str:
    # An arrow in a line would be read as the times of another subtitle.
    return "\n".join(_ARROW.sub("->", line) for line in cue.lines)
