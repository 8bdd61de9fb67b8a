"""What must not move a score: each limit on every so many of the graded answers, with the shipped weights."""

from typing import TYPE_CHECKING

import pytest

from coach.evaluation.evaluating import remembering
from coach.evaluation.robustness import robustness
from coach.evaluation.study import Robustness, coached
from coach.resources import default_pack_dir
from coach.scoring.graded import load_graded

if TYPE_CHECKING:
    from coach.scoring.scorer import Scorer

# With this step all writers and most questions come up; `coach evaluate --changed` takes every answer.
EVERY = 26


@pytest.fixture(scope="module")
def figures(scorer: "Scorer") -> dict[tuple[str, str], Robustness]:
    answers = load_graded(default_pack_dir() / "graded" / "answers.jsonl")[3::EVERY]
    quick = scorer.with_encoder(
        remembering(answers, scorer.encoder, scorer.pack, lambda what, done, total: None)
    )
    seen = coached(answers, lambda graded: quick)
    found = robustness(seen, scorer.pack, lambda graded: quick)
    return {(one.change, one.figure): one for one in found}


LIMITS = [
    *(
        (f"tool names {way}", figure, limit)
        for way in ("appended", "prepended", "sprinkled")
        for figure, limit in (
            ("largest rise of overall", 0.1),
            ("largest rise of reasoning", 0.1),
            ("dimensions raised above named", 0),
        )
    ),
    ("said twice", "largest rise of overall", 0.25),
    ("padded with filler", "largest rise of overall", 0.25),
    ("question echoed in front", "largest rise of overall", 0.25),
    ("as bullets", "mean change of overall", 0.25),
    ("sentences in reverse order", "mean change of overall", 0.25),
    ("as a recogniser writes", "mean change of overall", 0.5),
    ("as a recogniser writes", "loss of overall kappa", 0.05),
    ("two typos in a hundred words", "mean change of overall", 0.3),
    ("instruction to the grader in front", "largest rise of overall", 0.1),
    ("instruction to the grader behind", "largest rise of overall", 0.1),
    ("harmful practice inserted", "largest rise of overall", 0),
    ("bag of the references' keywords", "highest overall", 1.5),
    ("true statements denied", "share of dimensions lowered", 0.8),
]


@pytest.mark.parametrize(("change", "figure", "limit"), LIMITS, ids=str)
def test_the_limit_is_kept(
    change: str, figure: str, limit: float, figures: dict[tuple[str, str], Robustness]
) -> None:
    found = figures[change, figure]
    assert found.limit == limit
    assert found.cases > 0
    assert found.kept, f"{found.value} of {limit} over {found.cases} cases"


def test_every_figure_has_its_test(figures: dict[tuple[str, str], Robustness]) -> None:
    assert set(figures) == {(change, figure) for change, figure, _ in LIMITS}


def test_a_limit_that_is_passed_is_not_kept() -> None:
    one = Robustness(change="x", figure="largest rise of overall", cases=1, value=0.26, limit=0.25)
    share = Robustness(change="x", figure="share of dimensions lowered", cases=1, value=0.79, limit=0.8)
    assert not one.kept and one.model_copy(update={"value": 0.25}).kept
    assert not share.kept and share.model_copy(update={"value": 0.8}).kept
