"""Similarity: pairs of answers that share wording or substance, for a person to look at; never a penalty."""

import csv
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray
from usearch.index import Index

from coach.cohort.grading import unpacked
from coach.domain import Frozen
from coach.packs import Pack
from coach.scoring.pack_bank import question_references

# Words in a row that count as shared wording.
SHINGLE = 5
# Signatures of 126 minima in 42 bands of 3: of pairs that share 40% of their word runs 94% meet in a band, of
# those that share half 99.7%, of those that share a hundredth 1 in 24,000.
ROWS_IN_BAND, BANDS = 3, 42
# From this share (Jaccard) of common word runs on a pair is shown.
LEAST_SHARED = 0.3
# Answers with fewer word runs of their own are too short to share anything by other than chance.
FEWEST_SHINGLES = 8
# From this cosine on two answers say the same, once what all answers to the question share is taken away. Of
# 2,520 pairs of independent answers to one question 20 reached 0.90 and 5 reached 0.95, all of them short.
LEAST_COSINE = 0.95
# Neighbours looked at for each answer, and answers of one bucket that each is compared with.
NEIGHBOURS = 8
_WORD = re.compile(r"\w+")
_SEED = 7


class SimilarPair(Frozen):
    """Two answers to one question: the share of common word runs and the cosine of what they say."""

    question: str
    first: str
    second: str
    wording: float
    substance: float

    @property
    def kind(self) -> str:
        """What they share."""
        if self.wording >= LEAST_SHARED:
            return "wording and substance" if self.substance >= LEAST_COSINE else "wording"
        return "substance"


class Similarity:
    """Collects answers one by one and finds the pairs among those to one question."""

    def __init__(self, pack: Pack) -> None:
        self._common = cache(lambda question: _common_shingles(pack, question))
        self._answers: dict[str, list[str]] = defaultdict(list)
        self._shingles: dict[str, list[NDArray[np.uint32]]] = defaultdict(list)
        self._vectors: dict[str, list[NDArray[np.int8] | None]] = defaultdict(list)

    def add(self, answer: str, question: str, text: str, vector: str) -> None:
        """Add an answer: its id, its question, its text, and its direction as `grading.packed` wrote it."""
        self._answers[question].append(answer)
        self._shingles[question].append(shingles(text, self._common(question)))
        self._vectors[question].append(
            np.rint(unpacked(vector) * 127 * 4).clip(-127, 127).astype(np.int8) if vector else None
        )

    def pairs(self) -> Iterator[SimilarPair]:
        """The pairs, those that share most first within each question."""
        for question, answers in self._answers.items():
            found = {
                **dict.fromkeys(wording_candidates(self._shingles[question])),
                **dict.fromkeys(substance_candidates(self._vectors[question])),
            }
            made = [self._pair(question, answers, first, second) for first, second in found]
            kept = [one for one in made if one.wording >= LEAST_SHARED or one.substance >= LEAST_COSINE]
            yield from sorted(kept, key=lambda one: (-one.wording, -one.substance, one.first, one.second))

    def _pair(self, question: str, answers: Sequence[str], first: int, second: int) -> SimilarPair:
        shingled, vectors = self._shingles[question], self._vectors[question]
        return SimilarPair(
            question=question,
            first=answers[first],
            second=answers[second],
            wording=round(_shared(shingled[first], shingled[second]), 2),
            substance=round(_cosine(vectors[first], vectors[second]), 2),
        )


def shingles(text: str, without: NDArray[np.uint32] | None = None) -> NDArray[np.uint32]:
    """The hashes of the runs of five words of `text`, sorted, less those in `without`."""
    words = [word.encode("utf-8", "replace") for word in _WORD.findall(text.casefold())]
    runs = {zlib.crc32(b" ".join(words[at : at + SHINGLE])) for at in range(len(words) - SHINGLE + 1)}
    found = np.fromiter(sorted(runs), dtype=np.uint32, count=len(runs))
    return found if without is None else np.setdiff1d(found, without, assume_unique=True)


