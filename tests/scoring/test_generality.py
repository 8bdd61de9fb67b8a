"""A dimension that is held out: nothing of its labels may reach the head that reads it."""

from dataclasses import replace

import numpy as np
import pytest
from graded_sample import sample

from coach.embedding.encoder import Encoder
from coach.packs import Pack
from coach.scoring.scorer import Scorer
from coach.scoring.training import prepare
from coach.scoring.training_fit import Recipe
from coach.scoring.training_generality import _read_unseen
from coach.scoring.training_set import TrainingSet, all_reference_features

QUICK = Recipe(epochs=1)
PLACE = 3


@pytest.fixture(scope="module")
def data(scorer: Scorer, pack: Pack, encoder: Encoder) -> TrainingSet:
    return prepare(pack, sample(23), encoder, scorer._manipulation)[0]


def depths(data: TrainingSet, scorer: Scorer) -> np.ndarray:
    of_references = all_reference_features(data, scorer.references)
    place, readings = _read_unseen(data, of_references, scorer.references.centres, PLACE, (0,), QUICK)
    assert place == PLACE
    return np.stack([readings[row].depth for row in range(data.originals)])


def test_its_labels_change_nothing_of_how_it_is_read(data: TrainingSet, scorer: Scorer) -> None:
    turned = replace(data, depth=data.depth.copy(), piece_depth=data.piece_depth.copy())
    turned.depth[:, PLACE] = 3 - turned.depth[:, PLACE]
    turned.piece_depth[:, PLACE] = 3 - turned.piece_depth[:, PLACE]
    np.testing.assert_array_equal(depths(turned, scorer), depths(data, scorer))


def test_the_labels_of_the_others_do(data: TrainingSet, scorer: Scorer) -> None:
    turned = replace(data, depth=data.depth.copy(), piece_depth=data.piece_depth.copy())
    turned.depth[:, PLACE - 1] = 3 - turned.depth[:, PLACE - 1]
    turned.piece_depth[:, PLACE - 1] = 3 - turned.piece_depth[:, PLACE - 1]
    assert not np.array_equal(depths(turned, scorer), depths(data, scorer))


def test_without_a_dimension_nothing_is_known_of_it(data: TrainingSet) -> None:
    less = data.without(PLACE)
    for values in (less.depth, less.depth_weight, less.piece_depth, less.piece_weight):
        assert not values[:, PLACE].any()
    assert data.depth[:, PLACE].any() and data.piece_weight[:, PLACE].any()
