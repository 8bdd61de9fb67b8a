"""Fitting: the encoder's upper layers and the heads together, on many tasks at once."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from coach.embedding.adapter import Weights
from coach.embedding.graph import LAYERS
from coach.scoring.bank import Floats
from coach.statements.reading import Landmarks, unit
from coach.statements.sentences import PASSAGE
from coach.training.corpus import Corpus, Placed
from coach.training.examples import Example, Kind
from coach.training.network import FROZEN, Comparison, Heads, Layers, Output, learning_rate

Progress = Callable[[str, int, int], None]
Spans = tuple[tuple[int, int], ...]

# Statements of a step. Smaller steps learn more from the same reading, larger ones are a little faster.
STATEMENTS = 64
# The highest rates of the layers and of the heads.
LAYERS_RATE, HEADS_RATE = 2e-4, 1.5e-3
# What an answer counts for in the losses: people's are few.
PEOPLE = 2.0
OTHERS = 1.5
# References are compared with as the layers make them at the moment; they are made anew after so many steps.
RENEWED = 120
# Two questions are far from each other where they share at most this part of the expected dimensions.
FAR = 0.34
HALF_STEP = 0.25


@dataclass(frozen=True)
class References:
    """How the corpus holds what statements are compared with: rows of its texts, and how they are grouped."""

    rows: list[int]
    landmarks: Callable[[Floats], Landmarks]


@dataclass
class Model:
    """The tuned layers and the heads."""

    layers: Layers
    heads: Heads


@dataclass(frozen=True)
class Round:
    """Some epochs in which the rates rise to a share of the highest and fall again.

    An epoch draws a share of the examples of each kind, all where none is given; `polished` is the share of
    answers by writers with a polished register. What is plentiful or easy is drawn less.
    """

    epochs: int
    rate: float
    drawn: Mapping[Kind, float]
    polished: float


# First what all tasks need, then more of whole answers at half the rates.
ROUNDS = (
    Round(4, 1.0, {"graded": 0.3, "inside": 0.2, "to-grader": 0.6, "other-question": 0.5}, 0.2),
    Round(4, 0.5, {"graded": 0.4, "inside": 0.2, "to-grader": 0.5, "pair": 0.7, "single": 0.7}, 0.4),
)


@dataclass(frozen=True)
class Recipe:
    """What decides a training beside the data; `polished` are the writers with a polished register."""

    rounds: tuple[Round, ...] = ROUNDS
    seed: int = 0
    polished: frozenset[str] = frozenset()


class Fitting:
    """Fits a model to examples of a corpus."""

    def __init__(
        self,
        corpus: Corpus,
        references: References,
        weights: Weights,
        expects: Sequence[Sequence[int]],
        cues: tuple[Floats, Floats],
        recipe: Recipe,
    ) -> None:
        """`expects` are the places of each question's expected dimensions, `cues` their mean and spread."""
        self._corpus = corpus
        self._references = references
        self._weights = weights
        self._cues = cues
        self._recipe = recipe
        dimensions = 1 + max(place for one in expects for place in one)
        self._expected = torch.zeros(len(expects), dimensions)
        for question, places in enumerate(expects):
            self._expected[question, list(places)] = 1
        shared = self._expected @ self._expected.T
        self._far = (shared <= FAR * self._expected.sum(1)[None]).float()

    def fit(
        self, model: Model, number: int, examples: Sequence[Example], progress: Progress, what: str
    ) -> None:
        """Train a model for the round of that number, which `progress` calls `what`."""
        this = self._recipe.rounds[number]
        torch.manual_seed(self._recipe.seed + number)
        chance = random.Random(self._recipe.seed + number)
        optimizer = torch.optim.AdamW(
            [
                {
                    "params": list(model.heads.parameters()),
                    "lr": HEADS_RATE * this.rate,
                    "weight_decay": 0.02,
                },
                {
                    "params": list(model.layers.parameters()),
                    "lr": LAYERS_RATE * this.rate,
                    "weight_decay": 0.01,
                },
            ]
        )
        together: dict[str, list[Example]] = {}
        for one in examples:
            # The sound side first: ranking looks back for it.
            together.setdefault(one.pair or one.id, []).append(one)
        share = {key: self._share(found[0], this) for key, found in together.items()}
        statements = sum(share[one.pair or one.id] * float(one.used.sum()) for one in examples)
        steps = int(this.epochs * statements / STATEMENTS * 1.02) + 10
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: learning_rate(step, steps))
        step = 0
        for _ in range(this.epochs):
            model.heads.train()
            keys = [key for key in together if chance.random() < share[key]]
            chance.shuffle(keys)
            marks = self.comparison(model)
            batch: list[Example] = []
            for number, key in enumerate(keys):
                batch += sorted(together[key], key=lambda one: not one.sound)
                if sum(int(one.used.sum()) for one in batch) < STATEMENTS and number < len(keys) - 1:
                    continue
                loss = self._loss(batch, model, marks, chance)
                optimizer.zero_grad()
                loss.backward()
                parameters = [*model.heads.parameters(), *model.layers.parameters()]
                torch.nn.utils.clip_grad_norm_(parameters, 2.0)
                optimizer.step()
                schedule.step()
                step, batch = step + 1, []
                progress(what, min(step, steps), steps)
                if step % RENEWED == 0:
                    marks = self.comparison(model)
        model.heads.eval()

    def comparison(self, model: Model) -> Comparison:
        """The references and questions as the layers make them now."""
        rows = self._references.rows
        whole: list[Spans] = [((0, int(self._corpus.lengths[row])),) for row in rows]
        with torch.no_grad():
            vectors = self._corpus.vectors(rows, whole, model.layers).numpy()
        return Comparison(self._references.landmarks(unit(vectors)))

    def read(
        self, batch: Sequence[Example], ways: Sequence[int], model: Model, marks: Comparison
    ) -> tuple[Output, Tensor, Tensor, list[int]]:
        """Read examples, each divided in one of its ways.

        Returns the output for the n statements that are used, their own vectors (n, width), the place (n,) of
        each one's example in the batch and of each in its example.
        """
        own, around, owner, places = self._vectors(batch, ways, model.layers)
        question = torch.tensor([one.question for one in batch])[owner]
        cues = np.stack([batch[k].cues[row] for k, row in zip(owner.tolist(), places, strict=True)])
        cues = np.clip((cues - self._cues[0]) / self._cues[1], -3, 3).astype(np.float32)
        expected = self._expected[question]
        return model.heads(own, around, torch.from_numpy(cues), question, expected, marks), own, owner, places

    def _vectors(
        self, batch: Sequence[Example], ways: Sequence[int], layers: Layers
    ) -> tuple[Tensor, Tensor, Tensor, list[int]]:
        # A row is read once, whatever is asked of it: a statement by itself may be its own passage.
        spans: dict[int, list[tuple[int, int]]] = {}
        asked: list[tuple[tuple[int, int], tuple[int, int]]] = []
        units: list[tuple[int, int]] = []

        def ask(row: int, span: tuple[int, int]) -> tuple[int, int]:
            of_row = spans.setdefault(row, [])
            of_row.append(span)
            return row, len(of_row) - 1

        for place, (one, way) in enumerate(zip(batch, ways, strict=True)):
            divisions: list[list[Placed]] = self._corpus.divisions[id(one)]
            for placed in divisions[way % len(divisions)]:
                for member, around in zip(placed.members, placed.around, strict=True):
                    if one.used[member]:
                        alone = self._corpus.alone[id(one)][member]
                        own = (1, int(self._corpus.lengths[alone]) - 1)
                        asked.append((ask(alone, own), ask(placed.row, around)))
                        units.append((place, member))
        rows = list(spans)
        found = self._corpus.vectors(rows, [spans[row] for row in rows], layers)
        firsts = dict(
            zip(rows, np.cumsum([0, *(len(spans[row]) for row in rows[:-1])]).tolist(), strict=True)
        )
        own_rows = [firsts[row] + number for (row, number), _ in asked]
        around_rows = [firsts[row] + number for _, (row, number) in asked]
        owner = torch.tensor([place for place, _ in units])
        own_all, around_all = found[own_rows], found[around_rows]
        return (
            F.normalize(own_all, dim=1),
            F.normalize(around_all, dim=1),
            owner,
            [member for _, member in units],
        )

    def new(self) -> Model:
        """A model that has learned nothing."""
        torch.manual_seed(self._recipe.seed)
        return Model(Layers(self._weights, FROZEN, LAYERS), Heads())

    def _share(self, example: Example, this: Round) -> float:
        if example.group in self._recipe.polished and example.kind == "graded":
            return this.polished
        return 1.0 if example.people else this.drawn.get(example.kind, 1.0)

    def _weight(self, example: Example) -> float:
        if example.people:
            return PEOPLE
        return (
            OTHERS
            if example.kind == "graded" and example.spans_known and not self._is_polished(example)
            else 1.0
        )

    def _is_polished(self, example: Example) -> bool:
        return example.group in self._recipe.polished

    def _loss(
        self, batch: Sequence[Example], model: Model, marks: Comparison, chance: random.Random
    ) -> Tensor:
        """The sum of the losses of all tasks."""
        ways: list[int] = []
        of_pair: dict[str, int] = {}
        for one in batch:
            way = chance.randrange(PASSAGE)
            # Both sides of a pair in the same form.
            ways.append(of_pair.setdefault(one.pair, way) if one.pair else way)
        output, _, owner, places = self.read(batch, ways, model, marks)
        labels = _Labels(batch, owner, places, torch.tensor([self._weight(one) for one in batch]))
        return (
            _depth_loss(output, labels)
            + _harm_loss(output, labels)
            + _attempt_loss(output, labels)
            + _deepest_loss(output, labels)
            + _mark_loss(output, labels)
            + _question_loss(output, labels, self._far)
            + _rank_loss(output, labels)
        )


