"""Training: the head from graded answers, with leave-one-writer-out agreement and thresholds."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
import torch
from joblib import Parallel, delayed

from coach.embedding.encoder import Encoder
from coach.errors import InputError
from coach.packs import Pack
from coach.scoring import head as head_arithmetic
from coach.scoring.assembly import RawFeatures, Standard, standardised
from coach.scoring.bank import Floats, GradedBank, Ints, ReferenceBank, principal_projection
from coach.scoring.features import PieceFeatures
from coach.scoring.graded import GradedAnswer
from coach.scoring.head import AnswerFeatures, Reading
from coach.scoring.manipulation import ManipulationBank
from coach.scoring.thresholds import OutOfFold, agreement, choose_thresholds
from coach.scoring.training_fit import Recipe, fit
from coach.scoring.training_set import (
    TrainingSet,
    all_reference_features,
    graded_bank,
    raw_training_features,
    training_set,
)
from coach.scoring.variants import variants
from coach.scoring.weights import FORMAT, Manifest, Thresholds, TrainedHead
from coach.text.lexicon import Lexicon
from coach.text.masking import mask_text, mentions_in

# Components kept of the embedding: at 128 of 384, leave-one-writer-out agreement is that of all of them
# to the third digit, in a third of the space.
BANK_WIDTH = 128
DEFAULT_SEEDS = (0, 1)
# The networks are too small to gain from a second thread, and waiting threads crawl on a busy machine.
THREADS = 1
PROCESSES = min(4, os.cpu_count() or 1)
ENCODE_AT_ONCE = 512
VARIANT_SEED = 0

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Trained:
    """A trained head, and what was said of every answer when its writer was held out.

    `fold_heads` maps each writer to the head that never saw that writer, in weights, bank or thresholds.
    """

    head: TrainedHead
    fold_heads: dict[str, TrainedHead]
    out_of_fold: OutOfFold


@dataclass(frozen=True)
class Fold:
    """Answers to learn from and answers held out, with all figures as seen without the held-out writer."""

    rows: Ints
    held_out: Ints
    raw: RawFeatures
    bank: GradedBank


@dataclass(frozen=True)
class _Fitted:
    """What was fitted without a writer (None: with all), and what it says of that writer's answers."""

    writer: int | None
    networks: list[dict[str, Floats]]
    standard: Standard
    bank: GradedBank
    readings: dict[int, Reading]


def train(
    pack: Pack,
    answers: Sequence[GradedAnswer],
    encoder: Encoder,
    references: ReferenceBank,
    manipulation: ManipulationBank,
    seeds: Sequence[int] = DEFAULT_SEEDS,
    recipe: Recipe | None = None,
    progress: Progress = lambda what, done, total: None,
) -> Trained:
    """Fit the head, and measure it with each writer held out in turn.

    For every fold the head, the projection, the graded bank and the depth cuts are made again without
    the held-out writer. `progress(what, done, total)` is called as the work goes on. Raises InputError
    where labels are of unknown questions or dimensions, or there are fewer than two writers.
    """
    recipe = recipe or Recipe()
    _check(pack, answers)
    data, named, labels = prepare(pack, answers, encoder, manipulation, progress)
    of_references, centres = all_reference_features(data, references), references.centres
    writers = [int(writer) for writer in np.unique(data.writer)]
    names = sorted({answer.writer for answer in data.answers})
    readings: dict[int, Reading] = {}
    folds: dict[int | None, _Fitted] = {}
    progress("training", 0, len(writers) + 1)
    # Folds know nothing of each other, so as many are fitted at once as there are processors; which is
    # finished first changes nothing.
    jobs = (
        delayed(_fit_fold)(data, of_references, centres, writer, seeds, recipe) for writer in (*writers, None)
    )
    for fitted in Parallel(n_jobs=PROCESSES, return_as="generator_unordered")(jobs):
        folds[fitted.writer] = fitted
        readings |= fitted.readings
        progress("training", len(folds), len(writers) + 1)
    ordered = tuple(readings[row] for row in range(data.originals))
    out_of_fold = OutOfFold(data, ordered, labels, named, references.vectors)
    everybody = folds.pop(None)
    thresholds = choose_thresholds(out_of_fold)
    manifest = _manifest(pack, answers, encoder, references, seeds, thresholds, agreement(out_of_fold))
    head = TrainedHead(tuple(everybody.networks), everybody.standard, everybody.bank, manifest)
    fold_heads = {}
    for writer in writers:
        fitted = folds[writer]
        others = choose_thresholds(out_of_fold, np.flatnonzero(data.writer[: data.originals] != writer))
        of_fold = manifest.model_copy(
            update={"thresholds": others, "writers": tuple(name for name in names if name != names[writer])}
        )
        fold_heads[names[writer]] = TrainedHead(tuple(fitted.networks), fitted.standard, fitted.bank, of_fold)
    return Trained(head, fold_heads, out_of_fold)


