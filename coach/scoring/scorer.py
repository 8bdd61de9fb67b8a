"""The offline scorer: an answer to depths, marks, evidence and harmful statements, from embeddings alone."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coach import __version__, resources
from coach.domain import (
    Depth,
    DimensionScore,
    Evidence,
    HarmfulFinding,
    NearestReference,
    Question,
    Score,
    ScorerId,
    ToolMention,
)
from coach.embedding.encoder import Encoder
from coach.errors import WeightsError
from coach.packs import Pack
from coach.scoring import explanation
from coach.scoring import head as head_arithmetic
from coach.scoring.assembly import Figures, alone, raw_features, standardised
from coach.scoring.bank import Floats, ReferenceBank
from coach.scoring.cues import CUE_NAMES, cues
from coach.scoring.doubt import doubt
from coach.scoring.examination import Examination, Said, quoted, said_of
from coach.scoring.features import PieceFeatures, graded_features, reference_features
from coach.scoring.harm import Harmful, KnownHarm
from coach.scoring.head import AnswerFeatures, Reading
from coach.scoring.manipulation import ALONE, ManipulationBank, addressing
from coach.scoring.pack_bank import manipulation_bank, question_references, reference_bank
from coach.scoring.selection import filler, first_said, likeness, sides
from coach.scoring.substance import Piece, pieces
from coach.scoring.weights import TrainedHead, load_head
from coach.text.lexicon import Lexicon
from coach.text.masking import Masked, mask_text, mentions_in

# A quote of fewer words than this is shown behind fuller ones that earned nearly as much.
TELLING_WORDS = 8
# Fewer words than this hold no statement that could be judged.
FEWEST_WORDS = 3
# The embedding of a piece where there is none.
_NO_PIECE = np.zeros(0, dtype=np.float32)
# A piece says something where it comes this near to naming a dimension (raw depth of 3).
LEAST_SUBSTANCE = 0.35


# An examination under way: it yields answers' figures to read, is sent their readings and returns in the end.
Examining = Generator[list[Figures], list[Reading], Examination]


@dataclass(frozen=True)
class Reasoned:
    """What an answer to a question could say better: a reasoned reference of each of `dimensions` (k ids).

    `figures` are those of the k references.
    """

    dimensions: tuple[str, ...]
    figures: Figures


class Scorer:
    """Scores answers to one pack's questions. Same text, pack, weights and encoder: same score."""

    def __init__(
        self,
        pack: Pack,
        encoder: Encoder,
        head: TrainedHead,
        references: ReferenceBank,
        manipulation: ManipulationBank,
    ) -> None:
        self.pack = pack
        self.encoder = encoder
        self.head = head
        self.references = references
        self.lexicon = Lexicon(pack.tools, pack.sounds, frozenset(pack.not_tools))
        self._manipulation = manipulation
        self._networks = head_arithmetic.stacked(head.networks)
        self._centres = references.centres
        self._places = {question.id: place for place, question in enumerate(pack.questions)}
        self._expects = np.asarray(
            [[one.id in question.expects for one in pack.dimensions] for question in pack.questions],
            dtype=np.float32,
        )
        self._texts = [
            reference for question in pack.questions for reference in question_references(question)
        ]
        self._reasoned: dict[int, Reasoned] = {}
        harmful = [statement for question in pack.questions for statement in question.harmful]
        self._harm = KnownHarm(references, harmful, self._texts)
        self.known_texts = dict(
            # A bank may hold more than the pack's texts: of a short answer's reference also the whole.
            zip((one.text for one in self._texts), references.vectors, strict=False),
        ) | dict(zip((one.safer for one in harmful), references.safer, strict=True))
        # The graded pieces are of the dimensions that the head was trained on; another pack has none.
        self._graded = tuple(dimension.id for dimension in pack.dimensions) == head.manifest.dimensions
        self.id = ScorerId(
            name="offline",
            version=__version__,
            encoder=f"{encoder.name}@{encoder.fingerprint[:12]}",
            weights=head.manifest.weights_sha256[:12],
            pack=str(pack),
        )

    def with_encoder(self, encoder: Encoder) -> "Scorer":
        """The same scorer with another way to the same embeddings, such as one that remembers them."""
        return Scorer(self.pack, encoder, self.head, self.references, self._manipulation)

    def examine(self, text: str, question: Question) -> Examination:
        """Divide, mask, encode and read one answer."""
        examining = self.examining(text, question)
        try:
            wanted = next(examining)
            while True:
                wanted = examining.send(self.read_all([(figures, question) for figures in wanted]))
        except StopIteration as done:
            found: Examination = done.value
            return found

    def examining(self, text: str, question: Question) -> Examining:
        """Examine one answer step by step: yields figures to read, is sent their readings."""
        masked = self.masked(text)
        found = self.divided(text, masked, question)
        kept = tuple(piece for piece in found if piece.kind == "substance")
        vectors = self.encoder.encode([piece.text for piece in kept])
        evidence = self.evidence([piece.text for piece in kept], vectors)
        attempted = addressing(evidence)
        attempts = tuple(piece for piece, attempt in zip(kept, attempted, strict=True) if attempt)
        first = first_said(kept)
        chosen = [row for row in first if not attempted[row]]
        beside = [row for row in first if evidence[row] < ALONE]
        if not kept:
            # Nothing but names: what stands beside them is all there is to read.
            kept = tuple(piece for piece in found if piece.kind == "names" and piece.text)
            vectors = self.encoder.encode([piece.text for piece in kept])
            chosen = beside = list(range(len(kept)))
        figures = self.figures([piece.text for piece in kept], vectors, question)
        reading, marked, scored = None, list[Reading](), list[int]()
        if sum(kept[row].words for row in chosen) >= FEWEST_WORDS:
            substance, idle = self.worth([piece.text for piece in kept], figures, question)
            scored = _telling(chosen, substance, idle)
            (reading,) = yield [figures.take(scored)]
            # Without what may be harmful there may be only filler: its best counts, as it would alone.
            rest = [row for row in chosen if row not in scored]
            others = sides(scored, reading.piece_harm, _telling(rest, substance, idle) if rest else [])
            marked = [reading] if scored in others else []
            others = [rows for rows in others if rows != scored]
            if len(beside) > len(chosen):
                others.append(_telling(beside, substance, idle))
            marked += yield [figures.take(rows) for rows in others]
        return Examination(
            text=text,
            question=question,
            masked=masked,
            mentions=self.mentions(text),
            pieces=found,
            scored=tuple(kept[row] for row in scored),
            figures=figures.take(scored),
            attempts=attempts,
            reading=reading,
            marked=tuple(marked),
        )

    def masked(self, text: str) -> Masked:
        """The text with every tool name blanked."""
        return mask_text(self.lexicon, text)

    def mentions(self, text: str) -> tuple[ToolMention, ...]:
        """The tools that the text names."""
        return mentions_in(self.lexicon, text)

    def divided(self, text: str, masked: Masked, question: Question) -> tuple[Piece, ...]:
        """The pieces of an answer with its tool names cut out."""
        return pieces(text, masked.spans, question.text)

    def evidence(self, texts: Sequence[str], vectors: Floats) -> NDArray[np.float64]:
        """How much n pieces, by their texts and embeddings (n, width), are like words to the grader."""
        return self._manipulation.evidence(texts, vectors)

    def figures(self, texts: Sequence[str], vectors: Floats, question: Question) -> Figures:
        """What is reckoned of each piece by itself: of its text and embedding, `vectors` (n, width)."""
        graded, counted = self.wherever(texts, vectors)
        near = reference_features(vectors, self.references, self.question_index(question))
        return Figures(near, graded, counted, vectors)

    def wherever(self, texts: Sequence[str], vectors: Floats) -> tuple[PieceFeatures | None, Floats]:
        """What is reckoned of n pieces whatever the question: nearness to graded pieces, and cues (n, c)."""
        bank = self.head.bank
        counted = (
            np.stack([cues(text) for text in texts]) if texts else np.zeros((0, len(CUE_NAMES)), np.float32)
        )
        return graded_features(vectors @ bank.projection, bank) if self._graded else None, counted

    def read(self, figures: Figures, question: Question) -> Reading:
        """Apply the head to the figures of at least one piece."""
        return self.read_all([(figures, question)])[0]

    def read_all(self, answers: Sequence[tuple[Figures, Question]]) -> list[Reading]:
        """Apply the head to answers to questions, each by the figures of at least one piece."""
        if not answers:
            return []
        sizes = [len(figures.cues) for figures, _ in answers]
        figures = Figures.joined([figures for figures, _ in answers])
        raw = raw_features(figures.reference, figures.graded, figures.cues, np.cumsum(sizes))
        expected = self._expects[[self.question_index(question) for _, question in answers]]
        near, shared = standardised(raw, self.head.standard, np.repeat(expected, sizes, axis=0))
        features = AnswerFeatures(near, shared, figures.vectors, expected, self._centres)
        readings = head_arithmetic.read_each(features, sizes, self._networks)
        shifts = self.head.thresholds.overall_shift, self.head.thresholds.reasoning_shift
        return head_arithmetic.calibrated(readings, *shifts)

    def expected(self, question: Question) -> Floats:
        """1 where a question expects the dimension, else 0: (d,)."""
        return np.asarray(self._expects[self.question_index(question)])

    def worth(
        self, texts: Sequence[str], figures: Figures, question: Question
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """How much each of n pieces says by itself (n,), and which of them (n,) are filler."""
        return self.worth_expecting(figures, self.expected(question))

    def worth_expecting(self, figures: Figures, expected: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """The same of pieces to questions that expect dimensions, (d,) or by piece (n, d).

        Each is judged alone, so that filler changes nothing in what is read of the rest.
        """
        raw = alone(raw_features(figures.reference, figures.graded, figures.cues))
        near, shared = standardised(raw, self.head.standard, expected)
        answer = AnswerFeatures(near, shared, figures.vectors, expected, self._centres)
        depth, harm = head_arithmetic.read_alone(answer, self._networks)
        substance = depth.sum(axis=2).max(axis=1)
        return substance, filler(likeness(figures.vectors, self.references.everything), substance, harm)

    def reasoned(self, question: Question) -> Reasoned:
        """The first reasoned reference of each dimension of a question that has one."""
        place = self.question_index(question)
        if place not in self._reasoned:
            first: dict[str, str] = {}
            for reference in question_references(question):
                if reference.depth == Depth.REASONED:
                    first.setdefault(reference.dimension, reference.text)
            texts = list(first.values())
            # All at once and in the pack's order, so that they are the same whoever asks first.
            figures = Scorer.figures(self, texts, self.known_vectors(texts), question)
            self._reasoned[place] = Reasoned(tuple(first), figures)
        return self._reasoned[place]

    def known_vectors(self, texts: Sequence[str]) -> Floats:
        """The embeddings (n, width) of reference answers and safer practices of the pack, by their texts."""
        rows = [self.known_texts[text] for text in texts]
        return np.stack(rows) if rows else self.references.vectors[:0]

    def question_index(self, question: Question) -> int:
        """Where `question` stands in the pack."""
        return self._places[question.id]

    def score(self, examination: Examination) -> Score:
        """Put an examination into the rubric's terms."""
        named = self.named_dimensions(examination)
        said = said_of(examination.reading, len(self.pack.dimensions))
        dimensions = tuple(
            self._dimension_score(
                examination, said, place, depth, named.get(self.pack.dimensions[place].id, ())
            )
            for place, depth in enumerate(self.depths(examination))
        )
        return Score(
            overall=round(examination.overall, 1),
            reasoning=round(examination.reasoning, 1),
            dimensions=dimensions,
            harmful=self._harmful_findings(examination),
            confidence=round(self.confidence(examination), 2),
            scorer=self.id,
        )

    def depths(self, examination: Examination) -> tuple[Depth, ...]:
        """Depth in each of the pack's dimensions, from the substance alone."""
        if examination.reading is None:
            return tuple(Depth.ABSENT for _ in self.pack.dimensions)
        expected_depth = examination.reading.depth.sum(axis=1)
        cuts = self.head.thresholds.depth_cuts
        return tuple(Depth(int(sum(value >= cut for cut in cuts))) for value in expected_depth)

    def named_dimensions(self, examination: Examination) -> dict[str, tuple[ToolMention, ...]]:
        """The dimensions that tool names stand for by their category, with the mentions."""
        attempts = [(piece.start, piece.end) for piece in examination.attempts]
        named: dict[str, tuple[ToolMention, ...]] = {}
        for mention in examination.mentions:
            category = self.pack.categories.get(mention.category)
            inside = any(start <= mention.start < end for start, end in attempts)
            if category is not None and category.dimension is not None and not inside:
                named[category.dimension] = (*named.get(category.dimension, ()), mention)
        return named

    def confidence(self, examination: Examination) -> float:
        """How likely the overall mark is within half a mark of the graders', in [0, 1].

        A logistic curve over signs of doubt, fitted on answers that the head had not seen.
        """
        if examination.reading is None:
            return 1.0
        intercept, *slopes = self.head.thresholds.confidence
        signs = doubt(min(examination.marked, key=lambda reading: float(reading.overall.sum())))
        return float(1 / (1 + np.exp(-(intercept + float(np.dot(slopes, signs))))))

    def _dimension_score(
        self,
        examination: Examination,
        said: Said,
        place: int,
        depth: Depth,
        mentions: tuple[ToolMention, ...],
    ) -> DimensionScore:
        dimension = self.pack.dimensions[place]
        expectation = next(
            (one for one in examination.question.expectations if one.dimension == dimension.id), None
        )
        evidence = self._evidence(examination, said, place) if depth else ()
        by_tools = depth == Depth.ABSENT and bool(mentions)
        if by_tools:
            depth = Depth.NAMED
            evidence = tuple(quoted(examination.text, mention.start, mention.end) for mention in mentions)
        piece = examination.vectors[said.most[place]] if said.most else _NO_PIECE
        return DimensionScore(
            dimension=dimension.id,
            title=dimension.title,
            expected=expectation is not None,
            depth=depth,
            raw=said.raw[place],
            evidence=evidence,
            missing=explanation.missing(depth, expectation.hint) if expectation else None,
            nearest=self._reference(examination, piece, place, tuple(Depth)[1:]) if expectation else None,
            higher=self._reference(examination, piece, place, explanation.deeper(depth))
            if expectation
            else None,
            separates=explanation.separates(depth, expectation.hint) if expectation else None,
            named_by_tools=by_tools,
        )

    def _reference(
        self, examination: Examination, piece: Floats, place: int, depths: Sequence[Depth]
    ) -> NearestReference | None:
        """This question's reference of a dimension, at one of `depths`, nearest to the embedding `piece`."""
        rows = self.references.rows(self.question_index(examination.question), place, tuple(depths))
        return explanation.nearest(self._texts, self.references.vectors, rows, piece)

    def _evidence(self, examination: Examination, said: Said, place: int) -> tuple[Evidence, ...]:
        """The pieces that earned a dimension its depth, at least one: first those that show it best.

        A few words ("a broken source?") seldom do by themselves, whatever they earned beside the rest.
        """
        named, depth = said.named[place], said.depth[place]
        least = min(self.head.thresholds.evidence, max(named))
        chosen = [row for row, reached in enumerate(named) if reached >= least]
        chosen.sort(key=lambda row: -depth[row] * min(1, examination.scored[row].words / TELLING_WORDS))
        pieces_found = [examination.scored[row] for row in chosen]
        return tuple(quoted(examination.text, piece.start, piece.end) for piece in pieces_found)

    def _harmful_findings(self, examination: Examination) -> tuple[HarmfulFinding, ...]:
        if examination.reading is None:
            return ()
        rows = np.flatnonzero(examination.reading.piece_harm >= self.head.thresholds.harm)
        found = [
            Harmful(
                examination.scored[row], examination.vectors[row], float(examination.reading.piece_harm[row])
            )
            for row in rows
        ]
        return self._harm.findings(examination.text, found, self.question_index(examination.question))


def _telling(rows: list[int], substance: Floats, idle: NDArray[np.bool_]) -> list[int]:
    """The rows without filler, or the one that says most where all are filler."""
    telling = [row for row in rows if not idle[row]]
    return telling or [max(rows, key=lambda row: substance[row])]


def load_scorer(pack: Pack, encoder: Encoder, weights: Path | None = None) -> Scorer:
    """Build the scorer of a pack; WeightsError when the head was trained for another encoder."""
    path = weights or resources.weights_file()
    head = load_head(path)
    if head.manifest.encoder_sha256 != encoder.fingerprint:
        raise WeightsError(
            f"weights {path} were trained for encoder {head.manifest.encoder} "
            f"({head.manifest.encoder_sha256[:12]}), "
            f"not for {encoder.name} ({encoder.fingerprint[:12]}); "
            f"train for it: coach train --encoder {encoder.name} --out FILE, then pass --weights FILE"
        )
    return Scorer(pack, encoder, head, reference_bank(pack, encoder), manipulation_bank(encoder))