class _Labels:
    """The labels of a batch: of statements (n, ...) by `pick`, of its b answers by lists."""

    def __init__(
        self, batch: Sequence[Example], owner: Tensor, places: Sequence[int], weight: Tensor
    ) -> None:
        self.batch, self.owner, self.places, self.weight = batch, owner, places, weight

    def pick(self, name: str) -> Tensor:
        rows = zip(self.owner.tolist(), self.places, strict=True)
        return torch.from_numpy(np.stack([getattr(self.batch[k], name)[row] for k, row in rows]))

    def each(self, value: Callable[[Example], float]) -> Tensor:
        return torch.tensor([float(value(one)) for one in self.batch])

    def summed(self, values: Tensor) -> Tensor:
        """The sum (b, ...) over the statements of each answer."""
        return torch.zeros(len(self.batch), *values.shape[1:]).index_add(0, self.owner, values)


def _steps(depth: Tensor) -> Tensor:
    """Which steps a depth reaches; medians of gradings come in halves."""
    return torch.stack([(depth >= step - HALF_STEP).float() for step in (1, 2, 3)], -1)


def _mean(loss: Tensor, weight: Tensor) -> Tensor:
    return (loss * weight).sum() / weight.sum().clamp(min=1)


def _depth_loss(output: Output, labels: _Labels) -> Tensor:
    target = _steps(labels.pick("depth"))
    weight = labels.pick("known") * labels.weight[labels.owner][:, None, None] * (1 + 2 * target)
    return 3 * _mean(F.binary_cross_entropy_with_logits(output.depth, target, reduction="none"), weight)


