"""Batch scoring: a scorer that prepares many answers at once, so that each alone costs little."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from coach.domain import Answer, Question, ToolMention
from coach.embedding.encoder import Encoder
from coach.packs import Pack
from coach.scoring.assembly import Figures
from coach.scoring.bank import Floats, ReferenceBank
from coach.scoring.examination import Examination
from coach.scoring.features import PieceFeatures, reference_features
from coach.scoring.head import Reading
from coach.scoring.manipulation import ManipulationBank
from coach.scoring.pack_bank import manipulation_bank
from coach.scoring.scorer import Scorer, load_scorer
from coach.scoring.substance import Piece
from coach.scoring.weights import TrainedHead
from coach.text.lexicon import Lexicon
from coach.text.masking import Masked

# Pieces that are reckoned with together: the tables of more do not fit a processor's cache.
PIECES_AT_ONCE = 64


class BatchEncoder:
    """Another encoder, asked for many texts at once, sorted by length; it holds those of one batch."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._prepared: dict[str, Floats] = {}
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
        for text in dict.fromkeys(texts):
            if text not in self._prepared:
                # One at a time: what it is encoded beside must not change it.
                with self._lock:
                    self._prepared[text] = self._encoder.encode([text])[0]
        return np.stack([self._prepared[text] for text in texts])

    def encode_passages(self, passages: Sequence[Sequence[str]]) -> list[tuple[Floats, Floats]]:
        """The vectors of passages' statements, as the other encoder makes them."""
        with self._lock:
            return self._encoder.encode_passages(passages)


class RememberingLexicon(Lexicon):
    """The tool lexicon, asked once for each text until it is told to forget."""

    _found: dict[str, tuple[ToolMention, ...]]

    def forget(self) -> None:
        """Forget all that was found."""
        self._found = {}

    def find(self, text: str) -> tuple[ToolMention, ...]:
        """The tools that `text` names."""
        if text not in self._found:
            self._found[text] = super().find(text)
        return self._found[text]


@dataclass(frozen=True)
class Plan:
    """A batch of answers taken apart: the texts to encode by question, and how they came about.

    Answers and their masked forms stand in `masked` and `mentions` by their text, and in `divided` by
    question and text.
    """

    by_question: dict[str, list[str]] = field(default_factory=dict)
    masked: dict[str, Masked] = field(default_factory=dict)
    mentions: dict[str, tuple[ToolMention, ...]] = field(default_factory=dict)
    divided: dict[tuple[str, str], tuple[Piece, ...]] = field(default_factory=dict)

    @property
    def texts(self) -> list[str]:
        """All texts to encode."""
        return [text for texts in self.by_question.values() for text in texts]


