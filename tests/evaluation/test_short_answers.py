"""Short answers through the shared head: what must hold of any, and agreement on human-graded sets if given."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from coach.evaluation.reading import ShortAnswer, load_short
from coach.evaluation.short_answers import beyond, evaluate_short, short_agreement, short_marks

if TYPE_CHECKING:
    from coach.scoring.scorer import Scorer

# A folder of JSONL files with short answers that people graded; such files are not part of this project.
SETS = os.environ.get("COACH_SHORT_ANSWERS", "")
FILES = sorted(Path(SETS).glob("*.jsonl")) if SETS else []

ASKED = {
    "tides": (
        "Why do the oceans have tides?",
        "The moon pulls on the water. The side of the earth that faces it bulges, and so does the far side.",
    ),
    "bread": (
        "Why does bread dough rise?",
        "Yeast eats the sugar and gives off carbon dioxide. The gas is caught in the elastic gluten.",
    ),
}
GIVEN = {
    "tides": {
        "strong": "The moon's gravity draws the sea towards it, which makes a bulge there and one opposite.",
        "partial": "Because of the moon.",
        "off": "Bakers knead for ten minutes and leave it in a warm place.",
        "echo": "Why do the oceans have tides?",
        "word for word": ASKED["tides"][1],
        "empty": "  ",
    },
    "bread": {
        "strong": "The yeast turns sugar into gas, and the gluten holds the bubbles in.",
        "partial": "Because of the yeast.",
        "off": "Boats lie on the mud at low water and float again six hours later.",
        "echo": "Why does bread dough rise?",
        "word for word": ASKED["bread"][1],
        "empty": "",
    },
}
SCORES = {"strong": 5.0, "partial": 3.0, "off": 0.0, "echo": 0.0, "word for word": 5.0, "empty": 0.0}


def answers() -> list[ShortAnswer]:
    return [
        ShortAnswer(
            id=f"{question} {kind}",
            question_id=question,
            question=ASKED[question][0],
            reference=ASKED[question][1],
            answer=text,
            score=SCORES[kind],
            max_score=5,
        )
        for question, given in GIVEN.items()
        for kind, text in given.items()
    ]


@pytest.fixture(scope="module")
def marks(scorer: "Scorer") -> dict[str, float]:
    found, _ = short_marks(answers(), scorer.head, scorer.encoder)
    return {answer.id: float(mark) for answer, mark in zip(answers(), found, strict=True)}


@pytest.mark.parametrize("question", list(ASKED))
def test_better_answers_get_more(question: str, marks: dict[str, float]) -> None:
    of = {kind: marks[f"{question} {kind}"] for kind in SCORES}
    assert of["word for word"] == pytest.approx(1)
    assert of["empty"] == 0
    assert of["word for word"] > of["strong"] > of["partial"] > of["off"]
    assert of["strong"] > of["off"] + 0.3
    assert of["echo"] < 0.1


def test_a_mark_does_not_depend_on_the_other_answers(scorer: "Scorer", marks: dict[str, float]) -> None:
    some = answers()[:1] + answers()[7:8]
    found, _ = short_marks(some, scorer.head, scorer.encoder)
    assert found == pytest.approx([marks[answer.id] for answer in some], abs=1e-4)


def test_scores_have_no_part_in_the_marks(scorer: "Scorer") -> None:
    given = answers()
    turned = [answer.model_copy(update={"score": 5 - answer.score}) for answer in given]
    one, _ = short_marks(given, scorer.head, scorer.encoder)
    other, _ = short_marks(turned, scorer.head, scorer.encoder)
    assert np.array_equal(one, other)


def test_what_the_question_says_is_taken_out() -> None:
    question = np.array([1, 0, 0], dtype=np.float32)
    vectors = np.array([[1, 0, 0], [0.6, 0.8, 0], [0, 0, 1]], dtype=np.float32)
    assert beyond(vectors, question) == pytest.approx(np.array([[0, 0, 0], [0, 1, 0], [0, 0, 1]]))


def test_an_evaluation_has_the_figures_of_its_parts(scorer: "Scorer") -> None:
    given = answers()
    told: dict[str, tuple[int, int]] = {}
    found = evaluate_short(
        given, scorer.head, scorer.encoder, lambda what, done, total: told.update({what: (done, total)})
    )
    marks, _ = short_marks(given, scorer.head, scorer.encoder)
    scores = np.array([answer.score / 5 for answer in given])
    assert (found.answers, found.questions) == (12, 2)
    assert found.overall.pearson == pytest.approx(np.corrcoef(marks, scores)[0, 1], abs=1e-4)
    assert found.overall.rmse == pytest.approx(np.sqrt(np.mean((marks - scores) ** 2)), abs=1e-4)
    assert np.sum(found.overall.confusion) == 12
    assert len(found.overall.confusion) == 6
    assert set(found.baselines) == {"length", "tfidf", "encoder", "keywords", "majority"}
    assert all(done == total for done, total in told.values())
    assert set(told) == {"encoding", "scoring", "baselines"}


def test_pearson_is_of_the_plain_figure_and_kappa_of_the_marks() -> None:
    random = np.random.default_rng(0)
    raw, marks, scores = random.normal(size=50), random.random(50), random.random(50)
    found = short_agreement(raw, marks, scores, np.full(50, 4.0))
    assert found.pearson == pytest.approx(np.corrcoef(raw, scores)[0, 1])
    low, high = found.intervals["pearson"]
    assert low < found.pearson < high
    assert found.rmse == pytest.approx(np.sqrt(np.mean((marks - scores) ** 2)))
    assert found.exact == pytest.approx(np.mean(np.floor(marks * 4 + 0.5) == np.floor(scores * 4 + 0.5)))


@pytest.mark.skipif(not FILES, reason="COACH_SHORT_ANSWERS names no folder of human-graded short answers")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_marks_follow_people_better_than_any_baseline(path: Path, scorer: "Scorer") -> None:
    found = evaluate_short(load_short(path), scorer.head, scorer.encoder)
    best = max(one.pearson for one in found.baselines.values() if one.pearson is not None)
    assert found.overall.pearson is not None
    assert found.overall.pearson > best
