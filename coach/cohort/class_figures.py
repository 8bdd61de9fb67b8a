"""Class figures: what a cohort's grades say of the class, as numbers."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars
from numpy.typing import NDArray

from coach.cohort.outcomes import Outcome
from coach.cohort.privacy import scrubbed
from coach.domain import Depth, DimensionScore, Frozen
from coach.evaluation.agreement import Agreement, agreement
from coach.packs import Pack

STEPS = 5
# A group of fewer answers than this says little: its interval is shown with a warning.
SMALL_GROUP = 20
EXCERPTS = 2
EXCERPT = 180
_RESAMPLES = 1_000
# Columns of the grades that no figure of the class is made of.
_NOT_DRAWN = ("answer", "student", "state", "row", "key", "failure", "scorer", "critic", "review", "changed")


@dataclass
class _Missed:
    """How often a dimension of a question was not explained, and words that came nearest."""

    asked: int = 0
    missed: int = 0
    references: Counter[str] = field(default_factory=Counter)
    excerpts: list[str] = field(default_factory=list)


class MissedReference(Frozen):
    """A dimension of a question, in how many of the answers it was not explained, and the reference to it."""

    question: str
    dimension: str
    asked: int
    missed: int
    reference: str
    excerpts: tuple[str, ...]

    @property
    def share(self) -> float:
        """The share of answers that did not explain it, in [0, 1]."""
        return self.missed / self.asked if self.asked else 0.0


class GroupGap(Frozen):
    """A group's mean mark less that of all others, with a 95% bootstrap interval, in marks of 5."""

    group: str
    answers: int
    gap: float
    low: float
    high: float

    @property
    def small(self) -> bool:
        """Whether there are too few answers to conclude anything."""
        return self.answers < SMALL_GROUP


class ClassPicture:
    """Collects, answer by answer, what the tables do not hold: which references the class misses."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.reasons: Counter[str] = Counter()
        self.flagged = 0
        self._missed: dict[tuple[str, str], _Missed] = defaultdict(_Missed)

    def add(self, outcome: Outcome) -> None:
        """Add one answer; its excerpts lose the student's name."""
        self.reasons.update(outcome.reasons if outcome.waits else ())
        self.flagged += outcome.waits
        feedback = outcome.feedback
        if feedback is None or outcome.scored is None or outcome.submission.state != "counts":
            return
        for one in feedback.score.expected:
            missed = self._missed[outcome.submission.question, one.dimension]
            missed.asked += 1
            if one.depth < Depth.DESCRIBED:
                missed.missed += 1
                # The nearest may itself only name the matter; what is missed is what explains it.
                if one.higher is not None:
                    missed.references[one.higher.text] += 1
                self._excerpt(missed, one, outcome)

    def missed(self) -> Iterator[MissedReference]:
        """What is missed, most often missed first, by question in the pack's order."""
        titles = {dimension.id: dimension.title for dimension in self.pack.dimensions}
        for question in self.pack.questions:
            of_question = [
                (dimension, one)
                for (id, dimension), one in self._missed.items()
                if id == question.id and one.missed
            ]
            of_question.sort(key=lambda pair: (-pair[1].missed / pair[1].asked, pair[0]))
            for dimension, one in of_question:
                reference = min(
                    one.references.items(), key=lambda item: (-item[1], item[0]), default=("", 0)
                )[0]
                yield MissedReference(
                    question=question.text,
                    dimension=titles[dimension],
                    asked=one.asked,
                    missed=one.missed,
                    reference=reference,
                    excerpts=tuple(one.excerpts),
                )

    def _excerpt(self, missed: _Missed, one: DimensionScore, outcome: Outcome) -> None:
        """Keep the words of the first few answers that name the matter without explaining it."""
        if one.depth != Depth.NAMED or not one.evidence or len(missed.excerpts) >= EXCERPTS:
            return
        words = " ".join(scrubbed(one.evidence[0].quote, outcome.student).split())
        if len(words.split()) > 3:
            missed.excerpts.append(words if len(words) <= EXCERPT else words[: EXCERPT - 1] + "…")


def graded_rows(grades: Path) -> polars.DataFrame:
    """The rows of the answers that count and have a mark; figures and groups only."""
    wanted = polars.scan_parquet(grades).filter(
        (polars.col("state") == "graded") & polars.col("overall").is_not_null()
    )
    return wanted.drop(*_NOT_DRAWN).collect()


def depth_counts(rows: polars.DataFrame, pack: Pack) -> list[tuple[str, list[int]]]:
    """For each dimension that was asked for: how many answers reached each depth, least explained first."""
    found = []
    for dimension in pack.dimensions:
        column = rows[f"depth_{dimension.id}"].drop_nulls().to_numpy()
        if len(column):
            counts = np.bincount(column, minlength=4).tolist()
            found.append((dimension.title, counts))
    return sorted(found, key=lambda pair: (pair[1][2] + pair[1][3]) / max(1, sum(pair[1])))


def agreement_with(rows: polars.DataFrame, column: str) -> Agreement | None:
    """How the scorer's overall marks agree with another column; None where fewer than two have both."""
    both = rows.filter(polars.col(column).is_not_null())
    if len(both) < 2:
        return None
    return agreement(both["overall"].to_numpy(), both[column].to_numpy(), STEPS)


def group_gaps(rows: polars.DataFrame) -> list[GroupGap]:
    """The gap of each group to all other answers; none where there are not two groups."""
    named = rows.filter((polars.col("group") != "") & polars.col("mark").is_not_null())
    groups = sorted(named["group"].unique().to_list())
    if len(groups) < 2:
        return []
    found = []
    for group in groups:
        own = named.filter(polars.col("group") == group)["mark"].to_numpy()
        others = named.filter(polars.col("group") != group)["mark"].to_numpy()
        low, high = _interval(own, others)
        gap = float(own.mean() - others.mean())
        found.append(GroupGap(group=group, answers=len(own), gap=gap, low=low, high=high))
    return found


def length_means(rows: polars.DataFrame, groups: int = 8) -> list[tuple[float, float]]:
    """Mean words and mean mark of equally many answers, shortest first."""
    ordered = rows.select("words", "mark").drop_nulls().sort("words", "mark")
    words, marks = ordered["words"].to_numpy(), ordered["mark"].to_numpy()
    if len(words) < 2 * groups:
        return []
    parts = np.array_split(np.arange(len(words)), groups)
    return [(float(words[part].mean()), float(marks[part].mean())) for part in parts]


def _interval(own: NDArray[np.float64], others: NDArray[np.float64]) -> tuple[float, float]:
    random = np.random.default_rng(0)
    gaps = np.empty(_RESAMPLES)
    for sample in range(_RESAMPLES):
        gaps[sample] = (
            own[random.integers(0, len(own), len(own))].mean()
            - others[random.integers(0, len(others), len(others))].mean()
        )
    low, high = np.percentile(gaps, (2.5, 97.5))
    return float(low), float(high)
