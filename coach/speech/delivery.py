"""Delivery: how an answer was spoken, measured from voice activity and word times; never part of a score."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence

from coach.domain import Answer, Score
from coach.speech.voice_activity import Span, pauses
from coach.speech.word_times import TimedWord, timed_words, times
from coach.spoken import Delivery, Filler, Pause, Stretch, Transcript

# The three kinds of pause that Campione and Veronis (2002) found in read and spontaneous speech, in seconds.
SHORT_PAUSE, LONG_PAUSE = 0.2, 1.0
# Sounds, and phrases that say nothing where they stand by themselves. "Like" and "so" are left out: nothing
# here tells the filler from the word.
FILLERS = ("um", "uh", "erm", "er", "hmm", "mm", "uhm", "ah", "you know", "i mean", "sort of", "kind of")
_FILLER = re.compile(rf"\b(?:{'|'.join(sorted(FILLERS, key=len, reverse=True))})\b")
# Words of one dimension this near to each other are one stretch, in seconds.
_SAME_STRETCH = 1.0


def delivery(answer: Answer, score: Score) -> Delivery | None:
    """How an answer with a transcript was spoken; None for one without, or without a word in it.

    Pauses and speaking time come from voice activity, never from the recogniser's words.
    """
    transcript = answer.transcript
    if transcript is None or not transcript.words:
        return None
    spans = [Span(*span) for span in transcript.speech] or [Span(0.0, transcript.duration)]
    silences = pauses(spans)
    heard = times(transcript)
    long_pauses = [pause for pause in silences if pause.seconds > LONG_PAUSE]
    words = timed_words(answer.text, transcript)
    return Delivery(
        duration=transcript.duration,
        speaking=round(sum(span.seconds for span in spans), 2),
        first_word=spans[0].start,
        last_word=spans[-1].end,
        words=len(transcript.words),
        short_pauses=sum(pause.seconds < SHORT_PAUSE for pause in silences),
        medium_pauses=sum(SHORT_PAUSE <= pause.seconds <= LONG_PAUSE for pause in silences),
        long_pauses=len(long_pauses),
        long_pause_seconds=round(sum(pause.seconds for pause in long_pauses), 2),
        longest_pause=_longest(silences, transcript, heard),
        fillers=fillers(transcript.text),
        stretches=tuple(_stretches(words, score)),
        estimated=any(word.start is None for word in transcript.words),
        cut_by_clock=transcript.cut_by_clock,
    )


def fillers(text: str) -> tuple[Filler, ...]:
    """The fillers of a transcript with their counts, commonest first.

    >>> fillers("um so um you know it drifts")
    (Filler(word='um', count=2), Filler(word='you know', count=1))
    """
    counts = Counter(found[0] for found in _FILLER.finditer(text.lower()))
    return tuple(Filler(word=word, count=count) for word, count in counts.most_common())


def _longest(
    silences: Sequence[Span], transcript: Transcript, heard: Sequence[tuple[float, float]]
) -> Pause | None:
    if not silences:
        return None
    pause = max(silences, key=lambda one: one.seconds)
    # The word before is the last that began before the pause's middle.
    after = bisect_right([start for start, _ in heard], (pause.start + pause.end) / 2)
    words = transcript.words
    return Pause(
        start=pause.start,
        end=pause.end,
        before=words[after - 1].text if after else "",
        after=words[after].text if after < len(words) else "",
    )


def _stretches(words: Sequence[TimedWord], score: Score) -> Iterator[Stretch]:
    """The answer in time, cut where the dimension that a word earned a mark in changes."""
    spans = [
        (evidence.start, evidence.end, dimension.dimension)
        for dimension in sorted(score.dimensions, key=lambda one: (-one.depth, not one.expected))
        for evidence in dimension.evidence
    ]
    held: Stretch | None = None
    for word in words:
        name = next((name for start, end, name in spans if start < word.end and word.start < end), None)
        if held is not None and held.dimension == name and word.since - held.end <= _SAME_STRETCH:
            held = held.model_copy(update={"end": max(held.end, word.until)})
        else:
            if held is not None and held.end > held.start:
                yield held
            held = Stretch(start=word.since, end=word.until, dimension=name)
    if held is not None and held.end > held.start:
        yield held
