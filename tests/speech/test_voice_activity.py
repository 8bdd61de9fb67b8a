"""Voice activity: speech between silences, whatever is in the silence."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sounds import silence, tone

from coach.speech.decoding import RATE, Samples, decode
from coach.speech.voice_activity import Span, pauses, speech_spans, utterances

CLIP = Path(__file__).with_name("drift.opus")


@pytest.fixture(scope="module")
def clip() -> Samples:
    """A synthetic voice: three sentences, a pause of two seconds, three sentences."""
    return decode(CLIP).samples


def test_the_long_pause_is_found_where_it_is(clip: Samples) -> None:
    spans = speech_spans(clip)
    longest = max(pauses(spans), key=lambda pause: pause.seconds)
    assert longest.start == pytest.approx(14.6, abs=0.2)
    assert longest.seconds == pytest.approx(1.9, abs=0.3)
    assert sum(pause.seconds > 1 for pause in pauses(spans)) == 1


def test_silence_around_speech_is_no_speech(clip: Samples) -> None:
    # One sentence, cut out of the clip, with five seconds of nothing on both sides.
    sentence = clip[int(9.5 * RATE) : int(14.4 * RATE)]
    spans = speech_spans(np.concatenate([silence(5), sentence, silence(5)]))
    assert spans[0].start == pytest.approx(5.0, abs=0.15)
    assert spans[-1].end == pytest.approx(9.9, abs=0.3)


@pytest.mark.parametrize("level", [0.0, 3.0, 12.0])
def test_nothing_is_heard_in_silence_and_hiss(level: float) -> None:
    hiss = (np.random.default_rng(3).normal(0, level, 10 * RATE) if level else np.zeros(10 * RATE)).astype(
        np.int16
    )
    assert speech_spans(hiss) == ()
    assert utterances((), 10.0) == ()


def test_a_recording_of_no_length_has_no_speech() -> None:
    assert speech_spans(silence(0)) == ()
    assert speech_spans(tone(0.005)) == ()


def test_a_silence_of_a_second_is_never_given_to_a_recogniser(clip: Samples) -> None:
    spans = speech_spans(clip)
    parts = utterances(spans, len(clip) / RATE)
    assert len(parts) == 2
    assert parts[0].end < 15.2
    assert parts[1].start > 16.0


spans_of = st.lists(st.tuples(st.floats(0.1, 3), st.floats(0.06, 20)), max_size=20).map(
    lambda steps: tuple(
        Span(sum(a + b for a, b in steps[:i]) + steps[i][0], sum(a + b for a, b in steps[: i + 1]))
        for i in range(len(steps))
    )
)


@given(spans_of)
def test_utterances_hold_all_speech_in_order_and_nothing_twice(spans: tuple[Span, ...]) -> None:
    seconds = spans[-1].end + 0.5 if spans else 1.0
    parts = utterances(spans, seconds)
    for span in spans:
        assert any(part.start <= span.start and span.end <= part.end for part in parts)
    for left, right in zip(parts, parts[1:], strict=False):
        assert left.end <= right.start
    assert all(0 <= part.start < part.end <= seconds for part in parts)
