"""The encoder in ONNX Runtime: the vectors of sentence-transformers, without its start-up, from a checked graph."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer

from coach.embedding.encoder import BUILT_IN, BUILT_IN_SHA256, built_in_folder, load_encoder
from coach.embedding.fingerprints import file_sha256
from coach.embedding.onnx_encoder import OnnxEncoder
from coach.errors import EncoderError
from coach.packs import Pack

STATEMENTS = (
    "We compare what comes in with what the model was trained on.",
    "Without that, a shift shows weeks later, in complaints.",
    "um so yeah the owner signs it off",
    "",
    "A naïve café owner — 東京 — said: “no”.",
    "Nobody knows which data the model was trained on, so the run cannot be repeated by anybody.",
)
PASSAGES = (STATEMENTS[:3], STATEMENTS[2:5], STATEMENTS[4:], STATEMENTS[:1], (STATEMENTS[0], STATEMENTS[5]))


def loaded(adapter: Path | None = None) -> OnnxEncoder:
    return OnnxEncoder.from_folder(
        built_in_folder(), BUILT_IN, BUILT_IN_SHA256, adapter, notify=lambda text: None
    )


@pytest.fixture(scope="module")
def plain() -> OnnxEncoder:
    return loaded()


@pytest.fixture(scope="module")
def changed(made_adapter: Path) -> OnnxEncoder:
    return loaded(made_adapter)


@pytest.fixture(scope="module")
def texts(pack: Pack) -> list[str]:
    """Questions and references of the pack, every eighth of them."""
    found = [question.text for question in pack.questions]
    for question in pack.questions:
        found += [one.text for expected in question.expectations for one in expected.references]
    return [*found[::8], "", "drift " * 400]


def test_the_graph_gives_the_vectors_of_sentence_transformers(
    plain: OnnxEncoder, published: SentenceTransformer, texts: list[str]
) -> None:
    assert len(texts) > 80
    expected = published.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    np.testing.assert_allclose(plain.encode(texts), expected, rtol=0, atol=1e-5)


def test_so_it_does_with_an_adapter(
    changed: OnnxEncoder, plain: OnnxEncoder, adapted: SentenceTransformer, texts: list[str]
) -> None:
    some = [*texts[::4], *texts[-2:]]
    expected = adapted.encode(some, normalize_embeddings=True, show_progress_bar=False)
    found = changed.encode(some)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    assert np.abs(found - plain.encode(some)).max(axis=1).min() > 1e-2
    assert changed.fingerprint != plain.fingerprint == BUILT_IN_SHA256


def means_of_tokens(model: SentenceTransformer, passage: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Own and around of each statement, by masks over the hidden states of transformers."""
    parts = [model.tokenizer(text, add_special_tokens=False)["input_ids"] if text else [] for text in passage]
    ids = [101, *(token for part in parts for token in part), 102]
    owner = np.asarray([-1, *(place for place, part in enumerate(parts) for _ in part), len(parts)])
    with torch.no_grad():
        hidden = model[0].auto_model.eval()(input_ids=torch.tensor([ids])).last_hidden_state[0].numpy()
    around = [
        hidden[
            abs(owner - place)
            <= 1 + ((owner < 0) & (place == 1)) + ((owner == len(parts)) & (place == len(parts) - 2))
        ].mean(axis=0)
        for place in range(len(parts))
    ]
    own = [hidden[owner == place].mean(axis=0) if part else around[place] for place, part in enumerate(parts)]
    return np.asarray(own), np.asarray(around)


def test_vectors_of_a_passage_are_means_over_its_tokens(
    plain: OnnxEncoder, changed: OnnxEncoder, published: SentenceTransformer, adapted: SentenceTransformer
) -> None:
    for encoder, model in ((plain, published), (changed, adapted)):
        for passage, (own, around) in zip(PASSAGES, encoder.encode_passages(PASSAGES), strict=True):
            assert own.shape == around.shape == (len(passage), 384)
            assert own.dtype == around.dtype == np.float32
            expected = means_of_tokens(model, passage)
            np.testing.assert_allclose(own, expected[0], rtol=0, atol=2e-5)
            np.testing.assert_allclose(around, expected[1], rtol=0, atol=2e-5)


def test_vectors_are_the_same_to_the_bit_alone_and_in_any_batch(plain: OnnxEncoder, texts: list[str]) -> None:
    together = plain.encode(texts)
    for place in range(0, len(texts), 7):
        np.testing.assert_array_equal(plain.encode([texts[place]])[0], together[place])
    np.testing.assert_array_equal(plain.encode(texts[::-1])[::-1], together)


def test_so_are_those_of_passages(changed: OnnxEncoder, texts: list[str]) -> None:
    passages = [*PASSAGES, *(texts[start : start + 3] for start in range(0, 60, 3)), *PASSAGES]
    for passage, found in zip(passages, changed.encode_passages(passages), strict=True):
        (alone,) = changed.encode_passages([passage])
        np.testing.assert_array_equal(alone, found)


@pytest.mark.parametrize("length", [2, 3, 7, 16, 31, 64, 160])
def test_rows_of_a_batch_do_not_touch_each_other(length: int, plain: OnnxEncoder) -> None:
    ids = np.random.default_rng(length).integers(1000, 30000, (9, length))
    together = plain._hidden(ids)
    for row in range(len(ids)):
        np.testing.assert_array_equal(plain._hidden(ids[row : row + 1])[0], together[row])


