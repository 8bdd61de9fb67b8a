"""Marks, durations and drawings at their edges."""

import pytest

from coach.render import numbers


@pytest.mark.parametrize(
    ("value", "written"), [(0.0, "0.0"), (-0.04, "0.0"), (3.94, "3.9"), (3.96, "4.0"), (5.0, "5.0")]
)
def test_mark_has_one_decimal_and_no_minus_nought(value: float, written: str) -> None:
    assert numbers.mark(value) == written


@pytest.mark.parametrize(
    ("value", "written"), [(0.44, "+0.4"), (0.04, ""), (0.0, ""), (-0.3, ""), (1.0, "+1.0")]
)
def test_gain_is_silent_where_it_rounds_to_nothing(value: float, written: str) -> None:
    assert numbers.gain(value) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (86.4, "1 min 26 s"),
        (120, "2 min"),
        (240_000, "4,000 min"),
    ],
)
def test_duration_in_minutes_and_seconds(seconds: float, written: str) -> None:
    assert numbers.duration(seconds) == written


@pytest.mark.parametrize(
    ("fast", "slow", "written"),
    [
        (16, 18.4, "16 to 18 s"),
        (59, 62, "59 s to 1 min 2 s"),
        (58.9, 59.6, "59 s to 1 min"),
        (0.2, 0.4, "0 s"),
    ],
)
def test_span_names_both_ends_once(fast: float, slow: float, written: str) -> None:
    assert numbers.span(fast, slow) == written


@pytest.mark.parametrize(
    ("share", "written"), [(0.0, "0%"), (0.001, "1%"), (0.834, "83%"), (0.999, "99%"), (1.0, "100%")]
)
def test_percent_keeps_its_ends_for_certainty(share: float, written: str) -> None:
    assert numbers.percent(share) == written


@pytest.mark.parametrize(("value", "drawn"), [(0, "□□□"), (1, "■□□"), (2.5, "■■■"), (9, "■■■"), (-1, "□□□")])
def test_bar_never_leaves_its_ends(value: float, drawn: str) -> None:
    assert numbers.bar(value, 3) == drawn


@pytest.mark.parametrize(("value", "place"), [(0, 0), (1.5, 4), (3, 8), (7, 8), (-1, 0)])
def test_meter_marks_one_place(value: float, place: int) -> None:
    drawn = numbers.meter(value, 3, 9)
    assert (len(drawn), drawn.index("●"), drawn.count("●")) == (9, place, 1)


@pytest.mark.parametrize(
    ("value", "word"), [(1.0, "high"), (0.75, "high"), (0.74, "fair"), (0.5, "fair"), (0.49, "low")]
)
def test_confidence_in_a_word(value: float, word: str) -> None:
    assert numbers.confidence(value) == word


def test_a_single_word_is_singular() -> None:
    assert [numbers.words(count) for count in (0, 1, 1204)] == ["0 words", "1 word", "1,204 words"]
