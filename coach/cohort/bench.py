"""Bench: how long a cohort takes beside what it could take at best, measured in one run, told as ratios."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coach.coaching import coach
from coach.cohort.batch_scoring import BatchScorer
from coach.cohort.grading import grade_all, grade_answers, packed
from coach.cohort.journal import Journal
from coach.cohort.similarity import Similarity
from coach.cohort.slow_critic import SlowService
from coach.cohort.submissions import Submission
from coach.domain import Answer, Frozen
from coach.embedding.encoder import Encoder
from coach.errors import CoachError
from coach.packs import Pack
from coach.scoring.graded import GradedAnswer
from coach.scoring.scorer import load_scorer

# Answers that warm up caches before anything is timed.
WARM_UP = 16
# The plain loop is timed on every so many answers, for it is slow.
EVERY = 4
VARIANTS = 3
# Grading is timed so often beside encoding alone; of these rounds the one in the middle is told, as the same
# work takes a tenth more or less time from one to the next on a machine that others share.
ROUNDS = 3


class Ratio(Frozen):
    """One figure: what was measured, beside what, in one unit, and what ratio is aimed at."""

    what: str
    measured: float
    beside: float
    unit: str
    aim: str

    @property
    def ratio(self) -> float:
        """The measured figure over the one beside it."""
        return self.measured / self.beside if self.beside else float("inf")


def bench_grading(pack: Pack, encoder: Encoder, graded: Sequence[GradedAnswer], count: int) -> list[Ratio]:
    """Time the grading of `count` answers beside encoding their segments alone, and beside the plain loop."""
    answers = _distinct(graded, count + WARM_UP)
    warm, answers = answers[:WARM_UP], answers[WARM_UP:]
    scorer = BatchScorer.load(pack, encoder)
    grade_answers(scorer, warm, range(len(warm)))
    texts = sorted(
        {text for one in answers for text in scorer.piece_texts(one.text, pack.question(one.question))},
        key=lambda text: (len(text), text),
    )
    submissions = [
        Submission(
            row=row, column=0, student=f"S{row:05d}", question=one.question, text=one.text, state="counts"
        )
        for row, one in enumerate(answers, start=1)
    ]
    failures: dict[str, str] = {}

    def graded_and_alone() -> tuple[_Times, _Times]:
        # Half of the texts before and half after: where other work slows the machine, it slows both sides.
        before = _taken(lambda: encoder.encode(texts[::2]))
        with tempfile.TemporaryDirectory() as folder, Journal(Path(folder) / "journal.jsonl") as journal:
            taken = _taken(lambda: failures.update(grade_all(submissions, scorer, journal, _Silent())))
        return taken, before + _taken(lambda: encoder.encode(texts[1::2]))

    rounds = sorted((graded_and_alone() for _ in range(ROUNDS)), key=lambda one: float(one[0][0] / one[1][0]))
    batched, alone = rounds[ROUNDS // 2]
    if failures:
        raise CoachError(f"bench: {len(failures)} answers were not graded ({next(iter(failures.values()))})")
    plain = load_scorer(pack, encoder)
    coach(warm[0], plain)
    some = answers[::EVERY]
    loop = _taken(lambda: [coach(one, plain) for one in some]) * (len(answers) / len(some))
    name = f"{len(answers):,} answers, {len(texts):,} segments"
    return [
        *_beside(f"grading {name}, beside encoding alone", batched, alone, "at most 1.25"),
        *_beside("the plain loop, beside grading", loop, batched, "at least 5"),
    ]


def bench_similarity(pack: Pack, graded: Sequence[GradedAnswer], count: int) -> list[Ratio]:
    """Time the search for like pairs among `count` answers, and among half as many."""
    taken = [_similarity_seconds(pack, graded, size) for size in (count // 2, count)]
    return [
        *_beside(f"like pairs of {count:,} answers, beside 60 s", taken[1], np.full(2, 60.0), "at most 1"),
        *_beside("the same, beside half as many answers", taken[1], taken[0], "about 2"),
    ]


def bench_memory(sizes: Sequence[int]) -> list[Ratio]:
    """Peak memory of grading the larger number of answers beside the smaller, each in a process of its own.

    The answers are short and the encoder is a stand-in of the same width, which holds no more and no less
    from answer to answer than the real one.
    """
    peaks = []
    for size in (min(sizes), max(sizes)):
        command = [sys.executable, "-m", "coach.cohort.memory_trial", str(size)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        peaks.append(float(done.stdout))
    what = f"peak memory of {max(sizes):,} answers, beside {min(sizes):,}"
    return [Ratio(what=what, measured=peaks[1], beside=peaks[0], unit="MB", aim="at most 1.2")]


def bench_critic(pack: Pack, encoder: Encoder, graded: Sequence[GradedAnswer], count: int) -> list[Ratio]:
    """Time the review of `count` answers by a local server that takes 300 ms a call and 20 calls at once."""
    scorer = BatchScorer.load(pack, encoder)
    answers = _distinct(graded, count)
    with SlowService() as service, tempfile.TemporaryDirectory() as folder:
        taken = service.review(scorer, answers, Path(folder))
        best = service.calls * service.SECONDS / service.AT_ONCE
        what = f"reviewing {count:,} answers in {service.calls:,} calls, beside the ideal"
    return [Ratio(what=what, measured=taken, beside=best, unit="s", aim="at most 1.15")]


def _distinct(graded: Sequence[GradedAnswer], count: int) -> list[Answer]:
    """Answers of ordinary length, no two alike: graded ones, and beyond those ones joined from two halves."""
    found = [Answer(text=one.answer, question=one.question) for one in graded[:count]]
    random = np.random.default_rng(1)
    while len(found) < count:
        one, other = (graded[int(place)] for place in random.integers(0, len(graded), 2))
        text = f"{one.answer[: len(one.answer) // 2]} {other.answer[len(other.answer) // 2 :]}"
        found.append(Answer(text=text, question=one.question))
    return found


def _similarity_seconds(pack: Pack, graded: Sequence[GradedAnswer], count: int) -> "_Times":
    random = np.random.default_rng(0)
    words = [one.answer.split() for one in graded]

    def search() -> None:
        with tempfile.TemporaryDirectory() as folder, Similarity(pack, Path(folder)) as similarity:
            collect(similarity)
            sum(1 for _ in similarity.pairs())

    def collect(similarity: Similarity) -> None:
        for place in range(count):
            parts = (words[int(one)] for one in random.integers(0, len(words), VARIANTS))
            text = " ".join(word for part in parts for word in random.permutation(part[:40]).tolist())
            vector = packed(random.normal(size=384).astype(np.float32))
            similarity.add(f"a{place}", graded[place % len(graded)].question, text, vector)

    return _taken(search)


# Seconds on the clock and of all processors together; other work on the machine hardly changes the latter.
_Times = NDArray[np.float64]


def _taken(work: Callable[[], object]) -> _Times:
    begun = np.asarray([time.perf_counter(), time.process_time()])
    work()
    taken: _Times = np.asarray([time.perf_counter(), time.process_time()]) - begun
    return taken


def _beside(what: str, measured: _Times, beside: _Times, aim: str) -> list[Ratio]:
    """The ratio on the clock, which has the aim, and that of processor time."""
    clock, processor = ((float(one), float(other)) for one, other in zip(measured, beside, strict=True))
    return [
        Ratio(what=what, measured=clock[0], beside=clock[1], unit="s", aim=aim),
        Ratio(
            what="the same in processor time", measured=processor[0], beside=processor[1], unit="s", aim=""
        ),
    ]


class _Silent:
    """Watches without a word."""

    def graded(self, answers: int, failures: int) -> None:
        """Nothing to show."""


def ratios_json(ratios: Sequence[Ratio]) -> str:
    """The figures as one JSON document."""
    rows = [{**one.model_dump(mode="json"), "ratio": round(one.ratio, 3)} for one in ratios]
    return json.dumps(rows, indent=2)
