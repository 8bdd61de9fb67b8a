"""A memory trial: grades so many short answers in this process and prints its peak memory in megabytes."""

import json
import sys
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from coach import resources
from coach.cohort.batch_scoring import BatchEncoder, BatchScorer
from coach.cohort.matching import QuestionMatcher
from coach.cohort.reading import Cohort, open_source
from coach.cohort.run_records import RunOptions
from coach.cohort.runs import grade_cohort
from coach.packs import load_pack
from coach.scoring.bank import Floats
from coach.scoring.pack_bank import manipulation_bank, reference_bank
from coach.scoring.weights import load_head

WIDTH = 384


class StandInEncoder:
    """Directions drawn by a text's hash: as wide as the real ones, and there at once."""

    name = "stand-in"
    fingerprint = "00" * 32

    def encode(self, texts: Sequence[str]) -> Floats:
        """Embeddings (n, 384) of unit length."""
        rows = [np.random.default_rng(zlib.crc32(text.encode())).normal(size=WIDTH) for text in texts]
        table = np.asarray(rows, dtype=np.float32).reshape(-1, WIDTH)
        return np.asarray(table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9))

    def encode_passages(self, passages: Sequence[Sequence[str]]) -> list[tuple[Floats, Floats]]:
        """Each statement by itself, twice."""
        return [(self.encode(passage), self.encode(passage)) for passage in passages]


class _Silent:
    def graded(self, answers: int, failures: int) -> None:
        return None


def main(answers: int) -> None:
    """Grade that many different answers of twelve words, with everything that is written for them."""
    pack = load_pack(resources.default_pack_dir())
    encoder = StandInEncoder()
    scorer = BatchScorer(
        pack,
        BatchEncoder(encoder),
        load_head(resources.weights_file()),
        reference_bank(pack, encoder),
        manipulation_bank(encoder),
    )
    question = pack.questions[0].id
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "class.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for place in range(answers):
                text = f"We compare batch {place} with the inputs of release {place % 97} every day."
                file.write(json.dumps({"id": f"s{place}", "answer": text}) + "\n")
        options = RunOptions(question=question)
        source = open_source(path, frozenset({question}))
        cohort = Cohort.from_source(source, QuestionMatcher(pack, StandInEncoder), pack, only=question)
        grade_cohort(cohort, scorer, Path(folder) / "out", _Silent(), options)
    print(peak_megabytes())  # noqa: T201 - this is its result


def peak_megabytes() -> float:
    """The most memory that this process has held."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # The unit is kilobytes on Linux and bytes on macOS.
    return peak / 1024 if sys.platform != "darwin" else peak / 1024**2


if __name__ == "__main__":
    main(int(sys.argv[1]))
