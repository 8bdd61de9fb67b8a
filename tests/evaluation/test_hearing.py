"""Measuring a recogniser: errors against an independent count, and what is read is what is compared."""

import difflib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sounds import tone, write_sound
from test_voice_activity import CLIP

from coach import resources
from coach.evaluation.hearing import ANSWERS, Hearing, hear, unseen_answers, with_noise, word_errors
from coach.packs import Pack
from coach.scoring.graded import load_graded
from coach.speech.building import HELD_OUT, Corpus
from coach.speech.decoding import Samples, decode
from coach.speech.recogniser import Heard
from coach.speech.voice_activity import Span
from coach.spoken import Word

words_of = st.lists(st.sampled_from("abcd"), max_size=8)


@given(words_of, words_of)
def test_word_errors_are_a_distance(left: list[str], right: list[str]) -> None:
    errors = word_errors(left, right)
    assert errors == word_errors(right, left)
    assert (errors == 0) == (left == right)
    assert abs(len(left) - len(right)) <= errors <= max(len(left), len(right))
    # Another way to turn one into the other is never shorter.
    steps = difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    assert errors <= sum(max(b - a, d - c) for tag, a, b, c, d in steps if tag != "equal")


def test_noise_has_the_asked_ratio_and_is_always_the_same() -> None:
    sound = tone(1.0)
    noisy = with_noise(sound, 10)
    noise = noisy.astype(float) - sound
    assert 10 * np.log10((sound.astype(float) ** 2).mean() / (noise**2).mean()) == pytest.approx(10, abs=0.1)
    assert np.array_equal(noisy, with_noise(sound, 10))


def test_twelve_answers_that_the_model_has_not_seen() -> None:
    answers = load_graded(resources.default_pack_dir() / "graded" / "answers.jsonl")
    chosen = unseen_answers(answers, HELD_OUT)
    assert len(chosen) == ANSWERS == len({one.question for one in chosen})
    assert {one.writer for one in chosen} == set(HELD_OUT)
    assert {one.channel for one in chosen} == {"typed", "speech"}


class Echo:
    """A recogniser that hears what it was told to."""

    name = "echo"

    def __init__(self, text: str) -> None:
        self._words = tuple(Word(text=word, probability=0.8) for word in text.split())

    def recognise(self, samples: Samples, utterances: tuple[Span, ...]) -> Heard:
        return Heard(words=self._words, confidence=0.8)


def test_letters_and_names_count_alike_however_they_are_written(pack: Pack) -> None:
    answer = load_graded(resources.default_pack_dir() / "graded" / "answers.jsonl")[0]
    answer = answer.model_copy(update={"answer": "We log runs to MLflow.", "labels": answer.labels})
    read: list[str] = []

    def aloud(text: str, voice: str, path: Path) -> None:
        read.append(text)
        write_sound(path, decode(CLIP).samples, rate=16_000)

    corpus = Corpus(pack, ())
    right, spelled, wrong = (
        hear(answer, "rms", (Echo(text),), corpus, read=aloud)[0]
        for text in ("we log runs to mlflow", "we log runs to m l flow", "we log guns to ml")
    )
    assert read[0] == "we log runs to m l flow."
    assert (right.errors, spelled.errors, wrong.errors) == (0, 0, 2)
    assert right.words == 7
    assert isinstance(right, Hearing)
    assert wrong.rate == pytest.approx(2 / 7)
