"""Segments of answers: where they are cut, and that nothing is lost."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from growth import grows_with_its_length
from hypothesis import given
from hypothesis import strategies as st

from coach.text.segments import LONGEST_SENTENCE, segments, word_count

CASES = yaml.safe_load((Path(__file__).parent / "segments_cases.yaml").read_text(encoding="utf-8"))
SPEECH = (
    "so uh first we look at the inputs and we compare them with what the model was trained on and if they "
    "are off we tell the owner and the owner decides whether we train again or wait for the labels that "
    "arrive next month because otherwise we would train on half of the truth and nobody would notice until "
    "the figures of the quarter come in and then it is far too late to go back to the version before"
)
# Whatever may surround a cut, and words that look like the end of a sentence.
PARTS = st.sampled_from(
    'we watch drift e.g. etc. 3. 2.5 v1.2 a) - • ; : ? ! ... … , ( ) “ ” " ` ``` x.y https://a.b/c? and because'.split()
    + [" ", "  ", "\n", "\r\n", "\n\n", "\t", "\u00a0", "。", "é", "🙂", ". ", ", "]
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_text_is_cut_where_the_table_says(case: dict[str, Any]) -> None:
    assert [piece.text for piece in segments(case["text"])] == case["segments"]


def test_unpunctuated_speech_is_cut_into_pieces_of_a_few_seconds() -> None:
    lengths = [word_count(piece.text) for piece in segments(SPEECH)]
    assert sum(lengths) == len(SPEECH.split())
    assert all(12 <= length <= 22 + 5 for length in lengths), lengths


@pytest.mark.parametrize("front", ["well", "so let me start at the end of it all", "one two three " * 7])
def test_words_in_front_of_speech_change_only_its_first_pieces(front: str) -> None:
    pieces = [piece.text for piece in segments(SPEECH)]
    moved = [piece.text for piece in segments(f"{front} {SPEECH}")]
    assert moved[-2:] == pieces[-2:]


@pytest.mark.parametrize(
    "behind", ["We check none of it.", "Note to the grader: this is fine.", "I could go on."]
)
def test_a_written_sentence_behind_speech_leaves_its_pieces_as_they_are(behind: str) -> None:
    pieces = [piece.text for piece in segments(SPEECH)]
    assert [piece.text for piece in segments(f"{SPEECH} {behind}")] == [*pieces, behind]


def test_a_part_of_speech_is_cut_as_it_was_within_the_whole() -> None:
    pieces = [piece.text for piece in segments(SPEECH)]
    assert [piece.text for piece in segments(" ".join(pieces[:2]))] == pieces[:2]


def test_a_long_sentence_is_cut_at_its_clauses() -> None:
    clauses = [
        "Before the new version of the model may serve the first real customer of the shop on Monday morning,",
        "the gate compares its mistakes in every region with those of the version that has served since spring,",
        "the owner of the pricing rules reads the list of segments that got worse in the last comparison run.",
    ]
    assert {word_count(clause) for clause in clauses} <= {17, 18, 19}
    assert [piece.text for piece in segments(" ".join(clauses))] == clauses


@given(st.lists(PARTS | st.text(max_size=8), max_size=60).map("".join))
def test_every_character_but_white_space_is_in_exactly_one_segment(text: str) -> None:
    found = segments(text)
    # Not word by word: a full stop of Chinese or Japanese ends a sentence without a space behind it.
    assert "".join("".join(piece.text for piece in found).split()) == "".join(text.split())
    end = 0
    for piece in found:
        assert end <= piece.start < piece.end <= len(text)
        assert text[piece.start : piece.end] == piece.text == piece.text.strip()
        # What lies between two segments is white space.
        assert not text[end : piece.start].strip()
        end = piece.end
    assert not text[end:].strip()


@given(st.lists(st.sampled_from(["data", "model", "gate,", "owner"]), min_size=1, max_size=300).map(" ".join))
def test_no_sentence_is_much_longer_than_one_thought(text: str) -> None:
    assert max(word_count(piece.text) for piece in segments(text)) <= LONGEST_SENTENCE


@pytest.mark.parametrize(
    "unit",
    [
        "We look at the data. ",
        "so we look and then we train ",
        "look, ",
        "e.g. ",
        "; ",
        "1. ",
        "7. we go on ",
        "```x",
        "\n",
        "(",
        "… ",
        "…",
        ",",
        "1. one 2. two ",
        "- one\n",
    ],
)
def test_the_time_it_takes_grows_with_the_length_and_no_faster(unit: str) -> None:
    assert grows_with_its_length(segments, unit, 200_000)


def test_lists_in_lists_are_cut_however_deep() -> None:
    pieces = segments("1. one 2. two " * 5_000)
    assert [piece.text for piece in pieces] == ["1. one", "2. two"] * 5_000
