"""The local recogniser: faster-whisper, with a model that is already on this machine."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from coach.errors import SpeechError
from coach.speech.decoding import RATE, Samples
from coach.speech.recogniser import Heard
from coach.speech.voice_activity import Span
from coach.spoken import Word

DEFAULT_MODEL = "small.en"
# Hotwords are cut at 223 tokens; a name takes about three, and later ones would push out earlier ones.
_MOST_HOTWORDS = 60


class LocalRecogniser:
    """Whisper on this machine; nothing is downloaded by it, and nothing leaves."""

    def __init__(self, model: Any, name: str, keywords: Sequence[str] = ()) -> None:
        self._model, self._name = model, name
        self._hotwords = " ".join(keywords[:_MOST_HOTWORDS]) or None

    @classmethod
    def from_cache(cls, model: str = DEFAULT_MODEL, keywords: Sequence[str] = ()) -> "LocalRecogniser":
        """Load a model by name or folder; SpeechError says what to run where package or model is missing."""
        try:
            package = import_module("faster_whisper")
        except ImportError:
            raise SpeechError(
                "the local recogniser needs faster-whisper; run: pip install 'mlops-answer-coach[whisper]'"
            ) from None
        try:
            loaded = package.WhisperModel(model, device="cpu", compute_type="int8", local_files_only=True)
        except (OSError, RuntimeError, ValueError) as error:
            raise SpeechError(_missing(model, error)) from None
        return cls(loaded, f"local (faster-whisper {package.__version__}, {model})", keywords)

    @property
    def name(self) -> str:
        """The engine and its model."""
        return self._name

    def recognise(self, samples: Samples, utterances: tuple[Span, ...]) -> Heard:
        """Recognise each utterance by itself; every word has times and a probability."""
        words: list[Word] = []
        for span in utterances:
            part = samples[int(span.start * RATE) : int(span.end * RATE)].astype(np.float32) / 32768
            segments, _ = self._model.transcribe(
                part,
                language="en",
                hotwords=self._hotwords,
                word_timestamps=True,
                # A hallucination in one window would be repeated in the next.
                condition_on_previous_text=False,
                vad_filter=False,
            )
            words += [
                Word(
                    text=word.word.strip(),
                    start=round(span.start + min(word.start, span.seconds), 2),
                    end=round(span.start + min(word.end, span.seconds), 2),
                    probability=round(min(max(float(word.probability), 0.0), 1.0), 4),
                )
                for segment in segments
                for word in segment.words or ()
                if word.word.strip()
            ]
        sure = [word.probability for word in words if word.probability is not None]
        return Heard(words=tuple(words), confidence=sum(sure) / len(sure) if sure else None)


def is_ready(model: str = DEFAULT_MODEL) -> bool:
    """Whether package and model are here, without loading the model."""
    try:
        import_module("faster_whisper.utils").download_model(model, local_files_only=True)
    except (ImportError, OSError, RuntimeError, ValueError):
        return False
    return True


def _missing(model: str, error: Exception) -> str:
    if Path(model).exists():
        return f"{model}: holds no whisper model that can be loaded ({type(error).__name__}); give another"
    # A model is named by a size that the package knows, or by the repository that holds it.
    known: dict[str, str] = getattr(import_module("faster_whisper.utils"), "_MODELS", {})
    if known and model not in known and "/" not in model:
        return f"there is no whisper model {model!r}; known are {', '.join(known)}, or give a folder"
    return (
        f"no whisper model {model!r} is on this machine; with a network run: "
        f"hf download {known.get(model, model)}"
    )
