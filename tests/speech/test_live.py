"""Transcribing while somebody speaks: soon, in order, and never at the cost of the recording."""

import threading
from pathlib import Path

import numpy as np
import pytest
from sounds import silence
from test_voice_activity import CLIP

from coach.errors import SpeechError
from coach.speech.decoding import RATE, decode
from coach.speech.journal import JournaledRecogniser
from coach.speech.live import LiveTranscription
from coach.speech.passages import Passage
from coach.speech.recogniser import Heard
from coach.speech.transcription import Transcription
from coach.spoken import Word

SOUND = decode(CLIP).samples


class Counting:
    """Hears one word in each passage."""

    name = "counting"
    by_passage = True

    def __init__(self, fails: bool = False) -> None:
        self.passages: list[Passage] = []
        self.came = threading.Event()
        self._fails = fails

    def recognise(self, passage: Passage) -> Heard:
        if self._fails:
            raise SpeechError("the model is gone")
        self.passages.append(passage)
        self.came.set()
        start = passage.utterances[0].start
        word = Word(text=f"w{len(self.passages)}", start=start, end=start + 1, probability=0.9)
        return Heard(words=(word,), confidence=0.9)


def test_a_passage_is_heard_before_the_recording_ends() -> None:
    counting = Counting()
    live = LiveTranscription(counting)
    live.feed(SOUND[: 17 * RATE])
    assert counting.came.wait(120)
    live.feed(SOUND[17 * RATE :])
    transcript = live.transcript()
    assert transcript is not None
    assert transcript.text == " ".join(f"w{number + 1}" for number in range(len(counting.passages)))
    assert len(counting.passages) >= 2


def test_a_recogniser_that_fails_gives_none_and_no_noise(capsys: pytest.CaptureFixture[str]) -> None:
    live = LiveTranscription(Counting(fails=True))
    live.feed(SOUND)
    assert live.transcript() is None
    assert capsys.readouterr().err == ""


def test_nothing_said_has_a_transcript_without_words() -> None:
    live = LiveTranscription(Counting())
    live.feed(silence(2))
    transcript = live.transcript()
    assert transcript is not None
    assert (transcript.words, transcript.speech, transcript.duration) == ((), (), 2.0)


def test_sound_that_was_recognised_is_let_go() -> None:
    transcription = Transcription(Counting())
    held = []
    for _ in range(4):
        transcription.feed(SOUND)
        held.append(len(transcription._samples))
    # Four times half a minute went in; no more than a window and a pause of it is held.
    assert max(held) < 45 * RATE


def test_a_journal_answers_for_the_same_sound_and_recogniser_alone(tmp_path: Path) -> None:
    path = tmp_path / "answer.part"
    first, again, other = Counting(), Counting(), Counting()
    other.name = "another"
    transcripts = []
    for counting in (first, again, other):
        journaled = JournaledRecogniser(counting, path)
        transcription = Transcription(journaled)
        transcription.feed(SOUND)
        transcripts.append(transcription.finish())
    assert transcripts[0] == transcripts[1]
    assert again.passages == []
    assert len(other.passages) == len(first.passages)
    # The last line was cut off by a kill.
    path.write_bytes(path.read_bytes()[:-20])
    JournaledRecogniser(other, path).recognise(other.passages[-1])
    assert np.array_equal(other.passages[-1].samples, first.passages[-1].samples)
