"""Similarity: pairs of answers that share wording or substance, for a person to look at; never a penalty."""

import csv
from array import array
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from coach.cohort.digest_index import DigestIndex, text_digest
from coach.cohort.grading import unpacked
from coach.cohort.like_pairs import (
    LEAST_COSINE,
    NEIGHBOURS,
    Places,
    Signer,
    compared,
    pair_numbers,
    pair_places,
    substance_candidates,
    wording_candidates,
)
from coach.cohort.shared_passages import SharedPassage, passages_of, shared_runs, shingles
from coach.cohort.spools import ArraySpool, Numbers, SortedSpool
from coach.cohort.spreadsheets import guarded
from coach.domain import Frozen
from coach.errors import CoachError
from coach.packs import Pack
from coach.scoring.pack_bank import question_references

# From this share (Jaccard) of common word runs on a pair is shown.
LEAST_SHARED = 0.3
# The bits of an answer's rank in the number that a pair is sorted by.
_RANK = 24
# Ids that are read at a time.
_NAMES = 4_096


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
    """Collects answers one by one and finds the pairs among those to one question.

    What is collected lies in temporary files in `folder`: some 100 bytes an answer stay in memory, and 50 MB
    at most for the search. Use it in a `with` block, which lets go of the files.
    """

    def __init__(self, pack: Pack, folder: Path) -> None:
        self._common = cache(lambda question: _common_shingles(pack, question))
        self._folder = folder
        self._signer = Signer()
        self._places: dict[str, array[int]] = defaultdict(lambda: array("q"))
        self._known = DigestIndex()
        self._stack = ExitStack()
        self.passages: list[tuple[str, SharedPassage]] = []

    def __enter__(self) -> "Similarity":
        """Open the temporary files."""
        self._ids = self._stack.enter_context(ArraySpool(np.uint8, self._folder))
        self._texts = self._stack.enter_context(ArraySpool(np.uint8, self._folder))
        self._shingles = self._stack.enter_context(ArraySpool(np.uint32, self._folder))
        self._vectors = self._stack.enter_context(ArraySpool(np.int8, self._folder))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the temporary files."""
        self._stack.close()

    def add(self, answer: str, question: str, text: str, vector: str) -> None:
        """Add an answer: its id, its question, its text, and its direction as `grading.packed` wrote it."""
        places = self._places[question]
        if len(places) >> _RANK:
            raise CoachError(f"{question}: over {len(places):,} answers; grade them in several runs")
        places.append(len(self._ids))
        self._known[text_digest(answer)] = len(self._ids)
        own = shingles(text, self._common(question))
        self._ids.append(np.frombuffer(answer.encode("utf-8", "replace"), np.uint8))
        self._texts.append(np.frombuffer(text.encode("utf-8", "replace"), np.uint8))
        self._shingles.append(own)
        direction = np.rint(unpacked(vector) * 127 * 4).clip(-127, 127) if vector else np.empty(0)
        self._vectors.append(direction.astype(np.int8))

    def __len__(self) -> int:
        """How many answers there are."""
        return len(self._ids)

    def place(self, answer: str) -> int | None:
        """The place of an answer by its id, counted from 0 as they came; None where it is not known."""
        return self._known.get(text_digest(answer))

    def answers(self, places: Places) -> list[str]:
        """The ids of the answers at `places` (n,)."""
        text = self._ids.take(places).tobytes()
        ends = np.cumsum(self._ids.lengths(places)).tolist()
        return [text[begin:end].decode() for begin, end in zip([0, *ends], ends, strict=False)]

    def pairs(self) -> Iterator[SimilarPair]:
        """The pairs, those that share most first within each question.

        What more than a few answers share is taken out before; afterwards `passages` lists it.
        """
        self.passages = []
        for question, numbers in self._places.items():
            places = np.frombuffer(numbers, dtype=np.int64)
            with (
                ArraySpool(np.uint32, self._folder) as own,
                ArraySpool(np.uint64, self._folder) as bands,
                SortedSpool(self._folder) as candidates,
                SortedSpool(self._folder) as kept,
            ):
                self._sign(question, places, own, bands)
                # In these files the answers of one question stand from 0.
                of_question = np.arange(len(places), dtype=np.int64)
                for pairs in wording_candidates(bands, of_question):
                    candidates.add(_placed(pairs, places))
                for pairs in substance_candidates(self._vectors, places):
                    candidates.add(pairs)
                yield from self._compared(question, places, candidates, kept, own)

    def _sign(
        self, question: str, places: Places, own: "ArraySpool[np.uint32]", bands: "ArraySpool[np.uint64]"
    ) -> None:
        """Write the word runs of each answer that are its own, and their signature."""
        shared, counts = shared_runs(self._shingles, places)
        self.passages += [(question, one) for one in self._told(places, shared, counts)]
        for place in places:
            runs = self._shingles.take(np.asarray([place]))
            runs = np.setdiff1d(runs, shared, assume_unique=True) if len(shared) else runs
            own.append(runs)
            bands.append(self._signer.bands(runs))

    def _told(
        self, places: Places, shared: NDArray[np.uint32], counts: NDArray[np.int64]
    ) -> Iterator[SharedPassage]:
        """Each shared passage once, as the first answer that holds it words it."""
        left = shared
        for place in places:
            if not len(left):
                return
            runs = self._shingles.take(np.asarray([place]))
            if len(np.intersect1d(runs, left, assume_unique=True)):
                text = self._texts.take(np.asarray([place])).tobytes().decode("utf-8", "replace")
                for passage, runs in passages_of(text, int(place), shared, counts):
                    if len(np.intersect1d(runs, left, assume_unique=True)):
                        left = np.setdiff1d(left, runs, assume_unique=True)
                        yield passage

    def _compared(
        self,
        question: str,
        places: Places,
        candidates: SortedSpool,
        kept: SortedSpool,
        own: "ArraySpool[np.uint32]",
    ) -> Iterator[SimilarPair]:
        """The candidates that are alike; each is one number that sorts as the pairs are to be listed."""
        by_rank: Places | None = None
        ranks = np.empty(0, dtype=np.int64)
        for some in candidates.chunks():
            if by_rank is None:
                by_rank = places[self._order(places)]
                ranks = np.empty(len(places), dtype=np.int64)
                ranks[np.searchsorted(places, by_rank)] = np.arange(len(places))
            for pairs, wording, substance in compared(some, own, self._vectors, places):
                # A little below, for the figures are rounded before they count.
                near = (wording >= LEAST_SHARED - 0.01) | (substance >= LEAST_COSINE - 0.01)
                shared, alike = _hundredths(wording[near]), _hundredths(substance[near])
                counts = (shared >= LEAST_SHARED * 100) | (alike >= LEAST_COSINE * 100)
                first, second = (
                    ranks[np.searchsorted(places, side[counts])] for side in pair_places(pairs[near])
                )
                figures = (100 - shared[counts]) << 8 | (100 - alike[counts])
                kept.add((((figures << _RANK) | first) << _RANK | second).astype(np.uint64))
        if by_rank is None:
            return
        mask = (1 << _RANK) - 1
        for chunk in kept.chunks():
            numbers = chunk.astype(np.int64)
            first, second, figures = numbers >> _RANK & mask, numbers & mask, numbers >> 2 * _RANK
            ids = dict(_named(self, np.unique(by_rank[np.concatenate([first, second])])))
            columns = (by_rank[first], by_rank[second], 100 - (figures >> 8), 100 - (figures & 0xFF))
            for one, other, shared_part, alike_part in zip(
                *(column.tolist() for column in columns), strict=True
            ):
                yield SimilarPair(
                    question=question,
                    first=ids[one],
                    second=ids[other],
                    wording=shared_part / 100,
                    substance=alike_part / 100,
                )

    def _order(self, places: Places) -> Places:
        """The order of answers by their ids."""
        names = np.empty(len(places), dtype=f"S{int(self._ids.lengths(places).max())}")
        for at in range(0, len(places), _NAMES):
            names[at : at + _NAMES] = [one.encode() for one in self.answers(places[at : at + _NAMES])]
        return np.argsort(names, kind="stable")


class SimilarAnswers:
    """For each answer the others that it is like, at most a few; `count` is how many that are in all."""

    def __init__(self, similarity: Similarity) -> None:
        self._similarity = similarity
        self._others = np.empty((len(similarity), NEIGHBOURS), dtype=np.int32)
        self._counts = np.zeros(len(similarity), dtype=np.int8)

    @property
    def count(self) -> int:
        """How many others are listed, over all answers."""
        return int(self._counts.sum(dtype=np.int64))

    def note(self, pair: SimilarPair) -> None:
        """List each of a pair with the other, where there is room."""
        places = [self._similarity.place(answer) for answer in (pair.first, pair.second)]
        for one, other in (places, places[::-1]):
            assert one is not None and other is not None
            if (count := self._counts[one]) < NEIGHBOURS:
                self._others[one, count] = other
                self._counts[one] += 1

    def get(self, answer: str) -> tuple[str, ...]:
        """The ids of the answers that one is like, those that share most first."""
        place = self._similarity.place(answer)
        if place is None or not self._counts[place]:
            return ()
        others = self._others[place, : self._counts[place]].astype(np.int64)
        return tuple(self._similarity.answers(others))


def write_pairs(similarity: Similarity, path: Path) -> SimilarAnswers:
    """Write the pairs as CSV; returns what each answer is like, to be asked while `similarity` is open."""
    similar = SimilarAnswers(similarity)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            [*("question", "first", "second", "shared", "wording", "substance"), "answers", "passage"]
        )
        for pair in similarity.pairs():
            figures = (f"{pair.wording:g}", f"{pair.substance:g}")
            writer.writerow([pair.question, pair.first, pair.second, pair.kind, *figures, "2", ""])
            similar.note(pair)
        for question, passage in similarity.passages:
            (answer,) = similarity.answers(np.asarray([passage.place]))
            cells = (question, answer, "", "passage of many", "", "", str(passage.answers), passage.text)
            writer.writerow([guarded(cell) for cell in cells])
    return similar


def _common_shingles(pack: Pack, id: str) -> NDArray[np.uint32]:
    """What everybody may say: the words of the question and of its references."""
    question = pack.question(id)
    texts = [question.text, *(reference.text for reference in question_references(question))]
    return np.unique(np.concatenate([shingles(text) for text in texts]))


def _hundredths(values: NDArray[np.float64] | NDArray[np.float32]) -> Places:
    """Figures rounded to two decimals, in hundredths."""
    return np.asarray([round(round(value, 2) * 100) for value in values.tolist()], dtype=np.int64)


def _placed(pairs: Numbers, places: Places) -> Numbers:
    """Pairs of answers counted within a question, by their places among all."""
    earlier, later = pair_places(pairs)
    return pair_numbers(places[later], places[earlier])


def _named(similarity: Similarity, places: Places) -> Iterator[tuple[int, str]]:
    return zip(places.tolist(), similarity.answers(places), strict=True)
