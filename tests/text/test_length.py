"""The length of an answer against its time limit."""

import pytest

from coach.text.length import length


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        (0, "short"),
        (43, "short"),  # 19.8 seconds at the slow pace, less than a third of the minute
        (44, "fits"),
        (130, "fits"),  # a minute at the slow pace
        (131, "close"),
        (150, "close"),  # a minute at the fast pace
        (151, "over"),
    ],
)
def test_the_verdict_turns_at_the_paces(words: int, verdict: str) -> None:
    assert length("word " * words, 60).verdict == verdict


def test_the_seconds_are_those_of_130_and_150_words_a_minute() -> None:
    found = length("word " * 195, 90)
    assert (found.words, found.seconds_fast, found.seconds_slow, found.limit) == (195, 78.0, 90.0, 90)


def test_the_limit_counts() -> None:
    assert [length("word " * 200, limit).verdict for limit in (60, 90, 120, 300)] == [
        "over",
        "close",
        "fits",
        "short",
    ]
