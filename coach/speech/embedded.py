"""The embedded recogniser: pocketsphinx with the project's own language model and pronunciations."""

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coach.errors import SpeechError
from coach.speech.decoding import RATE, Samples
from coach.speech.model_files import DICTIONARY, DIRECTORY, LANGUAGE_MODEL
from coach.speech.recogniser import Heard
from coach.speech.voice_activity import Span
from coach.spoken import Word

if TYPE_CHECKING:
    from pocketsphinx import Decoder

_FRAMES_A_SECOND = 100
# What pocketsphinx writes between words: silence, noise, the ends of an utterance.
_NO_WORDS = ("<", "[")


class EmbeddedRecogniser:
    """pocketsphinx on this machine, with no download and no network."""

    def __init__(self, decoder: "Decoder", name: str) -> None:
        self._decoder = decoder
        self._name = name

    @classmethod
    def from_package(cls, directory: Path = DIRECTORY) -> "EmbeddedRecogniser":
        """Load the model that ships, or the one in `directory`; SpeechError where it is missing."""
        model, dictionary = directory / LANGUAGE_MODEL, directory / DICTIONARY
        for path in (model, dictionary):
            if not path.is_file():
                raise SpeechError(f"{path}: the speech model is missing; run: coach speech build")
        with model.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()[:12]
        name = f"embedded (pocketsphinx {version('pocketsphinx')}, model {digest})"
        return cls(_decoder(lm=str(model), dict=str(dictionary)), name)

    @classmethod
    def stock(cls) -> "EmbeddedRecogniser":
        """The general model that comes with pocketsphinx: what ours is measured against."""
        return cls(_decoder(), "pocketsphinx with its stock model")

    @property
    def name(self) -> str:
        """The engine and its model."""
        return self._name

    def recognise(self, samples: Samples, utterances: tuple[Span, ...]) -> Heard:
        """Recognise each utterance by itself; every word has times and a probability."""
        words: list[Word] = []
        for span in utterances:
            part = samples[int(span.start * RATE) : int(span.end * RATE)]
            self._decoder.start_utt()
            self._decoder.process_raw(part.tobytes(), full_utt=True)
            self._decoder.end_utt()
            words += self._words(span.start)
        spoken = [word.probability for word in words if word.probability is not None]
        return Heard(words=tuple(words), confidence=sum(spoken) / len(spoken) if spoken else None)

    def _words(self, offset: float) -> list[Word]:
        # There is no hypothesis where nothing was understood; asking for its words would be an error.
        if self._decoder.hyp() is None:
            return []
        return [
            Word(
                text=_written(segment.word),
                start=round(offset + segment.start_frame / _FRAMES_A_SECOND, 2),
                end=round(offset + (segment.end_frame + 1) / _FRAMES_A_SECOND, 2),
                probability=round(min(max(segment.prob, 0.0), 1.0), 4),
            )
            for segment in self._decoder.seg()
            if not segment.word.startswith(_NO_WORDS)
        ]


def _written(word: str) -> str:
    """A word without the number of its pronunciation and without the full stop of a letter ("a.")."""
    return word.partition("(")[0].rstrip(".") or word


def _decoder(**settings: Any) -> "Decoder":
    from pocketsphinx import Decoder

    try:
        return Decoder(samprate=float(RATE), loglevel="FATAL", **settings)
    except RuntimeError as error:
        raise SpeechError(
            f"pocketsphinx cannot be loaded ({error}); install it again: pip install pocketsphinx"
        ) from None
