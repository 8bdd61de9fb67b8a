"""The corpus: examples as tokens, with what the frozen layers make of them computed once and kept."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from coach.embedding.adapter import Weights
from coach.embedding.passages import passage_layout, text_layout
from coach.statements.sentences import PASSAGE
from coach.training.examples import Example
from coach.training.network import FROZEN, Layers, embedded

# Tokens of a batch, with what fills its rows up.
BATCH = 3500


@dataclass(frozen=True)
class Placed:
    """A passage of an example: its row in the corpus, its statements, and the tokens around each.

    `around` are (start, end) of the tokens of each of `members` and its neighbours.
    """

    row: int
    members: tuple[int, ...]
    around: tuple[tuple[int, int], ...]


class Corpus:
    """Statements of examples by themselves, their passages in a few divisions, and texts to compare with."""

    def __init__(self, examples: Sequence[Example], texts: Sequence[str], tokenizer: Tokenizer) -> None:
        self._rows: list[list[int]] = []
        self._known: dict[tuple[int, ...], int] = {}
        self._tokenizer = tokenizer
        self.alone: dict[int, list[int]] = {}
        self.divisions = {id(one): self._divisions(one) for one in examples}
        self.texts = [self._row(text_layout(tokens).ids) for tokens in self._tokens(texts)]
        self.lengths = np.asarray([len(row) for row in self._rows])
        self._starts = np.concatenate([[0], np.cumsum(self.lengths)])
        self._frozen: NDArray[np.float16] | None = None

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        return [one.ids for one in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    def _row(self, ids: list[int]) -> int:
        key = tuple(ids)
        if key not in self._known:
            self._known[key] = len(self._rows)
            self._rows.append(ids)
        return self._known[key]

    def _divisions(self, example: Example) -> list[list[Placed]]:
        """Ways to divide an answer into passages, so that what is read does not hang on one of them."""
        tokens = self._tokens([one.text for one in example.statements])
        self.alone[id(example)] = [self._row(passage_layout([one]).ids) for one in tokens]
        places = list(range(len(tokens))) if example.whole else np.flatnonzero(example.used).tolist()
        if len(places) <= PASSAGE:
            ways = [[tuple(places)]]
        else:
            ways = [_passages(places, offset) for offset in range(PASSAGE)]
        return [[self._placed(tokens, members) for members in way] for way in ways]

    def _placed(self, tokens: Sequence[list[int]], members: tuple[int, ...]) -> Placed:
        layout = passage_layout([tokens[place] for place in members])
        return Placed(self._row(layout.ids), members, tuple(layout.spans[len(members) :]))

    def prepare(self, weights: Weights, path: Path) -> None:
        """Run the frozen layers over all rows, or read what an earlier run left at `path`."""
        digest = hashlib.sha256(repr(self._rows).encode()).hexdigest()[:16]
        path = path.with_name(f"{path.stem}-{digest}.npy")
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            layers = Layers(weights, 0, FROZEN)
            found = np.zeros((int(self._starts[-1]), layers_width(weights)), dtype=np.float16)
            table = {
                name: torch.tensor(value) for name, value in weights.items() if name.startswith("embeddings.")
            }
            order = np.argsort(self.lengths, kind="stable")
            with torch.no_grad():
                for rows in _batches(order, self.lengths, 2 * BATCH):
                    length = int(self.lengths[rows].max())
                    ids = torch.zeros(len(rows), length, dtype=torch.long)
                    mask = torch.zeros(len(rows), length)
                    for place, row in enumerate(rows):
                        ids[place, : self.lengths[row]] = torch.tensor(self._rows[row])
                        mask[place, : self.lengths[row]] = 1
                    hidden = layers(embedded(ids, table), mask).numpy()
                    for place, row in enumerate(rows):
                        found[self._starts[row] : self._starts[row + 1]] = hidden[place, : self.lengths[row]]
            partial = path.with_suffix(".partial.npy")
            np.save(partial, found)
            partial.replace(path)
        self._frozen = np.load(path, mmap_mode=None)

    def vectors(
        self, rows: Sequence[int], spans: Sequence[Sequence[tuple[int, int]]], layers: Layers
    ) -> Tensor:
        """The mean token vectors (m, width) behind `layers` of all spans of rows, in their order."""
        assert self._frozen is not None
        firsts = np.concatenate([[0], np.cumsum([len(one) for one in spans])])
        lengths = self.lengths[list(rows)]
        parts, places = [], []
        for batch in _batches(np.argsort(lengths, kind="stable"), lengths, BATCH):
            length, most = int(lengths[batch].max()), max(len(spans[one]) for one in batch)
            hidden = np.zeros((len(batch), length, self._frozen.shape[1]), dtype=np.float32)
            mask = np.zeros((len(batch), length), dtype=np.float32)
            pools = np.zeros((len(batch), most, length), dtype=np.float32)
            chosen = []
            for place, one in enumerate(batch):
                row = rows[one]
                hidden[place, : lengths[one]] = self._frozen[self._starts[row] : self._starts[row + 1]]
                mask[place, : lengths[one]] = 1
                for number, (start, end) in enumerate(spans[one]):
                    pools[place, number, start:end] = 1 / (end - start)
                    chosen.append(place * most + number)
                    places.append(int(firsts[one]) + number)
            read = layers(torch.from_numpy(hidden), torch.from_numpy(mask))
            parts.append(torch.bmm(torch.from_numpy(pools), read).flatten(0, 1)[chosen])
        back = torch.empty(len(places), dtype=torch.long)
        back[torch.tensor(places)] = torch.arange(len(places))
        return torch.cat(parts)[back]


def layers_width(weights: Weights) -> int:
    """The width of token vectors."""
    return int(weights["embeddings.word_embeddings.weight"].shape[1])


def _passages(places: Sequence[int], offset: int) -> list[tuple[int, ...]]:
    """Passages of three statements, the first one shorter by `offset`."""
    starts = [0, *range(PASSAGE - offset, len(places), PASSAGE)]
    return [tuple(places[start:end]) for start, end in zip(starts, [*starts[1:], len(places)], strict=True)]


def _batches(order: NDArray[np.int64], lengths: NDArray[np.int64], most: int) -> list[NDArray[np.int64]]:
    """Places in `order`, from short to long, in batches of `most` tokens when filled up, or of one."""
    found, start = [], 0
    while start < len(order):
        end = start + 1
        while end < len(order) and (end - start + 1) * lengths[order[end]] <= most:
            end += 1
        found.append(order[start:end])
        start = end
    return found
