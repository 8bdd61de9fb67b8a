"""Embeddings of texts that do not change, kept in the user's cache folder between runs."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coach.embedding.encoder import Encoder


def cache_folder() -> Path:
    """Where derived data may be kept: COACH_CACHE_DIR, else the XDG cache folder. Holds no answers."""
    named = os.environ.get("COACH_CACHE_DIR")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mlops-answer-coach"


def encode_once(encoder: Encoder, texts: Sequence[str]) -> NDArray[np.float32]:
    """Encode a pack's `texts` (n, width), or read what an earlier run made of exactly these texts.

    Only for texts that ship in packs. A folder that cannot be read or written costs time, nothing else.
    """
    digest = hashlib.sha256(encoder.fingerprint.encode())
    for text in texts:
        digest.update(hashlib.sha256(text.encode()).digest())
    path = cache_folder() / f"{digest.hexdigest()}.npy"
    try:
        vectors = np.load(path, allow_pickle=False)
        if vectors.dtype == np.float32 and vectors.ndim == 2 and len(vectors) == len(texts):
            return np.asarray(vectors)
    except (OSError, ValueError, EOFError):
        pass
    vectors = encoder.encode(texts)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written beside and renamed: a run that is killed leaves no half file behind.
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".npy", delete=False) as file:
            np.save(file, vectors)
        os.replace(file.name, path)
    return vectors
