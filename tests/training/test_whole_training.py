"""A whole training, tiny: it can be resumed, repeats itself, and what it writes scores as it was measured."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from made_data import CONTRAST, PLAIN, POLISHED, made_training_data

from coach.embedding.adapter import load_adapter
from coach.embedding.encoder import load_encoder
from coach.packs import Pack
from coach.resources import default_pack_dir, manipulation_file
from coach.statements.scorer import load_scorer
from coach.statements.weights import Manifest, adapter_path, load_head
from coach.training.data import TrainingData, load_training_data
from coach.training.examples import Example
from coach.training.fit import Fitting, Recipe, Round
from coach.training.train import FOLDS, Training, fold_of, polished_writers, train

# Two folds of the four, each of which holds somebody of every kind.
NUMBERS = (0, 1)


class Trained(NamedTuple):
    """What a tiny training left."""

    pack: Pack
    data: TrainingData
    folder: Path
    out: Path
    manifest: Manifest
    seen: dict[str, set[str]]


def recipe(data: TrainingData) -> Recipe:
    return Recipe(rounds=(Round(1, 1.0, {}, 1.0),), polished=polished_writers(data))


def training(pack: Pack, data: TrainingData, folder: Path) -> Training:
    return Training(pack, data, folder, recipe(data))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    folder = tmp_path_factory.mktemp("trained")
    pack, data = made_training_data(folder)
    seen: dict[str, set[str]] = {}
    fit = Fitting.fit

    def watched(self: Fitting, model: object, number: int, examples: list[Example], *rest: object) -> None:
        seen[str(rest[-1])] = {one.group for one in examples}
        fit(self, model, number, examples, *rest)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Fitting, "fit", watched)
        out = folder / "out" / "weights.npz"
        manifest = train(training(pack, data, folder / "folds"), out, folder / "folds", NUMBERS)
    yield Trained(pack, data, folder / "folds", out, manifest, seen)


def test_everything_is_written_with_its_manifest(trained: Trained) -> None:
    head = load_head(trained.out)
    assert head.manifest == trained.manifest
    assert trained.manifest.pack_sha256 == trained.pack.digest
    assert trained.manifest.writers == trained.data.writers
    assert (trained.manifest.answers, trained.manifest.held_out) == (24, ())
    assert trained.manifest.data == trained.data.files
    assert head.known.shape[1] == trained.manifest.width == 384
    assert set(trained.manifest.agreement) >= {"overall_kappa", "dimensions_kappa"}
    assert adapter_path(trained.out).stat().st_size < 8_000_000
    # Something was learned, in the upper layers alone.
    changes = load_adapter(adapter_path(trained.out))
    assert {int(name.split(".")[2]) for name in changes} == {3, 4, 5}
    assert all(np.abs(value).max() > 0 for name, value in changes.items() if name.endswith("dense.weight.s"))


def test_each_fold_has_weights_that_never_saw_its_writers(trained: Trained) -> None:
    folds = json.loads((trained.folder / "folds.json").read_text(encoding="utf-8"))
    writers = {"pa", "ra", "ca"}, {"pb", "rb", "cb"}
    for number in NUMBERS:
        held = {name for name, fold in folds.items() if fold == number}
        assert writers[number] <= held
        (seen,) = (groups for what, groups in trained.seen.items() if f"fold-{number}" in what)
        assert not seen & held
        assert seen | held >= {*POLISHED, *PLAIN, *CONTRAST, "pack"}
        path = trained.folder / f"weights-{number}.npz"
        manifest = load_head(path).manifest
        assert set(manifest.held_out) == held
        assert manifest.weights_sha256 != trained.manifest.weights_sha256
        assert adapter_path(path).is_file()
    (every,) = (groups for what, groups in trained.seen.items() if "all" in what)
    assert every >= {*POLISHED, *PLAIN, *CONTRAST, "pack"}


def test_a_second_run_goes_on_where_the_first_one_was(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fold whose step is missing is trained again, to the same bytes; the others are read."""
    (kept,) = trained.folder.glob("fold-1*.pt")
    kept.unlink()
    told: list[str] = []
    fit = Fitting.fit

    def watched(self: Fitting, *given: object) -> None:
        told.append(str(given[-1]))
        fit(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Fitting, "fit", watched)
    out = trained.out.with_name("weights-again.npz")
    before = (trained.folder / "weights-1.npz").read_bytes()
    again = train(training(trained.pack, trained.data, trained.folder), out, trained.folder, NUMBERS)
    assert len(told) == 1 and "fold-1" in told[0]
    assert out.read_bytes() == trained.out.read_bytes()
    assert adapter_path(out).read_bytes() == adapter_path(trained.out).read_bytes()
    assert again == trained.manifest
    assert (trained.folder / "weights-1.npz").read_bytes() == before
    assert len(list(trained.folder.glob("frozen*.npy"))) == 1
    assert not list(trained.folder.glob("*.partial"))


