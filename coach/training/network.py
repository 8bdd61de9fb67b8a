"""The network in torch: the encoder's upper layers, which are tuned, and the heads that read statements."""

import math
from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from coach.embedding.adapter import Weights
from coach.embedding.graph import EPSILON, HEADS, WIDTH
from coach.scoring.grader_cues import CUE_NAMES
from coach.statements.reading import COORDINATES, COSINES, NEAREST, PRODUCTS

# Layers below stay as they are: their outputs are computed once. Tuning three of six learns stance, which
# the published encoder does not see.
FROZEN = 3
# Sizes of the heads' hidden layers.
PROJECTED, HIDDEN, HARM_HIDDEN, FIT, WORTH_HIDDEN, ATTEMPT_HIDDEN = 48, 64, 96, 64, 64, 32
# Figures of nearness that the depth head reads for each dimension (see `coach.statements.reading`).
NEARNESS = 30
DROPPED = 0.15


class Layers(nn.Module):
    """Some of the encoder's layers."""

    def __init__(self, weights: Weights, first: int, last: int) -> None:
        super().__init__()
        self.first, self.last = first, last
        names = [
            name
            for name in weights
            if any(name.startswith(f"encoder.layer.{n}.") for n in range(first, last))
        ]
        self.parts = nn.ParameterDict({_key(name): torch.tensor(weights[name]) for name in names})

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Token vectors (n, t, width) behind these layers; `mask` (n, t) is 0 where a row is filled up."""
        bias = torch.where(mask[:, None, None, :] > 0, 0.0, -1e9)
        for number in range(self.first, self.last):
            hidden = self._layer(hidden, bias, f"encoder.layer.{number}.")
        return hidden

    def _layer(self, hidden: Tensor, bias: Tensor, place: str) -> Tensor:
        rows, length, _ = hidden.shape
        query, key, value = (
            self._linear(hidden, f"{place}attention.self.{name}")
            .view(rows, length, HEADS, -1)
            .transpose(1, 2)
            for name in ("query", "key", "value")
        )
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        seen = seen.transpose(1, 2).reshape(rows, length, WIDTH)
        seen = self._linear(seen, f"{place}attention.output.dense")
        hidden = self._normed(hidden + seen, f"{place}attention.output.LayerNorm")
        inner = F.gelu(self._linear(hidden, f"{place}intermediate.dense"))
        return self._normed(hidden + self._linear(inner, f"{place}output.dense"), f"{place}output.LayerNorm")

    def _linear(self, hidden: Tensor, place: str) -> Tensor:
        return F.linear(hidden, self.parts[_key(f"{place}.weight")], self.parts[_key(f"{place}.bias")])

    def _normed(self, hidden: Tensor, place: str) -> Tensor:
        weight, bias = self.parts[_key(f"{place}.weight")], self.parts[_key(f"{place}.bias")]
        return F.layer_norm(hidden, (WIDTH,), weight, bias, EPSILON)

    def changes(self, weights: Weights) -> dict[str, np.ndarray]:
        """What training added to the published weights."""
        return {_name(key): value.detach().numpy() - weights[_name(key)] for key, value in self.parts.items()}


def embedded(ids: Tensor, weights: Mapping[str, Tensor]) -> Tensor:
    """Token vectors (n, t, width) that enter the first layer."""
    words = weights["embeddings.word_embeddings.weight"][ids]
    places = weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
    hidden = words + places + weights["embeddings.token_type_embeddings.weight"][0]
    norm = "embeddings.LayerNorm"
    return F.layer_norm(hidden, (WIDTH,), weights[f"{norm}.weight"], weights[f"{norm}.bias"], EPSILON)


class Comparison:
    """What statements are compared with, as tensors: see `coach.statements.reading.Landmarks`."""

    def __init__(self, marks: "object") -> None:
        for name, value in vars(marks).items():
            setattr(self, name, torch.from_numpy(np.ascontiguousarray(value)))

    references: Tensor
    groups: Tensor
    own: Tensor
    centres: Tensor
    questions: Tensor
    question_centres: Tensor


class Output:
    """What the heads say of n statements, as log-odds; `worth` (n, 2) is at least 0."""

    def __init__(self, depth: Tensor, harm: Tensor, attempt: Tensor, fit: Tensor, worth: Tensor) -> None:
        self.depth, self.harm, self.attempt, self.fit, self.worth = depth, harm, attempt, fit, worth


class Heads(nn.Module):
    """The heads: `coach.statements.reading.read` in torch, with dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.pc = nn.Linear(WIDTH, PROJECTED, bias=False)
        self.pw = nn.Linear(WIDTH, PROJECTED, bias=False)
        self.pd = nn.Linear(WIDTH, PROJECTED, bias=False)
        self.qual = nn.Linear(2 * WIDTH, PROJECTED)
        self.h1, self.h2 = nn.Linear(NEARNESS + 3 * PROJECTED, HIDDEN), nn.Linear(HIDDEN, HIDDEN)
        self.out = nn.Linear(HIDDEN, 3)
        self.harm1, self.harm2 = nn.Linear(WIDTH, HARM_HIDDEN), nn.Linear(HARM_HIDDEN, 1)
        self.fit_f = nn.Linear(4, 1)
        self.fc, self.fq = nn.Linear(2 * WIDTH, FIT, bias=False), nn.Linear(WIDTH, FIT, bias=False)
        self.val1, self.val2 = nn.Linear(2 * WIDTH + 8, WORTH_HIDDEN), nn.Linear(WORTH_HIDDEN, 2)
        self.att1 = nn.Linear(WIDTH, ATTEMPT_HIDDEN)
        self.att2 = nn.Linear(ATTEMPT_HIDDEN + len(CUE_NAMES), ATTEMPT_HIDDEN)
        self.att3 = nn.Linear(ATTEMPT_HIDDEN, 1)
        self.drop = nn.Dropout(DROPPED)

    def forward(
        self, own: Tensor, around: Tensor, cues: Tensor, question: Tensor, expected: Tensor, marks: Comparison
    ) -> Output:
        """Read n statements: `question` (n,) is the place of each one's, `expected` (n, d) is 1 or 0."""
        similar = own @ marks.references.T, around @ marks.references.T
        central = own @ marks.centres.T, around @ marks.centres.T
        nearest = [_nearest(one, marks.groups) for one in similar]
        columns = [
            *nearest,
            *(_lead(one) for one in nearest),
            *(one[..., None] for one in central),
            *(_lead(one[..., None]) for one in central),
            *((one - one.mean(1, keepdim=True))[..., None] for one in central),
        ]
        dropped = self.drop(own), self.drop(around)
        both = torch.cat(dropped, 1)
        centres = self.pd(marks.centres)[None]
        alike = torch.cat([self.pc(dropped[0])[:, None] * centres, self.pw(dropped[1])[:, None] * centres], 2)
        quality = self.qual(both * COORDINATES)[:, None].expand(-1, centres.shape[1], -1)
        joined = torch.cat([torch.cat(columns, 2) * COSINES, alike * PRODUCTS, quality], 2)
        depth = self.out(F.silu(self.h2(F.silu(self.h1(joined)))))
        harm = self.harm2(F.silu(self.harm1(dropped[0] * 8)))[:, 0]
        near = torch.stack([*_question_figures(own, around, similar, marks)], 2)
        fit = self.fit_f(near * 4)[..., 0]
        fit = fit + (self.fc(torch.cat([own, around], 1)) @ self.fq(marks.question_centres).T) * 4
        row = torch.arange(len(own))
        levels = torch.sigmoid(depth).sum(2).detach()
        known = torch.cat(
            [
                dropped[0] * 5,
                dropped[1] * 5,
                near[row, question] * 3,
                fit[row, question, None].detach(),
                harm.detach()[:, None],
                (levels * expected).max(1, keepdim=True).values,
                levels.max(1, keepdim=True).values,
            ],
            1,
        )
        worth = F.softplus(self.val2(F.silu(self.val1(known))) - 2)
        attempt = F.silu(self.att1(dropped[0] * COORDINATES))
        attempt = self.att3(F.silu(self.att2(torch.cat([attempt, cues], 1))))[:, 0]
        return Output(depth, harm, attempt, fit, worth)


