"""Voice activity: speech between silences, whatever is in the silence."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sounds import silence, tone

from coach.speech.decoding import RATE, Samples, decode
from coach.speech.voice_activity import Span, VoiceActivity, pauses, speech_spans

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


def test_pauses_are_as_long_as_they_are(clip: Samples) -> None:
    sentence = clip[int(9.5 * RATE) : int(14.4 * RATE)]
    natural = {round(one.seconds, 2) for one in pauses(speech_spans(sentence))}
    for length in (0.3, 0.6, 1.5):
        both = np.concatenate([silence(1), sentence, silence(length), sentence, silence(1)])
        added = max(
            (one for one in pauses(speech_spans(both)) if one.start > 4.5), key=lambda one: one.seconds
        )
        edges = len(both) / RATE - 2 * len(sentence) / RATE - 2 - length
        assert added.seconds - length - edges == pytest.approx(0, abs=0.07), natural


def test_silence_around_speech_is_no_speech(clip: Samples) -> None:
    # One sentence, cut out of the clip, with five seconds of nothing on both sides.
    sentence = clip[int(9.5 * RATE) : int(14.4 * RATE)]
    spans = speech_spans(np.concatenate([silence(5), sentence, silence(5)]))
    assert spans[0].start == pytest.approx(5.0, abs=0.15)
    assert spans[-1].end == pytest.approx(9.9, abs=0.3)


@pytest.mark.parametrize("level", [0.0, 3.0, 12.0, 300.0])
def test_nothing_is_heard_in_silence_and_hiss(level: float) -> None:
    hiss = (np.random.default_rng(3).normal(0, level, 10 * RATE) if level else np.zeros(10 * RATE)).astype(
        np.int16
    )
    assert speech_spans(hiss) == ()


def test_a_recording_of_no_length_has_no_speech() -> None:
    assert speech_spans(silence(0)) == ()
    assert speech_spans(tone(0.005)) == ()
    assert pauses(()) == ()


@settings(max_examples=10)
@given(st.lists(st.integers(1, 9000), min_size=1, max_size=60))
def test_the_spans_do_not_depend_on_how_the_sound_comes(sizes: list[int]) -> None:
    samples = decode(CLIP).samples[: 12 * RATE]
    activity, at = VoiceActivity(), 0
    while at < len(samples):
        size = sizes[at % len(sizes)]
        activity.feed(samples[at : at + size])
        at += size
    assert activity.end() == speech_spans(samples)


def test_it_is_the_detector_of_the_package(clip: Samples) -> None:
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(min_silence_duration_ms=100, speech_pad_ms=0, min_speech_duration_ms=60)
    theirs = get_speech_timestamps(clip.astype(np.float32) / 32768, options)
    ours = speech_spans(clip)
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert one.start == pytest.approx(other["start"] / RATE, abs=0.04)
        assert one.end == pytest.approx(other["end"] / RATE, abs=0.04)


def test_speech_without_a_pause_is_cut_before_a_window_is_full(clip: Samples) -> None:
    # A vowel-like buzz that goes on for a minute, as a singer or an engine may.
    word = clip[int(9.6 * RATE) : int(10.0 * RATE)]
    spans = speech_spans(np.tile(word, 150))
    assert spans
    assert all(span.seconds <= 24.1 for span in spans)


def test_pauses_lie_between_spans() -> None:
    assert pauses([Span(0.5, 1.0), Span(1.0, 2.0), Span(2.5, 3.0)]) == (Span(2.0, 2.5),)
