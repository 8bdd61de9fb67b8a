"""A digest index: numbers found by 16-byte digests, in some 30 bytes each where a dict takes 200."""

import hashlib
import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

# Entries that a dict holds until they are sorted in; of a large index a share, so that few merges are needed.
_AT_LEAST, _SHARE = 4_096, 8


class DigestIndex:
    """A mapping of 16-byte digests to whole numbers from 0, in sorted arrays and a small dict."""

    def __init__(self) -> None:
        self._recent: dict[bytes, int] = {}
        self._high: NDArray[np.uint64] = np.empty(0, np.uint64)
        self._low: NDArray[np.uint64] = np.empty(0, np.uint64)
        self._values: NDArray[np.int64] = np.empty(0, np.int64)

    def __len__(self) -> int:
        """How many digests are known."""
        return len(self._values) + len(self._recent)

    def __contains__(self, digest: bytes) -> bool:
        """Whether a digest is known."""
        return self.get(digest) is not None

    def get(self, digest: bytes) -> int | None:
        """The number of a digest; None where it is not known."""
        if digest in self._recent:
            return self._recent[digest]
        place = self._place(digest)
        return None if place is None else int(self._values[place])

    def __getitem__(self, digest: bytes) -> int:
        """The number of a digest; KeyError where it is not known."""
        found = self.get(digest)
        if found is None:
            raise KeyError(digest.hex())
        return found

    def __setitem__(self, digest: bytes, value: int) -> None:
        """Give a digest a number, in place of the one it had."""
        place = None if digest in self._recent else self._place(digest)
        if place is not None:
            self._values[place] = value
            return
        self._recent[digest] = value
        if len(self._recent) > max(_AT_LEAST, len(self._values) // _SHARE):
            self._merge()

    def digests(self) -> Iterator[bytes]:
        """The digests in the order of their numbers."""
        self._merge()
        for place in np.argsort(self._values, kind="stable"):
            yield struct.pack(">QQ", self._high[place], self._low[place])

    def _place(self, digest: bytes) -> int | None:
        high, low = (np.uint64(half) for half in struct.unpack(">QQ", digest))
        place = int(self._high.searchsorted(high))
        while place < len(self._high) and self._high[place] == high:
            if self._low[place] == low:
                return place
            place += 1
        return None

    def _merge(self) -> None:
        if not self._recent:
            return
        halves = np.frombuffer(b"".join(self._recent), dtype=">u8").reshape(-1, 2).astype(np.uint64)
        high = np.concatenate([self._high, halves[:, 0]])
        low = np.concatenate([self._low, halves[:, 1]])
        values = np.concatenate([self._values, np.fromiter(self._recent.values(), np.int64)])
        order = np.lexsort((low, high))
        self._high, self._low, self._values = high[order], low[order], values[order]
        self._recent = {}


def text_digest(text: str) -> bytes:
    """The 16-byte digest of a text."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
