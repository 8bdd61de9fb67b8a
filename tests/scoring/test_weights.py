"""Weights on disk: what is written is what is read, and what was altered is refused."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from coach.errors import WeightsError
from coach.resources import weights_file
from coach.scoring.scorer import load_scorer
from coach.scoring.weights import TrainedHead, load_head, save_head
from coach.scoring.weights_files import manifest_path

if TYPE_CHECKING:
    from coach.embedding.encoder import Encoder
    from coach.packs import Pack


@pytest.fixture(scope="module")
def head() -> TrainedHead:
    return load_head(weights_file())


def assert_same(first: TrainedHead, second: TrainedHead) -> None:
    assert first.manifest == second.manifest
    assert len(first.networks) == len(second.networks) > 0
    for one, other in zip(first.networks, second.networks, strict=True):
        assert one.keys() == other.keys()
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])
    for part in ("standard", "bank"):
        for name, value in vars(getattr(first, part)).items():
            np.testing.assert_array_equal(value, getattr(getattr(second, part), name), err_msg=name)


def test_what_is_written_is_what_is_read(head: TrainedHead, tmp_path: Path) -> None:
    path = tmp_path / "new" / "head.npz"
    manifest = save_head(head, path)
    assert manifest == head.manifest
    assert_same(load_head(path), head)


def test_the_same_head_gives_the_same_bytes(head: TrainedHead, tmp_path: Path) -> None:
    first, second = tmp_path / "a.npz", tmp_path / "b.npz"
    save_head(head, first)
    save_head(head, second)
    assert first.read_bytes() == second.read_bytes() == weights_file().read_bytes()
    assert manifest_path(first).read_bytes() == manifest_path(weights_file()).read_bytes()


def test_another_head_has_another_hash(head: TrainedHead, tmp_path: Path) -> None:
    moved = [{**network, "depth.bias": network["depth.bias"] + 1} for network in head.networks]
    other = save_head(replace(head, networks=tuple(moved)), tmp_path / "head.npz")
    assert other.weights_sha256 != head.manifest.weights_sha256


def test_the_weights_that_ship_are_small() -> None:
    assert weights_file().stat().st_size < 2_000_000


def test_the_manifest_that_ships_says_where_the_weights_come_from(head: TrainedHead, pack: "Pack") -> None:
    manifest = head.manifest
    assert manifest.dimensions == tuple(dimension.id for dimension in pack.dimensions)
    assert manifest.pack_sha256 == pack.digest
    assert (manifest.answers, len(manifest.writers)) == (684, 9)
    assert {"torch", "numpy", "sentence-transformers"} <= set(manifest.versions)
    assert manifest.agreement["overall_kappa"] >= 0.78
    assert manifest.agreement["dimensions_kappa"] >= 0.72


@pytest.fixture
def copied(head: TrainedHead, tmp_path: Path) -> Path:
    path = tmp_path / "head.npz"
    save_head(head, path)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(WeightsError) as error:
        load_head(path)
    assert "\n" not in str(error.value)
    assert "coach train" in str(error.value)
    return str(error.value)


def test_missing_weights_or_manifest_are_named(copied: Path) -> None:
    manifest_path(copied).unlink()
    assert "head.json: no such file" in refusal(copied)
    copied.unlink()
    assert "head.npz: no such file" in refusal(copied)


def test_altered_weights_are_refused_with_both_hashes(copied: Path, head: TrainedHead) -> None:
    content = bytearray(copied.read_bytes())
    content[len(content) // 2] ^= 1
    copied.write_bytes(content)
    message = refusal(copied)
    assert head.manifest.weights_sha256 in message
    assert sha256(content).hexdigest() in message


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', "\x00"])
def test_a_manifest_that_is_none_is_refused(text: str, copied: Path) -> None:
    manifest_path(copied).write_text(text, encoding="utf-8")
    assert "manifest head.json is not readable" in refusal(copied)


def test_a_format_of_another_time_is_refused(copied: Path) -> None:
    manifest = json.loads(manifest_path(copied).read_text(encoding="utf-8"))
    manifest_path(copied).write_text(json.dumps({**manifest, "format": 99}), encoding="utf-8")
    assert "format 99" in refusal(copied)


def test_weights_of_another_encoder_are_refused(copied: Path, pack: "Pack", encoder: "Encoder") -> None:
    manifest = json.loads(manifest_path(copied).read_text(encoding="utf-8"))
    other = {**manifest, "encoder": "another-model", "encoder_sha256": "ab" * 32}
    manifest_path(copied).write_text(json.dumps(other), encoding="utf-8")
    with pytest.raises(WeightsError) as error:
        load_scorer(pack, encoder, copied)
    for word in (
        "another-model",
        "abababababab",
        encoder.name,
        encoder.fingerprint[:12],
        "coach train --encoder",
    ):
        assert word in str(error.value)
