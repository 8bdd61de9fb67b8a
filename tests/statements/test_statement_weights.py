"""Weights on disk: what is written is what is read, and what was altered is refused."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from small_head import small_head

from coach.errors import WeightsError
from coach.scoring.weights_files import manifest_path
from coach.statements.scorer import load_scorer
from coach.statements.weights import TrainedHead, adapter_path, load_head, save_head

if TYPE_CHECKING:
    from coach.embedding.encoder import Encoder
    from coach.packs import Pack


@pytest.fixture(scope="module")
def head() -> TrainedHead:
    return small_head(7)


@pytest.fixture
def copied(head: TrainedHead, tmp_path: Path) -> Path:
    path = tmp_path / "head.npz"
    save_head(head, path)
    return path


def test_what_is_written_is_what_is_read(head: TrainedHead, tmp_path: Path) -> None:
    path = tmp_path / "new" / "head.npz"
    manifest = save_head(head, path)
    found = load_head(path)
    assert found.manifest == manifest
    assert manifest == head.manifest.model_copy(
        update={"weights_sha256": sha256(path.read_bytes()).hexdigest()}
    )
    assert found.cutoffs == head.manifest.cutoffs
    assert found.arrays.keys() == head.arrays.keys()
    for name, value in head.arrays.items():
        # Halves of single precision: three digits.
        np.testing.assert_allclose(found.arrays[name], value, rtol=1e-3, atol=1e-4, err_msg=name)
        assert found.arrays[name].dtype == np.float32
    np.testing.assert_allclose(found.known, head.known, atol=0.5 / 127 + 1e-6)
    np.testing.assert_array_equal(found.cue_mean, head.cue_mean)
    np.testing.assert_array_equal(found.cue_spread, head.cue_spread)


def test_the_same_head_gives_the_same_bytes(head: TrainedHead, copied: Path, tmp_path: Path) -> None:
    second, third = tmp_path / "b.npz", tmp_path / "c.npz"
    save_head(head, second)
    save_head(load_head(copied), third)
    assert copied.read_bytes() == second.read_bytes() == third.read_bytes()
    assert manifest_path(copied).read_bytes() == manifest_path(third).read_bytes()


def test_another_head_has_another_hash(head: TrainedHead, copied: Path, tmp_path: Path) -> None:
    moved = replace(head, arrays={**head.arrays, "out.bias": head.arrays["out.bias"] + 1})
    other = save_head(moved, tmp_path / "other.npz")
    assert other.weights_sha256 != load_head(copied).manifest.weights_sha256


def test_files_that_belong_together_have_names_that_do() -> None:
    assert manifest_path(Path("a/weights-2.npz")) == Path("a/weights-2.json")
    assert adapter_path(Path("a/weights-2.npz")) == Path("a/adapter-2.npz")


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


def test_altered_weights_are_refused_with_both_hashes(copied: Path) -> None:
    known = load_head(copied).manifest.weights_sha256
    content = bytearray(copied.read_bytes())
    content[len(content) // 2] ^= 1
    copied.write_bytes(content)
    message = refusal(copied)
    assert known in message
    assert sha256(content).hexdigest() in message


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 3}', "\x00"])
def test_a_manifest_that_is_none_is_refused(text: str, copied: Path) -> None:
    manifest_path(copied).write_text(text, encoding="utf-8")
    assert "manifest head.json is not readable" in refusal(copied)


def test_a_format_of_another_time_is_refused(copied: Path) -> None:
    manifest = json.loads(manifest_path(copied).read_text(encoding="utf-8"))
    manifest_path(copied).write_text(json.dumps({**manifest, "format": 99}), encoding="utf-8")
    assert "format 99" in refusal(copied)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no arrays at all"])
def test_what_the_manifest_vouches_for_must_still_be_a_head(content: bytes, copied: Path) -> None:
    manifest = json.loads(manifest_path(copied).read_text(encoding="utf-8"))
    copied.write_bytes(content)
    vouched = {**manifest, "weights_sha256": sha256(content).hexdigest()}
    manifest_path(copied).write_text(json.dumps(vouched), encoding="utf-8")
    assert "not a trained head" in refusal(copied)


def test_a_head_without_what_it_knows_is_refused(head: TrainedHead, copied: Path) -> None:
    with np.load(copied) as stored:
        arrays = {name: stored[name] for name in stored.files if name != "known"}
    np.savez(copied, **arrays)
    manifest = json.loads(manifest_path(copied).read_text(encoding="utf-8"))
    vouched = {**manifest, "weights_sha256": sha256(copied.read_bytes()).hexdigest()}
    manifest_path(copied).write_text(json.dumps(vouched), encoding="utf-8")
    assert "not a trained head (KeyError)" in refusal(copied)


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
        "pass the weights",
    ):
        assert word in str(error.value)
