"""Generality: how well a dimension is read whose labels the head has never seen."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from joblib import Parallel, delayed

from coach.embedding.encoder import Encoder
from coach.packs import Pack
from coach.scoring.bank import Floats, ReferenceBank
from coach.scoring.features import PieceFeatures
from coach.scoring.graded import GradedAnswer
from coach.scoring.head import Reading
from coach.scoring.manipulation import ManipulationBank
from coach.scoring.thresholds import OutOfFold, choose_cuts
from coach.scoring.training import (
    DEFAULT_SEEDS,
    PROCESSES,
    THREADS,
    Progress,
    fit_seeds,
    fold_of,
    prepare,
    read_fold,
)
from coach.scoring.training_fit import Recipe
from coach.scoring.training_set import TrainingSet, all_reference_features


def leave_one_dimension_out(
    pack: Pack,
    answers: Sequence[GradedAnswer],
    encoder: Encoder,
    references: ReferenceBank,
    manipulation: ManipulationBank,
    seeds: Sequence[int] = DEFAULT_SEEDS,
    recipe: Recipe | None = None,
    progress: Progress = lambda what, done, total: None,
) -> tuple[Floats, Floats]:
    """Whole depths (a, d) as read by heads that saw no label of the dimension, and the labels (a, d).

    For each dimension a head is trained without its labels, its evidence and its graded pieces; it knows
    the dimension by its reference answers alone, as it would one of another pack. The cuts from raw to whole
    depths are chosen on the other dimensions. Writers are not held out: it is the dimension that is new.
    """
    data, named, labels = prepare(pack, answers, encoder, manipulation, progress)
    of_references = all_reference_features(data, references)
    found = np.zeros(labels.shape, dtype=np.float32)
    progress("dimensions", 0, labels.shape[1])
    jobs = (
        delayed(_read_unseen)(data, of_references, references.centres, place, seeds, recipe or Recipe())
        for place in range(labels.shape[1])
    )
    for done, (place, readings) in enumerate(
        Parallel(n_jobs=PROCESSES, return_as="generator_unordered")(jobs), start=1
    ):
        seen = OutOfFold(
            data.without(place),
            tuple(readings[row] for row in range(data.originals)),
            labels,
            named,
            references.vectors,
        )
        others = np.delete(np.arange(labels.shape[1]), place)
        found[:, place] = seen.depths(choose_cuts(seen, dimensions=others))[:, place]
        progress("dimensions", done, labels.shape[1])
    return found, labels


def _read_unseen(
    data: TrainingSet,
    of_references: PieceFeatures,
    centres: Floats,
    place: int,
    seeds: Sequence[int],
    recipe: Recipe,
) -> tuple[int, dict[int, Reading]]:
    """All answers as read by a head that knows nothing of the dimension at `place` but its references."""
    torch.set_num_threads(THREADS)
    unseen = data.without(place)
    fold = fold_of(unseen, of_references, None)
    fold = replace(fold, raw=replace(fold.raw, ungraded=(place,)), held_out=np.arange(data.originals))
    networks, standard = fit_seeds(unseen, fold, centres, seeds, recipe)
    return place, read_fold(unseen, fold, centres, networks, standard)
