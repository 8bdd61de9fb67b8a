"""The head in numpy: the arithmetic of the network that was trained."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from coach.scoring.head import AnswerFeatures, Reading, average, depth_summary, read
from coach.scoring.training_network import Network

NEAR, SHARED, WIDTH, DIMENSIONS = 17, 9, 32, 5


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(7)
    made = Network(NEAR, SHARED, WIDTH)
    # The first weights are small, and all logits near 0: wrong arithmetic would hardly show.
    with torch.no_grad():
        for value in made.parameters():
            value.mul_(2.5)
    return made.eval()


def answer(pieces: int, expected: int, seed: int, dimensions: int = DIMENSIONS) -> AnswerFeatures:
    chooser = np.random.default_rng(seed)
    flags = np.zeros(dimensions, dtype=np.float32)
    flags[chooser.permutation(dimensions)[:expected]] = 1

    def floats(*shape: int) -> NDArray[np.float32]:
        return chooser.normal(size=shape).astype(np.float32)

    return AnswerFeatures(
        floats(pieces, dimensions, NEAR),
        floats(pieces, SHARED),
        floats(pieces, WIDTH),
        flags,
        centres(dimensions),
    )


def centres(dimensions: int) -> NDArray[np.float32]:
    """The centres of a pack's references: the same for all of its answers."""
    return np.random.default_rng(dimensions).normal(size=(dimensions, WIDTH)).astype(np.float32)


def weights(network: Network) -> dict[str, NDArray[np.float32]]:
    return {name: value.numpy() for name, value in network.state_dict().items()}


def in_torch(network: Network, answers: list[AnswerFeatures]) -> list[Reading]:
    """What the network says of several answers at once."""
    counts = [len(one.shared) for one in answers]
    with torch.no_grad():
        piece, depth, harm, marks = network(
            torch.from_numpy(np.concatenate([one.by_dimension for one in answers])),
            torch.from_numpy(np.concatenate([one.shared for one in answers])),
            torch.from_numpy(np.concatenate([one.vectors for one in answers])),
            torch.from_numpy(np.stack([one.expected for one in answers])),
            torch.from_numpy(np.repeat(np.arange(len(answers)), counts)),
            torch.from_numpy(answers[0].centres),
        )
    ends = np.cumsum(counts)
    return [
        Reading(
            depth=torch.sigmoid(depth[row]).numpy(),
            overall=torch.sigmoid(marks[row, :5]).numpy(),
            reasoning=torch.sigmoid(marks[row, 5:]).numpy(),
            piece_depth=torch.sigmoid(piece[end - count : end]).numpy(),
            piece_harm=torch.sigmoid(harm[end - count : end]).numpy(),
        )
        for row, (count, end) in enumerate(zip(counts, ends, strict=True))
    ]


FIGURES = ("depth", "overall", "reasoning", "piece_depth", "piece_harm")


def test_numpy_and_torch_read_the_same(network: Network) -> None:
    answers = [answer(pieces, 1 + pieces % DIMENSIONS, seed=pieces) for pieces in (1, 2, 3, 9, 30)]
    assert any(one.expected.all() for one in answers)
    for one, expected in zip(answers, in_torch(network, answers), strict=True):
        found = read(one, weights(network))
        for figure in FIGURES:
            np.testing.assert_allclose(
                getattr(found, figure), getattr(expected, figure), atol=1e-5, err_msg=figure
            )
        # Figures that are all 0 or 1 would agree whatever was computed.
        assert 0.01 < found.depth.std()


def test_an_answer_is_read_alike_alone_and_among_others(network: Network) -> None:
    answers = [answer(4, 2, seed) for seed in range(6)]
    together = in_torch(network, answers)
    for one, expected in zip(answers, together, strict=True):
        (alone,) = in_torch(network, [one])
        np.testing.assert_allclose(alone.overall, expected.overall, atol=1e-6)


def test_a_network_reads_any_number_of_dimensions(network: Network) -> None:
    found = read(answer(3, 2, seed=1, dimensions=8), weights(network))
    assert found.depth.shape == (8, 3)
    assert found.piece_depth.shape == (3, 8, 3)


def test_dimensions_have_no_order(network: Network) -> None:
    one = answer(4, 2, seed=5)
    turned = AnswerFeatures(
        one.by_dimension[:, ::-1], one.shared, one.vectors, one.expected[::-1], one.centres[::-1]
    )
    first, second = read(one, weights(network)), read(turned, weights(network))
    np.testing.assert_allclose(first.depth, second.depth[::-1], atol=1e-6)
    np.testing.assert_allclose(first.overall, second.overall, atol=1e-6)


def test_large_figures_do_not_overflow(network: Network) -> None:
    one = answer(3, 2, seed=2)
    large = AnswerFeatures(one.by_dimension * 1e4, one.shared * 1e4, one.vectors, one.expected, one.centres)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = read(large, weights(network))
    for figure in FIGURES:
        assert np.isfinite(getattr(found, figure)).all()


def test_the_summary_of_depths_is_over_expected_and_other_dimensions() -> None:
    depth = np.asarray([[1.0, 1.0, 0.5], [0.5, 0.0, 0.0], [1.0, 0.5, 0.0]], dtype=np.float32)
    found = depth_summary(depth, np.asarray([1, 1, 0], dtype=np.float32))
    np.testing.assert_allclose(found, [1.5, 2.5, 0.5, 0.75, 0.5, 0.25, 1.5, 1.5, np.log(2)], atol=1e-6)
    alone = depth_summary(depth[:1], np.ones(1, dtype=np.float32))
    np.testing.assert_allclose(alone, [2.5, 2.5, 2.5, 1, 1, 0.5, 0, 0, 0], atol=1e-6)


def test_several_heads_are_averaged(network: Network) -> None:
    one = answer(3, 2, seed=3)
    first = read(one, weights(network))
    second = read(one, {name: value * 0.5 for name, value in weights(network).items()})
    found = average([first, second])
    for figure in FIGURES:
        np.testing.assert_allclose(
            getattr(found, figure), (getattr(first, figure) + getattr(second, figure)) / 2
        )
    assert not np.allclose(first.overall, second.overall)