def test_nothing_gives_nothing(plain: OnnxEncoder) -> None:
    assert plain.encode([]).shape == (0, 384)
    assert plain.encode_passages([]) == []
    (own, around), (alone, _) = plain.encode_passages([[], ["One."]])
    assert own.shape == around.shape == (0, 384)
    assert alone.shape == (1, 384)


def test_blank_statements_have_vectors(plain: OnnxEncoder) -> None:
    (found,) = plain.encode_passages([["", " \n", "\x00"]])
    assert np.isfinite(found).all()
    assert np.isfinite(plain.encode(["", " "])).all()


def test_a_long_statement_is_read_up_to_its_share(plain: OnnxEncoder) -> None:
    short, long = "It drifts.", "drift " * 300
    ((own, _), (cut, _), (other, _)) = plain.encode_passages(
        [[long, short], [long + "and then the owner signs it off", short], ["shift " * 300, short]]
    )
    assert np.isfinite(own).all()
    np.testing.assert_array_equal(own, cut)
    assert np.abs(own - other).max() > 0.1


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COACH_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_graph_is_built_once_and_that_is_said(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    first = load_encoder(adapter=None).encode(["One sentence."])
    said = capfd.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert "building" in line
    assert str(folder) in line
    again = load_encoder(adapter=None).encode(["One sentence."])
    assert capfd.readouterr() == ("", "")
    np.testing.assert_array_equal(first, again)
    graph, beside = sorted(folder.iterdir())
    assert (graph.suffix, beside.suffix) == (".onnx", ".sha256")
    assert beside.read_text(encoding="ascii").split() == [file_sha256(graph)]


def test_another_adapter_has_a_graph_of_its_own(folder: Path, made_adapter: Path) -> None:
    loaded()
    loaded(made_adapter)
    assert len(list(folder.glob("*.onnx"))) == 2


def test_a_damaged_graph_is_refused_with_both_hashes(folder: Path) -> None:
    loaded()
    (graph,) = folder.glob("*.onnx")
    expected = file_sha256(graph)
    content = bytearray(graph.read_bytes())
    content[-1000] ^= 1
    graph.write_bytes(content)
    with pytest.raises(EncoderError) as error:
        loaded()
    for part in (str(graph), expected, file_sha256(graph), "delete it"):
        assert part in str(error.value)
    assert "\n" not in str(error.value)
    graph.unlink()
    assert loaded().encode(["One."]).shape == (1, 384)
    assert file_sha256(graph) == expected


@pytest.mark.parametrize("missing", ["*.onnx", "*.sha256"])
def test_a_graph_that_was_not_finished_is_built_again(missing: str, folder: Path) -> None:
    loaded()
    (path,) = folder.glob(missing)
    path.unlink()
    said: list[str] = []
    OnnxEncoder.from_folder(built_in_folder(), BUILT_IN, BUILT_IN_SHA256, notify=said.append)
    assert len(said) == 1
    assert path.is_file()


def test_a_graph_that_the_runtime_cannot_load_is_refused(folder: Path) -> None:
    loaded()
    (graph,) = folder.glob("*.onnx")
    graph.write_bytes(b"no graph")
    graph.with_suffix(".sha256").write_text(file_sha256(graph), encoding="ascii")
    with pytest.raises(EncoderError, match="cannot load") as error:
        loaded()
    assert str(graph) in str(error.value)


def test_a_folder_that_cannot_be_written_costs_only_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain: OnnxEncoder
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("COACH_CACHE_DIR", str(tmp_path / "file" / "cache"))
    np.testing.assert_array_equal(loaded().encode(STATEMENTS), plain.encode(STATEMENTS))


SCRIPT = """
import hashlib, sys
from coach.embedding.encoder import load_encoder
encoder = load_encoder(adapter=None)
print(hashlib.sha256(encoder.encode(["One sentence.", "Another."]).tobytes()).hexdigest())
(own, _), = encoder.encode_passages([["One sentence.", "Another."]])
print(*sorted({"torch", "transformers", "sentence_transformers"} & set(sys.modules)))
"""


def test_two_processes_may_build_it_at_once(folder: Path) -> None:
    """Both find or build the same graph, leave nothing beside it, and load no library that is slow to import."""
    environment = {**os.environ, "COACH_CACHE_DIR": str(folder)}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    (one, first), (other, second) = (process.communicate(timeout=120) for process in started)
    assert [process.returncode for process in started] == [0, 0], first + second
    assert one == other
    assert one.split("\n", 1)[1].strip() == ""
    assert "building" in first + second
    graph, beside = sorted(folder.iterdir())
    assert beside.read_text(encoding="ascii").strip() == file_sha256(graph)


def test_a_tokenizer_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").symlink_to(built_in_folder() / "model.safetensors")
    with pytest.raises(EncoderError, match=r"tokenizer\.json"):
        OnnxEncoder.from_folder(tmp_path, BUILT_IN, BUILT_IN_SHA256)


def test_weights_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(EncoderError, match=r"model\.safetensors cannot be read"):
        OnnxEncoder.from_folder(tmp_path, BUILT_IN, notify=lambda text: None)
