"""Like pairs: candidates by their signatures and by a neighbour index, and what two answers have in common.

Answers are named by their place; a pair is one number, the later place times 2**32 plus the earlier one.
"""

from collections.abc import Iterator

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray
from usearch.index import Index

from coach.cohort.spools import ArraySpool, Numbers

Places = NDArray[np.int64]
# Signatures of 126 minima in 42 bands of 3: of pairs that share 40% of their word runs 94% meet in a band, of
# those that share half 99.7%, of those that share a hundredth 1 in 24,000.
ROWS_IN_BAND, BANDS = 3, 42
# Bands whose figures are held at a time.
_BANDS_AT_ONCE = 6
# Answers with fewer word runs of their own are too short to share anything by other than chance.
FEWEST_SHINGLES = 8
# From this cosine on two answers say the same, once what all answers to the question share is taken away. Of
# 2,520 pairs of independent answers to one question 20 reached 0.90 and 5 reached 0.95, all of them short.
LEAST_COSINE = 0.95
# Neighbours looked at for each answer, and answers of one bucket that each is compared with.
NEIGHBOURS = 8
# Answers in one neighbour index; of more answers to one question, the next ones get an index of their own.
INDEXED = 1 << 14
_READ_AT_ONCE = 4_096
# Pairs that are compared at a time, and their word runs.
_PAIRS, _RUNS = 4_096, 1 << 19
_SEED = 7
# Makes one number of the minima of a band; two that fall together make a candidate more, never one less.
_MIX = np.random.default_rng(_SEED).integers(0, 1 << 63, ROWS_IN_BAND, dtype=np.uint64) * 2 + 1


class Signer:
    """Makes signatures: a number a band (42,), equal in two answers where the minima of the band are."""

    def __init__(self) -> None:
        self._minima = MinHash(num_perm=ROWS_IN_BAND * BANDS, seed=_SEED, hashfunc=int)

    def bands(self, shingled: NDArray[np.uint32]) -> Numbers:
        """The bands of an answer's word runs; none (0,) where it has too few."""
        if len(shingled) < FEWEST_SHINGLES:
            return np.empty(0, np.uint64)
        self._minima.clear()
        self._minima.update_batch(shingled.tolist())
        minima = np.asarray(self._minima.hashvalues, dtype=np.uint64)
        mixed: Numbers = (minima.reshape(BANDS, ROWS_IN_BAND) * _MIX).sum(axis=1, dtype=np.uint64)
        return mixed


def wording_candidates(bands: ArraySpool[np.uint64], places: Places) -> Iterator[Numbers]:
    """Pairs among `places` that agree in a band; the work grows with the number of answers.

    Of a crowd in one bucket only each with the few before it, so that a crowd costs no more.
    """
    signed = places[bands.lengths(places) == BANDS]
    if len(signed) < 2:
        return
    for first in range(0, BANDS, _BANDS_AT_ONCE):
        some = np.empty((_BANDS_AT_ONCE, len(signed)), np.uint64)
        for at in range(0, len(signed), _READ_AT_ONCE):
            part = signed[at : at + _READ_AT_ONCE]
            table = bands.take(part).reshape(-1, BANDS)
            some[:, at : at + len(part)] = table[:, first : first + _BANDS_AT_ONCE].T
        for band in some:
            order = np.argsort(band, kind="stable")
            ordered = band[order]
            for back in range(1, min(NEIGHBOURS, len(order) - 1) + 1):
                same = np.flatnonzero(ordered[back:] == ordered[:-back])
                if not len(same):
                    break
                yield pair_numbers(signed[order[same + back]], signed[order[same]])


