"""The adapter: trained changes of an encoder's upper layers, stored small and merged in at load."""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coach.errors import EncoderError

Weights = Mapping[str, NDArray[np.float32]]
# By name of a weight: of a matrix `NAME.q` int8 (out, in) and `NAME.s` float32 (out,), of a vector itself.
Adapter = dict[str, NDArray[Any]]
# The words and places of the encoder stay as they are: the graph does not hold them.
ADAPTED = "encoder.layer."


def quantized(changes: Weights) -> Adapter:
    """Store changes of weights as an adapter: matrices (out, in) in 8 bits with a scale for each row."""
    adapter: Adapter = {}
    for name, change in changes.items():
        if change.ndim == 1:
            adapter[name] = change.astype(np.float32)
            continue
        scale = np.abs(change).max(axis=1) / 127
        # A row without a change has scale 0.
        adapter[f"{name}.q"] = np.rint(change / np.where(scale > 0, scale, 1)[:, None]).astype(np.int8)
        adapter[f"{name}.s"] = scale.astype(np.float32)
    return adapter


def merge(base: Weights, adapter: Adapter) -> dict[str, NDArray[np.float32]]:
    """Add the changes of `adapter` to the weights `base`; EncoderError where it does not fit them."""
    merged = dict(base)
    for key, change in adapter.items():
        name = key.removesuffix(".q").removesuffix(".s")
        if key.endswith(".s"):
            if f"{name}.q" not in adapter:
                raise EncoderError(f"adapter: {key} has no {name}.q beside it; train it again")
            continue
        if key.endswith(".q"):
            scale = adapter.get(f"{name}.s", np.zeros(0, dtype=np.float32))
            if change.ndim != 2 or scale.shape != change.shape[:1]:
                raise EncoderError(f"adapter: {name} has no scale for each row; train it again")
            change = change.astype(np.float32) * scale[:, None]
        if not name.startswith(ADAPTED) or name not in base or base[name].shape != change.shape:
            raise EncoderError(f"adapter: the encoder has no {name} of shape {change.shape}; train it again")
        merged[name] = base[name] + change.astype(np.float32)
    return merged


def save_adapter(adapter: Adapter, path: Path) -> None:
    """Write an adapter; the same one gives the same bytes."""
    arrays: dict[str, Any] = {name: adapter[name] for name in sorted(adapter)}
    np.savez_compressed(path, **arrays)


def load_adapter(path: Path | None) -> Adapter:
    """Read an adapter, none for None; EncoderError where the file cannot be read as one."""
    if path is None:
        return {}
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return dict(arrays)
    except (OSError, ValueError, EOFError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise EncoderError(f"adapter {path}: cannot be read ({error}); install coach again") from None
