"""The real recording path: a sitting in a terminal, with a voice played into a microphone."""

import json
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from terminal import Terminal
from test_voice_activity import CLIP
from virtual_microphone import VirtualMicrophone, missing, virtual_microphone

from coach.domain import Feedback
from coach.history.store import History
from coach.speech.decoding import RATE, Samples, decode
from coach.speech.streamed_wav import is_unfinished

reason = missing()
pytestmark = pytest.mark.skipif(reason is not None, reason=str(reason))
COACH = [sys.executable, "-m", "coach"]


@pytest.fixture
def microphone(tmp_path: Path) -> Iterator[VirtualMicrophone]:
    folder = tmp_path / "home"
    folder.mkdir()
    with virtual_microphone(folder) as made:
        made.environment["COACH_DATA_DIR"] = str(tmp_path / "data")
        made.environment["COACH_OFFLINE"] = "1"
        yield made


@pytest.fixture
def sentence(tmp_path: Path) -> Path:
    """One sentence of the clip, and the silence after it."""
    path = tmp_path / "sentence.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(decode(CLIP).samples[int(9.2 * RATE) : int(15.2 * RATE)].tobytes())
    return path


def alike(heard: Samples, played: Samples) -> float:
    """The highest correlation of two sounds at any shift."""
    size = 1 << (len(heard) + len(played)).bit_length()
    product = np.fft.rfft(heard.astype(float), size) * np.conj(np.fft.rfft(played.astype(float), size))
    energy = np.sqrt((played.astype(float) ** 2).sum())
    at = int(np.argmax(np.fft.irfft(product, size)))
    window = heard[at : at + len(played)].astype(float)
    return float(np.fft.irfft(product, size).max() / (energy * np.sqrt((window**2).sum())))


def test_a_sitting_runs_from_question_to_summary(
    microphone: VirtualMicrophone, sentence: Path, tmp_path: Path
) -> None:
    with Terminal([*COACH, "rehearse"], microphone.environment) as terminal:
        terminal.expect("This sitting:\n  1. ")
        terminal.expect("Press Enter when you are ready.")
        terminal.press("\n")
        terminal.expect("3... 2... 1... speak.")
        microphone.play(sentence)
        terminal.expect("REC 0:0")
        terminal.press("\n")
        terminal.expect("doubtful words as [word?]")
        terminal.expect("% sure of its words")
        terminal.expect("Enter accepts, e edits, r records again, g goes on recording:")
        terminal.press("\n")
        terminal.expect("of 5")
        terminal.expect("Delivery")
        terminal.expect("Answer it? [y/N]")
        terminal.press("\n")
        terminal.expect("Go on to the next question? [Y/n]")
        terminal.press("n\n")
        terminal.expect("This sitting")
        terminal.expect("1 answer, ")
        assert terminal.end() == 0
    history = History(tmp_path / "data")
    (attempt,) = history.attempts()
    kept = history.feedback(attempt)
    assert "pipeline" in kept.answer.text
    assert kept.answer.transcript is not None
    assert kept.answer.transcript.reviewed
    recorded = decode(history.folder_of(attempt) / "recording.wav").samples
    # What was played came back.
    assert alike(recorded, decode(sentence).samples) > 0.95


def test_a_microphone_that_goes_away_loses_nothing_and_is_gone_on_from(
    microphone: VirtualMicrophone, sentence: Path, tmp_path: Path
) -> None:
    with Terminal([*COACH, "rehearse", "what-is-drift"], microphone.environment) as terminal:
        terminal.expect("Press Enter")
        terminal.press("\n")
        terminal.expect("speak.")
        microphone.play(sentence)
        microphone.unplug()
        terminal.expect("went away; what you said until then is kept")
        terminal.expect("Enter accepts")
        terminal.press("\n")
        terminal.expect("Answer it?")
        terminal.press("n\n")
        assert terminal.end() == 0
    (attempt,) = History(tmp_path / "data").attempts()
    assert attempt.seconds is not None
    assert attempt.seconds > 5


def test_a_kill_loses_nothing_and_the_next_start_offers_it(
    microphone: VirtualMicrophone, sentence: Path, tmp_path: Path
) -> None:
    with Terminal([*COACH, "rehearse", "what-is-drift"], microphone.environment) as terminal:
        terminal.expect("Press Enter")
        terminal.press("\n")
        terminal.expect("speak.")
        microphone.play(sentence)
    # Leaving the terminal killed the program.
    (begun,) = History(tmp_path / "data").unfinished()
    assert is_unfinished(begun.folder / "recording.wav")
    with Terminal([*COACH, "rehearse", "what-is-mlops"], microphone.environment) as terminal:
        terminal.expect("Unfinished: what-is-drift")
        terminal.press("s\n")
        terminal.expect("pipeline")
        terminal.expect("Enter accepts")
        terminal.press("\n")
        terminal.expect("of 5")
        terminal.expect("Answer it?")
        terminal.press("\n")
        terminal.expect("Press Enter when you are ready.")
    (attempt,) = History(tmp_path / "data").attempts()
    assert attempt.question == "what-is-drift"
    document = json.loads((History(tmp_path / "data").folder_of(attempt) / "feedback.json").read_text())
    assert Feedback.model_validate(document).delivery is not None
