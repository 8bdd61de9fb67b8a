"""The parts of a sitting: which questions, what may be scored, and what the answers have in common."""

from datetime import UTC, datetime, timedelta

import pytest
from feedback_samples import SAMPLES
from transcript_samples import transcript

from coach.domain import Feedback
from coach.errors import SpeechError
from coach.history.store import Attempt
from coach.packs import Pack
from coach.rehearsal.attempt import feedback_on
from coach.rehearsal.review import (
    DOUBTFUL_BELOW,
    REFUSE_BELOW,
    Doubt,
    check_unreviewed,
    doubt,
    doubts,
    is_doubtful,
    marked,
)
from coach.rehearsal.selection import propose
from coach.rehearsal.summary import DEBUGGING, summarise
from coach.scoring.scorer import Scorer
from coach.spoken import Word


def attempt(question: str, overall: float, minutes: int = 0) -> Attempt:
    return Attempt(
        id=f"{question}-{minutes}",
        started=datetime(2026, 4, 12, tzinfo=UTC) + timedelta(minutes=minutes),
        question=question,
        level="beginner",
        overall=overall,
        reasoning=1,
        scorer="s",
        seconds=None,
        recogniser=None,
    )


def test_three_questions_with_a_failure_and_an_architecture(pack: Pack) -> None:
    ids = [question.id for question in propose(pack, ())]
    assert len(set(ids)) == 3
    assert ids[0] in ("fails-after-deployment", "healthy-but-kpi-falls", "drift-alert-fires")
    assert ids[1] in ("azure-architecture", "churn-on-azure", "fraud-model-safely")


def test_what_was_done_worst_comes_again_once_all_were_answered(pack: Pack) -> None:
    done = [attempt(question.id, 4.0) for question in pack.questions]
    marks = {"healthy-but-kpi-falls": 1.0, "fraud-model-safely": 2.0, "why-lineage": 0.5}
    done += [attempt(question, mark, 5) for question, mark in marks.items()]
    assert [question.id for question in propose(pack, done)] == list(marks)


def test_what_was_never_answered_comes_before_what_was_done_badly(pack: Pack) -> None:
    done = [attempt(question.id, 0.0) for question in pack.questions if question.id != "what-is-mlops"]
    assert "what-is-mlops" in {question.id for question in propose(pack, done)}


def test_a_small_pack_proposes_what_it_has(pack: Pack) -> None:
    small = pack.model_copy(update={"questions": pack.questions[:2]})
    assert len(propose(small, ())) == 2


def test_doubtful_words_are_marked() -> None:
    spoken = transcript("we roll back")
    words = (spoken.words[0], Word(text="role", probability=DOUBTFUL_BELOW - 0.01), Word(text="back"))
    assert marked(spoken.model_copy(update={"words": words})) == "we [role?] back"
    assert not is_doubtful(None)


def test_a_doubtful_transcript_is_refused_unless_read_or_forced() -> None:
    doubtful = transcript("we roll back", probability=REFUSE_BELOW - 0.01)
    with pytest.raises(SpeechError, match="not scored"):
        check_unreviewed(doubtful, force=False)
    notice = check_unreviewed(doubtful, force=True)
    assert notice is not None
    assert notice.kind == "warning"
    assert check_unreviewed(doubtful.model_copy(update={"reviewed": True}), force=False) is None
    assert check_unreviewed(transcript("we roll back", probability=REFUSE_BELOW), force=False) is None
    assert check_unreviewed(transcript("we roll back", probability=None), force=False) is None


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, None),
        ({"confidence": 0.69}, Doubt.UNSURE),
        ({"confidence": 0.7}, None),
        ({"confidence": None}, None),
        ({"loops": 1}, Doubt.LOOP),
        # Three words in three seconds are as few as there may be; in little speech nothing is concluded.
        ({"speech": ((0.0, 8.0),)}, Doubt.SPARSE),
        ({"speech": ((0.0, 1.5), (2.0, 3.4))}, None),
        ({"missed": 4.0}, None),
    ],
)
def test_what_makes_a_transcript_doubtful(changed: dict[str, object], expected: Doubt | None) -> None:
    spoken = transcript("we roll back").model_copy(update=changed)
    assert doubt(spoken) is expected
    if expected is not None:
        with pytest.raises(SpeechError, match="not scored"):
            check_unreviewed(spoken, force=False)
        assert any("Read it before you use it" in one for one in doubts(spoken))


def test_what_a_reader_should_know_is_told() -> None:
    assert doubts(transcript("we roll back")) == ()
    assert doubts(transcript("")) == ("No speech was found in the recording.",)
    (lost,) = doubts(transcript("we roll back").model_copy(update={"missed": 4.0}))
    assert "4 s of speech could not be understood" in lost
    (foreign,) = doubts(transcript("wir rollen").model_copy(update={"language": "de"}))
    assert "cannot be scored" in foreign


def test_the_score_of_a_spoken_answer_never_depends_on_its_delivery(pack: Pack, scorer: Scorer) -> None:
    text = (
        "drift means the live inputs move away from what the model learned we compare them every day because a "
        "shift can hurt and the owner checks the pipeline before anybody retrains"
    )
    question = pack.question("what-is-drift")
    fast, slow = transcript(text, 0.2), transcript(text, 0.9, start=8.0)
    found = [feedback_on(question, one, scorer, notices=("Cut off.",)) for one in (fast, slow)]
    assert found[0].score == found[1].score
    assert found[0].delivery is not None and found[1].delivery is not None
    assert found[0].delivery.pace > 2 * found[1].delivery.pace
    assert "Cut off." in {notice.text for notice in found[0].notices}
    assert any("not reviewed" in notice.text for notice in found[0].notices)
    corrected = feedback_on(question, fast, scorer, text=f"{text} and rolls back")
    assert corrected.answer.text.endswith("rolls back")
    assert corrected.answer.transcript == fast


def spoken_badly(reasoning: float) -> Feedback:
    sample = SAMPLES["name_dropping"]
    return sample.model_copy(update={"score": sample.score.model_copy(update={"reasoning": reasoning})})


def test_names_without_reasoning_get_the_debugging_table() -> None:
    found = summarise([spoken_badly(0.5), spoken_badly(1.0), SAMPLES["strong"]])
    assert found is not None
    assert found.debugging == DEBUGGING
    assert "2 of 3" in found.headline
    assert [row.title for row in DEBUGGING] == ["Symptom", "Root cause", "Fix", "Prevention"]


def test_otherwise_the_weakest_dimension_is_named() -> None:
    sample = SAMPLES["strong"]
    found = summarise([sample, sample])
    assert found is not None
    assert found.debugging == ()
    weakest = min(sample.score.expected, key=lambda one: one.raw)
    assert found.weakest == weakest.title
    assert "asked 2 times" in found.headline
    assert summarise([]) is None
