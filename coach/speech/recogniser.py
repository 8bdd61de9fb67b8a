"""Recognisers: what they all take and give, and which one is chosen."""

from typing import Protocol

from coach.domain import Frozen
from coach.speech.decoding import Samples
from coach.speech.voice_activity import Span
from coach.spoken import Word


class Heard(Frozen):
    """What a recogniser made of a recording.

    `lacks` says in words what the engine does not give ("word times"); words then stand without it.
    """

    words: tuple[Word, ...]
    confidence: float | None = None
    lacks: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


class Recogniser(Protocol):
    """Turns sound into words."""

    @property
    def name(self) -> str:
        """The engine and its model, as results name it."""
        ...

    def recognise(self, samples: Samples, utterances: tuple[Span, ...]) -> Heard:
        """Take 16 kHz samples and where somebody speaks in them; return words in order.

        Nothing outside the utterances is transcribed. Raises SpeechError where the engine cannot be used.
        """
        ...
