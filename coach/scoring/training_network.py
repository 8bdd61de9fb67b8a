"""The head as a torch network, for training only: the same arithmetic as `head.read`, over many answers."""

import torch
from torch import Tensor, nn

DEPTH_SUMMARY = 9


class Network(nn.Module):
    """One head; layer names are those that `head.read` looks up.

    `near`, `shared` and `width` are the numbers of figures by dimension, shared, and in an embedding.
    """

    def __init__(
        self, near: int, shared: int, width: int, hidden: int = 64, projected: int = 24, meanings: int = 32
    ) -> None:
        super().__init__()
        joint = shared + projected
        self.meaning = nn.Linear(width, meanings, bias=False)
        self.alike = nn.Linear(meanings, hidden, bias=False)
        self.project = nn.Linear(width, projected)
        self.near = nn.Linear(near, hidden)
        self.own = nn.Linear(joint, hidden, bias=False)
        self.whole = nn.Linear(joint, hidden, bias=False)
        self.piece = nn.Linear(hidden, hidden)
        self.piece_depth = nn.Linear(hidden, 3)
        self.attention = nn.Linear(hidden, 1)
        self.answer = nn.Linear(2 * hidden + joint + 1, hidden)
        self.depth = nn.Linear(hidden, 3)
        self.harm_hidden = nn.Linear(joint, hidden // 2)
        self.harm = nn.Linear(hidden // 2, 1)
        self.marks_hidden = nn.Linear(2 * hidden + joint + DEPTH_SUMMARY + 2, hidden)
        self.marks = nn.Linear(hidden, 8)
        self.dropout = nn.Dropout(0.3)

    def forward(
        self,
        near: Tensor,
        shared: Tensor,
        vectors: Tensor,
        expected: Tensor,
        owner: Tensor,
        centres: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Logits of pieces (n, d, 3), answers (b, d, 3), harm (n,) and marks (b, 8).

        `owner` (n,) says which of the b answers a piece is of; `expected` is (b, d); `centres` (d, width)
        are the centres of the dimensions' references.
        """
        answers = len(expected)
        drop = self.dropout
        seen = drop(vectors)
        alike = self.alike(self.meaning(seen)[:, None] * self.meaning(centres))
        shared = torch.cat([shared, self.project(seen)], dim=1)
        counts = torch.zeros(answers).index_add(0, owner, torch.ones(len(owner)))
        mean = torch.zeros(answers, shared.shape[1]).index_add(0, owner, shared) / counts[:, None]
        hidden = self.near(near) + alike + self.own(shared)[:, None] + self.whole(mean)[owner][:, None]
        hidden = self._drop_alike(nn.functional.silu(hidden))
        hidden = self._drop_alike(nn.functional.silu(self.piece(hidden)))
        piece_logits = self.piece_depth(hidden)
        score = self.attention(hidden)
        weight = torch.exp(score - _highest(score, owner, answers).detach()[owner])
        total = torch.zeros(answers, *weight.shape[1:]).index_add(0, owner, weight)
        attended = torch.zeros(answers, *hidden.shape[1:]).index_add(0, owner, weight * hidden) / total
        highest = _highest(hidden, owner, answers)
        top = _highest(piece_logits, owner, answers).detach()
        spread = torch.exp(2 * (piece_logits - top[owner]))
        pooled = top + torch.log(torch.zeros_like(top).index_add(0, owner, spread)) / 2
        context = mean[:, None].expand(-1, expected.shape[1], -1)
        joined = torch.cat([attended, highest, context, expected[..., None]], dim=2)
        depth_logits = pooled + self.depth(drop(nn.functional.silu(self.answer(joined))))
        harm_logits = self.harm(drop(nn.functional.silu(self.harm_hidden(shared))))[:, 0]
        harm = torch.sigmoid(harm_logits)
        harm_mean = torch.zeros(answers).index_add(0, owner, harm) / counts
        harm_top = _highest(harm[:, None], owner, answers)
        share = expected / expected.sum(1, keepdim=True)
        summary = torch.cat(
            [
                (share[..., None] * attended).sum(1),
                (share[..., None] * highest).sum(1),
                mean,
                _depth_summary(torch.sigmoid(depth_logits), expected),
                harm_top,
                harm_mean[:, None],
            ],
            dim=1,
        )
        marks = self.marks(drop(nn.functional.silu(self.marks_hidden(summary))))
        return piece_logits, depth_logits, harm_logits, marks

    def _drop_alike(self, values: Tensor) -> Tensor:
        """Dropout of (n, d, h) with one mask for all dimensions: drawing one for each took half the time."""
        mask: Tensor = self.dropout(torch.ones(len(values), 1, values.shape[2]))
        return values * mask


def _highest(values: Tensor, owner: Tensor, answers: int) -> Tensor:
    """The highest figure of each answer's pieces, elementwise."""
    index = owner.reshape(-1, *[1] * (values.dim() - 1)).expand_as(values)
    lowest = torch.full((answers, *values.shape[1:]), -1e9)
    return lowest.scatter_reduce(0, index, values, reduce="amax")


def _depth_summary(depth: Tensor, expected: Tensor) -> Tensor:
    """`head.depth_summary` for many answers: (b, 9)."""
    expectation = depth.sum(2)
    count = expected.sum(1)
    others = 1 - expected
    other_count = others.sum(1)
    has_others = (other_count > 0).float()
    other_mean = (expectation * others).sum(1) / other_count.clamp(min=1)
    other_top = torch.where(others > 0, expectation, torch.full_like(expectation, -1.0)).amax(1) * has_others
    return torch.stack(
        [
            (expectation * expected).sum(1) / count,
            torch.where(expected > 0, expectation, torch.full_like(expectation, -1.0)).amax(1),
            torch.where(expected > 0, expectation, torch.full_like(expectation, 9.0)).amin(1),
            *((depth * expected[..., None]).sum(1) / count[:, None]).unbind(1),
            other_mean,
            other_top,
            torch.log(count),
        ],
        dim=1,
    )
