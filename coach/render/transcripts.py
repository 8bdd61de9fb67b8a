"""A transcript as text, as subtitles and as one JSON document."""

from collections.abc import Iterator
from typing import NamedTuple

from coach.domain import Frozen
from coach.render.plain import one_line
from coach.speech.word_times import times
from coach.spoken import Transcript, Word

# Two lines of 42 characters are what subtitles commonly have room for.
_CUE_CHARACTERS = 84
_CUE_SECONDS = 6.0
_CUE_PAUSE = 0.7


class TranscriptDocument(Frozen):
    """What `coach transcribe --json` prints; `confidence` in [0, 1], `duration` in seconds."""

    text: str
    words: tuple[Word, ...]
    confidence: float | None
    recogniser: str
    duration: float
    lacks: tuple[str, ...]
    notices: tuple[str, ...]


class Cue(NamedTuple):
    """A subtitle: from `start` to `end` in seconds."""

    start: float
    end: float
    text: str


def document(transcript: Transcript, notices: tuple[str, ...] = ()) -> TranscriptDocument:
    """The transcript as a document."""
    return TranscriptDocument(
        text=transcript.text,
        words=transcript.words,
        confidence=transcript.confidence,
        recogniser=transcript.recogniser,
        duration=transcript.duration,
        lacks=transcript.lacks,
        notices=notices,
    )


def subtitles(transcript: Transcript) -> str:
    """The transcript in the SubRip form, cut at pauses and at the length that a subtitle has room for."""
    blocks = [
        f"{number}\n{stamp(cue.start)} --> {stamp(cue.end)}\n{one_line(cue.text)}\n"
        for number, cue in enumerate(cues(transcript), start=1)
    ]
    return "\n".join(blocks)


def cues(transcript: Transcript) -> Iterator[Cue]:
    """Yield the subtitles of a transcript in order."""
    held: list[tuple[str, float, float]] = []
    for word, (start, end) in zip(transcript.words, times(transcript), strict=True):
        length = sum(len(text) + 1 for text, _, _ in held) + len(word.text)
        if held and (
            start - held[-1][2] > _CUE_PAUSE or length > _CUE_CHARACTERS or end - held[0][1] > _CUE_SECONDS
        ):
            yield _cue(held)
            held = []
        held.append((word.text, start, end))
    if held:
        yield _cue(held)


def stamp(seconds: float) -> str:
    """A moment as SubRip writes it.

    >>> stamp(83.4567)
    '00:01:23,457'
    """
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02},{thousandths:03}"


def _cue(held: list[tuple[str, float, float]]) -> Cue:
    return Cue(held[0][1], held[-1][2], " ".join(text for text, _, _ in held))
