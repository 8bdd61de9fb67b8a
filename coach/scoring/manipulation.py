"""Manipulation: pieces of an answer that talk to the grader instead of answering the question."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from coach.errors import PackError
from coach.scoring.bank import Floats
from coach.scoring.grader_cues import grader_cues

# How fast likeness falls with the cosine, and how much cues weigh beside it: of a few values tried, those
# that found most statements of families left out (`coach packs manipulation`).
STEEPNESS = 3.0
CUES = 1.5
CUES_ALONE = 0.45
RIDGE = 0.1
# Standardised cues beyond this many deviations say no more than these.
FARTHEST = 3.0

# Evidence is fitted to 1 for attempts and -1 for innocent statements. From this on a piece is an attempt by
# itself: with each writer held out, no more than one of the graded answers' other pieces reaches it.
ALONE = 0.21
# Two neighbours of this much are an attempt that is spread over both: no such pair of the same answers is.
BOTH = -0.2
# Beside an attempt less is needed: the sentences around it are mostly part of it.
BESIDE = -0.45
# Up to this many pieces between two attempts belong to them.
BRIDGE = 2


@dataclass(frozen=True)
class Statements:
    """Statements to fit the detector on: `texts` (n), whether each is an `attempt` (n,), and its `group`.

    Groups are the families of the file; innocent pieces of graded answers are grouped by their writer.
    """

    texts: tuple[str, ...]
    attempt: NDArray[np.bool_]
    group: NDArray[np.str_]


@dataclass(frozen=True)
class ManipulationBank:
    """A detector fitted on statements: kernel ridge regression on embeddings and cues.

    `vectors` (n, width) unit rows and `cues` (n, c), standardised, are the statements'; `weights` (n,) and
    `intercept` are fitted; `mean` and `spread` (c,) standardise the cues.
    """

    vectors: Floats
    cues: Floats
    weights: NDArray[np.float64]
    intercept: float
    mean: Floats
    spread: Floats

    @classmethod
    def fit(cls, texts: Sequence[str], vectors: Floats, attempt: NDArray[np.bool_]) -> "ManipulationBank":
        """Fit on statements, their embeddings (n, width), and which of them (n,) are attempts."""
        raw = np.stack([grader_cues(text) for text in texts])
        mean, spread = raw.mean(axis=0), raw.std(axis=0) + np.float32(0.1)
        cues = _standardised(raw, mean, spread)
        number = len(texts)
        system = np.ones((number + 1, number + 1))
        exact = vectors.astype(np.float64), cues.astype(np.float64)
        system[:number, :number] = _likeness(*exact, *exact) + RIDGE * np.eye(number)
        system[number, number] = 0
        solved = np.linalg.solve(system, np.append(np.where(attempt, 1.0, -1.0), 0))
        return cls(vectors, cues, solved[:-1], float(solved[-1]), mean, spread)

    def evidence(self, texts: Sequence[str], vectors: Floats) -> NDArray[np.float64]:
        """How much n pieces, by their texts and embeddings (n, width), are like attempts: about -1 to 1."""
        if not len(texts):
            return np.zeros(0)
        cues = _standardised(np.stack([grader_cues(text) for text in texts]), self.mean, self.spread)
        exact = np.asarray(vectors, dtype=np.float64)
        return (
            _likeness(exact, np.asarray(cues, dtype=np.float64), *self._statements) @ self.weights
            + self.intercept
        )

    @cached_property
    def _statements(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The statements' vectors and cues in the precision that likeness is reckoned in."""
        return self.vectors.astype(np.float64), self.cues.astype(np.float64)

    def found(self, texts: Sequence[str], vectors: Floats) -> NDArray[np.bool_]:
        """Which of an answer's n pieces, in order, address the grader."""
        return addressing(self.evidence(texts, vectors))


def addressing(evidence: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of an answer's pieces are attempts, by the `evidence` (n,) of each and of its neighbours."""
    attempt = evidence >= ALONE
    both = (evidence[1:] >= BOTH) & (evidence[:-1] >= BOTH)
    attempt[1:] |= both
    attempt[:-1] |= both
    likely = evidence >= BESIDE
    return spread(attempt, likely, BRIDGE)


def spread(attempt: NDArray[np.bool_], likely: NDArray[np.bool_], bridge: int) -> NDArray[np.bool_]:
    """Let attempts (n,) take in what is `likely` (n,) beside them, and up to `bridge` pieces between two."""
    attempt = attempt.copy()
    for index in range(1, len(attempt)):
        attempt[index] |= attempt[index - 1] & likely[index]
    for index in range(len(attempt) - 2, -1, -1):
        attempt[index] |= attempt[index + 1] & likely[index]
    places = np.flatnonzero(attempt)
    for first, second in zip(places, places[1:], strict=False):
        if second - first <= bridge + 1:
            attempt[first:second] = True
    return attempt


def load_statements(path: Path) -> Statements:
    """Read the statements of a YAML file; PackError when it is missing or not of that form.

    It maps `attempts`, `innocent` and `graded` to groups, and each group to its statements.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        rows = [
            (str(text), kind == "attempts", f"{kind} {group}")
            for kind in ("attempts", "innocent", "graded")
            for group, texts in content[kind].items()
            for text in texts
        ]
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise PackError(
            f"{path}: needs the groups of `attempts`, `innocent` and `graded` ({error}); reinstall the coach"
        ) from None
    texts, attempt, group = zip(*rows, strict=True)
    return Statements(texts, np.asarray(attempt, dtype=np.bool_), np.asarray(group))


def _standardised(raw: Floats, mean: Floats, spread: Floats) -> Floats:
    return np.asarray(np.clip((raw - mean) / spread, -FARTHEST, FARTHEST), dtype=np.float32)


def _likeness(
    vectors: NDArray[np.float64],
    cues: NDArray[np.float64],
    others: NDArray[np.float64],
    other_cues: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Likeness (n, m) of texts: in what they say, in their cues, and above all in both."""
    said = np.exp(STEEPNESS * (vectors @ others.T - 1))
    product = cues @ other_cues.T / cues.shape[1]
    length = (cues**2).mean(axis=1)
    other_length = (other_cues**2).mean(axis=1)
    worded = np.exp(-0.5 * (length[:, None] + other_length - 2 * product))
    return np.asarray(said * (1 + CUES * worded) + CUES_ALONE * product)
