"""What the ways to run the built-in encoder share: from texts to tokens, and from token vectors to means."""

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from coach.embedding.passages import Layout, equal_batches, passage_layout, text_layout
from coach.errors import EncoderError

Vectors = NDArray[np.float32]

WIDTH = 384


class TokenEncoder(ABC):
    """Encodes by means of token vectors, which a subclass computes.

    Texts are run in batches of one length, so that a text or passage has the same vectors, to the bit,
    whatever else is encoded with it.
    """

    # Tokens of a batch. Larger ones save nothing; on one processor, batches of one take 10% to 30% longer.
    batch_tokens = 512

    def __init__(self, tokenizer: Tokenizer, name: str, fingerprint: str, workers: int = 1) -> None:
        self._tokenizer = tokenizer
        self._workers = workers
        self._pool = ThreadPoolExecutor(workers, "encode")
        self.name = name
        self.fingerprint = fingerprint

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embeddings (n, width) of unit length, each text read alone, up to 256 tokens."""
        if not texts:
            return np.zeros((0, WIDTH), dtype=np.float32)
        means = np.concatenate(self._means([text_layout(tokens) for tokens in self._tokens(texts)]))
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True))

    def encode_passages(self, passages: Sequence[Sequence[str]]) -> list[tuple[Vectors, Vectors]]:
        """Vectors of each passage's m statements: their own (m, width), and with neighbours (m, width)."""
        tokens = iter(self._tokens([text for passage in passages for text in passage]))
        layouts = [passage_layout([next(tokens) for _ in passage]) for passage in passages]
        means = self._means(layouts)
        return [(one[: len(one) // 2], one[len(one) // 2 :]) for one in means]

    @abstractmethod
    def _hidden(self, ids: NDArray[np.int64]) -> Vectors:
        """The last layer's vectors (n, t, width) of the tokens `ids` (n, t)."""

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [encoding.ids for encoding in encodings]

    def _means(self, layouts: Sequence[Layout]) -> list[Vectors]:
        """The mean token vectors (k, width) of the k spans of each layout."""

        def run(places: list[int]) -> list[Vectors]:
            hidden = self._hidden(np.asarray([layouts[place].ids for place in places], dtype=np.int64))
            return [_averaged(one, layouts[place]) for place, one in zip(places, hidden, strict=True)]

        batches = list(equal_batches([len(layout.ids) for layout in layouts], self.batch_tokens))
        alone = self._workers == 1 or len(batches) == 1
        found = map(run, batches) if alone else self._pool.map(run, batches)
        means: dict[int, Vectors] = {}
        for places, batch in zip(batches, found, strict=True):
            means |= zip(places, batch, strict=True)
        return [means[place] for place in range(len(layouts))]


def _averaged(hidden: Vectors, layout: Layout) -> Vectors:
    means = np.empty((len(layout.spans), WIDTH), dtype=np.float32)
    for row, (start, end) in enumerate(layout.spans):
        hidden[start:end].mean(axis=0, out=means[row])
    return means


def load_tokenizer(folder: Path, name: str) -> Tokenizer:
    """Load the tokenizer of the model in `folder`, for whole texts; EncoderError where there is none."""
    # Its own threads would be started again at each call, and warn of processes that are forked.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:
        # The library raises plain Exception for a file that is missing or damaged.
        raise EncoderError(f"encoder {name}: {folder / 'tokenizer.json'} cannot be read ({error})") from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
