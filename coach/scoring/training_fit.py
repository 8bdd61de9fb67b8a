"""Fitting one head to a training set with torch."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from coach.scoring.assembly import (
    GRADED_START,
    NEAR_COLUMNS,
    RawFeatures,
    Standard,
    standard_of,
    standardised,
)
from coach.scoring.bank import DEPTH_STEPS, Floats, Ints
from coach.scoring.features import GRADED_SHARED_COLUMNS
from coach.scoring.thresholds import OVERALL_STEPS, REASONING_STEPS
from coach.scoring.training_network import Network
from coach.scoring.training_set import TrainingSet


@dataclass(frozen=True)
class Recipe:
    """How a head is fitted; found by leave-one-writer-out trials on the graded answers."""

    epochs: int = 28
    batch: int = 32
    rate: float = 2e-3
    decay: float = 2e-2
    # In this share of the answers (and of single dimensions) the graded bank is hidden, so that the head
    # also learns to read a dimension from its written references alone.
    hidden_answers: float = 0.15
    hidden_dimensions: float = 0.1
    expected_weight: float = 2.0
    overall_weight: float = 0.7
    reasoning_weight: float = 0.4
    harm_weight: float = 0.3


def fit(
    data: TrainingSet, raw: RawFeatures, rows: Ints, centres: Floats, seed: int, recipe: Recipe
) -> tuple[dict[str, Floats], Standard]:
    """Fit one head to the answers `rows`; returns its weights by layer name, and the standard.

    `centres` (d, width) are the centres of the dimensions' references.
    Same data, seed and thread count give the same weights.
    """
    torch.manual_seed(seed)
    shuffle = np.random.default_rng(seed)
    chosen = np.isin(data.owner, rows)
    standard = standard_of(raw.near[chosen], raw.shared[chosen])
    near, shared = _tensors(data, raw, standard)
    # Copied: what another process shares with this one is not to be written to.
    vectors, middle = torch.tensor(data.vectors), torch.tensor(centres)
    bounds = data.bounds
    network = Network(near.shape[2], shared.shape[1], vectors.shape[1])
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    steps = recipe.epochs * -(-len(rows) // recipe.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=steps, pct_start=0.2)
    network.train()
    for _ in range(recipe.epochs):
        order = shuffle.permutation(rows)
        for first in range(0, len(order), recipe.batch):
            batch = order[first : first + recipe.batch]
            where = np.concatenate([np.arange(*bounds[row]) for row in batch])
            owner = torch.from_numpy(
                np.repeat(np.arange(len(batch)), [bounds[row][1] - bounds[row][0] for row in batch])
            )
            batch_near, batch_shared = _hide_graded(
                near[where], shared[where], owner, len(batch), shuffle, recipe
            )
            expected = torch.from_numpy(data.expected[batch])
            outputs = network(batch_near, batch_shared, vectors[where], expected, owner, middle)
            loss = _loss(outputs, data, batch, where, recipe)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
    weights = {
        name: value.detach().numpy().astype(np.float32) for name, value in network.state_dict().items()
    }
    return weights, standard


def _tensors(data: TrainingSet, raw: RawFeatures, standard: Standard) -> tuple[Tensor, Tensor]:
    near, shared = standardised(raw, standard, data.expected[data.owner])
    return torch.from_numpy(near), torch.from_numpy(shared)


def _hide_graded(
    near: Tensor, shared: Tensor, owner: Tensor, answers: int, shuffle: np.random.Generator, recipe: Recipe
) -> tuple[Tensor, Tensor]:
    """Take the graded bank's figures away from some answers and from some dimensions of others."""
    near, shared = near.clone(), shared.clone()
    whole = shuffle.random(answers) < recipe.hidden_answers
    single = shuffle.random((answers, near.shape[1])) < recipe.hidden_dimensions
    of_answer = torch.from_numpy(whole)[owner]
    hidden = torch.from_numpy(whole[:, None] | single)[owner]
    near[..., GRADED_START : NEAR_COLUMNS + 1][hidden] = 0
    shared[:, :GRADED_SHARED_COLUMNS][of_answer] = 0
    return near, shared


def _loss(
    outputs: tuple[Tensor, Tensor, Tensor, Tensor],
    data: TrainingSet,
    batch: Ints,
    where: Ints,
    recipe: Recipe,
) -> Tensor:
    """Ordinal cross-entropy of answers, pieces, harm and marks."""
    piece_logits, depth_logits, harm_logits, marks = outputs
    weight = 1 + (recipe.expected_weight - 1) * torch.from_numpy(data.expected[batch])[..., None]
    weight = weight * torch.from_numpy(data.depth_weight[batch])[..., None]
    depth = cross_entropy(depth_logits, _reached(data.depth[batch], DEPTH_STEPS), reduction="none")
    piece = _weighted(piece_logits, _reached(data.piece_depth[where], DEPTH_STEPS), data.piece_weight[where])
    harm = _weighted(harm_logits, torch.from_numpy(data.piece_harm[where]), data.harm_weight[where])
    known = data.marks_weight[batch]
    overall = _weighted(marks[:, :5], _reached(data.overall[batch], OVERALL_STEPS), known)
    reasoning = _weighted(marks[:, 5:], _reached(data.reasoning[batch], REASONING_STEPS), known)
    return (
        (weight * depth).mean()
        + piece
        + recipe.overall_weight * overall
        + recipe.reasoning_weight * reasoning
        + recipe.harm_weight * harm
    )


def _weighted(logits: Tensor, targets: Tensor, weights: Floats) -> Tensor:
    """Mean cross-entropy, each row (or row and dimension) with its weight."""
    row = torch.from_numpy(weights).reshape(*weights.shape, *[1] * (logits.dim() - weights.ndim))
    return (cross_entropy(logits, targets, reduction="none") * row).mean()


def _reached(values: Floats, steps: tuple[float, ...]) -> Tensor:
    return torch.from_numpy((values[..., None] >= np.asarray(steps)).astype(np.float32))