def prepare(
    pack: Pack,
    answers: Sequence[GradedAnswer],
    encoder: Encoder,
    manipulation: ManipulationBank,
    progress: Progress = lambda what, done, total: None,
) -> tuple[TrainingSet, np.ndarray[tuple[int, ...], np.dtype[np.bool_]], Floats]:
    """The training set, where tool names stand for a dimension (a, d), and the graded depths (a, d).

    Pieces that address the grader are examples of nothing and are left out.
    """
    lexicon = Lexicon(pack.tools, pack.sounds, frozenset(pack.not_tools))
    dimensions = [dimension.id for dimension in pack.dimensions]

    def encode(texts: list[str]) -> Floats:
        parts = []
        for first in range(0, len(texts), ENCODE_AT_ONCE):
            progress("encoding", first, len(texts))
            parts.append(encoder.encode(texts[first : first + ENCODE_AT_ONCE]))
        progress("encoding", len(texts), len(texts))
        return np.concatenate(parts)

    def names(text: str) -> tuple[tuple[int, int], ...]:
        return mask_text(lexicon, text).spans

    changed = variants(answers, VARIANT_SEED)
    data = training_set(answers, changed, pack.questions, dimensions, names, encode, manipulation.found)
    named = np.zeros((data.originals, len(dimensions)), dtype=np.bool_)
    labels = np.zeros((data.originals, len(dimensions)), dtype=np.float32)
    for row, answer in enumerate(data.answers[: data.originals]):
        for mention in mentions_in(lexicon, answer.answer):
            category = pack.categories.get(mention.category)
            if category is not None and category.dimension is not None:
                named[row, dimensions.index(category.dimension)] = True
        for dimension, label in answer.labels.dimensions.items():
            labels[row, dimensions.index(dimension)] = label.depth
    return data, named, labels


def _check(pack: Pack, answers: Sequence[GradedAnswer]) -> None:
    questions = {question.id for question in pack.questions}
    dimensions = {dimension.id for dimension in pack.dimensions}
    for answer in answers:
        if answer.question not in questions:
            raise InputError(f"graded answer {answer.id}: pack {pack.id} has no question {answer.question!r}")
        unknown = sorted(set(answer.labels.dimensions) - dimensions)
        if unknown:
            raise InputError(f"graded answer {answer.id}: pack {pack.id} has no dimension {unknown[0]!r}")
    writers = {answer.writer for answer in answers}
    if len(writers) < 2:
        raise InputError(
            f"graded answers by {len(writers)} writer: training needs at least two, to hold one out"
        )


def _fit_fold(
    data: TrainingSet,
    of_references: PieceFeatures,
    centres: Floats,
    writer: int | None,
    seeds: Sequence[int],
    recipe: Recipe,
) -> _Fitted:
    torch.set_num_threads(THREADS)
    fold = fold_of(data, of_references, writer)
    networks, standard = fit_seeds(data, fold, centres, seeds, recipe)
    readings = read_fold(data, fold, centres, networks, standard)
    return _Fitted(writer, networks, standard, fold.bank, readings)


def fold_of(data: TrainingSet, of_references: PieceFeatures, writer: int | None) -> Fold:
    """The fold that holds one writer (by place in the set's order) out, or nobody."""
    mine = np.flatnonzero(
        (data.owner < data.originals) & (data.piece_writer != (-1 if writer is None else writer))
    )
    bank = graded_bank(data, principal_projection(data.vectors[mine], BANK_WIDTH), mine)
    held_out = data.writer == writer if writer is not None else np.zeros(len(data.writer), dtype=np.bool_)
    return Fold(
        rows=np.flatnonzero(~held_out),
        held_out=np.flatnonzero(held_out[: data.originals]),
        raw=raw_training_features(data, of_references, bank, writer),
        bank=bank,
    )


def fit_seeds(
    data: TrainingSet, fold: Fold, centres: Floats, seeds: Sequence[int], recipe: Recipe
) -> tuple[list[dict[str, Floats]], Standard]:
    """One network a seed, rounded as they are stored; the standard is the same for all."""
    fitted = [fit(data, fold.raw, fold.rows, centres, seed, recipe) for seed in seeds]
    networks = [
        {name: value.astype(np.float16).astype(np.float32) for name, value in weights.items()}
        for weights, _ in fitted
    ]
    return networks, fitted[0][1]


def read_fold(
    data: TrainingSet, fold: Fold, centres: Floats, networks: list[dict[str, Floats]], standard: Standard
) -> dict[int, Reading]:
    """What the averaged networks of a fold say of each answer that it holds out."""
    near, shared = standardised(fold.raw, standard, data.expected[data.owner])
    readings = {}
    for row in fold.held_out:
        chosen = slice(*data.bounds[row])
        answer = AnswerFeatures(
            near[chosen], shared[chosen], data.vectors[chosen], data.expected[row], centres
        )
        readings[int(row)] = head_arithmetic.average(
            [head_arithmetic.read(answer, network) for network in networks]
        )
    return readings


def _manifest(
    pack: Pack,
    answers: Sequence[GradedAnswer],
    encoder: Encoder,
    references: ReferenceBank,
    seeds: Sequence[int],
    thresholds: Thresholds,
    figures: dict[str, float],
) -> Manifest:
    labelled = json.dumps([answer.model_dump(mode="json") for answer in answers], sort_keys=True)
    packages = ("torch", "sentence-transformers", "numpy", "scikit-learn")
    return Manifest(
        format=FORMAT,
        pack=pack.id,
        dimensions=tuple(dimension.id for dimension in pack.dimensions),
        encoder=encoder.name,
        encoder_sha256=encoder.fingerprint,
        width=references.vectors.shape[1],
        data_sha256=hashlib.sha256(labelled.encode()).hexdigest(),
        pack_sha256=pack.digest,
        answers=len(answers),
        writers=tuple(sorted({answer.writer for answer in answers})),
        seeds=tuple(seeds),
        versions={name: version(name) for name in packages},
        agreement={name: round(value, 4) for name, value in figures.items()},
        thresholds=thresholds,
    )
