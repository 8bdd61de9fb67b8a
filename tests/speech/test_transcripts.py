"""Transcription with a recogniser that tells what it was given, and the forms of a transcript."""

import html
import re
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sounds import silence
from transcript_samples import transcript

from coach.render.transcripts import cues, document, stamp, subrip, webvtt
from coach.speech.decoding import Sound
from coach.speech.passages import Passage
from coach.speech.recogniser import Heard
from coach.speech.transcription import transcribe
from coach.speech.voice_activity import Span
from coach.spoken import Word


class Parrot:
    """A recogniser that invents words whatever it hears, as some do in silence."""

    name = "parrot"
    by_passage = False

    def __init__(self) -> None:
        self.given: list[tuple[Span, ...]] = []

    def recognise(self, passage: Passage) -> Heard:
        self.given.append(passage.utterances)
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
    # All speech at once, its long silence cut out.
    assert len(parrot.given) == 1
    assert max(right.start - left.end for left, right in pairwise(parrot.given[0])) > 1
    assert found.duration == 34.26
    assert len(found.speech) > 3


def test_the_document_has_the_promised_keys() -> None:
    shown = document(transcript("we roll back"), ("cut off",)).model_dump(mode="json")
    assert {"text", "words", "confidence", "recogniser"} <= set(shown)
    assert shown["text"] == "we roll back"
    assert shown["words"][0] == {"text": "we", "start": 1.0, "end": 1.5, "probability": 0.9}
    assert shown["notices"] == ["cut off"]


def test_subtitles_are_numbered_and_timed() -> None:
    lines = subrip(transcript("we roll back at once", 0.5)).splitlines()
    assert lines == ["1", "00:00:01,000 --> 00:00:03,500", "we roll back at once"]


def test_a_short_subtitle_stays_for_a_second() -> None:
    (cue,) = cues(transcript("yes", 0.2))
    assert (cue.start, cue.end) == (1.0, 2.0)
    long = list(cues(transcript(" ".join(["retraining"] * 40), 0.1)))
    assert all(left.end < right.start for left, right in pairwise(long))


def test_marks_that_players_take_for_commands_are_written_out() -> None:
    spoken = transcript("a <b> & --> c")
    assert "a &lt;b&gt; &amp; -&gt; c" in webvtt(spoken)
    assert subrip(spoken).count("-->") == 1


@given(st.lists(st.text("abcdef<>é&-", min_size=1, max_size=60), max_size=60), st.floats(0.05, 2))
def test_subtitles_hold_every_word_once_in_time(words: list[str], step: float) -> None:
    spoken = transcript(" ".join(words), step)
    shown = list(cues(spoken))
    assert "".join(cue.text for cue in shown).replace(" ", "") == spoken.text.replace(" ", "")
    assert all(cue.start <= cue.end for cue in shown)
    assert all(left.end <= right.start for left, right in pairwise(shown))
    # Two lines of 42 characters are what players have room for.
    assert all(len(cue.lines) <= 2 or len(cue.text) > 42 for cue in shown)
    assert all(len(line) <= 42 for cue in shown for line in cue.lines)
    for text, point in ((subrip(spoken), ","), (webvtt(spoken), ".")):
        pattern = rf"^\d\d:\d\d:\d\d\{point}\d{{3}} --> \d\d:\d\d:\d\d\{point}\d{{3}}$"
        assert len(re.findall(pattern, text, re.MULTILINE)) == len(shown)
        assert html.unescape(text).count("-->") == len(shown)


def test_moments_beyond_an_hour() -> None:
    assert stamp(2 * 3600 + 61.5) == "02:01:01,500"
