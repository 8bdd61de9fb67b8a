"""Whisper on this machine, through faster-whisper: the embedded model, or a larger one that is here."""

import os
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from coach.errors import SpeechError
from coach.speech.extra import missing_extra
from coach.speech.passages import Passage
from coach.speech.recogniser import Heard
from coach.speech.samples import RATE
from coach.speech.whisper_files import MODEL, checked, embedded_folder
from coach.spoken import Word

DEFAULT_MODEL = "small.en"
ENGLISH = "en"
# Fewer names as hotwords lost whole windows, forty lost none in 48 runs.
HOTWORDS = 40
# faster-whisper cuts hotwords behind so many tokens; forty of the embedded pack's names are 136 with commas.
_HOTWORD_TOKENS = 223
# Without this much silence behind a passage, asking for word times turned a clip of 1.8 s into 200 words.
_TAIL = 0.5
# Text that can be compressed better than this says the same over and over (Whisper's own threshold).
_LOOP_RATIO = 2.4
# So many seconds of voice activity without a word are heard again without hotwords, which swallow windows.
_MISSED = 3.0
# A last word that the model itself gives next to no chance was never said: those seen in people's clips and
# in a synthetic voice had 0.0002 to 0.003.
_INVENTED = 0.05
# Nothing can be said in so little voice (seconds). Behind the last words of people's clips and of synthetic
# voices up to 0.26 s of it were left, behind one word 0.35 s.
_NO_VOICE = 0.3
# So little holds a short word; one that the model doubts was made up: "Thank you" and "Please" behind the
# last word had 0.02 to 0.16 and in a cough and a melody 0.01 to 0.02, where as little was said 0.52 and more.
_LITTLE_VOICE, _MADE_UP_BELOW = 0.6, 0.3
# A word takes no longer, whatever its time says.
_LONGEST_WORD = 1.5
# A language that is less likely is taken for English: a few short words tell little.
_LANGUAGE_SURE = 0.6
_THREADS = 4


class WhisperRecogniser:
    """Decodes a passage at a time; the same sound gives the same words. Nothing leaves the machine."""

    by_passage = True

    def __init__(self, model: Any, name: str, keywords: Sequence[str] = (), is_english: bool = True) -> None:
        self._model, self._name = model, name
        self._hotwords = _listed(keywords[:HOTWORDS], model)
        self._language = ENGLISH if is_english else None

    @classmethod
    def embedded(cls, keywords: Sequence[str] = ()) -> "WhisperRecogniser":
        """Load the model that comes with the extra, after its hash was checked; SpeechError otherwise."""
        folder = embedded_folder()
        digest = checked(folder)[:12]
        package, model = _loaded(str(folder))
        name = f"embedded ({MODEL}, faster-whisper {package.__version__}, model {digest})"
        return cls(model, name, keywords).warmed()

    @classmethod
    def from_cache(cls, model: str = DEFAULT_MODEL, keywords: Sequence[str] = ()) -> "WhisperRecogniser":
        """Load a model by name or folder; SpeechError says what to run where package or model is missing."""
        package, loaded = _loaded(model)
        is_english = not loaded.model.is_multilingual
        name = f"local (faster-whisper {package.__version__}, {model})"
        return cls(loaded, name, keywords, is_english).warmed()

    @property
    def name(self) -> str:
        """The engine and its model."""
        return self._name

    def warmed(self) -> "WhisperRecogniser":
        """Itself, once a second of silence was decoded: the first passage takes no longer than others."""
        list(self._model.transcribe(np.zeros(RATE, dtype=np.float32), language=ENGLISH, temperature=0.0)[0])
        return self

    def recognise(self, passage: Passage) -> Heard:
        """Recognise one passage; every word has times and a probability.

        What is said twice over, begins after the last voice or comes out of silence is left out. Where speech
        has no words, or what was said is a loop, the passage is heard again without hotwords.
        """
        heard = self._heard(passage, self._hotwords)
        if self._hotwords and (heard.loops or heard.missed > _MISSED):
            again = self._heard(passage, None)
            heard = min(heard, again, key=lambda one: (one.loops, one.missed))
        return heard.model_copy(update={"missed": heard.missed if heard.missed > _MISSED else 0.0})

    def _heard(self, passage: Passage, hotwords: str | None) -> Heard:
        segments, about = self._transcribed(passage, hotwords, self._language)
        if about.language_probability < _LANGUAGE_SURE:
            segments, about = self._transcribed(passage, hotwords, ENGLISH)
        words: list[Word] = []
        loops = set()
        for segment in segments:
            if segment.start >= passage.last_speech:
                continue
            if segment.compression_ratio > _LOOP_RATIO:
                loops.add(segment.seek)
                continue
            said = _words(segment.words or (), passage)
            if said and _is_made_up(said[0], passage):
                continue
            words += said
            # Segments are decoded as they are asked for: what lies behind the voice costs a window, and from
            # it names are made up.
            if words and _voice_behind(passage, _said_until(words[-1])) < _NO_VOICE:
                break
        while words and (words[-1].probability or 0.0) < _INVENTED:
            words.pop()
        sure = [word.probability for word in words if word.probability is not None]
        return Heard(
            words=tuple(words),
            confidence=sum(sure) / len(sure) if sure else None,
            loops=len(loops),
            missed=missed(passage, words),
            language=str(about.language),
        )

    def _transcribed(
        self, passage: Passage, hotwords: str | None, language: str | None
    ) -> tuple[Iterable[Any], Any]:
        sound = np.concatenate(
            [passage.samples.astype(np.float32) / 32768, np.zeros(int(_TAIL * RATE), dtype=np.float32)]
        )
        segments, about = self._model.transcribe(
            sound,
            language=language,
            hotwords=hotwords,
            word_timestamps=True,
            # The usual fallback to other temperatures gives two texts for one file.
            temperature=0.0,
            # What was invented in one window would be repeated in the next.
            condition_on_previous_text=False,
            vad_filter=False,
        )
        return segments, about