def test_what_is_scored_is_what_was_measured(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights of a fold, loaded as any weights are, read its writers' answers as training did."""
    path = trained.folder / "weights-0.npz"
    scorer = load_scorer(trained.pack, load_encoder(adapter=adapter_path(path)), path)
    monkeypatch.setattr(Fitting, "fit", None)
    fold = training(trained.pack, trained.data, trained.folder).fold(0)
    texts = {one.id: one for one in trained.data.graded}
    compared = 0
    for one in fold.unseen:
        # Longer answers are divided in other ways.
        if one.example.kind != "graded" or len(one.example.statements) > 3:
            continue
        answer = texts[one.example.id]
        found = scorer.examine(answer.answer, trained.pack.question(answer.question))
        assert [text.text for text in found.scored] == [text.text for text in one.example.statements]
        assert found.reading is not None
        for name in ("depth", "harm", "attempt"):
            wanted = getattr(one.reading, name)
            np.testing.assert_allclose(getattr(found.reading, name), wanted, atol=0.01, err_msg=name)
        np.testing.assert_allclose(found.reading.fit, one.reading.fit, atol=0.05)
        np.testing.assert_allclose(found.reading.worth, one.reading.worth, atol=0.01)
        compared += 1
    assert compared >= 5


@pytest.fixture(scope="module")
def shipped_data() -> TrainingData:
    return load_training_data(default_pack_dir(), manipulation_file())


def test_every_writer_is_held_out_in_exactly_one_fold(shipped_data: TrainingData) -> None:
    found = fold_of(shipped_data)
    assert set(found) == {*shipped_data.writers, *shipped_data.to_grader.group.tolist()}
    assert set(found.values()) == set(range(FOLDS)) == {0, 1, 2, 3}


def test_each_fold_holds_out_some_of_every_kind(shipped_data: TrainingData) -> None:
    found = fold_of(shipped_data)
    polished = polished_writers(shipped_data)
    contrast = {row.writer for row in (*shipped_data.pairs, *shipped_data.singles)}
    rest = {row.writer for row in shipped_data.graded} - polished - contrast
    assert polished == set("abefghijk")
    attempts = zip(
        shipped_data.to_grader.group.tolist(), shipped_data.to_grader.attempt.tolist(), strict=True
    )
    by_kind = {
        "polished": polished,
        "contrast": contrast,
        "rest": rest,
        "attempts": {group for group, attempt in attempts if attempt},
    }
    for kind, writers in by_kind.items():
        assert {found[writer] for writer in writers} == {0, 1, 2, 3}, kind


def test_people_are_no_polished_writers_and_stand_in_folds_of_their_own(shipped_data: TrainingData) -> None:
    people = [
        one.model_copy(update={"id": f"w{number}", "writer": f"w{number}", "intent": "human-passage"})
        for number, one in enumerate(shipped_data.graded[:3])
    ]
    data = TrainingData(
        graded=(*shipped_data.graded, *people),
        pairs=shipped_data.pairs,
        singles=shipped_data.singles,
        others=(),
        to_grader=shipped_data.to_grader,
        files={},
        outside=(),
    )
    assert polished_writers(data) == polished_writers(shipped_data)
    found = fold_of(data)
    assert len({found["w0"], found["w1"], found["w2"]}) == 3
    # Nobody else is moved by their coming.
    assert {name: fold for name, fold in found.items() if name not in ("w0", "w1", "w2")} == fold_of(
        shipped_data
    )
