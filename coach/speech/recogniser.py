"""Recognisers: what they all take and give."""

from typing import Protocol

from coach.domain import Frozen
from coach.speech.passages import Passage
from coach.spoken import Word


class Heard(Frozen):
    """What a recogniser made of a passage.

    `confidence` is the mean probability of its words, None where the engine gives none. `lacks` says in words
    what the engine does not give ("word times"); words then stand without it. `loops` counts the windows that
    were dropped because the engine repeated itself in them; `missed` are the seconds of speech that no word
    was made of. `language` is the code of the language that was heard ("en"), None where nobody looked.
    """

    words: tuple[Word, ...]
    confidence: float | None = None
    lacks: tuple[str, ...] = ()
    loops: int = 0
    missed: float = 0.0
    language: str | None = None


class Recogniser(Protocol):
    """Turns sound into words."""

    @property
    def name(self) -> str:
        """The engine and its model, as results name it."""
        ...

    @property
    def by_passage(self) -> bool:
        """Whether it takes a passage at a time, as they are spoken, or all speech at once."""
        ...

    def recognise(self, passage: Passage) -> Heard:
        """Return the words of a passage in order, with the times of the recording.

        Raises SpeechError or ServiceError where the engine cannot be used.
        """
        ...