def substance_candidates(vectors: ArraySpool[np.int8], places: Places) -> Iterator[Numbers]:
    """Pairs among `places` that an approximate neighbour index finds near."""
    lengths = vectors.lengths(places)
    width = int(lengths.max(initial=0))
    directed = places[lengths == width]
    if not width or len(directed) < 2:
        return
    for begin in range(0, len(directed), INDEXED):
        indexed = directed[begin : begin + INDEXED]
        index = Index(ndim=width, metric="cos", dtype="i8")
        # One thread: the same answers build the same index.
        index.add(indexed.astype(np.uint64), vectors.take(indexed).reshape(-1, width), threads=1)
        # Each pair is found from one side at least: an index need not be asked about the answers before it.
        for at in range(begin, len(directed), _READ_AT_ONCE):
            part = directed[at : at + _READ_AT_ONCE]
            table = vectors.take(part).reshape(-1, width)
            matches = index.search(table, min(NEIGHBOURS, len(indexed)), threads=1)
            near = np.asarray(matches.keys).reshape(len(part), -1).astype(np.int64)
            distances = np.asarray(matches.distances).reshape(len(part), -1)
            own = np.broadcast_to(part[:, None], near.shape)
            # The index rounds; the exact cosine is taken from the candidates.
            kept = (near != own) & (1 - distances >= LEAST_COSINE - 0.05)
            yield pair_numbers(np.maximum(own, near)[kept], np.minimum(own, near)[kept])


def pair_numbers(later: Places, earlier: Places) -> Numbers:
    """Pairs as numbers (n,)."""
    return (later.astype(np.uint64) << np.uint64(32)) | earlier.astype(np.uint64)


def pair_places(pairs: Numbers) -> tuple[Places, Places]:
    """The earlier and the later place of pairs."""
    return (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64), (pairs >> np.uint64(32)).astype(np.int64)


def compared(
    pairs: Numbers, shingles: ArraySpool[np.uint32], vectors: ArraySpool[np.int8], places: Places
) -> Iterator[tuple[Numbers, NDArray[np.float64], NDArray[np.float32]]]:
    """Pairs, a few at a time, with the share (Jaccard) of common word runs and the cosine of what is said.

    `shingles` are the word runs of the answers at `places`, which are sorted. An answer that has too few of
    its own says too little for either figure.
    """
    earlier, later = pair_places(pairs)
    first, second = np.searchsorted(places, earlier), np.searchsorted(places, later)
    runs = np.cumsum(shingles.lengths(first) + shingles.lengths(second))
    parts = np.arange(len(pairs)) // _PAIRS + runs // _RUNS
    for part in np.split(np.arange(len(pairs)), np.flatnonzero(np.diff(parts)) + 1):
        if len(part):
            one, other = first[part], second[part]
            enough = (shingles.lengths(one) >= FEWEST_SHINGLES) & (shingles.lengths(other) >= FEWEST_SHINGLES)
            alike = _cosines(vectors, earlier[part], later[part])
            yield pairs[part], _shared(shingles, one, other), np.where(enough, alike, np.float32(0))


def _shared(shingles: ArraySpool[np.uint32], first: Places, second: Places) -> NDArray[np.float64]:
    places = np.unique(np.concatenate([first, second]))
    values, lengths = shingles.take(places), shingles.lengths(places)
    starts = np.cumsum(lengths) - lengths
    sides = []
    for side in (first, second):
        rows = np.searchsorted(places, side)
        own = lengths[rows]
        pair = np.repeat(np.arange(len(side)), own)
        within = np.arange(int(own.sum())) - np.repeat(np.cumsum(own) - own, own)
        found = values[np.repeat(starts[rows], own) + within]
        sides.append((pair.astype(np.uint64) << np.uint64(32)) | found)
    # A word run that both have stands twice among the runs of its pair.
    runs = np.sort(np.concatenate(sides))
    twice = (runs[1:] == runs[:-1]).nonzero()[0]
    both = np.bincount((runs[twice] >> np.uint64(32)).astype(np.int64), minlength=len(first))
    one, other = shingles.lengths(first), shingles.lengths(second)
    enough = (one >= FEWEST_SHINGLES) & (other >= FEWEST_SHINGLES)
    return np.where(enough, both / np.maximum(one + other - both, 1), 0.0)


def _cosines(vectors: ArraySpool[np.int8], first: Places, second: Places) -> NDArray[np.float32]:
    places = np.unique(np.concatenate([first, second]))
    lengths = vectors.lengths(places)
    width = int(lengths.max(initial=0))
    table = np.zeros((len(places), width), dtype=np.float32)
    directed = lengths == width
    if width:
        table[directed] = vectors.take(places[directed]).reshape(-1, width)
    norms = np.sqrt(np.einsum("ij,ij->i", table, table))
    one, other = np.searchsorted(places, first), np.searchsorted(places, second)
    dots = np.einsum("ij,ij->i", table[one], table[other])
    return np.asarray(dots / np.maximum(norms[one] * norms[other], np.float32(1e-9)))
