"""The encoder without ONNX Runtime: torch takes over, with the same vectors and fingerprint."""

import sys
from pathlib import Path

import numpy as np
import pytest

from coach.embedding.encoder import has_onnx_runtime, load_encoder
from coach.embedding.torch_encoder import TorchEncoder

TEXTS = (
    "We compare what comes in with the training data.",
    "",
    "um so yeah the owner signs it off",
    "drift " * 400,
)
PASSAGES = (TEXTS[:3], TEXTS[1:], TEXTS[:1])


@pytest.fixture(params=["onnx", "onnxruntime"])
def missing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, request.param, None)


@pytest.mark.usefixtures("missing")
def test_torch_takes_over_where_a_package_is_missing() -> None:
    assert not has_onnx_runtime()
    assert isinstance(load_encoder(adapter=None), TorchEncoder)


def test_vectors_and_fingerprint_are_those_of_the_graph(
    made_adapter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = load_encoder(adapter=made_adapter)
    assert has_onnx_runtime()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    twin = load_encoder(adapter=made_adapter)
    assert isinstance(twin, TorchEncoder)
    assert (twin.name, twin.fingerprint) == (graph.name, graph.fingerprint)
    np.testing.assert_allclose(twin.encode(TEXTS), graph.encode(TEXTS), rtol=0, atol=1e-5)
    for found, expected in zip(twin.encode_passages(PASSAGES), graph.encode_passages(PASSAGES), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=2e-5)


def test_vectors_are_the_same_to_the_bit_alone_and_in_any_batch() -> None:
    twin = TorchEncoder.from_folder(*_built_in())
    np.testing.assert_array_equal(twin.encode(TEXTS)[2], twin.encode(TEXTS[2:3])[0])
    for passage, found in zip(PASSAGES, twin.encode_passages(PASSAGES), strict=True):
        np.testing.assert_array_equal(twin.encode_passages([passage])[0], found)


def _built_in() -> tuple[Path, str, str]:
    from coach.embedding.encoder import BUILT_IN, BUILT_IN_SHA256, built_in_folder

    return built_in_folder(), BUILT_IN, BUILT_IN_SHA256
