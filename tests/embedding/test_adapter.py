"""The adapter: small, near to what it stores, and refused where it does not fit."""

from pathlib import Path

import numpy as np
import pytest

from coach.embedding.adapter import load_adapter, merge, quantized, save_adapter
from coach.embedding.fingerprints import adapted_fingerprint
from coach.errors import EncoderError

MATRIX = "encoder.layer.5.output.dense.weight"
BIAS = "encoder.layer.5.output.dense.bias"
BASE = {
    MATRIX: np.ones((2, 3), dtype=np.float32),
    BIAS: np.ones(2, dtype=np.float32),
    "embeddings.word_embeddings.weight": np.ones((2, 3), dtype=np.float32),
}


def test_changes_are_added_to_the_weights_that_they_name() -> None:
    adapter = {
        f"{MATRIX}.q": np.asarray([[1, -2, 127], [0, 0, -127]], dtype=np.int8),
        f"{MATRIX}.s": np.asarray([0.5, 0.01], dtype=np.float32),
        BIAS: np.asarray([0.25, -1], dtype=np.float32),
    }
    merged = merge(BASE, adapter)
    np.testing.assert_allclose(merged[MATRIX], [[1.5, 0, 64.5], [1, 1, -0.27]], rtol=1e-6)
    np.testing.assert_array_equal(merged[BIAS], [1.25, 0])
    np.testing.assert_array_equal(BASE[MATRIX], 1)
    assert {array.dtype for array in merged.values()} == {np.dtype(np.float32)}
    assert merge(BASE, {}) == BASE


def test_what_is_stored_is_within_half_a_step_of_what_was_trained() -> None:
    random = np.random.default_rng(1)
    matrix = random.normal(size=(40, 30)).astype(np.float32) * np.logspace(-6, 1, 40)[:, None].astype(
        np.float32
    )
    matrix[3] = 0
    adapter = quantized({MATRIX: matrix, BIAS: matrix[0]})
    assert {key: array.dtype.name for key, array in adapter.items()} == {
        f"{MATRIX}.q": "int8",
        f"{MATRIX}.s": "float32",
        BIAS: "float32",
    }
    zero = {MATRIX: np.zeros_like(matrix), BIAS: np.zeros_like(matrix[0])}
    stored = merge(zero, adapter)
    step = np.abs(matrix).max(axis=1, keepdims=True) / 127
    assert (np.abs(stored[MATRIX] - matrix) <= step * 0.5001).all()
    np.testing.assert_array_equal(stored[BIAS], matrix[0])


def test_a_file_holds_the_adapter_and_repeats(tmp_path: Path) -> None:
    adapter = quantized({MATRIX: np.eye(2, 3, dtype=np.float32), BIAS: np.ones(2, dtype=np.float32)})
    one, other = tmp_path / "one.npz", tmp_path / "other.npz"
    save_adapter(adapter, one)
    save_adapter(dict(reversed(adapter.items())), other)
    assert one.read_bytes() == other.read_bytes()
    read = load_adapter(one)
    assert read.keys() == adapter.keys()
    for key, array in adapter.items():
        np.testing.assert_array_equal(read[key], array)
    assert load_adapter(None) == {}


@pytest.mark.parametrize(
    "adapter",
    [
        {"encoder.layer.7.output.dense.bias": np.ones(2, dtype=np.float32)},
        {"embeddings.word_embeddings.weight": np.ones((2, 3), dtype=np.float32)},
        {BIAS: np.ones(3, dtype=np.float32)},
        {f"{MATRIX}.q": np.ones((2, 3), dtype=np.int8)},
        {f"{MATRIX}.s": np.ones(2, dtype=np.float32)},
        {f"{MATRIX}.q": np.ones((2, 3), dtype=np.int8), f"{MATRIX}.s": np.ones(3, dtype=np.float32)},
        {f"{MATRIX}.q": np.ones((3, 2), dtype=np.int8), f"{MATRIX}.s": np.ones(3, dtype=np.float32)},
    ],
)
def test_an_adapter_that_does_not_fit_is_refused(adapter: dict[str, np.ndarray]) -> None:
    with pytest.raises(EncoderError, match="train it again"):
        merge(BASE, adapter)


@pytest.mark.parametrize("content", [b"", b"damaged", b"PK\x03\x04 damaged", b"\x93NUMPY\x01\x00"])
def test_a_damaged_file_is_refused_by_name(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "adapter.npz"
    path.write_bytes(content)
    with pytest.raises(EncoderError, match=r"adapter.npz: cannot be read"):
        load_adapter(path)


def test_a_single_array_is_no_adapter(tmp_path: Path) -> None:
    with (tmp_path / "adapter.npz").open("wb") as file:
        np.save(file, np.ones(3))
    with pytest.raises(EncoderError, match=r"adapter.npz: cannot be read"):
        load_adapter(tmp_path / "adapter.npz")


def test_a_cut_file_is_refused(made_adapter: Path, tmp_path: Path) -> None:
    whole = made_adapter.read_bytes()
    path = tmp_path / "adapter.npz"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(EncoderError, match="cannot be read"):
        load_adapter(path)
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 255
    path.write_bytes(flipped)
    with pytest.raises(EncoderError, match="cannot be read"):
        load_adapter(path)


def test_the_fingerprint_is_of_both_weights_and_adapter(tmp_path: Path) -> None:
    one, other = tmp_path / "one.npz", tmp_path / "other.npz"
    one.write_bytes(b"one")
    other.write_bytes(b"other")
    base = "ab" * 32
    assert adapted_fingerprint(base, None) == base
    found = {
        adapted_fingerprint(base, one),
        adapted_fingerprint(base, other),
        adapted_fingerprint("cd" * 32, one),
    }
    assert len(found | {base}) == 4
    assert all(len(one) == 64 and int(one, 16) for one in found)
    with pytest.raises(EncoderError, match="nowhere.npz"):
        adapted_fingerprint(base, tmp_path / "nowhere.npz")