def _harm_loss(output: Output, labels: _Labels) -> Tensor:
    made: frozenset[Kind] = frozenset({"pair", "inside", "single", "pack"})
    weight = labels.pick("harm_known") * labels.each(lambda one: 3 if one.kind in made else 1)[labels.owner]
    return 2 * _mean(
        F.binary_cross_entropy_with_logits(output.harm, labels.pick("harm"), reduction="none"), weight
    )


def _attempt_loss(output: Output, labels: _Labels) -> Tensor:
    # Pairs are no words to the grader: they stand for all that answers say.
    known = labels.each(lambda one: 1.0 if one.attempt is not None else 0.2 * (one.kind == "pair"))[
        labels.owner
    ]
    target = labels.each(lambda one: one.attempt or 0)[labels.owner]
    return _mean(F.binary_cross_entropy_with_logits(output.attempt, target, reduction="none"), known)


def _deepest_loss(output: Output, labels: _Labels) -> Tensor:
    deepest = torch.from_numpy(np.stack([one.deepest for one in labels.batch]))
    known = (deepest >= 0).float() * labels.each(lambda one: one.whole)[:, None]
    target = _steps(deepest)
    raised = torch.exp((4 * output.depth).clamp(max=40))
    pooled = torch.log(labels.summed(raised) + 1e-12) / 4
    weight = (known * labels.weight[:, None])[..., None] * (1 + target)
    return 2 * _mean(F.binary_cross_entropy_with_logits(pooled, target, reduction="none"), weight)


