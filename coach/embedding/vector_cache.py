"""Embeddings of texts that do not change: those that ship, and those kept in the user's cache folder."""

import contextlib
import hashlib
import io
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

# Made of the packs that ship by the encoder that ships, so that the first answer does not wait for them.
SHIPPED = Path(__file__).parent / "shipped"


class Encoding(Protocol):
    """What is asked of an encoder here."""

    @property
    def fingerprint(self) -> str:
        """A hash of the weights."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeddings (n, width) of unit length."""
        ...


def cache_folder() -> Path:
    """Where derived data may be kept: COACH_CACHE_DIR, else the XDG cache folder. Holds no answers."""
    named = os.environ.get("COACH_CACHE_DIR")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mlops-answer-coach"


def encode_once(encoder: Encoding, texts: Sequence[str]) -> NDArray[np.float32]:
    """Encode a pack's `texts` (n, width), or read what ships or an earlier run made of exactly these texts.

    Only for texts that ship in packs. A folder that cannot be read or written costs time, nothing else.
    Figures are rounded to half precision (three digits), whether read or made, so that both score alike.
    """
    name = file_name(encoder.fingerprint, texts)
    path = cache_folder() / name
    for known in (SHIPPED / name, path):
        vectors = _read(known, len(texts))
        if vectors is not None:
            return vectors.astype(np.float32)
    vectors = encoder.encode(texts).astype(np.float16)
    buffer = io.BytesIO()
    np.save(buffer, vectors)
    keep(path, buffer.getvalue())
    return vectors.astype(np.float32)


def keep(path: Path, content: bytes) -> bool:
    """Write a file of derived data; whether that was possible."""
    # Written beside and renamed: a run that is killed, or one at the same time, leaves no half file behind.
    written = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=path.suffix, delete=False) as file:
            written = file.name
            file.write(content)
        os.replace(written, path)
    except OSError:
        if written:
            with contextlib.suppress(OSError):
                os.unlink(written)
        return False
    return True


def file_name(fingerprint: str, texts: Sequence[str]) -> str:
    """Name the file of these texts' embeddings: other texts or another encoder give another name."""
    digest = hashlib.sha256(fingerprint.encode())
    for text in texts:
        digest.update(hashlib.sha256(text.encode()).digest())
    return f"{digest.hexdigest()}.npy"


def _read(path: Path, rows: int) -> NDArray[np.float16] | None:
    try:
        vectors = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    sound = vectors.dtype == np.float16 and vectors.ndim == 2 and len(vectors) == rows
    return np.asarray(vectors) if sound else None
