"""The trained head on disk: weights, graded bank and thresholds in one file, and its manifest beside it."""

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from pydantic import ValidationError

from coach.domain import Frozen
from coach.errors import WeightsError
from coach.scoring.assembly import Standard
from coach.scoring.bank import STEP, Floats, GradedBank

FORMAT = 1


class Thresholds(Frozen):
    """Where probabilities become statements, each chosen on answers that the head had not seen.

    `depth_cuts`: expected depths from which an answer counts as named, described, reasoned. `evidence`
    and `harm`: probabilities from which a piece is shown. `confidence`: intercept and slopes of a
    logistic curve over (spread of the overall mark, disagreement of the heads, distance to the banks).
    """

    depth_cuts: tuple[float, float, float]
    evidence: float
    harm: float
    confidence: tuple[float, float, float, float]


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
    arrays: dict[str, Any] = {
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
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    content = buffer.getvalue()
    manifest = head.manifest.model_copy(update={"weights_sha256": hashlib.sha256(content).hexdigest()})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    manifest_path(path).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return manifest


def load_head(path: Path) -> TrainedHead:
    """Read a trained head; WeightsError when it is missing, damaged, or not the one its manifest names."""
    advice = "reinstall the coach, or train: coach train"
    try:
        content = path.read_bytes()
        manifest = Manifest.model_validate(json.loads(manifest_path(path).read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise WeightsError(f"weights {error.filename}: no such file; {advice}") from None
    except (OSError, ValueError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise WeightsError(
            f"weights {path}: the manifest {manifest_path(path).name} is not readable ({reason}); {advice}"
        ) from None
    found = hashlib.sha256(content).hexdigest()
    if found != manifest.weights_sha256:
        raise WeightsError(
            f"weights {path}: SHA-256 is {found}, its manifest says {manifest.weights_sha256}; {advice}"
        )
    if manifest.format != FORMAT:
        raise WeightsError(f"weights {path}: format {manifest.format}, this coach reads {FORMAT}; {advice}")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return _head({name: arrays[name] for name in arrays.files}, manifest)
    except (ValueError, KeyError, EOFError, AttributeError, TypeError, BadZipFile) as error:
        # The manifest vouches for these bytes, and still they are no arrays of a head.
        raise WeightsError(f"weights {path}: not a trained head ({type(error).__name__}); {advice}") from None


def manifest_path(weights: Path) -> Path:
    """Where the manifest of a weights file is."""
    return weights.with_suffix(".json")


def _head(arrays: dict[str, Any], manifest: Manifest) -> TrainedHead:
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
