"""What a recogniser is measured on: recordings with their texts, spoilt or not, and their sums."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from coach.errors import InputError, UsageError
from coach.evaluation.disturbances import in_room, voiceless, with_noise
from coach.evaluation.hearing import Hearing, Wait, clips_in, heard, marked, waited
from coach.evaluation.voices import VOICES, VoiceName, acronyms, read_aloud, readable
from coach.packs import Pack
from coach.scoring.graded import GradedAnswer
from coach.scoring.scorer import Scorer
from coach.speech.decoding import Sound, decode
from coach.speech.keywords import expected_names
from coach.speech.recogniser import Recogniser
from coach.speech.repairs import NameEar
from coach.speech.samples import RATE, Samples
from coach.speech.transcription import transcribe
from coach.text.lexicon import Lexicon

_WAIT_SECONDS = 120.0


class Task(NamedTuple):
    """A recording to be heard: who speaks, what is said, and how to get the sound.

    `names_in` is the text in which tool names are counted, as it was written.
    """

    recording: str
    voice: str
    said: str
    sound: Callable[[], Samples]
    names_in: str
    answer: GradedAnswer | None = None


class Condition(NamedTuple):
    """What is done to a sound before it is heard."""

    name: str
    spoil: Callable[[Samples], Samples]


class Listener:
    """Measures one recogniser."""

    def __init__(self, recogniser: Recogniser, pack: Pack, scorer: Scorer | None = None) -> None:
        self._recogniser, self._scorer = recogniser, scorer
        self._lexicon = Lexicon(pack.tools, pack.sounds, frozenset(pack.not_tools))
        self._ear = NameEar.from_pack(pack)
        self._expected = expected_names(pack)

    def heard(self, task: Task, condition: Condition) -> Hearing:
        """Hear one recording under one condition."""
        hearing, transcript = heard(
            condition.spoil(task.sound()),
            task.said,
            self._recogniser,
            recording=task.recording,
            voice=task.voice,
            condition=condition.name,
            lexicon=self._lexicon,
            ear=self._ear,
            names_in=task.names_in,
            expected=self._expected,
        )
        if self._scorer is not None and task.answer is not None:
            return marked(hearing, task.answer, transcript, self._scorer)
        return hearing

    def wait(self, tasks: Sequence[Task]) -> Wait:
        """Play two minutes of these recordings as they are spoken, and time the wait for their text."""
        sounds: list[Samples] = []
        for task in tasks:
            sounds.append(task.sound())
            if sum(map(len, sounds)) >= _WAIT_SECONDS * RATE:
                break
        samples = np.concatenate(sounds)[: int(_WAIT_SECONDS * RATE)]
        # The recogniser is loaded before anybody speaks.
        transcribe(Sound(samples[: 5 * RATE]), self._recogniser)
        return waited(samples, self._recogniser)


def parsed_conditions(named: str) -> tuple[Condition, ...]:
    """The conditions of a list with commas; UsageError names what is none."""
    found = []
    for name in named.split(","):
        if name == "clean":
            found.append(Condition(name, lambda samples: samples))
        elif name == "room":
            found.append(Condition(name, in_room))
        else:
            try:
                ratio = float(name)
            except ValueError:
                raise UsageError(
                    f"{name!r} is no condition; give clean, room or a ratio in dB such as 20"
                ) from None
            found.append(Condition(f"{ratio:g} dB", partial(with_noise, ratio=ratio)))
    return tuple(found)


def own_task(recording: Path, text: Path) -> Task:
    """A recording of the user's own."""
    try:
        said = text.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{text}: cannot be read as UTF-8 text ({error})") from None
    return Task(recording.name, "your recording", said, partial(_decoded, recording), said)


def clip_tasks(folder: Path) -> list[Task]:
    """The clips of a folder."""
    return [Task(path.name, "people", text, partial(_decoded, path), text) for path, text in clips_in(folder)]


def voice_tasks(
    answers: Sequence[GradedAnswer],
    voices: Sequence[str],
    texts: Sequence[str],
    pack: Pack,
    piper: Path | None,
) -> list[Task]:
    """Answers read by voices; `texts` tell which words are spelled. UsageError names an unknown voice."""
    for name in voices:
        if name not in VOICES:
            raise UsageError(f"the voices are {', '.join(VOICES)}; {name!r} is none")
    spelled = acronyms([*texts, *(tool.name for tool in pack.tools), *pack.not_tools])
    tasks = []
    for voice in VOICES:
        for answer in answers if voice in voices else ():
            said = readable(answer.answer, spelled)
            tasks.append(
                Task(
                    answer.id,
                    voice,
                    said,
                    partial(_spoken, said, voice, piper),
                    answer.answer,
                    answer,
                )
            )
    return tasks


def silences(recogniser: Recogniser) -> Mapping[str, str]:
    """What a recogniser hears in sounds without a voice, by their names."""
    return {name: transcribe(Sound(samples), recogniser).text for name, samples in voiceless()}


def summed(found: Sequence[Hearing]) -> Iterator[tuple[str, ...]]:
    """One row of a table for each voice and condition, as it is printed."""
    for voice, condition in dict.fromkeys((one.voice, one.condition) for one in found):
        rows = [one for one in found if (one.voice, one.condition) == (voice, condition)]
        words, seconds = sum(one.words for one in rows), sum(one.seconds for one in rows)
        sure = [one.confidence for one in rows if one.confidence is not None]
        said = sum(one.names_said for one in rows)
        apart = [
            abs(one.spoken_overall - one.text_overall)
            for one in rows
            if one.spoken_overall is not None and one.text_overall is not None
        ]
        cost = sum(one.processor * one.seconds for one in rows) / max(seconds, 0.1)
        yield (
            voice,
            condition,
            str(len(rows)),
            str(words),
            f"{sum(one.errors for one in rows) / max(words, 1):.1%}",
            f"{sum(sure) / len(sure):.2f}" if sure else "",
            str(sum(one.refused for one in rows)),
            f"{sum(one.names_found for one in rows)} of {said}" if said else "",
            str(sum(len(one.names_made_up) for one in rows)),
            f"{sum(apart) / len(apart):.2f}" if apart else "",
            f"{cost:.3f}",
        )


def _decoded(path: Path) -> Samples:
    return decode(path).samples


def _spoken(said: str, voice: VoiceName, piper: Path | None) -> Samples:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answer.wav"
        read_aloud(f"{said}.", voice, path, piper)
        return decode(path).samples
