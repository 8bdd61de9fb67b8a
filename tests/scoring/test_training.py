"""Training repeats, its file is complete, and the network is what the scorer computes."""

from pathlib import Path

import numpy as np
import pytest
import torch
from graded_sample import sample

from coach.embedding.encoder import Encoder
from coach.errors import InputError, WeightsError
from coach.packs import Pack
from coach.scoring.assembly import NEAR_COLUMNS
from coach.scoring.head import AnswerFeatures, read
from coach.scoring.scorer import Scorer
from coach.scoring.training import train
from coach.scoring.training_fit import Recipe
from coach.scoring.training_network import Network
from coach.scoring.weights import load_head, save_head
from coach.scoring.weights_files import manifest_path

QUICK = Recipe(epochs=1)


def test_the_scorer_computes_what_the_network_does() -> None:
    torch.manual_seed(3)
    network = Network(NEAR_COLUMNS + 2, 33, 384).eval()
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    random = np.random.default_rng(0)
    sizes, dimensions = (4, 1, 7), 5
    near = random.normal(size=(sum(sizes), dimensions, NEAR_COLUMNS + 2)).astype(np.float32)
    shared = random.normal(size=(sum(sizes), 33)).astype(np.float32)
    vectors = random.normal(size=(sum(sizes), 384)).astype(np.float32) / 20
    expected = np.asarray([[1, 0, 1, 0, 1], [1, 1, 1, 1, 1], [0, 0, 0, 0, 1]], dtype=np.float32)
    owner = np.repeat(np.arange(3), sizes)
    centres = random.normal(size=(dimensions, 384)).astype(np.float32)
    with torch.no_grad():
        given = [torch.from_numpy(array) for array in (near, shared, vectors, expected, owner, centres)]
        pieces, depth, harm, marks = (torch.sigmoid(output).numpy() for output in network(*given))
    for row in range(3):
        chosen = owner == row
        answer = AnswerFeatures(near[chosen], shared[chosen], vectors[chosen], expected[row], centres)
        reading = read(answer, weights)
        np.testing.assert_allclose(reading.depth, depth[row], atol=1e-5)
        np.testing.assert_allclose(np.r_[reading.overall, reading.reasoning], marks[row], atol=1e-5)
        np.testing.assert_allclose(reading.piece_depth, pieces[chosen], atol=1e-5)
        np.testing.assert_allclose(reading.piece_harm, harm[chosen], atol=1e-5)


def test_two_trainings_give_the_same_file(
    scorer: Scorer, pack: Pack, encoder: Encoder, tmp_path: Path
) -> None:
    answers = sample(14)
    written = []
    for name in ("one.npz", "two.npz"):
        trained = train(
            pack, answers, encoder, scorer.references, scorer._manipulation, seeds=(0,), recipe=QUICK
        )
        save_head(trained.head, tmp_path / name)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    loaded = load_head(tmp_path / "one.npz")
    np.testing.assert_array_equal(loaded.bank.vectors, trained.head.bank.vectors)
    np.testing.assert_array_equal(loaded.networks[0]["near.weight"], trained.head.networks[0]["near.weight"])
    assert set(trained.fold_heads) == {answer.writer for answer in answers}
    assert all(writer not in head.manifest.writers for writer, head in trained.fold_heads.items())


def test_one_writer_is_too_few(scorer: Scorer, pack: Pack, encoder: Encoder) -> None:
    answers = [answer for answer in sample(14) if answer.writer == "a"]
    with pytest.raises(InputError, match="at least two"):
        train(pack, answers, encoder, scorer.references, scorer._manipulation, recipe=QUICK)


def test_the_shipped_weights_are_small_and_say_where_they_come_from(scorer: Scorer) -> None:
    manifest = scorer.head.manifest
    assert manifest.answers == 684
    assert manifest.writers == ("a", "b", "e", "f", "g", "h", "i", "j", "k")
    assert manifest.encoder_sha256 == scorer.encoder.fingerprint
    # The floors that leave-one-writer-out agreement has to keep.
    assert manifest.agreement["overall_kappa"] >= 0.86
    assert manifest.agreement["dimensions_kappa"] >= 0.82
    assert manifest.agreement["expected_dimensions_kappa"] >= 0.80
    assert manifest.agreement["reasoning_kappa"] >= 0.80


def test_altered_weights_are_refused(scorer: Scorer, tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    manifest = save_head(scorer.head, path)
    assert path.stat().st_size < 2_000_000
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(WeightsError, match=manifest.weights_sha256):
        load_head(path)
    manifest_path(path).unlink()
    with pytest.raises(WeightsError, match="no such file"):
        load_head(path)
