"""Batch scoring: a scorer that prepares many answers at once, so that each alone costs little."""

from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np

from coach.domain import Answer, Question, ToolMention
from coach.embedding.encoder import Encoder
from coach.packs import Pack
from coach.scoring.assembly import Figures
from coach.scoring.bank import Floats, ReferenceBank
from coach.scoring.cues import cues
from coach.scoring.features import PieceFeatures, graded_features, reference_features
from coach.scoring.manipulation import ManipulationBank
from coach.scoring.scorer import Scorer, load_scorer, manipulation_bank
from coach.scoring.substance import pieces
from coach.scoring.weights import TrainedHead
from coach.text.lexicon import Lexicon
from coach.text.masking import mask_text

# Embeddings of the pack's own pieces (safer practices, references) are kept for good, up to this many.
KEPT = 5_000
# Nearness to the references by dimension and shared, the same to the graded pieces, and lexical cues.
_PieceRow = tuple[Floats, Floats, Floats | None, Floats | None, Floats]


class BatchEncoder:
    """Another encoder, asked for many texts at once, sorted by length; it holds those of one batch."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._prepared: dict[str, Floats] = {}
        self._kept: dict[str, Floats] = {}
        # Tokenisers do not bear two callers at a time.
        self._lock = Lock()
        self.name = encoder.name
        self.fingerprint = encoder.fingerprint

    def encoded(self, texts: Iterable[str]) -> dict[str, Floats]:
        """Encode the different ones of `texts`, those of like length together; safe to call in a thread."""
        # In one fixed order: the same batch of answers has the same embeddings to the last bit.
        new = sorted(set(texts), key=lambda text: (len(text), text))
        with self._lock:
            return dict(zip(new, self._encoder.encode(new), strict=True)) if new else {}

    def hold(self, vectors: dict[str, Floats]) -> None:
        """Hold the embeddings of a batch, and let go of those of the batch before."""
        self._prepared = vectors

    def encode(self, texts: Sequence[str]) -> Floats:
        """Embeddings (n, width) of unit length."""
        if not texts:
            return self._encoder.encode([])
        new = [text for text in texts if text not in self._prepared and text not in self._kept]
        for text in dict.fromkeys(new):
            # One at a time: what it is encoded beside must not change it.
            with self._lock:
                vector = self._encoder.encode([text])[0]
            if len(self._kept) < KEPT:
                self._kept[text] = vector
            else:
                self._prepared[text] = vector
        return np.stack(
            [self._prepared[text] if text in self._prepared else self._kept[text] for text in texts]
        )


class RememberingLexicon(Lexicon):
    """The tool lexicon, asked once for each text of a batch and of the one after it."""

    _found: dict[str, tuple[ToolMention, ...]]
    _before: dict[str, tuple[ToolMention, ...]]

    def forget(self) -> None:
        """Forget what was found before the last call of this."""
        self._before = getattr(self, "_found", {})
        self._found = {}

    def find(self, text: str) -> tuple[ToolMention, ...]:
        """The tools that `text` names."""
        found = self._found.get(text, self._before.get(text))
        if found is None:
            found = super().find(text)
        self._found[text] = found
        return found


@dataclass(frozen=True)
class Plan:
    """The texts to encode for a batch of answers, by question."""

    by_question: dict[str, list[str]]

    @property
    def texts(self) -> list[str]:
        """All of them."""
        return [text for texts in self.by_question.values() for text in texts]


class BatchScorer(Scorer):
    """The offline scorer, with `prepare` to encode the pieces of many answers and to place them in the banks.

    It scores as `Scorer` does, prepared or not; only the time differs.
    """

    def __init__(
        self,
        pack: Pack,
        encoder: BatchEncoder,
        head: TrainedHead,
        references: ReferenceBank,
        manipulation: ManipulationBank,
    ) -> None:
        super().__init__(pack, encoder, head, references, manipulation)
        self._batch_encoder = encoder
        self._remembering = RememberingLexicon(pack.tools, pack.sounds, frozenset(pack.not_tools))
        self._remembering.forget()
        self.lexicon = self._remembering
        self._rows: dict[tuple[int, str], _PieceRow] = {}
        self._kept_rows: dict[tuple[int, str], _PieceRow] = {}

    @classmethod
    def load(cls, pack: Pack, encoder: Encoder, weights: Path | None = None) -> "BatchScorer":
        """Load the scorer of a pack; WeightsError when the head was trained for another encoder."""
        plain = load_scorer(pack, encoder, weights)
        return cls(
            plain.pack, BatchEncoder(encoder), plain.head, plain.references, manipulation_bank(encoder)
        )

    def prepare(self, answers: Sequence[Answer]) -> None:
        """Encode the pieces of `answers` together and forget those of the answers before."""
        plan = self.plan(answers)
        self.adopt(plan, self.encode_plan(plan))

    def plan(self, answers: Sequence[Answer]) -> Plan:
        """Find out what is to be encoded for a batch of answers."""
        self._remembering.forget()
        by_question: dict[str, dict[str, None]] = {}
        for answer in answers:
            question = self.pack.question(answer.question)
            texts = self.piece_texts(answer.text, question)
            by_question.setdefault(question.id, {}).update(dict.fromkeys(texts))
        return Plan({id: list(texts) for id, texts in by_question.items()})

    def encode_plan(self, plan: Plan) -> dict[str, Floats]:
        """The embeddings of a planned batch by text; may run beside the scoring of another batch."""
        return self._batch_encoder.encoded(plan.texts)

    def adopt(self, plan: Plan, vectors: dict[str, Floats]) -> None:
        """Make a batch the one that is scored next."""
        self._batch_encoder.hold(vectors)
        self._rows = {}
        for id, texts in plan.by_question.items():
            if texts:
                place = self.question_index(self.pack.question(id))
                self._rows |= self._piece_rows(texts, self.encoder.encode(texts), place)

    def piece_texts(self, text: str, question: Question) -> list[str]:
        """The texts that are encoded for an answer, for itself and for its masked form."""
        masked = mask_text(self.lexicon, text)
        found: list[str] = []
        forms = [(text, masked.spans)]
        if masked.spans:
            forms.append((masked.text, mask_text(self.lexicon, masked.text).spans))
        for form, spans in forms:
            cut = pieces(form, spans, question.text)
            kept = [piece.text for piece in cut if piece.kind == "substance"]
            found += kept or [piece.text for piece in cut if piece.kind == "names" and piece.text]
        return found

    def figures(self, texts: Sequence[str], vectors: Floats, question: Question) -> Figures:
        """What is reckoned of each piece by itself: of its text and embedding, `vectors` (n, width)."""
        if not texts:
            return super().figures(texts, vectors, question)
        place = self.question_index(question)
        known = (
            self._rows
            if all((place, text) in self._rows for text in texts)
            else self._with_kept(texts, vectors, place)
        )
        rows = [known[place, text] for text in texts]
        reference = PieceFeatures(np.stack([row[0] for row in rows]), np.stack([row[1] for row in rows]))
        graded = None
        if self._graded:
            graded = PieceFeatures(
                np.stack([row[2] for row in rows if row[2] is not None]),
                np.stack([row[3] for row in rows if row[3] is not None]),
            )
        return Figures(reference, graded, np.stack([row[4] for row in rows]), vectors)

    def _with_kept(
        self, texts: Sequence[str], vectors: Floats, place: int
    ) -> Mapping[tuple[int, str], _PieceRow]:
        """What is known of pieces of which some were not prepared: the pack's own, which come again."""
        new = [
            row
            for row, text in enumerate(texts)
            if (place, text) not in self._rows and (place, text) not in self._kept_rows
        ]
        if len(self._kept_rows) + len(new) > KEPT:
            self._kept_rows = {}
            new = [row for row, text in enumerate(texts) if (place, text) not in self._rows]
        for row in new:
            self._kept_rows |= self._piece_rows([texts[row]], vectors[[row]], place)
        return ChainMap(self._rows, self._kept_rows)

    def _piece_rows(self, texts: list[str], vectors: Floats, place: int) -> dict[tuple[int, str], _PieceRow]:
        """Compute what is known of a piece by itself, which does not depend on the pieces beside it."""
        reference = reference_features(vectors, self.references, place)
        graded = None
        if self._graded:
            graded = graded_features(vectors @ self.head.bank.projection, self.head.bank)
        return {
            (place, text): (
                reference.by_dimension[row],
                reference.shared[row],
                graded.by_dimension[row] if graded else None,
                graded.shared[row] if graded else None,
                cues(text),
            )
            for row, text in enumerate(texts)
        }
