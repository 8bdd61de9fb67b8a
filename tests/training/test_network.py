"""The network in torch is what the scorer computes in numpy, and its layers are those of the encoder."""

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from made_bank import drawn, made_bank
from safetensors.numpy import load_file

from coach.embedding.encoder import built_in_folder, load_encoder
from coach.embedding.passages import text_layout
from coach.embedding.token_encoder import load_tokenizer
from coach.scoring.grader_cues import CUE_NAMES
from coach.statements.reading import landmarks, read
from coach.training.network import Comparison, Heads, Layers, embedded, learning_rate

if TYPE_CHECKING:
    from coach.embedding.adapter import Weights


@pytest.fixture(scope="module")
def weights() -> "Weights":
    return load_file(built_in_folder() / "model.safetensors")


@pytest.mark.parametrize(
    ("rows", "references", "dimensions", "questions", "question", "expected"),
    [(7, 60, 4, 3, 1, [0, 2]), (1, 60, 4, 3, 0, [3]), (5, 9, 6, 2, 1, [0, 1, 5]), (3, 12, 1, 1, 0, [0])],
    ids=["usual", "one statement", "few references", "one dimension"],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_scorer_computes_what_the_network_does(
    rows: int, references: int, dimensions: int, questions: int, question: int, expected: list[int], seed: int
) -> None:
    random = np.random.default_rng(seed)
    torch.manual_seed(seed)
    heads = Heads().eval()
    with torch.no_grad():
        # As far apart as trained ones: at first all is near a half.
        for parameter in heads.parameters():
            parameter *= 2
    marks = landmarks(made_bank(random, references, dimensions, questions))
    # Statements that are like references and questions, as real ones are.
    own = drawn(random, rows) + marks.references[:1] * 0.5
    around = drawn(random, rows) + marks.questions[:1] * 0.5
    own, around = (one / np.linalg.norm(one, axis=1, keepdims=True) for one in (own, around))
    cues = np.clip(random.normal(size=(rows, len(CUE_NAMES))), -3, 3).astype(np.float32)
    flags = torch.zeros(rows, dimensions)
    flags[:, expected] = 1
    with torch.no_grad():
        output = heads(
            torch.from_numpy(own),
            torch.from_numpy(around),
            torch.from_numpy(cues),
            torch.full((rows,), question),
            flags,
            Comparison(marks),
        )
    arrays = {name: value.numpy() for name, value in heads.state_dict().items()}
    found = read(own, around, cues, question, np.asarray(expected), marks, arrays)
    for name, wanted in (
        ("depth", output.depth.sigmoid()),
        ("harm", output.harm.sigmoid()),
        ("attempt", output.attempt.sigmoid()),
        ("fit", output.fit),
        ("worth", output.worth),
    ):
        np.testing.assert_allclose(getattr(found, name), wanted.numpy(), atol=1e-5, err_msg=name)


def test_what_a_question_is_compared_with_is_its_own(weights: "Weights") -> None:
    """Statements of answers to several questions are read together in training, each for its own question."""
    random = np.random.default_rng(4)
    torch.manual_seed(4)
    heads = Heads().eval()
    marks = Comparison(landmarks(made_bank(random, 40, 3, 2)))
    own, around = (torch.from_numpy(drawn(random, 4)) for _ in range(2))
    cues, flags = torch.zeros(4, len(CUE_NAMES)), torch.zeros(4, 3)
    flags[:, 1] = 1
    with torch.no_grad():
        mixed = heads(own, around, cues, torch.tensor([0, 1, 0, 1]), flags, marks)
        first = heads(own, around, cues, torch.zeros(4, dtype=torch.long), flags, marks)
    torch.testing.assert_close(mixed.worth[[0, 2]], first.worth[[0, 2]])
    assert (mixed.worth[1] - first.worth[1]).abs().max() > 1e-5
    torch.testing.assert_close(mixed.depth, first.depth)


def test_the_layers_are_those_of_the_encoder(weights: "Weights") -> None:
    texts = ["The live inputs are compared with the training data every day.", "Nobody looks."]
    tokenizer = load_tokenizer(built_in_folder(), "built-in")
    ids = [text_layout(one.ids).ids for one in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
    length = max(map(len, ids))
    padded = torch.tensor([row + [0] * (length - len(row)) for row in ids])
    mask = torch.tensor([[1.0] * len(row) + [0.0] * (length - len(row)) for row in ids])
    table = {name: torch.tensor(value) for name, value in weights.items() if name.startswith("embeddings.")}
    with torch.no_grad():
        # Divided in the middle, as training does.
        hidden = Layers(weights, 3, 6)(Layers(weights, 0, 3)(embedded(padded, table), mask), mask)
    means = np.stack([hidden[row, : len(ids[row])].mean(0).numpy() for row in range(2)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    np.testing.assert_allclose(means, load_encoder(adapter=None).encode(texts), atol=1e-5)


def test_changes_are_what_was_added_to_the_published_weights(weights: "Weights") -> None:
    layers = Layers(weights, 5, 6)
    assert {np.abs(change).max() for change in layers.changes(weights).values()} == {0}
    assert all(name.startswith("encoder.layer.5.") for name in layers.changes(weights))
    with torch.no_grad():
        for parameter in layers.parameters():
            parameter += 0.25
    for name, change in layers.changes(weights).items():
        assert change.shape == weights[name].shape
        np.testing.assert_allclose(change, 0.25, atol=1e-5)


def test_the_rate_rises_for_a_twelfth_and_falls_to_a_fiftieth() -> None:
    rates = [learning_rate(step, 1000) for step in range(1001)]
    top = int(np.argmax(rates))
    assert 70 <= top <= 90
    assert rates[top] == pytest.approx(1, abs=0.03)
    assert rates[0] == 0
    assert rates[-1] == pytest.approx(0.02)
    assert np.all(np.diff(rates[: top + 1]) > 0) and np.all(np.diff(rates[top:]) <= 0)
    # A training that takes a few more steps than were counted goes on at the lowest rate.
    assert learning_rate(1100, 1000) == pytest.approx(0.02)
