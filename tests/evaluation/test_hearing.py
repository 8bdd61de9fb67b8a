"""Measuring a recogniser: errors against an independent count, and what is read is what is compared."""

import difflib
from pathlib import Path

import numpy as np
import pytest
from command_line import refused, run
from hypothesis import given
from hypothesis import strategies as st
from sounds import silence, tone, write_sound
from test_voice_activity import CLIP

from coach import resources
from coach.domain import Tool
from coach.errors import InputError, UsageError
from coach.evaluation.disturbances import in_room, voiceless, with_noise
from coach.evaluation.hearing import HELD_OUT, clips_in, heard, unseen_answers, waited
from coach.evaluation.listening import own_task, parsed_conditions, summed, voice_tasks
from coach.evaluation.voices import readable
from coach.evaluation.word_errors import said_words, word_errors
from coach.packs import Pack
from coach.scoring.graded import load_graded
from coach.speech.choice import Choice
from coach.speech.decoding import RATE, decode
from coach.speech.passages import Passage
from coach.speech.recogniser import Heard
from coach.spoken import Word
from coach.text.lexicon import Lexicon

words_of = st.lists(st.sampled_from(["a", "bc", "d", "abc"]), max_size=8)


def fewest(left: list[str], right: list[str]) -> int:
    """Word errors without joined words, counted another way: by trying everything that is shorter."""
    if not left or not right:
        return len(left) + len(right)
    same = left[0] == right[0]
    return min(
        fewest(left[1:], right) + 1, fewest(left, right[1:]) + 1, fewest(left[1:], right[1:]) + (not same)
    )


@given(st.lists(st.sampled_from("abcd"), max_size=5), st.lists(st.sampled_from("abcd"), max_size=5))
def test_word_errors_are_the_fewest(left: list[str], right: list[str]) -> None:
    # Words of one letter each are never another joined.
    assert word_errors(left, right) == fewest(left, right)


@given(words_of, words_of)
def test_word_errors_are_a_distance(left: list[str], right: list[str]) -> None:
    errors = word_errors(left, right)
    assert errors == word_errors(right, left)
    assert errors <= max(len(left), len(right))
    assert not (left == right and errors)
    steps = difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    assert errors <= sum(max(b - a, d - c) for tag, a, b, c, d in steps if tag != "equal")
    if errors == 0:
        assert "".join(left) == "".join(right)


@pytest.mark.parametrize(
    ("read", "written", "errors"),
    [
        ("we log runs to m l flow", "We log runs to MLflow.", 0),
        ("we log runs to m l flow", "we log runs to ML flow", 0),
        ("we log runs to m l flow", "we log guns to ml", 2),
        ("twenty percent of two thousand", "20% of 2,000", 0),
        ("roll back the model", "", 4),
    ],
)
def test_words_count_as_they_are_said(read: str, written: str, errors: int) -> None:
    assert word_errors(said_words(read), said_words(written)) == errors


def test_noise_has_the_asked_ratio_and_is_always_the_same() -> None:
    sound = tone(1.0)
    noisy = with_noise(sound, 10)
    noise = noisy.astype(float) - sound
    assert 10 * np.log10((sound.astype(float) ** 2).mean() / (noise**2).mean()) == pytest.approx(10, abs=0.1)
    assert np.array_equal(noisy, with_noise(sound, 10))


def test_a_room_rings_after_a_clap() -> None:
    clap = silence(1.0)
    clap[1000] = 20_000
    rung = in_room(clap).astype(float)
    energy = [float((rung[1000 + start : 1000 + start + 800] ** 2).sum()) for start in (100, 2000, 6000)]
    assert energy[0] > energy[1] > energy[2] > 0
    assert np.array_equal(in_room(clap), rung)


def test_there_are_twenty_sounds_without_a_voice() -> None:
    sounds = dict(voiceless())
    assert len(sounds) == 20
    assert all(len(samples) == 12 * RATE for samples in sounds.values())
    assert sum(not samples.any() for samples in sounds.values()) == 1


def test_answers_that_the_names_were_not_counted_in() -> None:
    answers = load_graded(resources.default_pack_dir() / "graded" / "answers.jsonl")
    chosen = unseen_answers(answers)
    assert len(chosen) == 12 == len({one.question for one in chosen})
    assert {one.writer for one in chosen} == set(HELD_OUT)
    assert {one.channel for one in chosen} == {"typed", "speech"}
    more = unseen_answers(answers, 30)
    assert len({one.id for one in more}) == len(more) > 12


def test_a_voice_is_given_what_it_can_read() -> None:
    assert readable("Azure ML runs KServe at 99% & DVC", frozenset({"ml", "dvc"})) == (
        "Azure m l runs K Serve at 99 percent and d v c"
    )


