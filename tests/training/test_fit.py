"""Fitting: each loss is small where what is known is read, and asks nothing where nothing is known."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch

from coach.statements.sentences import Statement
from coach.training import fit
from coach.training.examples import Example
from coach.training.network import Output

DIMENSIONS, QUESTIONS = 3, 2
ONE = Statement(0, 30, "We look at it before we act.", 7, "we look")
FAR = torch.tensor([[0.0, 1.0], [1.0, 0.0]])


def example(kind: str = "graded", statements: int = 2, **labels: object) -> Example:
    """An example of which nothing is known but what is given."""
    given: dict[str, object] = {
        "id": "x",
        "kind": kind,
        "group": "x",
        "question": 0,
        "statements": (ONE,) * statements,
        "used": np.ones(statements, dtype=np.float32),
        "depth": np.zeros((statements, DIMENSIONS), dtype=np.float32),
        "known": np.zeros((statements, DIMENSIONS, 3), dtype=np.float32),
        "harm": np.zeros(statements, dtype=np.float32),
        "harm_known": np.zeros(statements, dtype=np.float32),
        "deepest": np.full(DIMENSIONS, -1, dtype=np.float32),
    }
    for name, value in labels.items():
        given[name] = np.asarray(value, dtype=np.float32) if isinstance(value, list) else value
    return Example(**given)  # type: ignore[arg-type]


def labels_of(batch: Sequence[Example]) -> fit._Labels:
    owner = [place for place, one in enumerate(batch) for _ in one.statements]
    places = [row for one in batch for row in range(len(one.statements))]
    return fit._Labels(batch, torch.tensor(owner), places, torch.ones(len(batch)))


def output(rows: int, **given: torch.Tensor) -> Output:
    """What the heads say of n statements, undecided where nothing is given."""
    shapes = {"depth": (rows, DIMENSIONS, 3), "harm": (rows,), "attempt": (rows,), "fit": (rows, QUESTIONS)}
    parts = {name: torch.zeros(*shape) for name, shape in shapes.items()}
    parts["worth"] = torch.full((rows, 2), 0.2)
    parts |= given
    for value in parts.values():
        value.requires_grad_()
    return Output(**parts)


def with_far(loss: Callable[..., torch.Tensor]) -> Callable[[Output, fit._Labels], torch.Tensor]:
    return lambda said, labels: loss(said, labels, FAR) if loss is fit._question_loss else loss(said, labels)


LOSSES = {
    name: with_far(getattr(fit, f"_{name}_loss"))
    for name in ("depth", "harm", "attempt", "deepest", "mark", "question", "rank")
}


@pytest.mark.parametrize("name", LOSSES)
def test_where_nothing_is_known_nothing_is_asked(name: str) -> None:
    said = output(2, depth=torch.randn(2, DIMENSIONS, 3), harm=torch.randn(2))
    loss = LOSSES[name](said, labels_of([example()]))
    assert loss.item() == 0


def steps(levels: list[list[float]], sure: float = 4.0) -> torch.Tensor:
    """Log-odds (n, d, 3) that say these depths."""
    wanted = torch.tensor(levels)[..., None] >= torch.tensor([0.75, 1.75, 2.75])
    return sure * (2 * wanted.float() - 1)


def test_depths_of_statements_are_learned_step_by_step() -> None:
    one = example(depth=[[2, 0, 0], [0, 3, 0]], known=np.ones((2, DIMENSIONS, 3), dtype=np.float32).tolist())
    right = LOSSES["depth"](output(2, depth=steps([[2.0, 0, 0], [0, 3, 0]])), labels_of([one]))
    near = LOSSES["depth"](output(2, depth=steps([[1.0, 0, 0], [0, 3, 0]])), labels_of([one]))
    far = LOSSES["depth"](output(2, depth=steps([[0.0, 0, 0], [0, 3, 0]])), labels_of([one]))
    assert right < near < far


def test_a_half_reaches_the_step_above_it() -> None:
    assert fit._steps(torch.tensor([0, 0.5, 1, 1.5, 2.5, 3])).tolist() == [
        [0, 0, 0],
        [0, 0, 0],
        [1, 0, 0],
        [1, 0, 0],
        [1, 1, 0],
        [1, 1, 1],
    ]


def test_only_the_steps_that_are_known_count() -> None:
    known = np.zeros((2, DIMENSIONS, 3))
    known[0, 1, 2] = 1
    said = output(2)
    LOSSES["depth"](said, labels_of([example(known=known.tolist())])).backward()
    assert said.depth.grad is not None
    assert said.depth.grad[0, 1, 2] != 0
    assert (said.depth.grad != 0).sum() == 1


def test_harm_is_learned_where_it_is_known() -> None:
    one = example(harm=[1, 0], harm_known=[1, 0])
    right, wrong = (
        LOSSES["harm"](output(2, harm=torch.tensor([sure, 9.0])), labels_of([one])) for sure in (4.0, -4.0)
    )
    assert right < 0.1 < wrong


def test_words_to_the_grader_are_learned_and_pairs_are_none() -> None:
    attempt, innocent = example("to-grader", 1, attempt=1.0), example("to-grader", 1, attempt=0.0)
    batch = labels_of([attempt, innocent, example("pair", 1)])
    right = LOSSES["attempt"](output(3, attempt=torch.tensor([4.0, -4, -4])), batch)
    for wrong in ([-4.0, -4, -4], [4.0, 4, -4], [4.0, -4, 4]):
        assert LOSSES["attempt"](output(3, attempt=torch.tensor(wrong)), batch) > right + 0.05


def test_an_answer_is_as_deep_as_its_deepest_statement() -> None:
    one = example(deepest=[3, 0, -1])
    either = [
        LOSSES["deepest"](output(2, depth=steps(levels)), labels_of([one])).item()
        for levels in ([[3.0, 0, 0], [0, 0, 0]], [[0, 0, 0], [3.0, 0, 3]])
    ]
    none = LOSSES["deepest"](output(2, depth=steps([[0.0, 0, 0], [0, 0, 0]])), labels_of([one])).item()
    assert either[0] == pytest.approx(either[1], abs=1e-4)
    assert none > either[0] + 1


def test_a_part_of_an_answer_does_not_stand_for_the_whole() -> None:
    one = example(deepest=[3, 0, 0], overall=4.0, reasoning=2.0, used=[1, 0])
    assert LOSSES["deepest"](output(2), labels_of([one])).item() == 0
    assert LOSSES["mark"](output(2), labels_of([one])).item() == 0


def test_what_statements_are_worth_adds_up_to_the_marks_and_harm_is_worth_nothing() -> None:
    one = example(overall=5 * (1 - np.exp(-0.6)), reasoning=3 * (1 - np.exp(-0.6)))
    worth = torch.tensor([[0.2, 0.4], [0.4, 0.2]])
    sound = torch.full((2,), -30.0)
    assert LOSSES["mark"](output(2, worth=worth, harm=sound), labels_of([one])).item() < 1e-5
    harmful = torch.tensor([-30.0, 30])
    assert LOSSES["mark"](output(2, worth=worth.clone(), harm=harmful), labels_of([one])).item() > 0.1


def test_a_mark_without_reasoning_asks_for_no_reasoning() -> None:
    said = output(2)
    LOSSES["mark"](said, labels_of([example("other-question", overall=1.0)])).backward()
    assert said.worth.grad is not None
    assert (said.worth.grad[:, 0] != 0).all() and (said.worth.grad[:, 1] == 0).all()


def test_an_answer_is_to_its_own_question() -> None:
    batch = labels_of([example(overall=3.0, question=1)])
    own, other = (
        LOSSES["question"](output(2, fit=torch.tensor([[-fit_, fit_]] * 2)), batch) for fit_ in (4.0, -4.0)
    )
    assert own < 0.1 < other


@pytest.mark.parametrize(("fits", "best"), [(0, -6.0), (1, 0.0), (2, 6.0)])
def test_graders_say_whether_an_answer_is_to_another_question(fits: int, best: float) -> None:
    batch = labels_of([example("other-question", overall=1.0, fits=fits)])
    losses = {
        odds: LOSSES["question"](output(2, fit=torch.tensor([[odds, 3.0]] * 2)), batch).item()
        for odds in (-6.0, 0.0, 6.0)
    }
    assert min(losses, key=lambda odds: losses[odds]) == best


def side(kind: str, sound: bool, place: str = "alone", **labels: object) -> Example:
    return example(
        "pair" if place == "alone" else "inside",
        pair=f"{kind} p-1 {place}",
        sound=sound,
        dimension=1,
        **labels,
    )


def test_of_a_harmful_pair_the_harmful_side_is_likelier_harmful() -> None:
    known = {"statements": 1, "harm_known": [1]}
    batch = labels_of([side("harmful", True, **known), side("harmful", False, harm=[1], **known)])
    right, wrong = (LOSSES["rank"](output(2, harm=torch.tensor([-h, h])), batch) for h in (2.0, -2.0))
    assert right < 0.1 < wrong


def denying(place: str) -> fit._Labels:
    """A sound sentence and a denial, alone or behind one of a context that is known to be sound."""
    if place == "alone":
        return labels_of(
            [side("denying", True, statements=1, harm_known=[1]), side("denying", False, statements=1)]
        )
    known = {"place": place, "statements": 2}
    return labels_of(
        [
            side("denying", True, harm_known=[1, 1], **known),
            side("denying", False, harm_known=[1, 0], **known),
        ]
    )


@pytest.mark.parametrize(
    "place",
    [
        "alone",
        pytest.param(
            "inside",
            marks=pytest.mark.xfail(
                strict=True,
                reason="its sound neighbours are known, so it is ranked by harm, which is unknown",
            ),
        ),
    ],
)
def test_of_a_denying_pair_the_denial_goes_less_deep(place: str) -> None:
    batch = denying(place)
    rows = len(batch.places)
    said = output(rows)
    LOSSES["rank"](said, batch).backward()
    assert said.depth.grad is not None
    # Descending, the denial falls and the sound side rises in "described" of their dimension.
    assert said.depth.grad[rows // 2 :, 1, 1].max() > 0 > said.depth.grad[: rows // 2, 1, 1].min()
    # Whether a denial harms is unknown.
    assert said.harm.grad is None or not said.harm.grad.any()


def test_pairs_that_are_not_whole_are_not_compared() -> None:
    assert (
        LOSSES["rank"](output(1), labels_of([side("harmful", False, statements=1, harm_known=[1])])).item()
        == 0
    )
