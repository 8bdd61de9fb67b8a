"""An encoder that remembers: for studies, where the same texts come again."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from coach.embedding.encoder import Encoder

# Texts encoded between two movements of a progress bar.
AT_ONCE = 64


class RememberingEncoder:
    """Another encoder, asked once for each text; `name` and `fingerprint` are the other's."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, NDArray[np.float32]] = {}
        self.name = encoder.name
        self.fingerprint = encoder.fingerprint

    def learn(self, texts: Iterable[str], progress: Callable[[str, int, int], None]) -> None:
        """Encode what is not known yet, texts of like length together, which is quicker."""
        new = sorted(set(texts) - self._known.keys(), key=lambda text: (len(text), text))
        progress("encoding", 0, len(new))
        for first in range(0, len(new), AT_ONCE):
            some = new[first : first + AT_ONCE]
            self._known |= zip(some, self._encoder.encode(some), strict=True)
            progress("encoding", first + len(some), len(new))

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeddings (n, width) of unit length."""
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        if new:
            self._known |= zip(new, self._encoder.encode(new), strict=True)
        if not texts:
            return self._encoder.encode([])
        return np.stack([self._known[text] for text in texts])

    def encode_passages(
        self, passages: Sequence[Sequence[str]]
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """The vectors of passages' statements, as the other encoder makes them."""
        return self._encoder.encode_passages(passages)
