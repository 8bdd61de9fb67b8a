"""The trained heads on disk: their arrays in one file, and the manifest with every cut-off beside it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coach.domain import Frozen
from coach.scoring.bank import Floats
from coach.scoring.weights_files import Arrays, read_weights, write_weights

FORMAT = 3


class Cutoffs(Frozen):
    """Where probabilities become words, each chosen in training on writers that the heads had not seen.

    `depth`: levels in [0, 3] from which a dimension is named, described, reasoned. `evidence`: the share of
    a dimension's deepest level from which a statement is quoted for it. `harm`: the probability from which a
    statement is shown as harmful and costs marks; from `check` on it is shown for a second look and costs
    nothing. `filler`: statements whose deepest level is below it say nothing. `attempt`: the probability from
    which a statement addresses the grader; `beside_attempt` does where its neighbour does. `other_question`:
    the probability of another question from which an answer is said to read like one to it. `unlike`: the
    cosine to the nearest training texts below which an answer is unlike them. `known_harm`: the cosine from
    which a statement makes the claim of a harmful statement of the pack.
    """

    depth: tuple[float, float, float]
    evidence: float
    harm: float
    check: float
    filler: float
    attempt: float
    beside_attempt: float
    other_question: float
    unlike: float
    known_harm: float


class MarkModel(Frozen):
    """How depths become marks: see `coach.statements.marks`. Every weight is at least 0.

    `fit` are the leads over other questions at which an answer does not fit its question at all, and fully.
    `overall` and `reasoning` are weights of the features of those names; `harm` is what the first and each
    further harmful statement costs, `harm_limit` the highest mark with one. `step` is the level that a plain
    sentence reaches, by which a next step is judged. `confidence` are intercept and slopes of the chance that
    overall is within half a mark.
    """

    fit: tuple[float, float]
    overall: dict[str, float]
    reasoning: dict[str, float]
    harm: tuple[float, float]
    harm_limit: float
    step: float
    confidence: dict[str, float]


class Manifest(Frozen):
    """Where weights come from, and how well they agreed with graders on writers they had not seen.

    `data` maps each file that was trained on to its SHA-256; `outside` names those that are not in the pack.
    """

    format: int
    pack: str
    pack_sha256: str
    encoder: str
    encoder_sha256: str
    adapter_sha256: str | None
    width: int
    data: dict[str, str]
    outside: tuple[str, ...]
    answers: int
    statements: int
    writers: tuple[str, ...]
    held_out: tuple[str, ...]
    seed: int
    versions: dict[str, str]
    agreement: dict[str, float]
    cutoffs: Cutoffs
    marks: MarkModel
    weights_sha256: str = ""


@dataclass(frozen=True)
class TrainedHead:
    """The arrays of the heads, the known texts (k, width) of training, and the manifest.

    `cue_mean` and `cue_spread` (c,) standardise the cues of words to the grader.
    """

    arrays: dict[str, Floats]
    known: Floats
    cue_mean: Floats
    cue_spread: Floats
    manifest: Manifest

    @property
    def cutoffs(self) -> Cutoffs:
        """Where probabilities become words."""
        return self.manifest.cutoffs


def save_head(head: TrainedHead, path: Path) -> Manifest:
    """Write the arrays (.npz) and the manifest beside them (.json); the same head gives the same bytes."""
    arrays: Arrays = {f"head.{name}": value.astype(np.float16) for name, value in head.arrays.items()}
    arrays["known"] = np.rint(head.known * 127).astype(np.int8)
    arrays["cue_mean"], arrays["cue_spread"] = head.cue_mean, head.cue_spread
    return write_weights(arrays, head.manifest, path)


def load_head(path: Path) -> TrainedHead:
    """Read trained heads; WeightsError when they are missing, damaged, or not what their manifest names."""
    return read_weights(path, Manifest, FORMAT, _head)


def _head(arrays: Arrays, manifest: Manifest) -> TrainedHead:
    return TrainedHead(
        arrays={
            name.removeprefix("head."): value.astype(np.float32)
            for name, value in arrays.items()
            if name.startswith("head.")
        },
        known=arrays["known"].astype(np.float32) / np.float32(127),
        cue_mean=arrays["cue_mean"].astype(np.float32),
        cue_spread=arrays["cue_spread"].astype(np.float32),
        manifest=manifest,
    )


def adapter_path(weights: Path) -> Path:
    """Where the adapter of the encoder lies that belongs to a weights file."""
    return weights.with_name(weights.stem.replace("weights", "adapter") + ".npz")
