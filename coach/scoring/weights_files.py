"""Weights on disk: arrays in one file, and beside it the manifest that vouches for their bytes."""

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from coach.errors import WeightsError

Arrays = dict[str, NDArray[Any]]


class Vouching(Protocol):
    """A manifest: it names the format, and the SHA-256 of the bytes beside it."""

    @property
    def format(self) -> int:
        """The version of what is stored."""
        ...

    @property
    def weights_sha256(self) -> str:
        """The hash of the file of arrays, in hex."""
        ...

    @classmethod
    def model_validate(cls, obj: Any) -> Self:
        """Read it from an object; ValidationError where it is none."""
        ...

    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> Self:
        """The same with other fields."""
        ...

    def model_dump_json(self, *, indent: int | None = None) -> str:
        """Itself as JSON."""
        ...


M = TypeVar("M", bound=Vouching)
Head = TypeVar("Head")


def write_weights(arrays: Mapping[str, NDArray[Any]], manifest: M, path: Path) -> M:
    """Write arrays (.npz) and the manifest beside them (.json); the same arrays give the same bytes."""
    buffer = io.BytesIO()
    named: dict[str, Any] = dict(arrays)
    np.savez_compressed(buffer, allow_pickle=False, **named)
    content = buffer.getvalue()
    manifest = manifest.model_copy(update={"weights_sha256": hashlib.sha256(content).hexdigest()})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    manifest_path(path).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return manifest


def read_weights(path: Path, kind: type[M], format: int, head: Callable[[Arrays, M], Head]) -> Head:
    """Make a head of the arrays and the manifest at `path`, which must be of that kind and format.

    Raises WeightsError when they are missing, damaged, or not what the manifest names.
    """
    advice = "reinstall the coach, or train: coach train"
    try:
        content = path.read_bytes()
        manifest = kind.model_validate(json.loads(manifest_path(path).read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise WeightsError(f"weights {error.filename}: no such file; {advice}") from None
    except (OSError, ValueError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise WeightsError(
            f"weights {path}: the manifest {manifest_path(path).name} is not readable ({reason}); {advice}"
        ) from None
    found = hashlib.sha256(content).hexdigest()
    if found != manifest.weights_sha256:
        raise WeightsError(
            f"weights {path}: SHA-256 is {found}, its manifest says {manifest.weights_sha256}; {advice}"
        )
    if manifest.format != format:
        raise WeightsError(f"weights {path}: format {manifest.format}, this coach reads {format}; {advice}")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            return head({name: np.asarray(stored[name]) for name in stored.files}, manifest)
    except (ValueError, KeyError, EOFError, AttributeError, TypeError, BadZipFile) as error:
        # The manifest vouches for these bytes, and still they are no arrays of a head.
        raise WeightsError(f"weights {path}: not a trained head ({type(error).__name__}); {advice}") from None


def manifest_path(weights: Path) -> Path:
    """Where the manifest of a weights file is."""
    return weights.with_suffix(".json")
