"""The training set: graded answers as pieces, embeddings, figures and targets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from coach.domain import Question
from coach.scoring.assembly import RawFeatures, raw_features
from coach.scoring.bank import Floats, GradedBank, Ints, ReferenceBank, stored
from coach.scoring.cues import cues
from coach.scoring.features import (
    GRADED_COLUMNS,
    GRADED_SHARED_COLUMNS,
    PieceFeatures,
    graded_features,
    reference_features,
)
from coach.scoring.graded import GradedAnswer, Span
from coach.scoring.substance import Piece, pieces
from coach.scoring.variants import Variant

# A piece is evidence where a labelled span covers at least half of the shorter of the two.
OVERLAP = 0.5


@dataclass(frozen=True)
class TrainingSet:
    """n pieces of a answers in d dimensions, in the answers' order.

    `owner` (n,) is each piece's answer; `vectors` (n, width); `cues` (n, c); `piece_depth` (n, d) and
    `piece_harm` (n,) are targets of pieces, `depth` (a, d), `overall` (a,) and `reasoning` (a,) of
    answers. `depth` is what the answer reaches without its tool names. `expected` is (a, d).
    The first `originals` answers are as graded, the others are variants; the weights are 0 where nothing is
    known of a target: `depth_weight` (a, d), `marks_weight` (a,), `piece_weight` (n, d), `harm_weight` (n,).
    """

    answers: tuple[GradedAnswer, ...]
    pieces: tuple[tuple[Piece, ...], ...]
    owner: Ints
    vectors: Floats
    cues: Floats
    piece_depth: Floats
    piece_harm: Floats
    depth: Floats
    overall: Floats
    reasoning: Floats
    expected: Floats
    question: Ints
    writer: Ints
    originals: int
    depth_weight: Floats
    marks_weight: Floats
    piece_weight: Floats
    harm_weight: Floats

    @property
    def bounds(self) -> list[tuple[int, int]]:
        """First and last (exclusive) piece of each answer."""
        ends = np.cumsum(np.bincount(self.owner, minlength=len(self.answers)))
        return [(int(end) - len(found), int(end)) for end, found in zip(ends, self.pieces, strict=True)]

    def without(self, dimension: int) -> "TrainingSet":
        """The same answers with nothing known of one dimension: no label, no evidence, no weight."""

        def emptied(values: Floats) -> Floats:
            rest = values.copy()
            rest[:, dimension] = 0
            return rest

        return replace(
            self,
            depth=emptied(self.depth),
            depth_weight=emptied(self.depth_weight),
            piece_depth=emptied(self.piece_depth),
            piece_weight=emptied(self.piece_weight),
        )

    @property
    def piece_writer(self) -> Ints:
        """Who wrote each piece."""
        return self.writer[self.owner]


def training_set(
    answers: Sequence[GradedAnswer],
    changed: Sequence[Variant],
    questions: Sequence[Question],
    dimensions: Sequence[str],
    names: Callable[[str], Sequence[Span]],
    encode: Callable[[list[str]], Floats],
    addresses_grader: Callable[[Sequence[str], Floats], NDArray[np.bool_]],
) -> TrainingSet:
    """Divide, encode and label `answers` and their `changed` variants.

    Those of which nothing is left to score are left out. `names` says where tool names stand in a text,
    `addresses_grader` which pieces of one answer, by their texts and embeddings (n, width), are left out.
    """
    by_id = {question.id: index for index, question in enumerate(questions)}
    place = {dimension: index for index, dimension in enumerate(dimensions)}
    given = [(answer, None) for answer in answers] + [(variant.labelled(), variant) for variant in changed]
    every = [
        scored_pieces(pieces(answer.answer, names(answer.answer), questions[by_id[answer.question]].text))
        for answer, _ in given
    ]
    encoded = encode([piece.text for found in every for piece in found])
    examples: list[_Example] = []
    names_only: dict[str, list[int]] = {}
    at = 0
    for (answer, variant), found in zip(given, every, strict=True):
        of_answer = encoded[at : at + len(found)]
        at += len(found)
        honest = (
            ~addresses_grader([piece.text for piece in found], of_answer)
            if found
            else np.zeros(0, dtype=np.bool_)
        )
        if honest.any():
            kept = tuple(piece for piece, keep in zip(found, honest, strict=True) if keep)
            examples.append(_example(answer, variant, kept, of_answer[honest], place, names_only))
    kept_answers = tuple(example.answer for example in examples)
    flat = [piece for example in examples for piece in example.pieces]
    writers = sorted({answer.writer for answer in answers})
    expected = np.zeros((len(examples), len(dimensions)), dtype=np.float32)
    for row, answer in enumerate(kept_answers):
        for dimension in questions[by_id[answer.question]].expects:
            expected[row, place[dimension]] = 1
    return TrainingSet(
        answers=kept_answers,
        pieces=tuple(example.pieces for example in examples),
        owner=np.repeat(np.arange(len(examples)), [len(example.pieces) for example in examples]),
        vectors=np.concatenate([example.vectors for example in examples]),
        cues=np.stack([cues(piece.text) for piece in flat]),
        piece_depth=np.concatenate([example.piece_depth for example in examples]),
        piece_harm=np.concatenate([example.piece_harm for example in examples]),
        depth=np.stack([example.depth for example in examples]),
        overall=np.asarray([answer.labels.overall for answer in kept_answers], dtype=np.float32),
        reasoning=np.asarray([answer.labels.reasoning for answer in kept_answers], dtype=np.float32),
        expected=expected,
        question=np.asarray([by_id[answer.question] for answer in kept_answers]),
        writer=np.asarray([writers.index(answer.writer) for answer in kept_answers]),
        originals=sum(example.variant is None for example in examples),
        depth_weight=np.stack([example.depth_weight for example in examples]),
        marks_weight=np.asarray([example.marks_known for example in examples], dtype=np.float32),
        piece_weight=np.concatenate([example.piece_weight for example in examples]),
        harm_weight=np.concatenate([example.harm_weight for example in examples]),
    )


@dataclass(frozen=True)
class _Example:
    """One answer or variant to learn from: its pieces, embeddings, targets and what is known of it."""

    answer: GradedAnswer
    variant: Variant | None
    pieces: tuple[Piece, ...]
    vectors: Floats
    depth: Floats
    piece_depth: Floats
    piece_harm: Floats
    depth_weight: Floats

    @property
    def marks_known(self) -> bool:
        return self.variant is None or self.variant.overall is not None

    @property
    def piece_weight(self) -> Floats:
        """Of a variant only those pieces are known that are evidence for nothing."""
        known = np.ones(len(self.pieces), dtype=np.float32) if self.variant is None else self._nothing
        return np.repeat(known[:, None], self.piece_depth.shape[1], axis=1)

    @property
    def harm_weight(self) -> Floats:
        """Of a denial it is not known whether it is harmful, nor of what a variant leaves as it was."""
        if self.variant is None or self.variant.kind in ("harmed", "keywords"):
            return np.ones(len(self.pieces), dtype=np.float32)
        return (
            self._nothing if self.variant.kind == "padded" else np.zeros(len(self.pieces), dtype=np.float32)
        )

    @property
    def _nothing(self) -> Floats:
        spans = () if self.variant is None else self.variant.nothing
        return np.asarray([_covered(piece, spans) for piece in self.pieces], dtype=np.float32)


def _example(
    answer: GradedAnswer,
    variant: Variant | None,
    found: tuple[Piece, ...],
    vectors: Floats,
    place: dict[str, int],
    names_only: dict[str, list[int]],
) -> _Example:
    """Targets of one answer; `names_only` collects, by answer, the dimensions that only names earned."""
    depth = np.zeros(len(place), dtype=np.float32)
    piece_depth = np.zeros((len(found), len(place)), dtype=np.float32)
    for dimension, label in answer.labels.dimensions.items():
        column = place[dimension]
        rows = [index for index, piece in enumerate(found) if _covered(piece, label.evidence)]
        piece_depth[rows, column] = label.depth
        depth[column] = label.depth
        # What only tool names earned is not in the substance: it is credited from the names.
        if variant is None and label.depth <= 1 and label.evidence and not rows:
            names_only.setdefault(answer.id, []).append(column)
    depth[names_only.get(answer.id, [])] = 0
    weight = np.ones(len(place), dtype=np.float32)
    if variant is not None:
        weight[[place[dimension] for dimension in variant.open_dimensions]] = 0
    harm = np.asarray([_covered(piece, answer.labels.harmful) for piece in found], dtype=np.float32)
    return _Example(answer, variant, found, vectors, depth, piece_depth, harm, weight)


def scored_pieces(found: Sequence[Piece]) -> tuple[Piece, ...]:
    """The pieces that are scored: those with substance, or where there are none, what stands beside names."""
    substance = tuple(piece for piece in found if piece.kind == "substance")
    return substance or tuple(piece for piece in found if piece.kind == "names" and piece.text)


def graded_bank(data: TrainingSet, projection: Floats, chosen: Ints) -> GradedBank:
    """The chosen pieces as a bank, its vectors rounded as they are stored."""
    owner = data.owner[chosen]
    return GradedBank(
        projection=projection,
        vectors=stored(data.vectors[chosen] @ projection),
        depth=data.piece_depth[chosen],
        harmful=data.piece_harm[chosen],
        overall=data.overall[owner] / np.float32(5),
        reasoning=data.reasoning[owner] / np.float32(3),
        writer=data.writer[owner],
    )


def raw_training_features(
    data: TrainingSet, of_references: PieceFeatures, bank: GradedBank, held_out: int | None
) -> RawFeatures:
    """Figures of all pieces; no piece sees its own writer in the bank, nor anyone the held-out writer."""
    projected = data.vectors @ bank.projection
    seen = [] if held_out is None else [held_out]
    columns = np.zeros((len(projected), bank.depth.shape[1], GRADED_COLUMNS), dtype=np.float32)
    shared = np.zeros((len(projected), GRADED_SHARED_COLUMNS), dtype=np.float32)
    for writer in np.unique(data.writer):
        rows = data.piece_writer == writer
        found = graded_features(projected[rows], bank.without(int(writer), *seen))
        columns[rows], shared[rows] = found.by_dimension, found.shared
    parts = [
        raw_features(
            PieceFeatures(of_references.by_dimension[start:end], of_references.shared[start:end]),
            PieceFeatures(columns[start:end], shared[start:end]),
            data.cues[start:end],
        )
        for start, end in data.bounds
    ]
    return RawFeatures(
        near=np.concatenate([part.near for part in parts]),
        shared=np.concatenate([part.shared for part in parts]),
        graded=True,
    )


def all_reference_features(data: TrainingSet, references: ReferenceBank) -> PieceFeatures:
    """Nearness of every piece to the written references."""
    parts = [
        reference_features(data.vectors[start:end], references, int(data.question[row]))
        for row, (start, end) in enumerate(data.bounds)
    ]
    return PieceFeatures(
        by_dimension=np.concatenate([part.by_dimension for part in parts]),
        shared=np.concatenate([part.shared for part in parts]),
    )


def _covered(piece: Piece, spans: Sequence[Span]) -> bool:
    for start, end in spans:
        shared = min(end, piece.end) - max(start, piece.start)
        if shared > OVERLAP * min(end - start, piece.end - piece.start):
            return True
    return False
