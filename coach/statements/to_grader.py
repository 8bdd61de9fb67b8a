"""Words to the grader: which statements of an answer talk to the grader instead of answering the question."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from coach.errors import PackError
from coach.scoring.bank import Floats

# Up to this many statements between two attempts belong to them.
BRIDGE = 1


@dataclass(frozen=True)
class Statements:
    """Statements that the detector learns from: `texts` (n), whether each is an `attempt` (n,), its `group`.

    Groups are the families of the file; innocent pieces of graded answers are grouped by their writer.
    """

    texts: tuple[str, ...]
    attempt: NDArray[np.bool_]
    group: NDArray[np.str_]


def addressing(probability: Floats, alone: float, beside: float) -> NDArray[np.bool_]:
    """Which of an answer's n statements address the grader, by the probability (n,) of each.

    From `alone` on a statement does; from `beside` on one next to it does too.
    """
    attempt = np.asarray(probability >= alone)
    if not attempt.any():
        return attempt
    likely = probability >= beside
    for index in range(1, len(attempt)):
        attempt[index] |= attempt[index - 1] & likely[index]
    for index in range(len(attempt) - 2, -1, -1):
        attempt[index] |= attempt[index + 1] & likely[index]
    places = np.flatnonzero(attempt)
    for first, second in zip(places, places[1:], strict=False):
        if second - first <= BRIDGE + 1:
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
