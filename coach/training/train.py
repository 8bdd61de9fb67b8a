"""Training: folds with writers held out, the model of all writers, and what is chosen on the folds.

Every fold and the final model is a step that leaves a file: a run that was stopped goes on where it was.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file
from sklearn.cluster import MiniBatchKMeans

from coach.embedding.adapter import Weights, merge, quantized, save_adapter
from coach.embedding.encoder import BUILT_IN, BUILT_IN_SHA256, built_in_folder
from coach.embedding.fingerprints import adapted_fingerprint, file_sha256
from coach.embedding.graph import LAYERS
from coach.embedding.token_encoder import load_tokenizer
from coach.packs import Pack
from coach.scoring.bank import Floats, Ints, ReferenceBank
from coach.scoring.pack_bank import question_references
from coach.statements.reading import Landmarks, Reading, landmarks, sigmoid, unit
from coach.statements.weights import FORMAT, Manifest, TrainedHead, adapter_path, save_head
from coach.training.calibration import Calibration, Unseen, calibrate
from coach.training.corpus import Corpus
from coach.training.data import TrainingData, check_training_data
from coach.training.examples import Example, ExampleMaker
from coach.training.fit import Fitting, Model, Recipe, References
from coach.training.network import FROZEN, Layers

FOLDS = 4
# The intent of passages that people said or wrote, for which nobody set out to write an answer.
PASSAGE = "human-passage"
# What an answer's statements are compared with to see whether it is unlike all that was learned from.
KNOWN = 256
# Examples that are read at a time.
AT_ONCE = 24

Progress = Callable[[str, int, int], None]


def fold_of(data: TrainingData) -> dict[str, int]:
    """The fold in which each writer, and each group of words to the grader, is held out.

    Writers of polished answers, of contrasts and of the rest are dealt in turn: each fold has some of all.
    """
    contrast = {row.writer for row in data.pairs} | {row.writer for row in data.singles}
    polished, people = polished_writers(data), {one.writer for one in data.graded if one.intent == PASSAGE}
    rest = {one.writer for one in data.graded} - contrast - polished - people
    found = {}
    for names in (polished, contrast, rest, people, set(data.to_grader.group.tolist())):
        # People's few writers begin with the second fold, where most others begin with the first.
        first = 1 if names is people else 0
        found.update({name: (first + place) % FOLDS for place, name in enumerate(sorted(names))})
    return found


def polished_writers(data: TrainingData) -> frozenset[str]:
    """Those who wrote answers with a set intent: graded answers in a polished register."""
    return frozenset(answer.writer for answer in data.graded if answer.intent not in ("", PASSAGE))


@dataclass(frozen=True)
class Fold:
    """A model that saw all but the `held_out` writers, and what it reads in theirs."""

    model: Model
    adapter: dict[str, np.ndarray]
    known: Floats
    unseen: list[Unseen]


class Training:
    """Trains for a pack; files of its steps lie in `folder`."""

    def __init__(
        self,
        pack: Pack,
        data: TrainingData,
        folder: Path,
        recipe: Recipe | None = None,
        people: frozenset[str] = frozenset(),
        progress: Progress = lambda what, done, total: None,
    ) -> None:
        """`people` are writers whose answers were said or written by people."""
        check_training_data(pack, data)
        self.pack, self._data, self._folder, self._progress = pack, data, folder, progress
        polished = polished_writers(data)
        self._recipe = recipe or Recipe(polished=polished)
        self._fold_of = fold_of(data)
        model = built_in_folder()
        self._weights: Weights = load_file(model / "model.safetensors")
        self.examples = ExampleMaker(pack).make(data, people)
        cues = np.concatenate([one.cues for one in self.examples])
        self._cues = cues.mean(axis=0), cues.std(axis=0) + np.float32(0.1)
        self._references = [one for question in pack.questions for one in question_references(question)]
        texts = [one.text for one in self._references] + [one.text for one in pack.questions]
        self._corpus = Corpus(self.examples, texts, load_tokenizer(model, BUILT_IN))
        folder.mkdir(parents=True, exist_ok=True)
        progress("reading", 0, 1)
        self._corpus.prepare(self._weights, folder / "frozen.npy")
        places = {dimension.id: place for place, dimension in enumerate(pack.dimensions)}
        self.expects: list[Ints] = [
            np.asarray([places[id] for id in question.expects], dtype=np.int64) for question in pack.questions
        ]

    def _landmarks(self, vectors: Floats) -> Landmarks:
        count = len(self._references)
        places = {dimension.id: place for place, dimension in enumerate(self.pack.dimensions)}
        of_question = [
            place for place, question in enumerate(self.pack.questions) for _ in question_references(question)
        ]
        nothing = vectors[:0]
        return landmarks(
            ReferenceBank(
                vectors=vectors[:count],
                dimension=np.asarray([places[one.dimension] for one in self._references]),
                depth=np.asarray([int(one.depth) for one in self._references]),
                question=np.asarray(of_question),
                harmful=nothing,
                safer=nothing,
                harmful_question=np.zeros(0, dtype=np.int64),
                questions=vectors[count:],
                dimensions=len(self.pack.dimensions),
            )
        )

    def _fitting(self) -> Fitting:
        expects = [places.tolist() for places in self.expects]
        references = References(self._corpus.texts, self._landmarks)
        return Fitting(self._corpus, references, self._weights, expects, self._cues, self._recipe)

    def fold(self, number: int | None) -> Fold:
        """The model with a fold's writers held out, None for that of all writers; trained where it is new."""
        held = [one for one in self.examples if self._fold_of.get(one.group, -1) == number]
        seen = [one for one in self.examples if number is None or self._fold_of.get(one.group, -1) != number]
        return self.model(
            "all" if number is None else f"fold-{number}", seen, held if number is not None else []
        )

    def model(self, name: str, seen: Sequence[Example], held: Sequence[Example]) -> Fold:
        """The model of that name, trained on examples `seen` where it is new; it reads those of `held`."""
        fitting = self._fitting()
        model = fitting.new()
        for number in range(len(self._recipe.rounds)):
            path = self._folder / f"{name}.{number}.pt"
            if path.is_file():
                kept = torch.load(path, weights_only=True)
                model.layers.load_state_dict(kept["layers"])
                model.heads.load_state_dict(kept["heads"])
                continue
            said = f"training {name}, round {number + 1}"
            fitting.fit(model, number, seen, self._progress, said)
            partial = path.with_suffix(".partial")
            torch.save({"layers": model.layers.state_dict(), "heads": model.heads.state_dict()}, partial)
            partial.replace(path)
        adapter = quantized(model.layers.changes(self._weights))
        # What is stored is a little coarser than what was trained: everything is read with what is stored.
        model.layers = Layers(merge(self._weights, adapter), FROZEN, LAYERS)
        model.heads.eval()
        for parameter in model.heads.parameters():
            parameter.data = parameter.data.half().float()
        known = self._known(fitting, model, seen)
        return Fold(model, adapter, known, self._read(fitting, model, held, known))

    def _known(self, fitting: Fitting, model: Model, seen: Sequence[Example]) -> Floats:
        """Centres (k, width) of the statements that were learned from."""
        graded = [one for one in seen if one.kind == "graded"]
        some = graded[:: max(1, len(graded) // 900)]
        vectors = np.concatenate([vectors for _, vectors in self._readings(fitting, model, some)])
        count = min(KNOWN, len(vectors))
        centres = (
            MiniBatchKMeans(count, random_state=0, n_init=1, batch_size=2048).fit(vectors).cluster_centers_
        )
        return unit(centres.astype(np.float32))

    def _readings(
        self, fitting: Fitting, model: Model, examples: Sequence[Example]
    ) -> list[tuple[Reading, Floats]]:
        marks = fitting.comparison(model)
        found: list[tuple[Reading, Floats]] = []
        with torch.no_grad():
            for start in range(0, len(examples), AT_ONCE):
                batch = examples[start : start + AT_ONCE]
                output, own, owner, _ = fitting.read(batch, [0] * len(batch), model, marks)
                whole = Reading(
                    sigmoid(output.depth.numpy()),
                    sigmoid(output.harm.numpy()),
                    sigmoid(output.attempt.numpy()),
                    output.fit.numpy(),
                    output.worth.numpy(),
                )
                places = owner.numpy()
                for place in range(len(batch)):
                    rows = np.flatnonzero(places == place)
                    found.append((whole.take(rows), own.numpy()[rows]))
        return found

    def _read(self, fitting: Fitting, model: Model, held: Sequence[Example], known: Floats) -> list[Unseen]:
        return [
            Unseen(example, reading, vectors, known)
            for example, (reading, vectors) in zip(held, self._readings(fitting, model, held), strict=True)
        ]

    def share(self, changed: Mapping[int, Example | None]) -> None:
        """Let examples that are changed copies of known ones, given by their ids, use the same passages."""
        for known, other in changed.items():
            if other is not None:
                self._corpus.divisions[id(other)] = self._corpus.divisions[known]
                self._corpus.alone[id(other)] = self._corpus.alone[known]

    def calibration(self, unseen: Sequence[Unseen]) -> Calibration:
        """What is chosen on examples that their models had not seen."""
        return calibrate(unseen, self.expects)

    def save(self, fold: Fold, calibration: Calibration, held_out: Sequence[str], path: Path) -> Manifest:
        """Write a model's weights, manifest and adapter."""
        adapter_file = adapter_path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        save_adapter(fold.adapter, adapter_file)
        packages = ("numpy", "safetensors", "scikit-learn", "tokenizers", "torch")
        manifest = Manifest(
            format=FORMAT,
            pack=str(self.pack),
            pack_sha256=self.pack.digest,
            encoder=BUILT_IN,
            encoder_sha256=adapted_fingerprint(BUILT_IN_SHA256, adapter_file),
            adapter_sha256=file_sha256(adapter_file),
            width=fold.known.shape[1],
            data=self._data.files,
            outside=self._data.outside,
            answers=len(self._data.graded),
            statements=int(sum(one.used.sum() for one in self.examples)),
            writers=self._data.writers,
            held_out=tuple(held_out),
            seed=self._recipe.seed,
            versions={name: version(name) for name in packages},
            agreement=calibration.agreement,
            cutoffs=calibration.cutoffs,
            marks=calibration.marks,
        )
        arrays = {name: value.numpy() for name, value in fold.model.heads.state_dict().items()}
        return save_head(TrainedHead(arrays, fold.known, *self._cues, manifest), path)

    def writers_of(self, number: int) -> list[str]:
        """Who is held out in a fold."""
        return sorted(name for name, fold in self._fold_of.items() if fold == number)


def train(
    training: Training, out: Path, folds: Path, numbers: Sequence[int] = tuple(range(FOLDS))
) -> Manifest:
    """Train the folds and the model of all writers, choose the cut-offs, and write everything.

    Each fold's own weights, for figures on writers that it had not seen, are written into `folds`; their
    cut-offs are chosen on the other folds' writers.
    """
    done = {number: training.fold(number) for number in numbers}
    for number, fold in done.items():
        others = [one for other, found in done.items() if other != number for one in found.unseen]
        calibration = training.calibration(others or fold.unseen)
        training.save(fold, calibration, training.writers_of(number), folds / f"weights-{number}.npz")
    (folds / "folds.json").write_text(
        json.dumps({name: number for number in numbers for name in training.writers_of(number)}, indent=1)
    )
    everything = [one for fold in done.values() for one in fold.unseen]
    return training.save(training.fold(None), training.calibration(everything), (), out)