class Echo:
    """A recogniser that hears what it was told to."""

    name = "echo"
    by_passage = False

    def __init__(self, text: str, sure: float = 0.8) -> None:
        self._words = tuple(Word(text=word, probability=sure) for word in text.split())

    def recognise(self, passage: Passage) -> Heard:
        return Heard(words=self._words, confidence=0.8)


LEXICON = Lexicon((Tool(name="MLflow", category="t"), Tool(name="Grafana", category="t")), {})


def test_names_that_were_said_and_names_that_were_not_are_counted() -> None:
    sound = decode(CLIP).samples
    text = "we log runs to m l flow and look at them"
    found, transcript = heard(
        sound,
        text,
        Echo("we log runs to grafana and look at them"),
        recording="a",
        lexicon=LEXICON,
        names_in="We log runs to MLflow and look at them.",
    )
    assert (found.names_said, found.names_found, found.names_made_up) == (1, 0, ("Grafana",))
    assert found.rate == found.errors / found.words
    # Nine words in half a minute of speech are not scored unread.
    assert found.refused
    assert transcript.text.startswith("we log")
    right, _ = heard(sound, text, Echo("we log runs to MLflow"), recording="a", lexicon=LEXICON)
    assert (right.names_found, right.names_made_up) == (1, ())
    (row,) = summed([found, right])
    assert row[:2] == ("a person", "clean")
    assert "1 of 2" in row


@pytest.mark.parametrize(
    ("behind", "sure", "made_up"),
    [
        ("Grafana", 0.9, ("Grafana",)),
        ("XGBo", 0.2, ("XGBo",)),
        ("Vault.", 0.2, ("Vault.",)),
        # Words that the recogniser is sure of are others', and those that were said belong to their speaker.
        ("XGBo", 0.6, ()),
        ("gospel", 0.2, ()),
        ("Key", 0.2, ()),
        ("", 0.2, ()),
    ],
)
def test_pieces_of_names_in_a_text_without_any_are_made_up(
    behind: str, sure: float, made_up: tuple[str, ...]
) -> None:
    said = "we are glad to welcome his gospel"
    names = ("XGBoost", "Grafana", "Key Vault", "Gospel Tools")
    echo = Echo(f"{said} {behind}", sure)
    clip = decode(CLIP).samples[: 8 * RATE]
    found, _ = heard(clip, said, echo, recording="a", lexicon=LEXICON, expected=names)
    assert found.names_made_up == made_up
    # Where tools were said, a piece of a name is one of them misheard.
    tools, _ = heard(clip, f"{said} MLflow", echo, recording="a", lexicon=LEXICON, expected=names)
    assert tools.names_made_up == tuple(name for name in made_up if name == "Grafana")


def test_the_wait_is_measured_from_the_last_word() -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    found = waited(decode(CLIP).samples[: 8 * RATE], Echo("word"), sleep, lambda: now[0])
    # The clock stands still but for the playing: nothing is waited for behind it.
    assert (found.seconds, found.after_last_word) == (8.0, 0.0)
    assert now[0] == pytest.approx(8.0, abs=0.1)


def test_conditions_clips_and_texts_that_cannot_be_used(tmp_path: Path) -> None:
    assert [one.name for one in parsed_conditions("clean,20,room")] == ["clean", "20 dB", "room"]
    with pytest.raises(UsageError, match="'loud' is no condition"):
        parsed_conditions("loud")
    with pytest.raises(InputError, match="holds no recording"):
        clips_in(tmp_path)
    write_sound(tmp_path / "a.wav", tone(1.0))
    (tmp_path / "a.txt").write_text("we roll back", encoding="utf-8")
    assert [text for _, text in clips_in(tmp_path)] == ["we roll back"]
    with pytest.raises(InputError, match="cannot be read"):
        own_task(tmp_path / "a.wav", tmp_path / "none.txt")


def test_a_voice_that_is_none_is_named(pack: Pack) -> None:
    with pytest.raises(UsageError, match="the voices are rms, slt, hts, piper"):
        voice_tasks((), ("joe",), (), pack, None)


def test_a_recording_of_ones_own_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "coach.cli.speech.choose", lambda *arguments: Choice(Echo("we track the runs in mlflow"), "echo")
    )
    text = tmp_path / "said.txt"
    text.write_text("we track the runs in MLflow now", encoding="utf-8")
    ran = run("speech", "measure", "--recording", CLIP, "--text", text)
    assert ran.status == 0
    assert "14.3%" in ran.out
    assert "your recording" in ran.out
    assert "Made up" not in ran.out
    text.write_text("we track the runs in tables now", encoding="utf-8")
    ran = run("speech", "measure", "--recording", CLIP, "--text", text)
    assert "Made up in drift.opus (your recording, clean): MLflow" in ran.out
    refused(run("speech", "measure", "--recording", CLIP), 2, "--text")
    refused(run("speech", "measure"), 2, "nothing to measure")
