"""Transcripts written by hand."""

from coach.spoken import Transcript, Word


def transcript(
    text: str,
    seconds_a_word: float = 0.5,
    start: float = 1.0,
    probability: float | None = 0.9,
    timed: bool = True,
) -> Transcript:
    """Words said one after another from `start` on, with speech found exactly there."""
    words = []
    at = start
    for word in text.split():
        words.append(
            Word(
                text=word,
                start=round(at, 2) if timed else None,
                end=round(at + seconds_a_word, 2) if timed else None,
                probability=probability,
            )
        )
        at += seconds_a_word
    return Transcript(
        words=tuple(words),
        confidence=probability,
        recogniser="by hand",
        duration=round(at + 1, 2),
        speech=((start, round(at, 2)),) if words else (),
    )