@dataclass(frozen=True)
class _Pieces:
    """What is known of the n pieces of a batch, each by itself: `rows` by question and text."""

    rows: dict[tuple[str, str], int]
    figures: Figures
    substance: Floats
    idle: NDArray[np.bool_]

    def find(self, texts: Sequence[str], question: Question) -> list[int] | None:
        """The rows of `texts`; None where one is not among them."""
        found = [self.rows.get((question.id, text), -1) for text in texts]
        return None if -1 in found else found


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
        self._plan = Plan()
        self._pieces: _Pieces | None = None
        self._examined: dict[tuple[str, str], Examination] = {}
        self._like_attempts: dict[str, float] = {}
        self._kept: dict[tuple[str, str], Figures] = {}

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
        """Take a batch of answers apart, and find out what is to be encoded for it."""
        plan = Plan()
        by_question: dict[str, dict[str, None]] = {}
        for answer in answers:
            question = self.pack.question(answer.question)
            forms = [answer.text]
            if self._take_apart(plan, answer.text, question).spans:
                forms.append(plan.masked[answer.text].text)
                self._take_apart(plan, forms[1], question)
            texts = by_question.setdefault(question.id, {})
            for form in forms:
                texts.update(dict.fromkeys(_encoded(plan.divided[question.id, form])))
        self._remembering.forget()
        plan.by_question.update({id: list(texts) for id, texts in by_question.items()})
        return plan

    def _take_apart(self, plan: Plan, text: str, question: Question) -> Masked:
        if text not in plan.masked:
            plan.masked[text] = super().masked(text)
            plan.mentions[text] = super().mentions(text)
        masked = plan.masked[text]
        if (question.id, text) not in plan.divided:
            plan.divided[question.id, text] = super().divided(text, masked, question)
        return masked

    def encode_plan(self, plan: Plan) -> dict[str, Floats]:
        """The embeddings of a planned batch by text; may run beside the scoring of another batch."""
        return self._batch_encoder.encoded(plan.texts)

    def adopt(self, plan: Plan, vectors: dict[str, Floats]) -> None:
        """Make a batch the one that is scored next."""
        self._batch_encoder.hold(vectors)
        self._plan = plan
        self._like_attempts = self._evidence_of(vectors)
        self._pieces = self._pieces_of(plan)
        self._examined = self._examinations(plan)

    def _pieces_of(self, plan: Plan) -> _Pieces | None:
        """What can be reckoned of each piece of a batch, for many of them at once."""
        asked = [(self.pack.question(id), texts) for id, texts in plan.by_question.items() if texts]
        if not asked:
            return None
        keys = [(question.id, text) for question, texts in asked for text in texts]
        near = PieceFeatures.joined(
            [
                reference_features(self.encoder.encode(texts), self.references, self.question_index(question))
                for question, texts in asked
            ]
        )
        expected = np.concatenate([np.tile(self.expected(one), (len(texts), 1)) for one, texts in asked])
        parts: list[tuple[Figures, Floats, NDArray[np.bool_]]] = []
        for start in range(0, len(keys), PIECES_AT_ONCE):
            rows = range(start, min(start + PIECES_AT_ONCE, len(keys)))
            texts = [keys[row][1] for row in rows]
            vectors = self.encoder.encode(texts)
            figures = Figures(near.take(rows), *self.wherever(texts, vectors), vectors)
            parts.append((figures, *self.worth_expecting(figures, expected[rows])))
        every, substance, idle = zip(*parts, strict=True)
        return _Pieces(
            {key: row for row, key in enumerate(keys)},
            Figures.joined(every),
            np.concatenate(substance),
            np.concatenate(idle),
        )

    def _examinations(self, plan: Plan) -> dict[tuple[str, str], Examination]:
        """The planned answers and their masked forms, read side by side: by question and text."""
        done: dict[tuple[str, str], Examination] = {}
        under_way = {
            (id, text): super(BatchScorer, self).examining(text, self.pack.question(id))
            for id, text in plan.divided
        }
        sent: dict[tuple[str, str], list[Reading] | None] = dict.fromkeys(under_way)
        while sent:
            wanted: list[tuple[tuple[str, str], list[Figures]]] = []
            for key, readings in sent.items():
                try:
                    examining = under_way[key]
                    wanted.append((key, next(examining) if readings is None else examining.send(readings)))
                except StopIteration as finished:
                    done[key] = finished.value
                except Exception:  # noqa: S112 - told where the answer is graded
                    # One odd answer must not end the run of a class. It is examined again by itself.
                    continue
            sent = dict(self._readings(wanted))
        return done

    def _readings(
        self, wanted: Sequence[tuple[tuple[str, str], list[Figures]]]
    ) -> Iterator[tuple[tuple[str, str], list[Reading]]]:
        """The readings of what examinations want, some of them together."""
        found: list[Reading] = []
        some: list[tuple[Figures, Question]] = []
        for (id, _), answers in wanted:
            some += [(figures, self.pack.question(id)) for figures in answers]
            if sum(len(figures.cues) for figures, _ in some) >= PIECES_AT_ONCE:
                found += self.read_all(some)
                some = []
        readings = iter(found + self.read_all(some))
        for key, answers in wanted:
            yield key, list(islice(readings, len(answers)))

    def examine(self, text: str, question: Question) -> Examination:
        """Divide, mask, encode and read one answer."""
        found = self._examined.get((question.id, text)) if self.lexicon is self._remembering else None
        return found or super().examine(text, question)

    def _evidence_of(self, vectors: dict[str, Floats]) -> dict[str, float]:
        """How much each text of a batch is like words to the grader, which no question changes."""
        if not vectors:
            return {}
        found = super().evidence(list(vectors), np.stack(list(vectors.values())))
        return dict(zip(vectors, found.tolist(), strict=True))

    def piece_texts(self, text: str, question: Question) -> list[str]:
        """The texts that are encoded for an answer, for itself and for its masked form."""
        masked = self.masked(text)
        found = _encoded(self.divided(text, masked, question))
        if masked.spans:
            found += _encoded(self.divided(masked.text, self.masked(masked.text), question))
        return found

    def masked(self, text: str) -> Masked:
        """The text with every tool name blanked."""
        return self._known_plan.masked.get(text) or super().masked(text)

    def mentions(self, text: str) -> tuple[ToolMention, ...]:
        """The tools that the text names."""
        found = self._known_plan.mentions.get(text)
        return super().mentions(text) if found is None else found

    def divided(self, text: str, masked: Masked, question: Question) -> tuple[Piece, ...]:
        """The pieces of an answer with its tool names cut out."""
        found = self._known_plan.divided.get((question.id, text))
        return super().divided(text, masked, question) if found is None else found

    @property
    def _known_plan(self) -> Plan:
        """What is known of texts, as long as the lexicon is the one that they were read with."""
        return self._plan if self.lexicon is self._remembering else Plan()

    def evidence(self, texts: Sequence[str], vectors: Floats) -> NDArray[np.float64]:
        """How much n pieces, by their texts and embeddings (n, width), are like words to the grader."""
        known = [self._like_attempts.get(text) for text in texts]
        found = [value for value in known if value is not None]
        return np.asarray(found) if len(found) == len(texts) else super().evidence(texts, vectors)

    def figures(self, texts: Sequence[str], vectors: Floats, question: Question) -> Figures:
        """What is reckoned of each piece by itself: of its text and embedding, `vectors` (n, width)."""
        known = self._pieces
        rows = known and known.find(texts, question)
        if known and rows:
            return known.figures.take(rows)
        if texts and all(text in self.known_texts for text in texts):
            return self._kept_figures(texts, vectors, question)
        return super().figures(texts, vectors, question)

    def _kept_figures(self, texts: Sequence[str], vectors: Floats, question: Question) -> Figures:
        """The figures of the pack's own words, which come again."""
        for row, text in enumerate(texts):
            if (question.id, text) not in self._kept:
                # One at a time: what it is reckoned beside must not change it.
                self._kept[question.id, text] = super().figures([text], vectors[[row]], question)
        return Figures.joined([self._kept[question.id, text] for text in texts])

    def worth(
        self, texts: Sequence[str], figures: Figures, question: Question
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """How much each of n pieces says by itself (n,), and which of them (n,) are filler."""
        known = self._pieces
        rows = known and known.find(texts, question)
        if not known or not rows:
            return super().worth(texts, figures, question)
        return known.substance[rows], known.idle[rows]


def _encoded(found: Sequence[Piece]) -> list[str]:
    """The texts of an answer's pieces that are encoded: what says something, or else the names."""
    kept = [piece.text for piece in found if piece.kind == "substance"]
    return kept or [piece.text for piece in found if piece.kind == "names" and piece.text]
