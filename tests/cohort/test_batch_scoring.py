"""The batch scorer gives what the scorer gives, however answers are batched, and encodes each text once."""

import pytest
from course_files import DRIFT, REGISTRY, graded_answers
from quick_scorer import HashEncoder, quick_scorer

from coach.coaching import coach
from coach.cohort.batch_scoring import BatchEncoder, BatchScorer
from coach.cohort.grading import Graded, grade_answers
from coach.domain import Answer, Feedback, Question
from coach.scoring.pack_bank import manipulation_bank
from coach.scoring.scorer import Examining, Scorer


@pytest.fixture(scope="module")
def quick() -> BatchScorer:
    return quick_scorer()


@pytest.fixture(scope="module")
def answers() -> list[Answer]:
    found = [
        Answer(text=one["answer"], question=question)
        for question in (DRIFT, REGISTRY, "churn-on-azure")
        for one in graded_answers(question, 4)
    ]
    return [*found, Answer(text="", question=DRIFT), Answer(text="MLflow, Kubeflow, Airflow", question=DRIFT)]


def rounded(feedback: Feedback) -> dict[str, object]:
    """The feedback but for the last digits of sums over matrices, which depend on their shape."""
    found = feedback.model_dump(exclude={"next_steps"})
    for dimension in found["score"]["dimensions"]:
        dimension["raw"] = round(dimension["raw"], 3)
        if dimension["nearest"]:
            dimension["nearest"]["similarity"] = round(dimension["nearest"]["similarity"], 2)
    for sentence in found["mask_test"]["sentences"]:
        sentence["substance"] = round(sentence["substance"], 1)
    return found


def test_it_scores_as_the_scorer_does(quick: BatchScorer, answers: list[Answer]) -> None:
    plain = Scorer(quick.pack, HashEncoder(), quick.head, quick.references, manipulation_bank(HashEncoder()))
    for answer, one in zip(answers, grade_answers(quick, answers, range(len(answers))), strict=True):
        assert one.feedback is not None
        expected = coach(answer, plain)
        assert one.feedback.score.overall == expected.score.overall
        assert rounded(one.feedback) == rounded(expected)
        assert [step.action for step in one.feedback.next_steps] == [
            step.action for step in expected.next_steps
        ]


def test_unprepared_it_scores_the_same(quick: BatchScorer, answers: list[Answer]) -> None:
    prepared = [one.feedback for one in grade_answers(quick, answers, range(len(answers)))]
    quick.prepare([])
    for answer, expected in zip(answers, prepared, strict=True):
        assert expected is not None
        assert rounded(coach(answer, quick)) == rounded(expected)


def test_what_was_graded_before_does_not_change_the_rest(quick: BatchScorer, answers: list[Answer]) -> None:
    whole = grade_answers(quick, answers, range(len(answers)))
    assert grade_answers(quick, answers, range(5, len(answers))) == whole[5:]


def test_an_answer_that_cannot_be_examined_fails_alone(
    quick: BatchScorer, answers: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    examining = Scorer.examining

    def odd(scorer: Scorer, text: str, question: Question) -> Examining:
        if text == answers[1].text:
            raise ValueError("odd")
        return (yield from examining(scorer, text, question))

    whole = grade_answers(quick, answers, range(len(answers)))
    monkeypatch.setattr(Scorer, "examining", odd)
    found = grade_answers(quick, answers, range(len(answers)))
    assert [one.failure for one in found if one.feedback is None] == ["ValueError: odd"]
    assert [one.score.overall for one in feedbacks(found)] == [
        one.score.overall for one in feedbacks([*whole[:1], *whole[2:]])
    ]


def feedbacks(graded: list[Graded]) -> list[Feedback]:
    return [one.feedback for one in graded if one.feedback is not None]


def test_each_text_is_encoded_once(quick: BatchScorer, answers: list[Answer]) -> None:
    encoder = HashEncoder()
    scorer = BatchScorer(
        quick.pack, BatchEncoder(encoder), quick.head, quick.references, manipulation_bank(HashEncoder())
    )
    plan = scorer.plan(answers)
    grade_answers(scorer, answers, range(len(answers)))
    first = encoder.asked
    assert first < len(set(plan.texts)) + 40
    # The second time nothing of the pack's own is asked for again.
    grade_answers(scorer, answers, range(len(answers)))
    assert encoder.asked - first == len(set(plan.texts))
