"""`coach doctor --audio`: every part of the way from microphone to transcript, each with its remedy."""

import pytest
from sounds import tone

from coach.cli import doctor_audio
from coach.cli.doctor_audio import audio_looks
from coach.errors import SpeechError
from coach.settings import Settings
from coach.speech.recording import BLOCK


class Listening:
    """A microphone that gives one sound over and over."""

    def __init__(self, level: float) -> None:
        self._sound = tone(BLOCK / 16_000, level=level).tobytes()
        self.device = type("Device", (), {"name": "Webcam"})

    def stream(self) -> "Listening":
        return self

    def __enter__(self) -> "Listening":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def read(self, patience: float) -> bytes:
        return self._sound


@pytest.mark.parametrize(
    ("level", "words"), [(0, "no signal"), (100, "too quiet"), (32_767, "good|clipping")]
)
def test_the_level_is_judged(level: float, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_audio.Microphone, "from_name", lambda name: Listening(level))
    with pytest.raises(SpeechError, match=words) as told:
        audio_looks(Settings())["level"]()
    assert "Webcam" in str(told.value)


def test_a_good_level_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_audio.Microphone, "from_name", lambda name: Listening(8000))
    assert audio_looks(Settings())["level"]() == "Webcam: good, -12 dB at the loudest"


def test_recognisers_say_whether_they_are_set_up() -> None:
    looks = audio_looks(Settings())
    assert looks["embedded recogniser"]().startswith("whisper tiny.en, SHA-256 1a5afae06a4d")
    assert "not set up" in looks["hosted recogniser"]()
    hosted = audio_looks(Settings.model_validate({"api_key": "sk-test-000011112222"}))
    assert hosted["hosted recogniser"]().startswith("openai")
