"""The corpus: passages of examples, and the frozen layers' output, computed once."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from made_data import made_training_data
from safetensors.numpy import load_file

from coach.embedding.encoder import built_in_folder, load_encoder
from coach.embedding.token_encoder import load_tokenizer
from coach.statements.reading import unit
from coach.training.corpus import Corpus
from coach.training.examples import Example, ExampleMaker
from coach.training.network import FROZEN, Layers

if TYPE_CHECKING:
    from coach.embedding.adapter import Weights

TEXTS = ["What is done first?", "Undo the change first, because users wait."]


@pytest.fixture(scope="module")
def weights() -> "Weights":
    return load_file(built_in_folder() / "model.safetensors")


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    pack, data = made_training_data(tmp_path_factory.mktemp("corpus"))
    return ExampleMaker(pack).make(data)


def made(examples: list[Example]) -> Corpus:
    return Corpus(examples, TEXTS, load_tokenizer(built_in_folder(), "built-in"))


@pytest.fixture(scope="module")
def corpus(examples: list[Example], weights: "Weights", tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    found = made(examples)
    found.prepare(weights, tmp_path_factory.mktemp("frozen") / "frozen.npy")
    return found


def test_each_way_to_divide_holds_every_statement_that_is_read_once(
    examples: list[Example], corpus: Corpus
) -> None:
    several = 0
    for one in examples:
        ways = corpus.divisions[id(one)]
        read = list(range(len(one.statements))) if one.whole else np.flatnonzero(one.used).tolist()
        assert len(ways) == (3 if len(read) > 3 else 1)
        several += len(ways) == 3
        for way in ways:
            assert [place for placed in way for place in placed.members] == read
            assert all(1 <= len(placed.members) <= 3 for placed in way)
            assert all(len(placed.around) == len(placed.members) for placed in way)
        assert len({tuple(placed.members for placed in way) for way in ways}) == len(ways)
        assert len(corpus.alone[id(one)]) == len(one.statements)
    # Some answers are long enough to be divided in more than one way.
    assert several >= 1


def test_the_same_words_are_one_row(examples: list[Example]) -> None:
    once, twice = made(examples), made([*examples, *examples])
    assert len(once.lengths) == len(twice.lengths)
    assert len(once.texts) == 2


def test_vectors_are_those_of_the_encoder(
    examples: list[Example], corpus: Corpus, weights: "Weights"
) -> None:
    """The published layers upon what was kept give what the scorer's encoder gives, to half precision."""
    layers, encoder = Layers(weights, FROZEN, 6), load_encoder(adapter=None)
    chosen = [one for one in examples if one.whole and 2 <= len(one.statements) <= 3][:6]
    assert len(chosen) == 6
    for one in chosen:
        (placed,) = corpus.divisions[id(one)][0]
        texts = [one.statements[place].text for place in placed.members]
        ((_, around),) = encoder.encode_passages([texts])
        with torch.no_grad():
            found = corpus.vectors([placed.row], [placed.around], layers).numpy()
        np.testing.assert_allclose(unit(found), unit(around), atol=2e-3)
        alone = corpus.alone[id(one)]
        inner = [[(1, int(corpus.lengths[row]) - 1)] for row in alone]
        with torch.no_grad():
            found = corpus.vectors(alone, inner, layers).numpy()
        own = np.concatenate([one for one, _ in encoder.encode_passages([[text] for text in texts])])
        np.testing.assert_allclose(unit(found), unit(own), atol=2e-3)
    whole = [((0, int(corpus.lengths[row])),) for row in corpus.texts]
    with torch.no_grad():
        found = corpus.vectors(corpus.texts, whole, layers).numpy()
    np.testing.assert_allclose(unit(found), encoder.encode(TEXTS), atol=2e-3)


def test_vectors_come_in_the_order_that_was_asked_for(corpus: Corpus, weights: "Weights") -> None:
    layers = Layers(weights, FROZEN, 6)
    # Long and short rows, one of them with two spans: batches are sorted by length inside.
    rows = sorted(range(len(corpus.lengths)), key=lambda row: (row * 7919) % 101)[:30]
    spans = [[(0, 2), (1, 3)] if place % 4 == 0 else [(1, 3)] for place in range(len(rows))]
    with torch.no_grad():
        together = corpus.vectors(rows, spans, layers)
        one_by_one = [corpus.vectors([row], [of], layers) for row, of in zip(rows, spans, strict=True)]
    torch.testing.assert_close(together, torch.cat(one_by_one), atol=1e-5, rtol=1e-4)


def test_what_was_kept_is_read_again_and_other_texts_are_computed(
    examples: list[Example], weights: "Weights", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = examples[:3]
    first = made(some)
    first.prepare(weights, tmp_path / "frozen.npy")
    (kept,) = tmp_path.iterdir()
    with monkeypatch.context() as patch:
        patch.setattr("coach.training.corpus.Layers", None)
        again = made(some)
        again.prepare(weights, tmp_path / "frozen.npy")
    layers = Layers(weights, FROZEN, 6)
    row = [first.texts[0]]
    with torch.no_grad():
        torch.testing.assert_close(
            *(one.vectors(row, [[(0, 3)]], layers) for one in (first, again)), atol=0, rtol=0
        )
    made(examples[:4]).prepare(weights, tmp_path / "frozen.npy")
    assert len(list(tmp_path.iterdir())) == 2
    assert kept.is_file()
