"""The encoder that sentence-transformers provides."""

import hashlib
import io
import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coach.embedding.fingerprints import REINSTALL, file_sha256
from coach.errors import EncoderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Larger batches gain nothing on two cores.
BATCH = 32


class SentenceTransformerEncoder:
    """A loaded sentence-transformers model, on the CPU."""

    def __init__(self, model: "SentenceTransformer", name: str, fingerprint: str) -> None:
        self._model = model
        self.name = name
        self.fingerprint = fingerprint

    @classmethod
    def from_folder(cls, folder: Path, name: str, sha256: str | None = None) -> "SentenceTransformerEncoder":
        """Load a model from its files; `sha256` is the hash that its model.safetensors must have."""
        weights = folder / "model.safetensors"
        if not weights.is_file():
            raise EncoderError(
                f"encoder {name}: {folder} holds no model.safetensors; give the folder of a saved model"
            )
        found = file_sha256(weights)
        if sha256 is not None and found != sha256:
            raise EncoderError(
                f"encoder {name}: {weights} has SHA-256 {found}, expected {sha256}; reinstall it: {REINSTALL}"
            )
        return cls(_load(str(folder), name, local=True), name, found)

    @classmethod
    def from_name(cls, name: str, offline: bool) -> "SentenceTransformerEncoder":
        """Load a model by its name on the model hub, from the local cache where it is there."""
        model = _load(name, name, local=offline)
        digest = hashlib.sha256()
        for key, value in sorted(model.state_dict().items()):
            digest.update(key.encode())
            digest.update(value.cpu().contiguous().numpy().tobytes())
        return cls(model, name, digest.hexdigest())

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeddings (n, width) of unit length."""
        if not texts:
            return np.zeros((0, self._model.get_embedding_dimension() or 0), dtype=np.float32)
        vectors = self._model.encode(
            list(texts),
            batch_size=BATCH,
            show_progress_bar=False,
            convert_to_numpy=True,
            normalize_embeddings=True,
        )
        return np.asarray(vectors, dtype=np.float32)


def _load(source: str, name: str, local: bool) -> "SentenceTransformer":
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
