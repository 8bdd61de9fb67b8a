"""The encoder that sentence-transformers provides."""

import hashlib
import io
import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coach.embedding.fingerprints import weights_sha256
from coach.errors import EncoderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Tokens of a batch, with those that fill its texts up to the longest; larger batches take longer again.
BATCH_TOKENS = 512
# Texts that are measured at a time, padded to the longest of them.
MEASURED_AT_ONCE = 256


class SentenceTransformerEncoder:
    """A loaded sentence-transformers model, on the CPU.

    Each processor encodes a batch of its own: together on one they wait for each other at every layer. On
    two, 2,189 pieces of answers took 15% less time so, and 23% less for batches of like numbers of tokens.
    """

    def __init__(self, model: "SentenceTransformer", name: str, fingerprint: str) -> None:
        import torch

        self._model = model
        self._workers = torch.get_num_threads()
        self._set_threads = torch.set_num_threads
        self._pool = ThreadPoolExecutor(self._workers, "encode", torch.set_num_threads, (1,))
        # A tokeniser bears several readers at a time, but not a change of its settings beside them, which
        # its first use makes.
        self._measuring = Lock()
        self.name = name
        self.fingerprint = fingerprint

    @classmethod
    def from_folder(cls, folder: Path, name: str, sha256: str | None = None) -> "SentenceTransformerEncoder":
        """Load a model from its files; `sha256` is the hash that its model.safetensors must have."""
        found = weights_sha256(folder, name, sha256)
        return cls(load_model(str(folder), name, local=True), name, found)

    @classmethod
    def from_name(cls, name: str, offline: bool) -> "SentenceTransformerEncoder":
        """Load a model by its name on the model hub, from the local cache where it is there."""
        model = load_model(name, name, local=offline)
        digest = hashlib.sha256()
        for key, value in sorted(model.state_dict().items()):
            digest.update(key.encode())
            digest.update(value.cpu().contiguous().numpy().tobytes())
        return cls(model, name, digest.hexdigest())

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeddings (n, width) of unit length."""
        if not texts:
            return np.zeros((0, self._model.get_embedding_dimension() or 0), dtype=np.float32)
        tokens = self._tokens(texts)
        if len(texts) * tokens.max() <= BATCH_TOKENS:
            # Too little to share out. This thread may have been given one processor, as the others are.
            self._set_threads(self._workers)
            return self._encode(list(texts))
        order = np.argsort(-tokens, kind="stable")
        batches = [order[start:end] for start, end in _batches(tokens[order].tolist())]
        found = self._pool.map(lambda rows: self._encode([texts[row] for row in rows]), batches)
        vectors = np.concatenate(list(found))
        encoded = np.empty_like(vectors)
        encoded[order] = vectors
        return encoded

    def encode_passages(
        self, passages: Sequence[Sequence[str]]
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Vectors of each passage's m statements: their own (m, width), and with neighbours (m, width).

        The library gives no vectors of tokens to average, so a statement and its neighbours are encoded as
        texts by themselves. They are the same in any call to about 1e-7.
        """
        texts = [text for passage in passages for text in passage]
        for passage in passages:
            texts += [" ".join(passage[max(0, place - 1) : place + 2]) for place in range(len(passage))]
        own, around = np.split(self.encode(texts), 2)
        ends = np.cumsum([len(passage) for passage in passages])[:-1]
        return list(zip(np.split(own, ends), np.split(around, ends), strict=True)) if passages else []

    def _tokens(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """The number of tokens of each text, or of characters where the model has no tokens."""
        counts = np.asarray([len(text) for text in texts])
        order = np.argsort(counts, kind="stable")
        for start in range(0, len(order), MEASURED_AT_ONCE):
            rows = order[start : start + MEASURED_AT_ONCE]
            with self._measuring:
                mask = self._model.preprocess([texts[row] for row in rows]).get("attention_mask")
            if mask is not None:
                counts[rows] = mask.sum(dim=1).numpy()
        return counts

    def _encode(self, texts: list[str]) -> NDArray[np.float32]:
        vectors = self._model.encode(
            texts,
            batch_size=len(texts),
            show_progress_bar=False,
            convert_to_numpy=True,
            normalize_embeddings=True,
        )
        return np.asarray(vectors, dtype=np.float32)


def _batches(tokens: Sequence[int], most: int = BATCH_TOKENS) -> Iterator[tuple[int, int]]:
    """Where batches of texts start and end, `most` tokens in each and one text at least.

    A text takes so many tokens as the first of its batch; `tokens` are in falling order.

    >>> list(_batches([9, 5, 3, 3, 2], 10))
    [(0, 1), (1, 3), (3, 5)]
    """
    start = 0
    while start < len(tokens):
        end = min(len(tokens), start + max(1, most // max(1, tokens[start])))
        yield start, end
        start = end


def load_model(source: str, name: str, local: bool) -> "SentenceTransformer":
    """Import the library and load a model without a word on the screen."""
    if local:
        # Read when the hub's client is imported; otherwise it looks for updates of a model that is here.
        os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    with _silence():
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()
        transformers_logging.set_verbosity_error()
        try:
            return SentenceTransformer(source, device="cpu", local_files_only=local)
        except Exception as error:
            # The library raises many kinds, of several packages, for one cause: there is no such model.
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            where = "is not in the local cache" if local else "cannot be loaded or fetched"
            raise EncoderError(
                f"encoder {name}: {where} ({reason[:160]}); give the folder of a sentence-transformers model"
            ) from error


@contextmanager
def _silence() -> Iterator[None]:
    """Keep the libraries' load reports, progress bars, warnings and log lines off the screen."""
    sink: Any = io.StringIO()
    for logger in ("sentence_transformers", "transformers", "huggingface_hub", "torch"):
        logging.getLogger(logger).setLevel(logging.ERROR)
    with redirect_stdout(sink), redirect_stderr(sink), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
