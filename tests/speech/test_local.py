"""The local recogniser: with a model that stands in for Whisper, and with none on this machine."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sounds import tone

from coach.errors import SpeechError
from coach.speech import local
from coach.speech.local import LocalRecogniser
from coach.speech.voice_activity import Span


class Whisper:
    """Hears one word in each stretch, and remembers how it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, dict[str, Any]]] = []

    def transcribe(self, sound: Any, **settings: Any) -> tuple[Iterator[Any], None]:
        self.asked.append((len(sound), settings))
        word = SimpleNamespace(word=" MLflow", start=0.25, end=9.0, probability=0.75)
        return iter([SimpleNamespace(words=[word]), SimpleNamespace(words=None)]), None


def test_words_have_the_times_of_the_recording() -> None:
    whisper = Whisper()
    recogniser = LocalRecogniser(whisper, "local (stand-in)", ("MLflow", "Azure ML"))
    found = recogniser.recognise(tone(6.0), (Span(0.0, 1.0), Span(4.0, 6.0)))
    assert [(word.text, word.start, word.end) for word in found.words] == [
        ("MLflow", 0.25, 1.0),
        ("MLflow", 4.25, 6.0),
    ]
    assert (found.confidence, found.lacks) == (0.75, ())
    assert [size for size, _ in whisper.asked] == [16_000, 32_000]
    settings = whisper.asked[0][1]
    assert settings["hotwords"] == "MLflow Azure ML"
    assert settings["condition_on_previous_text"] is False


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(local, "import_module", missing)
    assert not local.is_ready()
    with pytest.raises(SpeechError, match=r"mlops-answer-coach\[whisper\]"):
        LocalRecogniser.from_cache()


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("turbo", "with a network run: hf download somebody/whisper-turbo"),
        ("somebody/whisper-mlops", "with a network run: hf download somebody/whisper-mlops"),
        ("enormous", "there is no whisper model 'enormous'; known are turbo"),
        (".", "holds no whisper model"),
    ],
)
def test_a_model_that_is_not_here_is_told_in_one_line(
    model: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*arguments: Any, **settings: Any) -> None:
        raise FileNotFoundError("nothing in the cache\nand no network")

    package = SimpleNamespace(WhisperModel=fails, _MODELS={"turbo": "somebody/whisper-turbo"})
    monkeypatch.setattr(local, "import_module", lambda name: package)
    with pytest.raises(SpeechError) as told:
        LocalRecogniser.from_cache(model)
    assert words in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.skipif(find_spec("faster_whisper") is None, reason="needs the extra coach[whisper]")
def test_a_missing_model_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert not local.is_ready("tiny.en")
    with pytest.raises(SpeechError, match="run: hf download Systran/faster-whisper-tiny.en"):
        LocalRecogniser.from_cache("tiny.en")
    with pytest.raises(SpeechError, match="holds no whisper model"):
        LocalRecogniser.from_cache(str(tmp_path))