def _nearest(similar: Tensor, groups: Tensor) -> Tensor:
    padded = torch.cat([similar, torch.full((len(similar), 1), -1.0)], 1)
    found = padded[:, groups.reshape(-1)].reshape(len(similar), *groups.shape).topk(NEAREST, dim=3).values
    return torch.cat([found[..., 0], found.clamp(min=0).mean(3)], 2)


def _lead(values: Tensor) -> Tensor:
    return values if values.shape[1] < 2 else values - values.topk(2, dim=1).values[:, 1:2]


def _question_figures(
    own: Tensor, around: Tensor, similar: tuple[Tensor, Tensor], marks: Comparison
) -> list[Tensor]:
    columns = []
    for vectors, cosines in zip((own, around), similar, strict=True):
        padded = torch.cat([cosines, torch.full((len(cosines), 1), -1.0)], 1)
        columns += [vectors @ marks.questions.T, padded[:, marks.own].topk(NEAREST, dim=2).values.mean(2)]
    return columns


def _key(name: str) -> str:
    return name.replace(".", "/")


def _name(key: str) -> str:
    return key.replace("/", ".")


def learning_rate(step: int, steps: int) -> float:
    """The share of the highest rate at a step: up for a twelfth of the way, then down along a cosine."""
    warm = max(1.0, steps * 0.08)
    return min(1.0, step / warm) * (0.02 + 0.49 * (1 + math.cos(math.pi * min(1.0, step / steps))))
