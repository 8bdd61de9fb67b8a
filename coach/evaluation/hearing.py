"""How well a recogniser hears answers that its language model has not seen, read by synthetic voices."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from coach.coaching import coach
from coach.domain import Answer, Frozen
from coach.evaluation.voices import VoiceName, read_aloud
from coach.scoring.graded import GradedAnswer
from coach.scoring.scorer import Scorer
from coach.speech.building import Corpus
from coach.speech.decoding import Samples, Sound, decode
from coach.speech.recogniser import Recogniser
from coach.speech.transcription import transcribe

ANSWERS = 12
# Long enough to be an answer, short enough that all of them are recognised in some minutes.
_SHORTEST, _LONGEST = 40, 140


class Hearing(Frozen):
    """One answer as one voice and one recogniser had it: word errors against the words that were read.

    `noise` is the signal-to-noise ratio in dB, None without noise. `text_overall` and `spoken_overall` are
    the overall marks of the written answer and of the uncorrected transcript, where they were asked for.
    """

    answer: str
    voice: VoiceName
    recogniser: str
    noise: float | None
    words: int
    errors: int
    confidence: float | None
    text_overall: float | None = None
    spoken_overall: float | None = None

    @property
    def rate(self) -> float:
        """Word error rate: substitutions, insertions and deletions by the words that were read."""
        return self.errors / max(self.words, 1)


def unseen_answers(answers: Sequence[GradedAnswer], writers: Sequence[str]) -> tuple[GradedAnswer, ...]:
    """Twelve answers by these writers, each to another question, typed and spoken ones in turn."""
    chosen: list[GradedAnswer] = []
    for answer in answers:
        channel = "typed" if len(chosen) % 2 == 0 else "speech"
        fits = _SHORTEST <= len(answer.answer.split()) <= _LONGEST and answer.channel == channel
        if answer.writer in writers and fits and answer.question not in {one.question for one in chosen}:
            chosen.append(answer)
    return tuple(chosen[:ANSWERS])


def hear(
    answer: GradedAnswer,
    voice: VoiceName,
    recognisers: Sequence[Recogniser],
    corpus: Corpus,
    noise: float | None = None,
    scorer: Scorer | None = None,
    read: Callable[[str, VoiceName, Path], None] = read_aloud,
) -> tuple[Hearing, ...]:
    """Have one answer read by a voice and recognised by each recogniser.

    Both sides are compared as words and letters said: "MLflow" and "m l flow" are the same words.
    """
    sentences = corpus.spoken(answer.answer)
    said = [piece for sentence in sentences for word in sentence for piece in corpus.trade.said(word)]
    aloud = ". ".join(
        " ".join(piece for word in sentence for piece in corpus.trade.said(word)) for sentence in sentences
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answer.wav"
        read(f"{aloud}.", voice, path)
        sound = decode(path)
    sound = Sound(with_noise(sound.samples, noise)) if noise is not None else sound
    found = []
    for recogniser in recognisers:
        transcript = transcribe(sound, recogniser)
        heard = [piece for word in transcript.words for piece in corpus.trade.said(word.text.lower())]
        overall = None
        if scorer is not None:
            spoken = Answer(text=transcript.text, question=answer.question, channel="speech")
            overall = coach(spoken, scorer).score.overall
        found.append(
            Hearing(
                answer=answer.id,
                voice=voice,
                recogniser=recogniser.name,
                noise=noise,
                words=len(said),
                errors=word_errors(said, heard),
                confidence=transcript.confidence,
                text_overall=_written_overall(answer, scorer),
                spoken_overall=overall,
            )
        )
    return tuple(found)


def _written_overall(answer: GradedAnswer, scorer: Scorer | None) -> float | None:
    if scorer is None:
        return None
    written = Answer(text=answer.answer, question=answer.question, channel=answer.channel)
    return coach(written, scorer).score.overall


def word_errors(read: Sequence[str], heard: Sequence[str]) -> int:
    """The fewest words to substitute, insert and delete to turn one sequence into the other.

    >>> word_errors("roll back the model".split(), "roll that model now".split())
    3
    """
    row = list(range(len(heard) + 1))
    for place, word in enumerate(read, start=1):
        before, row[0] = row[0], place
        for other_place, other in enumerate(heard, start=1):
            before, row[other_place] = (
                row[other_place],
                min(row[other_place] + 1, row[other_place - 1] + 1, before + (word != other)),
            )
    return row[-1]


def with_noise(samples: Samples, ratio: float) -> Samples:
    """Add white noise at a signal-to-noise ratio in dB, always the same noise."""
    power = float((samples.astype(np.float64) ** 2).mean())
    level = np.sqrt(power / 10 ** (ratio / 10))
    noise = np.random.default_rng(0).normal(0, level, len(samples))
    return np.clip(samples + noise, -32768, 32767).astype(np.int16)
