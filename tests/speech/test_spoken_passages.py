"""Passages: all speech in order and nothing twice, the same however far the recording has come."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.speech.decoding import RATE
from coach.speech.passages import LONGEST, MARGIN, grouped, has_ended, parts, whole
from coach.speech.voice_activity import Span

spans_of = st.lists(st.tuples(st.floats(0.1, 3), st.floats(0.06, 20)), max_size=25).map(
    lambda steps: tuple(
        Span(sum(a + b for a, b in steps[:i]) + steps[i][0], sum(a + b for a, b in steps[: i + 1]))
        for i in range(len(steps))
    )
)


@given(spans_of)
def test_passages_hold_all_speech_in_order_and_nothing_twice(spans: tuple[Span, ...]) -> None:
    seconds = spans[-1].end + 0.5 if spans else 1.0
    groups = grouped(spans)
    assert tuple(span for group in groups for span in group.speech) == spans
    utterances = [span for group in groups for span in group.utterances(seconds)]
    for span in spans:
        assert any(one.start <= span.start and span.end <= one.end for one in utterances)
    for left, right in zip(utterances, utterances[1:], strict=False):
        assert left.end <= right.start + 1e-9
    assert all(0 <= one.start < one.end <= seconds for one in utterances)


@given(spans_of)
def test_no_passage_is_longer_than_a_window(spans: tuple[Span, ...]) -> None:
    for group in grouped(spans):
        # Whisper looks at thirty seconds; a single stretch of speech of up to twenty is given here.
        assert sum(one.seconds for one in group.utterances(1e6)) <= LONGEST + 1e-6


@given(spans_of)
def test_more_speech_changes_none_but_the_last_passage(spans: tuple[Span, ...]) -> None:
    everything = grouped(spans)
    for count in range(len(spans)):
        so_far = grouped(spans[:count])
        assert [one.speech for one in so_far[:-1]] == [one.speech for one in everything[: len(so_far[:-1])]]


@given(spans_of, st.floats(0.0, 3.0))
def test_a_passage_that_has_ended_is_the_same_in_the_end(spans: tuple[Span, ...], silence: float) -> None:
    everything = grouped(spans)
    for count in range(1, len(spans)):
        pause = spans[count].start - spans[count - 1].end
        if silence > pause:
            continue
        so_far = grouped(spans[:count])
        if has_ended(so_far[-1], silence):
            final = everything[len(so_far) - 1]
            assert so_far[-1].speech == final.speech
            heard_until = spans[count - 1].end + silence
            assert so_far[-1].utterances(heard_until) == final.utterances(1e6)


def test_a_long_silence_is_cut_out_and_times_stay_those_of_the_recording() -> None:
    samples = np.arange(10 * RATE, dtype=np.int32).astype(np.int16)
    (group,) = grouped((Span(1.0, 2.0), Span(2.3, 3.0), Span(7.0, 8.0)))
    passage = group.passage(samples, 10.0)
    assert passage.utterances == (Span(1.0 - MARGIN, 3.0 + MARGIN), Span(7.0 - MARGIN, 8.0 + MARGIN))
    assert passage.seconds == pytest.approx(2.5 + 1.5)
    assert passage.samples[0] == samples[round(0.75 * RATE)]
    assert passage.original(0.25) == pytest.approx(1.0)
    assert passage.original(2.5 + 0.25) == pytest.approx(7.0)
    assert passage.last_speech == pytest.approx(2.5 + 1.25)
    # The same cut out of what is left of the recording.
    later = group.passage(samples[8000:], 10.0, offset=0.5)
    assert np.array_equal(later.samples, passage.samples)


def test_parts_are_cut_between_utterances() -> None:
    samples = np.arange(20 * RATE, dtype=np.int32).astype(np.int16)
    (group,) = whole((Span(1.0, 2.0), Span(7.0, 9.0), Span(15.0, 16.0)))
    passage = group.passage(samples, 20.0)
    cut = parts(passage, 4.2)
    assert [len(one.utterances) for one in cut] == [2, 1]
    assert np.array_equal(np.concatenate([one.samples for one in cut]), passage.samples)
    assert cut[1].speech == (Span(15.0, 16.0),)
    assert whole(()) == ()
