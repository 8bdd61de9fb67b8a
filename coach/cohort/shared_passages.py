"""Shared passages: words that more than a few answers hold, such as a lecture's sentence or a template."""

import re
import zlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coach.cohort.spools import ArraySpool

# Words in a row that count as shared wording.
SHINGLE = 5
# What more answers than this share is nobody's own: students copy in pairs and small groups.
A_FEW = 4
# From this share of its word runs on, an answer is made of what others hold.
MOSTLY = 0.6
# Answers whose word runs are counted at a time, by parts of the range of their hashes.
_PARTS, _AT_ONCE = 8, 4_096
# A passage is told in no more than so many characters.
_LONGEST = 300
_WORD = re.compile(r"\w+")

Places = NDArray[np.int64]
Hashes = NDArray[np.uint32]


class SharedPassage(NamedTuple):
    """A passage as one answer words it, the place of that answer, and how many answers hold it."""

    text: str
    place: int
    answers: int


def shingles(text: str, without: Hashes | None = None) -> Hashes:
    """The hashes of the runs of five words of `text`, sorted, less those in `without`."""
    runs = {hash for hash, _, _ in _runs(text)}
    found = np.fromiter(sorted(runs), dtype=np.uint32, count=len(runs))
    return found if without is None else np.setdiff1d(found, without, assume_unique=True)


def shared_runs(
    runs: ArraySpool[np.uint32], places: Places, a_few: int = A_FEW
) -> tuple[Hashes, NDArray[np.int64]]:
    """The word runs, sorted, that more than `a_few` of the answers at `places` hold, and how many hold each.

    An answer that is made of such runs for the most part is a copy, not one that quotes: it does not count.
    """
    shared, _ = _frequent(runs, places, a_few)
    if not len(shared):
        return shared, np.empty(0, np.int64)
    quoting = [
        place
        for place in places.tolist()
        if len(some := runs.take(np.asarray([place]))) and np.isin(some, shared).mean() < MOSTLY
    ]
    return _frequent(runs, np.asarray(quoting, dtype=np.int64), a_few)


def _frequent(runs: ArraySpool[np.uint32], places: Places, a_few: int) -> tuple[Hashes, NDArray[np.int64]]:
    """The word runs that more than `a_few` of the answers hold, sorted, and how many hold each."""
    if len(places) <= a_few:
        return np.empty(0, np.uint32), np.empty(0, np.int64)
    edges = np.linspace(0, 1 << 32, _PARTS + 1)
    hashes, counts = [], []
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        parts = []
        for at in range(0, len(places), _AT_ONCE):
            some = runs.take(places[at : at + _AT_ONCE])
            parts.append(some[(some >= low) & (some < high)])
        values, number = np.unique(np.concatenate(parts), return_counts=True)
        hashes.append(values[number > a_few])
        counts.append(number[number > a_few])
    return np.concatenate(hashes), np.concatenate(counts)


def passages_of(
    text: str, place: int, shared: Hashes, counts: NDArray[np.int64]
) -> Iterator[tuple[SharedPassage, Hashes]]:
    """The longest stretches of an answer that are made of shared word runs, each with those runs."""
    begin = end = -1
    inside: list[int] = []
    for run, start, stop in [*_runs(text), (-1, -1, -1)]:
        at = int(np.searchsorted(shared, run)) if run >= 0 else len(shared)
        if at < len(shared) and shared[at] == run:
            begin, end = (start if begin < 0 else begin), stop
            inside.append(at)
        elif inside:
            words = " ".join(text[begin:end].split())[:_LONGEST]
            # Its runs may stand in other texts, too; the passage as a whole stands where its rarest does.
            found = SharedPassage(words, place, int(counts[inside].min()))
            yield found, np.unique(shared[inside])
            begin, inside = -1, []


def _runs(text: str) -> list[tuple[int, int, int]]:
    """The runs of five words: the hash of each, and its first and last character."""
    words = list(_WORD.finditer(text))
    plain = [word[0].casefold().encode("utf-8", "replace") for word in words]
    return [
        (zlib.crc32(b" ".join(plain[at : at + SHINGLE])), words[at].start(), words[at + SHINGLE - 1].end())
        for at in range(len(words) - SHINGLE + 1)
    ]
