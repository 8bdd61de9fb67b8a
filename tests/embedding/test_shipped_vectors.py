"""The embeddings that ship: they are those of the texts that ship, and no others lie beside them.

`python tests/embedding/test_shipped_vectors.py` makes them anew after a change of the texts.
"""

from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np

from coach.embedding.encoder import load_encoder
from coach.embedding.vector_cache import SHIPPED, encode_once
from coach.packs import load_pack
from coach.resources import default_pack_dir
from coach.scoring.pack_bank import manipulation_bank, reference_bank

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.embedding.encoder import Encoder


class Asked:
    """The encoder, which remembers what it was asked for."""

    def __init__(self, encoder: "Encoder") -> None:
        self._encoder = encoder
        self.name, self.fingerprint = encoder.name, encoder.fingerprint
        self.texts: list[str] = []

    def encode(self, texts: "Sequence[str]") -> np.ndarray:
        self.texts += texts
        return self._encoder.encode(texts)


def test_nothing_that_ships_has_to_be_encoded(encoder: "Encoder", tmp_path: Path) -> None:
    asked = Asked(encoder)
    with patch("coach.embedding.vector_cache.cache_folder", lambda: tmp_path):
        reference_bank(load_pack(default_pack_dir()), asked)
        manipulation_bank(asked)
    assert asked.texts == [], "run: python tests/embedding/test_shipped_vectors.py"
    assert len(list(SHIPPED.glob("*.npy"))) == 2


def test_what_ships_is_what_the_encoder_makes(encoder: "Encoder", tmp_path: Path) -> None:
    bank = reference_bank(load_pack(default_pack_dir()), encoder)
    pack = load_pack(default_pack_dir())
    texts = [one.text for one in pack.questions[0].expectations[0].references]
    np.testing.assert_allclose(bank.vectors[: len(texts)], encoder.encode(texts), atol=1e-3)


def test_what_is_made_is_rounded_as_what_ships(encoder: "Encoder", tmp_path: Path) -> None:
    with patch("coach.embedding.vector_cache.cache_folder", lambda: tmp_path):
        made = encode_once(encoder, ["A text of nobody's pack."])
    np.testing.assert_array_equal(made, made.astype(np.float16).astype(np.float32))


if __name__ == "__main__":
    SHIPPED.mkdir(exist_ok=True)
    for old in SHIPPED.glob("*.npy"):
        old.unlink()
    with patch("coach.embedding.vector_cache.cache_folder", lambda: SHIPPED):
        reference_bank(load_pack(default_pack_dir()), load_encoder())
        manipulation_bank(load_encoder())
