"""Transcription with a recogniser that tells what it was given, and the forms of a transcript."""

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sounds import silence
from transcript_samples import transcript

from coach.render.transcripts import cues, document, subtitles
from coach.speech.decoding import Samples, Sound
from coach.speech.recogniser import Heard
from coach.speech.transcription import transcribe
from coach.speech.voice_activity import Span
from coach.spoken import Word


class Parrot:
    """A recogniser that invents words whatever it hears, as some do in silence."""

    name = "parrot"

    def __init__(self) -> None:
        self.given: list[tuple[Span, ...]] = []

    def recognise(self, samples: Samples, utterances: tuple[Span, ...]) -> Heard:
        self.given.append(utterances)
        return Heard(words=(Word(text="thanks"), Word(text="for")), confidence=0.4, lacks=("word times",))


def test_nothing_is_transcribed_from_silence() -> None:
    parrot = Parrot()
    found = transcribe(Sound(silence(4)), parrot)
    assert (found.text, found.confidence, found.speech, parrot.given) == ("", None, (), [])
    hiss = np.random.default_rng(1).normal(0, 8, 64_000).astype(np.int16)
    assert transcribe(Sound(hiss), parrot).words == ()


def test_a_transcript_says_who_heard_it_and_what_is_lacking() -> None:
    from test_voice_activity import CLIP

    from coach.speech.decoding import decode

    parrot = Parrot()
    found = transcribe(decode(CLIP), parrot)
    assert (found.text, found.recogniser, found.lacks) == ("thanks for", "parrot", ("word times",))
    assert len(parrot.given[0]) == 2
    assert found.duration == 34.26
    assert len(found.speech) > 3


def test_the_document_has_the_promised_keys() -> None:
    shown = document(transcript("we roll back"), ("cut off",)).model_dump(mode="json")
    assert {"text", "words", "confidence", "recogniser"} <= set(shown)
    assert shown["text"] == "we roll back"
    assert shown["words"][0] == {"text": "we", "start": 1.0, "end": 1.5, "probability": 0.9}
    assert shown["notices"] == ["cut off"]


def test_subtitles_are_numbered_and_timed() -> None:
    lines = subtitles(transcript("we roll back at once", 0.5)).splitlines()
    assert lines == ["1", "00:00:01,000 --> 00:00:03,500", "we roll back at once"]


@given(st.lists(st.text("abcdef<>é&", min_size=1, max_size=30), max_size=60), st.floats(0.05, 2))
def test_subtitles_hold_every_word_once_in_time(words: list[str], step: float) -> None:
    spoken = transcript(" ".join(words), step)
    shown = list(cues(spoken))
    assert " ".join(cue.text for cue in shown) == spoken.text
    assert all(cue.start <= cue.end for cue in shown)
    assert all(left.end <= right.start + 0.02 for left, right in zip(shown, shown[1:], strict=False))
    stamps = re.findall(r"^\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}$", subtitles(spoken), re.MULTILINE)
    assert len(stamps) == len(shown)