def missed(passage: Passage, words: Sequence[Word]) -> float:
    """The most seconds of voice activity in a row that no word of the passage was said in."""
    edges = [passage.utterances[0].start]
    for word in words:
        if word.start is not None and word.end is not None:
            edges += [word.start, _said_until(word)]
    edges.append(passage.utterances[-1].end)
    return max(_voice(passage, since, until) for since, until in zip(edges[::2], edges[1::2], strict=True))


def is_ready(model: str = DEFAULT_MODEL) -> bool:
    """Whether package and model are here, without loading the model."""
    try:
        import_module("faster_whisper.utils").download_model(model, local_files_only=True)
    except (ImportError, OSError, RuntimeError, ValueError):
        return False
    return True


def _listed(names: Sequence[str], model: Any) -> str | None:
    """The names as a list that is written like a sentence, as many as the model takes; None for none.

    What Whisper writes follows the text before it. After names without commas and stop it left out those, and
    where a sentence had not ended it wrote another name behind the last word, in three of ten people's clips.
    """
    for count in range(len(names), 0, -1):
        listed = f"{', '.join(names[:count])}."
        if len(model.hf_tokenizer.encode(f" {listed}", add_special_tokens=False).ids) <= _HOTWORD_TOKENS:
            return listed
    return None


def _said_until(word: Word) -> float:
    """Where a word with times ends, whatever its time says of a longer one."""
    return min(word.end or 0.0, (word.start or 0.0) + _LONGEST_WORD)


def _is_made_up(first: Word, passage: Passage) -> bool:
    """Whether what begins with this word comes out of next to no voice, and the model doubts it."""
    behind = _voice_behind(passage, first.start or 0.0)
    return behind < _LITTLE_VOICE and (first.probability or 0.0) < _MADE_UP_BELOW


def _voice_behind(passage: Passage, since: float) -> float:
    return _voice(passage, since, passage.utterances[-1].end)


def _voice(passage: Passage, since: float, until: float) -> float:
    """The seconds of voice activity between two moments of the recording."""
    return sum(max(0.0, min(span.end, until) - max(span.start, since)) for span in passage.speech)


def _words(said: Iterable[Any], passage: Passage) -> list[Word]:
    return [
        Word(
            text=word.word.strip(),
            start=passage.original(min(float(word.start), passage.seconds)),
            end=passage.original(min(float(word.end), passage.seconds)),
            probability=round(min(max(float(word.probability), 0.0), 1.0), 4),
        )
        for word in said
        if word.word.strip()
    ]


def _loaded(model: str) -> tuple[Any, Any]:
    """The package and a model of it; a model is never fetched."""
    try:
        package = import_module("faster_whisper")
    except ImportError:
        raise missing_extra("the recogniser on this machine") from None
    # Without its own tokenizer a model would ask the network for one.
    if Path(model).is_dir() and not (Path(model) / "tokenizer.json").is_file():
        raise SpeechError(
            f"{model}: holds no tokenizer.json, so it is no whisper model of faster-whisper; give another"
        )
    try:
        return package, package.WhisperModel(
            model, device="cpu", compute_type="int8", cpu_threads=_threads(), local_files_only=True
        )
    except (OSError, RuntimeError, ValueError) as error:
        raise SpeechError(_missing(model, error)) from None


def _threads() -> int:
    return min(
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, _THREADS
    )


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