def _mark_loss(output: Output, labels: _Labels) -> Tensor:
    sound = 1 - torch.sigmoid(output.harm).detach()
    worth = labels.summed(output.worth * sound[:, None])
    overall, reasoning = 5 * (1 - torch.exp(-worth[:, 0])), 3 * (1 - torch.exp(-worth[:, 1]))
    known = labels.each(lambda one: one.overall is not None and one.whole) * labels.weight
    known = known * labels.each(lambda one: 2 if one.kind == "other-question" else 1)
    reasons = known * labels.each(lambda one: one.reasoning is not None)
    error = known * (overall - labels.each(lambda one: one.overall or 0)) ** 2
    error = error + reasons * (reasoning - labels.each(lambda one: one.reasoning or 0)) ** 2
    return 0.5 * error.sum() / known.sum().clamp(min=1)


def _question_loss(output: Output, labels: _Labels, far: Tensor) -> Tensor:
    """Which question an answer is to: its own among all, and none where the graders said so."""
    count = labels.summed(torch.ones(len(labels.owner))).clamp(min=1)
    fit = labels.summed(output.fit) / count[:, None]
    question = torch.tensor([one.question for one in labels.batch])
    answers = labels.each(
        lambda one: one.kind == "graded" and one.spans_known and one.whole and (one.overall or 0) >= 1
    ) * labels.each(lambda one: 0.3 if one.people else 1.0)
    among = 0.3 * _mean(F.cross_entropy(fit, question, reduction="none"), answers)
    target, weight = torch.zeros_like(fit), torch.zeros_like(fit)
    for place, one in enumerate(labels.batch):
        if answers[place] > 0:
            weight[place] = far[one.question] * answers[place]
            target[place, one.question], weight[place, one.question] = 1, 6 * answers[place]
        elif one.fits is not None:
            target[place, one.question], weight[place, one.question] = one.fits / 2, 8
        elif one.kind == "graded" and one.overall == 0 and not one.deepest.any():
            weight[place] = 1
    return among + 0.5 * _mean(F.binary_cross_entropy_with_logits(fit, target, reduction="none"), weight)


def _rank_loss(output: Output, labels: _Labels) -> Tensor:
    """The harmful side of a pair is likelier harmful, the denying side goes less deep."""
    first: dict[str, int] = {}
    losses = []
    for place, one in enumerate(labels.batch):
        if not one.pair:
            continue
        if one.pair not in first:
            first[one.pair] = place
            continue
        sound, other = labels.owner == first[one.pair], labels.owner == place
        if one.harm_known[one.used > 0].any():
            losses.append(F.softplus(output.harm[sound].max() - output.harm[other].max()))
        else:
            described = output.depth[:, one.dimension, 1]
            losses.append(F.softplus(described[other].max() - described[sound].max()))
    return 1.5 * torch.stack(losses).mean() if losses else output.harm.new_zeros(())
