"""The trained head on disk: weights, graded bank and thresholds in one file, and its manifest beside it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coach.domain import Frozen
from coach.scoring.assembly import Standard
from coach.scoring.bank import STEP, Floats, GradedBank
from coach.scoring.weights_files import Arrays, read_weights, write_weights

FORMAT = 2


class Thresholds(Frozen):
    """Where probabilities become statements, each chosen on answers that the head had not seen.

    `depth_cuts`: expected depths from which an answer counts as named, described, reasoned. `evidence`
    and `harm`: probabilities from which a piece is shown. `confidence`: intercept and slopes of a
    logistic curve over the signs of doubt.
    `overall_shift` and `reasoning_shift` are added to the log-odds of the steps of both marks: the variants
    that a head learns from are worse answers than most, and make its marks too low.
    """

    depth_cuts: tuple[float, float, float]
    evidence: float
    harm: float
    confidence: tuple[float, float, float, float, float, float]
    overall_shift: tuple[float, float, float, float, float]
    reasoning_shift: tuple[float, float, float]


class Manifest(Frozen):
    """Where weights come from, and how well they agreed with graders on writers they had not seen."""

    format: int
    pack: str
    dimensions: tuple[str, ...]
    encoder: str
    encoder_sha256: str
    width: int
    data_sha256: str
    pack_sha256: str
    answers: int
    writers: tuple[str, ...]
    seeds: tuple[int, ...]
    versions: dict[str, str]
    agreement: dict[str, float]
    thresholds: Thresholds
    weights_sha256: str = ""


@dataclass(frozen=True)
class TrainedHead:
    """One or more networks that are averaged, what they were standardised with, and the graded bank."""

    networks: tuple[dict[str, Floats], ...]
    standard: Standard
    bank: GradedBank
    manifest: Manifest

    @property
    def thresholds(self) -> Thresholds:
        """Where probabilities become statements."""
        return self.manifest.thresholds


def save_head(head: TrainedHead, path: Path) -> Manifest:
    """Write weights (.npz) and the manifest beside them (.json); the same head gives the same bytes."""
    bank = head.bank
    arrays: Arrays = {
        "bank.projection": bank.projection.astype(np.float16),
        "bank.vectors": np.rint(bank.vectors / STEP).astype(np.int8),
        "bank.depth": np.rint(bank.depth * 2).astype(np.uint8),
        "bank.harmful": bank.harmful.astype(np.uint8),
        "bank.overall": np.rint(bank.overall * 10).astype(np.uint8),
        "bank.reasoning": np.rint(bank.reasoning * 6).astype(np.uint8),
        "bank.writer": bank.writer.astype(np.uint8),
        "standard.near_mean": head.standard.near_mean,
        "standard.near_spread": head.standard.near_spread,
        "standard.shared_mean": head.standard.shared_mean,
        "standard.shared_spread": head.standard.shared_spread,
    }
    for index, network in enumerate(head.networks):
        arrays |= {f"network.{index}.{name}": value.astype(np.float16) for name, value in network.items()}
    return write_weights(arrays, head.manifest, path)


def load_head(path: Path) -> TrainedHead:
    """Read a trained head; WeightsError when it is missing, damaged, or not the one its manifest names."""
    return read_weights(path, Manifest, FORMAT, _head)


def _head(arrays: Arrays, manifest: Manifest) -> TrainedHead:
    def floats(name: str) -> Floats:
        return np.asarray(arrays[name], dtype=np.float32)

    networks = []
    for index in range(len(manifest.seeds)):
        start = f"network.{index}."
        networks.append({name.removeprefix(start): floats(name) for name in arrays if name.startswith(start)})
    return TrainedHead(
        networks=tuple(networks),
        standard=Standard(
            near_mean=floats("standard.near_mean"),
            near_spread=floats("standard.near_spread"),
            shared_mean=floats("standard.shared_mean"),
            shared_spread=floats("standard.shared_spread"),
        ),
        bank=GradedBank(
            projection=floats("bank.projection"),
            vectors=floats("bank.vectors") * STEP,
            depth=floats("bank.depth") / np.float32(2),
            harmful=floats("bank.harmful"),
            overall=floats("bank.overall") / np.float32(10),
            reasoning=floats("bank.reasoning") / np.float32(6),
            writer=np.asarray(arrays["bank.writer"], dtype=np.int64),
        ),
        manifest=manifest,
    )
