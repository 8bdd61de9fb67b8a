"""Level meter and verdict."""

import numpy as np
import pytest
from sounds import silence, tone

from coach.speech.levels import Verdict, bar, peak, verdict


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (0, "no signal"),
        (10, "no signal"),
        (60, "too quiet"),
        (300, "too quiet"),
        (3000, "good"),
        (32767, "clipping"),
    ],
)
def test_each_level_has_its_verdict(level: float, expected: Verdict) -> None:
    sound = np.clip(tone(1.0, level=level * 1.0), -32768, 32767)
    assert verdict(sound) == expected


def test_a_single_click_is_no_clipping() -> None:
    sound = tone(1.0, level=3000)
    sound[500] = 32767
    assert verdict(sound) == "good"


def test_the_peak_is_relative_to_full_scale() -> None:
    assert peak(tone(0.1, level=16384)) == pytest.approx(-6.02, abs=0.05)
    assert peak(silence(0.1)) == -90
    assert peak(silence(0)) == -90
    assert peak(np.full(10, -32768, dtype=np.int16)) == pytest.approx(0)
    assert [bar(level, 3) for level in (-120, -40, 3)] == ["□□□", "■□□", "■■■"]
