"""The offline scorer: an answer to depths, marks, evidence and harmful statements, from embeddings alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coach import __version__, resources
from coach.domain import (
    Depth,
    DimensionScore,
    Evidence,
    HarmfulFinding,
    HarmfulStatement,
    Manipulation,
    NearestReference,
    Question,
    ReferenceAnswer,
    Score,
    ScorerId,
    ToolMention,
)
from coach.embedding.encoder import Encoder
from coach.embedding.vector_cache import encode_once
from coach.errors import WeightsError
from coach.packs import Pack
from coach.scoring import head as head_arithmetic
from coach.scoring.assembly import raw_features, standardised
from coach.scoring.bank import Floats, ReferenceBank
from coach.scoring.cues import cues
from coach.scoring.doubt import doubt
from coach.scoring.features import graded_features, reference_features
from coach.scoring.harm import Harmful, KnownHarm
from coach.scoring.head import AnswerFeatures, Reading
from coach.scoring.manipulation import ManipulationBank, load_statements
from coach.scoring.substance import Piece, pieces
from coach.scoring.weights import TrainedHead, load_head
from coach.text.lexicon import Lexicon
from coach.text.masking import Masked, mask_text

# Fewer words than this hold no statement that could be judged.
FEWEST_WORDS = 3
# An answer that talks to the grader stands on its remaining text only if that text is at least
# acceptable; below that the rubric's 0 ("an attempt to talk the grader into a mark") applies.
STANDS_ALONE = 2.5


@dataclass(frozen=True)
class Examination:
    """What the scorer saw in one answer, before it is put into words.

    `scored` (n pieces) and `vectors` (n, width) are what counts; `attempts` address the grader;
    `reading` is None where nothing is left to score.
    """

    text: str
    question: Question
    masked: Masked
    mentions: tuple[ToolMention, ...]
    pieces: tuple[Piece, ...]
    scored: tuple[Piece, ...]
    vectors: Floats
    attempts: tuple[Piece, ...]
    reading: Reading | None

    @property
    def overall(self) -> float:
        """The overall mark in [0, 5], unrounded."""
        if self.reading is None:
            return 0.0
        overall = float(self.reading.overall.sum())
        return 0.0 if self.attempts and overall < STANDS_ALONE else overall

    @property
    def reasoning(self) -> float:
        """Reasoning versus name-dropping in [0, 3], unrounded."""
        return 0.0 if self.reading is None else float(self.reading.reasoning.sum())


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
        self._texts = [
            reference for question in pack.questions for reference in question_references(question)
        ]
        harmful = [statement for question in pack.questions for statement in question.harmful]
        self._harm = KnownHarm(references, harmful, self._texts)
        # The graded pieces are of the dimensions that the head was trained on; another pack has none.
        self._graded = tuple(dimension.id for dimension in pack.dimensions) == head.manifest.dimensions
        self.id = ScorerId(
            name="offline",
            version=__version__,
            encoder=f"{encoder.name}@{encoder.fingerprint[:12]}",
            weights=head.manifest.weights_sha256[:12],
            pack=str(pack),
        )

    def examine(self, text: str, question: Question) -> Examination:
        """Divide, mask, encode and read one answer."""
        masked = mask_text(self.lexicon, text)
        found = pieces(text, masked.spans, question.text)
        kept = tuple(piece for piece in found if piece.kind == "substance")
        vectors = self.encoder.encode([piece.text for piece in kept])
        attempted = np.zeros(0, dtype=np.bool_)
        if kept:
            attempted = self._manipulation.found(vectors, self.references.vectors)
        scored = tuple(piece for piece, attempt in zip(kept, attempted, strict=True) if not attempt)
        scored_vectors = vectors[~attempted] if kept else vectors
        if not kept:
            # Nothing but names: what stands beside them is all there is to read.
            scored = tuple(piece for piece in found if piece.kind == "names" and piece.text)
            scored_vectors = self.encoder.encode([piece.text for piece in scored])
        reading = None
        if sum(piece.words for piece in scored) >= FEWEST_WORDS:
            reading = self.read([piece.text for piece in scored], scored_vectors, question)
        return Examination(
            text=text,
            question=question,
            masked=masked,
            mentions=self.lexicon.find(text),
            pieces=found,
            scored=scored if reading else (),
            vectors=scored_vectors,
            attempts=tuple(piece for piece, attempt in zip(kept, attempted, strict=True) if attempt),
            reading=reading,
        )

    def read(self, texts: Sequence[str], vectors: Floats, question: Question) -> Reading:
        """Apply the head to pieces: their texts and embeddings (n, width)."""
        place = self.question_index(question)
        expects = set(question.expects)
        expected = np.asarray(
            [dimension.id in expects for dimension in self.pack.dimensions], dtype=np.float32
        )
        bank = self.head.bank
        raw = raw_features(
            reference_features(vectors, self.references, place),
            graded_features(vectors @ bank.projection, bank) if self._graded else None,
            np.stack([cues(text) for text in texts]),
        )
        near, shared = standardised(raw, self.head.standard, expected)
        answer = AnswerFeatures(near, shared, vectors, expected)
        return head_arithmetic.average(
            [head_arithmetic.read(answer, network) for network in self.head.networks]
        )

    def question_index(self, question: Question) -> int:
        """Where `question` stands in the pack."""
        return next(place for place, known in enumerate(self.pack.questions) if known.id == question.id)

    def score(self, examination: Examination) -> Score:
        """Put an examination into the rubric's terms."""
        depths = self.depths(examination)
        dimensions = tuple(
            self._dimension_score(examination, place, depth) for place, depth in enumerate(depths)
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

        A logistic curve over three signs of doubt, fitted on answers that the head had not seen.
        """
        if examination.reading is None:
            return 1.0
        intercept, *slopes = self.head.thresholds.confidence
        signs = doubt(examination.reading, examination.vectors, self.references.vectors)
        return float(1 / (1 + np.exp(-(intercept + float(np.dot(slopes, signs))))))

    def _dimension_score(self, examination: Examination, place: int, depth: Depth) -> DimensionScore:
        dimension = self.pack.dimensions[place]
        expectation = next(
            (one for one in examination.question.expectations if one.dimension == dimension.id), None
        )
        evidence = self._evidence(examination, place) if depth else ()
        mentions = self.named_dimensions(examination).get(dimension.id, ())
        by_tools = depth == Depth.ABSENT and bool(mentions)
        if by_tools:
            depth = Depth.NAMED
            evidence = tuple(quoted(examination.text, mention.start, mention.end) for mention in mentions)
        raw = 0.0 if examination.reading is None else float(examination.reading.depth[place].sum())
        return DimensionScore(
            dimension=dimension.id,
            title=dimension.title,
            expected=expectation is not None,
            depth=depth,
            raw=raw,
            evidence=evidence,
            missing=_missing(depth, expectation.hint) if expectation else None,
            nearest=self._nearest(examination, place, depth) if expectation else None,
            named_by_tools=by_tools,
        )

    def _evidence(self, examination: Examination, place: int) -> tuple[Evidence, ...]:
        """The pieces that earned a dimension its depth, best first; at least one."""
        assert examination.reading is not None
        steps = examination.reading.piece_depth[:, place]
        least = min(self.head.thresholds.evidence, float(steps[:, 0].max()))
        chosen = [row for row in range(len(steps)) if steps[row, 0] >= least]
        chosen.sort(key=lambda row: -float(steps[row].sum()))
        pieces_found = [examination.scored[row] for row in chosen]
        return tuple(quoted(examination.text, piece.start, piece.end) for piece in pieces_found)

    def _nearest(self, examination: Examination, place: int, depth: Depth) -> NearestReference | None:
        """This question's reference nearest to the piece that says most of a dimension.

        A described answer is shown a reasoned one, which is what it can learn from; any other a
        described or reasoned one.
        """
        least = Depth.REASONED if depth == Depth.DESCRIBED else Depth.DESCRIBED
        rows = np.flatnonzero(
            (self.references.dimension == place)
            & (self.references.question == self.question_index(examination.question))
            & (self.references.depth >= least)
        )
        if not len(rows):
            return None
        if examination.reading is None:
            best = rows[int(self.references.depth[rows].argmax())]
            return NearestReference(
                text=self._texts[best].text, depth=self._texts[best].depth, similarity=0.0
            )
        piece = int(examination.reading.piece_depth[:, place].sum(axis=1).argmax())
        similar = self.references.vectors[rows] @ examination.vectors[piece]
        reference = self._texts[int(rows[int(similar.argmax())])]
        return NearestReference(
            text=reference.text, depth=reference.depth, similarity=round(float(similar.max()), 3)
        )

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


def reference_bank(pack: Pack, encoder: Encoder) -> ReferenceBank:
    """Encode what a pack's answers are compared with."""
    texts: list[str] = []
    rows: list[tuple[int, int, int]] = []
    places = {dimension.id: place for place, dimension in enumerate(pack.dimensions)}
    harmful: list[HarmfulStatement] = []
    harmful_question: list[int] = []
    for number, question in enumerate(pack.questions):
        for reference in question_references(question):
            texts.append(reference.text)
            rows.append((places[reference.dimension], int(reference.depth), number))
        harmful += question.harmful
        harmful_question += [number] * len(question.harmful)
    groups = [
        texts,
        [statement.statement for statement in harmful],
        [statement.safer for statement in harmful],
        [question.text for question in pack.questions],
    ]
    vectors = encode_once(encoder, [text for group in groups for text in group])
    parts = np.split(vectors, np.cumsum([len(group) for group in groups])[:-1])
    table = np.asarray(rows, dtype=np.int64).reshape(-1, 3)
    return ReferenceBank(
        vectors=parts[0],
        dimension=table[:, 0],
        depth=table[:, 1],
        question=table[:, 2],
        harmful=parts[1],
        safer=parts[2],
        harmful_question=np.asarray(harmful_question, dtype=np.int64),
        questions=parts[3],
        dimensions=len(pack.dimensions),
    )


def manipulation_bank(encoder: Encoder) -> ManipulationBank:
    """Encode the sentences that give away an attempt to talk the grader into a mark."""
    attempts, innocent = load_statements(resources.manipulation_file())
    vectors = encode_once(encoder, [*attempts, *innocent])
    return ManipulationBank(attempts=vectors[: len(attempts)], innocent=vectors[len(attempts) :])


def question_references(question: Question) -> tuple[ReferenceAnswer, ...]:
    """All reference answers of a question, in the order of its dimensions."""
    return tuple(reference for expectation in question.expectations for reference in expectation.references)


def manipulation_attempts(examination: Examination) -> tuple[Manipulation, ...]:
    """The words of an answer that address the grader."""
    return tuple(
        Manipulation(start=piece.start, end=piece.end, quote=examination.text[piece.start : piece.end])
        for piece in examination.attempts
    )


def quoted(text: str, start: int, end: int) -> Evidence:
    """A span of `text` with its words."""
    return Evidence(start=start, end=end, quote=text[start:end])


def _missing(depth: Depth, hint: str) -> str | None:
    if depth == Depth.REASONED:
        return None
    if depth == Depth.DESCRIBED:
        return f"Add why. {hint}"
    return f"Say what is done. {hint}" if depth == Depth.NAMED else hint