def wording_candidates(shingled: Sequence[NDArray[np.uint32]]) -> Iterator[tuple[int, int]]:
    """Pairs of places whose signatures agree in a band; the work grows with the number of answers."""
    places = [place for place, one in enumerate(shingled) if len(one) >= FEWEST_SHINGLES]
    if len(places) < 2:
        return
    signatures = np.stack([_signature(shingled[place]) for place in places])
    seen: set[tuple[int, int]] = set()
    for band in range(BANDS):
        rows = signatures[:, band * ROWS_IN_BAND : (band + 1) * ROWS_IN_BAND]
        _, bucket = np.unique(rows, axis=0, return_inverse=True)
        order = np.argsort(bucket, kind="stable")
        edges = np.flatnonzero(np.diff(bucket[order])) + 1
        for group in np.split(order, edges):
            if len(group) > 1:
                yield from _bucket_pairs([places[row] for row in group], seen)


def substance_candidates(vectors: Sequence[NDArray[np.int8] | None]) -> Iterator[tuple[int, int]]:
    """Pairs of places that an approximate neighbour index finds near."""
    places = [place for place, one in enumerate(vectors) if one is not None]
    if len(places) < 2:
        return
    table = np.stack([one for one in vectors if one is not None])
    index = Index(ndim=table.shape[1], metric="cos", dtype="i8")
    keys = np.arange(len(table), dtype=np.uint64)
    # One thread: the same answers build the same index.
    index.add(keys, table, threads=1)
    matches = index.search(table, min(NEIGHBOURS, len(table)), threads=1)
    near = np.atleast_2d(matches.keys).astype(np.int64)
    distances = np.atleast_2d(matches.distances)
    for row in range(len(table)):
        for other, distance in zip(near[row], distances[row], strict=True):
            # The index rounds; the exact cosine is taken from the candidates.
            if other != row and 1 - distance >= LEAST_COSINE - 0.05:
                yield places[min(row, int(other))], places[max(row, int(other))]


def write_pairs(pairs: Iterable[SimilarPair], path: Path) -> dict[str, tuple[str, ...]]:
    """Write the pairs as CSV; returns for each answer the others it is like, at most a few."""
    similar: dict[str, list[str]] = defaultdict(list)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["question", "first", "second", "shared", "wording", "substance"])
        for pair in pairs:
            writer.writerow(
                [
                    pair.question,
                    pair.first,
                    pair.second,
                    pair.kind,
                    f"{pair.wording:g}",
                    f"{pair.substance:g}",
                ]
            )
            for one, other in ((pair.first, pair.second), (pair.second, pair.first)):
                if len(similar[one]) < NEIGHBOURS:
                    similar[one].append(other)
    return {answer: tuple(others) for answer, others in similar.items()}


def _common_shingles(pack: Pack, id: str) -> NDArray[np.uint32]:
    """What everybody may say: the words of the question and of its references."""
    question = pack.question(id)
    texts = [question.text, *(reference.text for reference in question_references(question))]
    return np.unique(np.concatenate([shingles(text) for text in texts]))


def _signature(shingled: NDArray[np.uint32]) -> NDArray[np.uint64]:
    made = MinHash(num_perm=ROWS_IN_BAND * BANDS, seed=_SEED, hashfunc=int)
    made.update_batch(shingled.tolist())
    return np.asarray(made.hashvalues, dtype=np.uint64)


def _bucket_pairs(group: Sequence[int], seen: set[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The pairs of a bucket; of a crowd only each with the few before it, so that a crowd costs no more."""
    for at, place in enumerate(group):
        for other in group[max(0, at - NEIGHBOURS) : at]:
            pair = (min(place, other), max(place, other))
            if pair not in seen:
                seen.add(pair)
                yield pair


def _shared(first: NDArray[np.uint32], second: NDArray[np.uint32]) -> float:
    if len(first) < FEWEST_SHINGLES or len(second) < FEWEST_SHINGLES:
        return 0.0
    both = len(np.intersect1d(first, second, assume_unique=True))
    return both / (len(first) + len(second) - both)


def _cosine(first: NDArray[np.int8] | None, second: NDArray[np.int8] | None) -> float:
    if first is None or second is None:
        return 0.0
    one, other = first.astype(np.float32), second.astype(np.float32)
    return float(one @ other / max(1e-9, float(np.linalg.norm(one) * np.linalg.norm(other))))
