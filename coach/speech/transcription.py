"""From sound to a transcript: voice activity first, then a recogniser on what is speech."""

from collections.abc import Iterable, Iterator

import numpy as np

from coach.speech.decoding import RATE, Samples, Sound
from coach.speech.passages import MARGIN, Group, Passage, grouped, has_ended, whole
from coach.speech.recogniser import Heard, Recogniser
from coach.speech.voice_activity import VoiceActivity
from coach.spoken import Transcript, Word

# Sound is looked at in pieces of this many samples (5 s), so that memory does not grow with a recording.
_PIECE = 5 * RATE


class Transcription:
    """A transcript that grows while sound comes in, passage by passage.

    The passages, and so the words, are the same whether the sound comes as it is spoken or from a file.
    Sound that was recognised is let go. Raises SpeechError or ServiceError where the recogniser fails.
    """

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self._activity = VoiceActivity()
        self._samples: Samples = np.zeros(0, dtype=np.int16)
        self._offset = self._length = self._done = 0
        self._heard: list[Heard] = []

    @property
    def words(self) -> tuple[Word, ...]:
        """The words so far."""
        return tuple(word for heard in self._heard for word in heard.words)

    @property
    def seconds(self) -> float:
        """How much sound came in."""
        return self._length / RATE

    def feed(self, samples: Samples) -> int:
        """Take more 16 kHz samples, recognise the passages that have ended, and return how many did."""
        self._activity.feed(samples)
        self._samples = np.concatenate([self._samples, samples])
        self._length += len(samples)
        if not self._recogniser.by_passage:
            return 0
        groups = grouped(self._activity.spans)[self._done :]
        silence = self._activity.quiet_until - groups[-1].speech[-1].end if groups else 0.0
        ended = groups if groups and has_ended(groups[-1], silence) else groups[:-1]
        for group in ended:
            self._recognise(group)
        return len(ended)

    def finish(self) -> Transcript:
        """Recognise what is left; a sound without speech has no words, whatever the recogniser."""
        spans = self._activity.end()
        for group in (grouped(spans) if self._recogniser.by_passage else whole(spans))[self._done :]:
            self._recognise(group)
        words = self.words
        sure = [word.probability for word in words if word.probability is not None]
        return Transcript(
            words=words,
            confidence=round(sum(sure) / len(sure), 4) if sure and len(sure) == len(words) else None,
            recogniser=self._recogniser.name,
            duration=round(self.seconds, 2),
            speech=tuple((span.start, span.end) for span in spans),
            lacks=tuple(dict.fromkeys(lack for heard in self._heard for lack in heard.lacks)),
            loops=sum(heard.loops for heard in self._heard),
            missed=round(sum(heard.missed for heard in self._heard), 1),
            language=_language(self._heard),
        )

    def _recognise(self, group: Group) -> None:
        passage: Passage = group.passage(self._samples, self.seconds, self._offset / RATE)
        self._heard.append(self._recogniser.recognise(passage))
        self._done += 1
        keep = round((group.speech[-1].end - MARGIN) * RATE)
        self._samples = self._samples[max(keep - self._offset, 0) :]
        self._offset = max(keep, self._offset)


def transcribe(sound: Sound, recogniser: Recogniser) -> Transcript:
    """Recognise the speech in a sound; SpeechError where the recogniser cannot be used."""
    transcription = Transcription(recogniser)
    for piece in pieces(sound.samples):
        transcription.feed(piece)
    return transcription.finish()


def pieces(samples: Samples) -> Iterator[Samples]:
    """Samples cut into pieces of a few seconds."""
    yield from (samples[start : start + _PIECE] for start in range(0, len(samples), _PIECE))


def _language(heard: Iterable[Heard]) -> str | None:
    """The language of the most words."""
    words: dict[str, int] = {}
    for one in heard:
        if one.language is not None:
            words[one.language] = words.get(one.language, 0) + len(one.words)
    return max(words, key=lambda one: words[one]) if words else None
