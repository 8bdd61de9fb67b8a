"""Manipulation: pieces of an answer that talk to the grader instead of answering the question."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from coach.errors import PackError
from coach.scoring.bank import Floats

# A piece is an attempt by itself where it is at least this near to known attempts (cosine), and nearer to
# them than to innocent sentences and references by this margin. On the graded answers this finds all
# 18 attempts and one false one in the other 666 (`coach train` prints the count).
NEAR = 0.48
MARGIN = 0.08
# Beside an attempt less is needed: the sentences around it are mostly part of it.
BESIDE_NEAR = 0.38
BESIDE_MARGIN = -0.13
# Up to this many pieces between two attempts belong to them.
BRIDGE = 2


@dataclass(frozen=True)
class ManipulationBank:
    """Encoded attempts and innocent sentences, (k, width) and (m, width), unit rows."""

    attempts: Floats
    innocent: Floats

    def found(self, vectors: Floats, references: Floats) -> NDArray[np.bool_]:
        """Which of n pieces, in order, address the grader; `references` (r, width) count as innocent."""
        near = _top(vectors @ self.attempts.T, 2)
        innocent = np.maximum(_top(vectors @ self.innocent.T, 2), _top(vectors @ references.T, 2))
        margin = near - innocent
        attempt = (near >= NEAR) & (margin >= MARGIN)
        likely = (near >= BESIDE_NEAR) & (margin >= BESIDE_MARGIN)
        if not attempt.any():
            return attempt
        for index in range(1, len(attempt)):
            attempt[index] |= attempt[index - 1] & likely[index]
        for index in range(len(attempt) - 2, -1, -1):
            attempt[index] |= attempt[index + 1] & likely[index]
        places = np.flatnonzero(attempt)
        for first, second in zip(places, places[1:], strict=False):
            if second - first <= BRIDGE + 1:
                attempt[first:second] = True
        return attempt


def load_statements(path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read (attempts, innocent) from a YAML file; PackError when it is missing or not of that form."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        attempts, innocent = (tuple(str(text) for text in content[key]) for key in ("attempts", "innocent"))
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise PackError(
            f"{path}: needs the lists `attempts` and `innocent` ({error}); reinstall the coach"
        ) from None
    return attempts, innocent


def _top(similar: Floats, count: int) -> Floats:
    top = np.partition(similar, similar.shape[1] - count, axis=1)[:, -count:]
    return np.asarray(top.mean(axis=1))
