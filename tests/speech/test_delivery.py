"""Delivery against transcripts whose times are known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcript_samples import transcript

from coach.domain import Answer, Depth, DimensionScore, Evidence, Score, ScorerId
from coach.render.delivery import facts, strip
from coach.speech.delivery import delivery, fillers
from coach.speech.word_times import timed_words, times
from coach.spoken import Delivery, Stretch, Transcript

TEXT = "um we compare the inputs because they move you know and we roll back"


def score(text: str, *quotes: tuple[str, str]) -> Score:
    """A score whose evidence is these quotes, by dimension."""
    dimensions = tuple(
        DimensionScore(
            dimension=name,
            title=name.title(),
            expected=True,
            depth=Depth.DESCRIBED,
            raw=2.0,
            evidence=(Evidence(start=text.index(quote), end=text.index(quote) + len(quote), quote=quote),),
        )
        for name, quote in quotes
    )
    scorer = ScorerId(name="s", version="1", encoder="e", weights="w", pack="p")
    return Score(overall=3, reasoning=2, dimensions=dimensions, harmful=(), confidence=1, scorer=scorer)


def delivered(spoken: Transcript, text: str | None = None, *quotes: tuple[str, str]) -> Delivery:
    said = spoken.text if text is None else text
    answer = Answer(text=said, question="q", channel="speech", transcript=spoken)
    found = delivery(answer, score(said, *quotes))
    assert found is not None
    return found


def test_pace_is_words_by_the_time_from_the_first_to_the_last() -> None:
    # 14 words, half a second each, from the first second on.
    found = delivered(transcript(TEXT))
    assert (found.words, found.first_word, found.last_word) == (14, 1.0, 8.0)
    assert found.pace == pytest.approx(120)
    assert found.net_pace == pytest.approx(120)


def test_long_pauses_leave_the_net_pace_as_it_was() -> None:
    spoken = transcript(TEXT)
    later = [
        word.model_copy(update={"start": word.start + 3, "end": word.end + 3}) for word in spoken.words[7:]
    ]
    paused = spoken.model_copy(
        update={"words": (*spoken.words[:7], *later), "speech": ((1.0, 4.5), (7.5, 11.0)), "duration": 12.0}
    )
    found = delivered(paused)
    assert (found.short_pauses, found.medium_pauses, found.long_pauses) == (0, 0, 1)
    assert found.pace == pytest.approx(14 * 60 / 10)
    assert found.net_pace == pytest.approx(120)
    assert found.longest_pause is not None
    assert (found.longest_pause.before, found.longest_pause.after) == ("they", "move") or (
        found.longest_pause.before,
        found.longest_pause.after,
    ) == (spoken.words[6].text, spoken.words[7].text)
    assert found.longest_pause.seconds == pytest.approx(3.0)


def test_pauses_are_counted_by_length() -> None:
    spoken = transcript(TEXT).model_copy(
        update={"speech": ((1.0, 2.0), (2.15, 3.0), (3.2, 4.0), (5.0, 6.0), (7.2, 8.0))}
    )
    found = delivered(spoken)
    assert (found.short_pauses, found.medium_pauses, found.long_pauses) == (1, 2, 1)
    assert found.speaking == pytest.approx(1.0 + 0.85 + 0.8 + 1.0 + 0.8)


def test_fillers_are_words_of_their_own() -> None:
    assert {one.word: one.count for one in fillers("um the umbrella, you know, er um")} == {
        "um": 2,
        "you know": 1,
        "er": 1,
    }
    assert fillers("what you knew about the model") == ()
    assert delivered(transcript(TEXT)).fillers_a_minute == pytest.approx(2 * 60 / 7)


def test_time_goes_to_the_dimension_that_the_words_earned() -> None:
    found = delivered(transcript(TEXT), None, ("monitoring", "compare the inputs"), ("rollback", "roll back"))
    assert [(one.dimension, round(one.end - one.start, 2)) for one in found.stretches] == [
        (None, 1.0),
        ("monitoring", 1.5),
        (None, 3.5),
        ("rollback", 1.0),
    ]
    shown, legend = strip(found.stretches, found.duration, {"monitoring": "Monitoring"}, 18)
    assert len(shown) == 18
    assert "A" in shown
    assert "B" in shown
    assert legend[0] == "A Monitoring 2 s"


def test_a_correction_keeps_the_time_of_what_it_replaced() -> None:
    spoken = transcript("we track the runs in em el flow daily")
    words = {word.text: word for word in timed_words("we track the runs in MLflow daily", spoken)}
    assert (words["MLflow"].since, words["MLflow"].until) == (3.5, 5.0)
    assert words["daily"].since == 5.0


def test_words_without_times_share_the_time_of_speech() -> None:
    spoken = transcript("one two three four", timed=False).model_copy(
        update={"speech": ((1.0, 2.0), (5.0, 6.0))}
    )
    assert times(spoken) == ((1.0, 1.5), (1.5, 2.0), (2.0, 5.5), (5.5, 6.0))
    assert delivered(spoken).estimated
    assert not delivered(transcript(TEXT)).estimated


def test_an_answer_that_was_not_spoken_has_no_delivery() -> None:
    assert delivery(Answer(text=TEXT, question="q"), score(TEXT)) is None
    assert delivery(Answer(text="", question="q", transcript=transcript("")), score("")) is None


def test_the_clock_and_the_bands_are_said() -> None:
    cut = transcript(TEXT).model_copy(update={"cut_by_clock": True})
    said = dict(facts(delivered(cut)))
    assert "clock cut it off" in said["Time"]
    assert "120 to 160" in said["Pace"]
    assert said["Fillers"].startswith("at least 2 (um 1, you know 1)")


times_of = st.lists(st.tuples(st.floats(0, 5), st.floats(0.01, 5)), max_size=12)


@given(times_of, st.integers(1, 80))
def test_any_stretches_make_a_strip_of_the_asked_width(steps: list[tuple[float, float]], cells: int) -> None:
    at, stretches = 0.0, []
    for number, (gap, length) in enumerate(steps):
        at += gap
        stretches.append(Stretch(start=at, end=at + length, dimension=f"d{number}" if number % 3 else None))
        at += length
    shown, legend = strip(stretches, at, {}, cells)
    assert len(shown) == max(cells, 10)
    assert len(legend) <= len(stretches) + 1
