"""Embeddings that are kept between runs: made once for each model and texts, and never trusted when damaged."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from coach.embedding.vector_cache import cache_folder, encode_once

TEXTS = ("one", "two", "three")


class Counting:
    """An encoder that counts its calls."""

    name = "counting"

    def __init__(self, fingerprint: str = "f1") -> None:
        self.fingerprint = fingerprint
        self.calls = 0

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Lengths as vectors."""
        self.calls += 1
        return np.asarray([[len(text), self.calls] for text in texts], dtype=np.float32)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COACH_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_same_texts_are_encoded_once(folder: Path) -> None:
    first, second = Counting(), Counting()
    np.testing.assert_array_equal(encode_once(first, TEXTS), encode_once(second, TEXTS))
    assert (first.calls, second.calls) == (1, 0)
    assert [path.suffix for path in folder.iterdir()] == [".npy"]


@pytest.mark.parametrize(
    "texts", [("one", "two"), ("two", "one", "three"), ("onetwo", "three"), ("one", "two", "three", "")]
)
@pytest.mark.usefixtures("folder")
def test_other_texts_are_not_mistaken_for_them(texts: tuple[str, ...]) -> None:
    encoder = Counting()
    encode_once(encoder, TEXTS)
    assert len(encode_once(encoder, texts)) == len(texts)
    assert encoder.calls == 2


@pytest.mark.usefixtures("folder")
def test_another_model_is_not_mistaken_for_it() -> None:
    encode_once(Counting("f1"), TEXTS)
    other = Counting("f2")
    encode_once(other, TEXTS)
    assert other.calls == 1


@pytest.mark.parametrize("content", [b"", b"damaged", b"\x93NUMPY\x01\x00"])
def test_a_damaged_file_is_made_again(content: bytes, folder: Path) -> None:
    encoder = Counting()
    encode_once(encoder, TEXTS)
    (path,) = folder.iterdir()
    path.write_bytes(content)
    assert encode_once(encoder, TEXTS).shape == (3, 2)
    assert encoder.calls == 2
    np.testing.assert_array_equal(encode_once(encoder, TEXTS)[:, 1], [2, 2, 2])
    assert encoder.calls == 2


def test_an_array_of_another_shape_is_made_again(folder: Path) -> None:
    encoder = Counting()
    encode_once(encoder, TEXTS)
    (path,) = folder.iterdir()
    np.save(path, np.zeros((2, 2), dtype=np.float16))
    assert encode_once(encoder, TEXTS).shape == (3, 2)
    assert encoder.calls == 2


def test_a_folder_that_cannot_be_made_costs_only_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("COACH_CACHE_DIR", str(tmp_path / "file" / "cache"))
    encoder = Counting()
    assert encode_once(encoder, TEXTS).shape == (3, 2)
    assert encode_once(encoder, TEXTS).shape == (3, 2)
    assert encoder.calls == 2


def test_the_folder_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COACH_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "mlops-answer-coach"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / ".cache" / "mlops-answer-coach"
