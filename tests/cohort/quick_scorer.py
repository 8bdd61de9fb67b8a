"""A scorer over an encoder that hashes words: as deterministic as the real one, and there at once."""

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coach import resources
from coach.cohort.batch_scoring import BatchEncoder, BatchScorer
from coach.cohort.matching import QuestionMatcher
from coach.cohort.reading import Cohort
from coach.cohort.run_records import Manifest, RunOptions, cohort_of
from coach.cohort.runs import grade_cohort
from coach.packs import Pack, load_pack
from coach.scoring.pack_bank import manipulation_bank, reference_bank
from coach.scoring.weights import TrainedHead, load_head

WIDTH = 384


class HashEncoder:
    """A text's direction is the sum of its words' directions; `asked` counts the texts that were encoded."""

    name = "words"
    fingerprint = "00" * 32

    def __init__(self) -> None:
        self.asked = 0

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += len(texts)
        vectors = np.zeros((len(texts), WIDTH), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.casefold().split():
                vectors[row] += np.random.default_rng(zlib.crc32(word.encode("utf-8", "replace"))).normal(
                    size=WIDTH
                )
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)


class Counter:
    """Counts what a run reports."""

    def __init__(self) -> None:
        self.answers = self.failures = 0

    def graded(self, answers: int, failures: int) -> None:
        self.answers += answers
        self.failures += failures


def quick_scorer(pack: Pack | None = None, head: TrainedHead | None = None) -> BatchScorer:
    """A scorer of the MLOps pack with the shipped head, or another one, over word hashes."""
    chosen = pack or load_pack(resources.default_pack_dir())
    encoder = HashEncoder()
    used = head or load_head(resources.weights_file())
    return BatchScorer(
        chosen, BatchEncoder(encoder), used, reference_bank(chosen, encoder), manipulation_bank(encoder)
    )


def opened(path: Path, pack: Pack, options: RunOptions | None = None) -> Cohort:
    """The cohort of a file, read as the command reads it."""
    return cohort_of(path, options or RunOptions(), QuestionMatcher(pack, HashEncoder), pack)


def graded_into(out: Path, path: Path, scorer: BatchScorer, **given: object) -> Manifest:
    """Grade a file into `out`; options of the run and of what people decided by their names."""
    decided = {
        name: given.pop(name)
        for name in ("overrides", "regrade", "reason", "engine", "note", "new_file")
        if name in given
    }
    options = RunOptions.model_validate(given)
    cohort = opened(path, scorer.pack, options)
    return grade_cohort(cohort, scorer, out, Counter(), options, **decided)  # type: ignore[arg-type]
