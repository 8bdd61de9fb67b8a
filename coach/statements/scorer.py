"""The offline scorer: an answer to depths, marks, evidence and harmful statements, from embeddings alone."""

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np

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
from coach.scoring.bank import Floats, Ints, ReferenceBank
from coach.scoring.grader_cues import CUE_NAMES, grader_cues
from coach.scoring.harm import Harmful, KnownHarm
from coach.scoring.pack_bank import question_references, reference_bank
from coach.statements import confidence
from coach.statements.division import Choice, Division, Passage
from coach.statements.examination import Examination, quoted
from coach.statements.marks import marks
from coach.statements.reading import Landmarks, Reading, landmarks, read, unit
from coach.statements.to_grader import addressing
from coach.statements.weights import TrainedHead, load_head
from coach.text.lexicon import Lexicon

# A quote of fewer words than this is shown behind fuller ones that earned nearly as much.
TELLING_WORDS = 8
# Fewer words than this make no claim that could be harmful: "No."
CLAIM_WORDS = 4
# Statements that are shown for a second look, at most.
MOST_DOUBTFUL = 3

# Vectors of the statements of passages: of each by itself, and of each with its neighbours.
Vectors = dict[Passage, tuple[Floats, Floats]]
# Examinations by the id of the question and the text of the answer.
Examined = dict[tuple[str, str], Examination]


class Scorer:
    """Scores answers to one pack's questions. Same text, pack, weights and encoder: same score."""

    def __init__(self, pack: Pack, encoder: Encoder, head: TrainedHead, references: ReferenceBank) -> None:
        self.pack = pack
        self.encoder = encoder
        self.head = head
        self.references = references
        self.lexicon = Lexicon(pack.tools, pack.sounds, frozenset(pack.not_tools))
        self.landmarks: Landmarks = landmarks(references)
        self._places = {question.id: place for place, question in enumerate(pack.questions)}
        self._dimensions = {dimension.id: place for place, dimension in enumerate(pack.dimensions)}
        self._texts = [
            reference for question in pack.questions for reference in question_references(question)
        ]
        harmful = [statement for question in pack.questions for statement in question.harmful]
        self._harm = KnownHarm(references, harmful, self._texts, head.cutoffs.known_harm)
        self._examined: Examined = {}
        self.id = ScorerId(
            name="offline",
            version=__version__,
            encoder=f"{encoder.name}@{encoder.fingerprint[:12]}",
            weights=head.manifest.weights_sha256[:12],
            pack=str(pack),
        )

    def hearing(self, lexicon: Lexicon) -> "Scorer":
        """The same scorer with another tool lexicon."""
        other = copy(self)
        other.lexicon = lexicon
        other._examined = {}
        return other

    def prepare(self, answers: Sequence[tuple[str, Question]]) -> None:
        """Examine answers together, and hold what was found until others are examined."""
        self.adopt(self.examine_all(answers))

    def adopt(self, examined: Examined) -> None:
        """Hold examinations that `examine_all` made, in place of those held before."""
        self._examined = examined

    def examine(self, text: str, question: Question) -> Examination:
        """Divide, mask, encode and read one answer."""
        key = question.id, text
        if key not in self._examined:
            self._examined = self.examine_all([(text, question)])
        return self._examined[key]

    def examine_all(self, answers: Sequence[tuple[str, Question]]) -> Examined:
        """Examine answers and their forms with the names blanked, each as it would be alone.

        What they say is encoded together and once: a masked form holds the same statements. Safe to call in
        a thread beside `examine`.
        """
        divided = {
            (question.id, text): Division.of(text, question, self.lexicon) for text, question in answers
        }
        for one in list(divided.values()):
            if one.masked.spans:
                divided[one.question.id, one.masked.text] = Division.of(
                    one.masked.text, one.question, self.lexicon
                )
        vectors: Vectors = {}
        self._encode([(one, one.everything) for one in divided.values()], vectors)
        first = {
            key: self._read(one, one.everything, vectors) for key, one in divided.items() if one.readable
        }
        chosen = {key: self._chosen(divided[key], found[0]) for key, found in first.items()}
        self._encode([(divided[key], one.sound) for key, one in chosen.items()], vectors)
        return {
            key: self._examination(one, first.get(key), chosen.get(key, Choice()), vectors)
            for key, one in divided.items()
        }

    def _encode(self, wanted: Sequence[tuple[Division, Sequence[int]]], vectors: Vectors) -> None:
        """Encode statements, given by their rows in each answer, and their passages, where they are new."""
        new = dict.fromkeys(
            passage
            for one, rows in wanted
            for passage in (
                *((one.statements[row].text,) for row in rows),
                *(passage for _, passage in one.passages(rows)),
            )
            if passage not in vectors
        )
        vectors.update(zip(new, self.encoder.encode_passages(list(new)), strict=True))

    def _read(self, divided: Division, rows: Sequence[int], vectors: Vectors) -> tuple[Reading, Floats]:
        """The reading of the statements at `rows` of an answer, and the vectors of each by itself."""
        texts = [divided.statements[row].text for row in rows]
        own = np.zeros((len(rows), self.references.vectors.shape[1]), dtype=np.float32)
        around = np.zeros_like(own)
        for place, text in enumerate(texts):
            own[place] = vectors[(text,)][0][0]
        for places, passage in divided.passages(rows):
            around[list(places)] += vectors[passage][1]
        own, around = unit(own), unit(around)
        return self.read(own, around, texts, divided.question), own

    def read(self, own: Floats, around: Floats, texts: Sequence[str], question: Question) -> Reading:
        """Read n statements by unit vectors (n, width) and texts, as parts of an answer to `question`."""
        cues = (
            np.stack([grader_cues(text) for text in texts]) if len(texts) else np.zeros((0, len(CUE_NAMES)))
        )
        cues = np.clip((cues - self.head.cue_mean) / self.head.cue_spread, -3, 3).astype(np.float32)
        place = self.question_index(question)
        return read(own, around, cues, place, self.expected(question), self.landmarks, self.head.arrays)

    def _chosen(self, divided: Division, reading: Reading) -> Choice:
        """Which statements address the grader, are harmful, or are sound and earn marks."""
        cutoffs = self.head.cutoffs
        attempts = addressing(reading.attempt, cutoffs.attempt, cutoffs.beside_attempt)
        claims = np.asarray([one.words >= CLAIM_WORDS for one in divided.statements])
        harmful = (reading.harm >= cutoffs.harm) & claims & ~attempts
        rest = ~attempts & ~harmful
        telling = rest & (reading.levels.max(axis=1) >= cutoffs.filler)
        sound = telling if telling.any() else rest
        return Choice(
            tuple(np.flatnonzero(attempts).tolist()),
            tuple(np.flatnonzero(harmful).tolist()),
            tuple(np.flatnonzero(sound).tolist()),
        )

    def _examination(
        self,
        divided: Division,
        found: tuple[Reading, Floats] | None,
        chosen: Choice,
        vectors: Vectors,
    ) -> Examination:
        empty = Examination(
            text=divided.text,
            question=divided.question,
            masked=divided.masked,
            mentions=divided.mentions,
            pieces=divided.pieces,
            scored=(),
            vectors=self.references.vectors[:0],
            reading=None,
            attempts=(),
            harmful=(),
            sound=(),
            sound_reading=None,
            marks=None,
        )
        if found is None:
            return empty
        reading, own = found
        examination = replace(
            empty,
            scored=divided.statements,
            vectors=own,
            attempts=chosen.attempts,
            harmful=chosen.harmful,
            sound=chosen.sound,
        )
        if len(chosen.attempts) == len(divided.statements):
            return examination
        sound, _ = self._read(divided, chosen.sound, vectors)
        return replace(
            examination,
            reading=reading,
            sound_reading=sound,
            marks=marks(
                sound,
                self.question_index(divided.question),
                self.expected(divided.question),
                [float(reading.harm[row]) for row in chosen.harmful],
                self.head.manifest.marks,
            ),
        )

    def expected(self, question: Question) -> Ints:
        """The places of the dimensions that a question expects."""
        return np.asarray([self._dimensions[id] for id in question.expects], dtype=np.int64)

    def question_index(self, question: Question) -> int:
        """Where `question` stands in the pack."""
        return self._places[question.id]

    def score(self, examination: Examination) -> Score:
        """Put an examination into the rubric's terms."""
        named = self.named_dimensions(examination)
        dimensions = tuple(
            self._dimension_score(examination, place, depth, named.get(self.pack.dimensions[place].id, ()))
            for place, depth in enumerate(self.depths(examination))
        )
        return Score(
            overall=round(examination.overall, 1),
            reasoning=round(examination.reasoning, 1),
            dimensions=dimensions,
            harmful=self._harmful_findings(examination),
            confidence=round(self.confidence(examination), 2),
            scorer=self.id,
            parts=tuple(
                part.model_copy(update={"points": round(part.points, 1)})
                for part in (examination.marks.parts if examination.marks and not examination.voided else ())
            ),
            doubtful=self._doubtful(examination),
            reads_like=self.reads_like(examination),
            unlike=self.unlike(examination),
        )

    def depths(self, examination: Examination) -> tuple[Depth, ...]:
        """Depth in each of the pack's dimensions, from the sound statements alone."""
        if examination.marks is None:
            return tuple(Depth.ABSENT for _ in self.pack.dimensions)
        cuts = self.head.cutoffs.depth
        return tuple(Depth(int(sum(level >= cut for cut in cuts))) for level in examination.marks.levels)

    def named_dimensions(self, examination: Examination) -> dict[str, tuple[ToolMention, ...]]:
        """The dimensions that tool names stand for by their category, with the mentions."""
        attempts = [examination.scored[row] for row in examination.attempts]
        named: dict[str, tuple[ToolMention, ...]] = {}
        for mention in examination.mentions:
            category = self.pack.categories.get(mention.category)
            inside = any(one.start <= mention.start < one.end for one in attempts)
            if category is not None and category.dimension is not None and not inside:
                named[category.dimension] = (*named.get(category.dimension, ()), mention)
        return named

    def confidence(self, examination: Examination) -> float:
        """The chance in [0, 1] that the overall mark is within half a mark of the graders'.

        Fitted in training on answers that the heads had not seen.
        """
        if examination.marks is None or examination.sound_reading is None or not examination.sound:
            return 1.0
        found = confidence.signs(
            examination.marks,
            examination.sound_reading,
            examination.vectors[list(examination.sound)],
            self.head.known,
            self.expected(examination.question),
        )
        return confidence.chance(found, self.head.manifest.marks.confidence)

    def unlike(self, examination: Examination) -> bool:
        """Whether what an answer says is unlike all that the scorer learned from."""
        if not examination.sound:
            return False
        found = confidence.familiarity(examination.vectors[list(examination.sound)], self.head.known)
        return found < self.head.cutoffs.unlike

    def reads_like(self, examination: Examination) -> str | None:
        """The id of another question that an answer seems to answer; None where there is none."""
        if examination.sound_reading is None or not examination.sound:
            return None
        chances = examination.sound_reading.questions
        best = int(chances.argmax())
        other = best != self.question_index(examination.question)
        return (
            self.pack.questions[best].id
            if other and chances[best] >= self.head.cutoffs.other_question
            else None
        )

    def _dimension_score(
        self, examination: Examination, place: int, depth: Depth, mentions: tuple[ToolMention, ...]
    ) -> DimensionScore:
        dimension = self.pack.dimensions[place]
        expectation = next(
            (one for one in examination.question.expectations if one.dimension == dimension.id), None
        )
        evidence = self._evidence(examination, place) if depth else ()
        by_tools = depth == Depth.ABSENT and bool(mentions)
        if by_tools:
            depth = Depth.NAMED
            evidence = tuple(quoted(examination.text, mention.start, mention.end) for mention in mentions)
        best = self._deepest(examination, place)
        return DimensionScore(
            dimension=dimension.id,
            title=dimension.title,
            expected=expectation is not None,
            depth=depth,
            raw=float(examination.marks.levels[place]) if examination.marks else 0.0,
            evidence=evidence,
            missing=explanation.missing(depth, expectation.hint) if expectation else None,
            nearest=self._reference(examination, best, place, tuple(Depth)[1:]) if expectation else None,
            higher=self._reference(examination, best, place, explanation.deeper(depth))
            if expectation
            else None,
            separates=explanation.separates(depth, expectation.hint) if expectation else None,
            named_by_tools=by_tools,
        )

    def _deepest(self, examination: Examination, place: int) -> Floats:
        """The vector (width,) of the statement that goes deepest in a dimension; (0,) where there is none."""
        if examination.sound_reading is None or not examination.sound:
            return np.zeros(0, dtype=np.float32)
        best = int(examination.sound_reading.levels[:, place].argmax())
        return np.asarray(examination.vectors[examination.sound[best]])

    def _reference(
        self, examination: Examination, vector: Floats, place: int, depths: Sequence[Depth]
    ) -> NearestReference | None:
        """This question's reference of a dimension, at one of `depths`, nearest to `vector`."""
        rows = self.references.rows(self.question_index(examination.question), place, tuple(depths))
        return explanation.nearest(self._texts, self.references.vectors, rows, vector)

    def _evidence(self, examination: Examination, place: int) -> tuple[Evidence, ...]:
        """The statements that earned a dimension its depth, at least one: first those that show it best.

        A few words ("a broken source?") seldom do by themselves, whatever they earned beside the rest.
        """
        assert examination.sound_reading is not None
        levels = examination.sound_reading.levels[:, place]
        least = self.head.cutoffs.evidence * float(levels.max())
        found = [examination.scored[row] for row in examination.sound]
        rows = [row for row, level in enumerate(levels) if level >= least]
        rows.sort(key=lambda row: -float(levels[row]) * min(1, found[row].words / TELLING_WORDS))
        return tuple(quoted(examination.text, found[row].start, found[row].end) for row in rows)

    def _harmful_findings(self, examination: Examination) -> tuple[HarmfulFinding, ...]:
        if examination.reading is None:
            return ()
        found = [
            Harmful(examination.scored[row], examination.vectors[row], float(examination.reading.harm[row]))
            for row in examination.harmful
        ]
        return self._harm.findings(examination.text, found, self.question_index(examination.question))

    def _doubtful(self, examination: Examination) -> tuple[Evidence, ...]:
        """Statements that may be harmful, the likeliest first: worth a second look, and free of charge."""
        if examination.reading is None:
            return ()
        harm = examination.reading.harm
        rows = [
            row
            for row in examination.sound
            if harm[row] >= self.head.cutoffs.check and examination.scored[row].words >= CLAIM_WORDS
        ]
        rows.sort(key=lambda row: -float(harm[row]))
        chosen = [examination.scored[row] for row in sorted(rows[:MOST_DOUBTFUL])]
        return tuple(quoted(examination.text, one.start, one.end) for one in chosen)


def load_scorer(pack: Pack, encoder: Encoder, weights: Path | None = None) -> Scorer:
    """Build the scorer of a pack; WeightsError when the heads were trained for another encoder."""
    path = weights or resources.weights_file()
    head = load_head(path)
    if head.manifest.encoder_sha256 != encoder.fingerprint:
        raise WeightsError(
            f"weights {path} were trained for encoder {head.manifest.encoder} "
            f"({head.manifest.encoder_sha256[:12]}), "
            f"not for {encoder.name} ({encoder.fingerprint[:12]}); "
            f"leave --encoder away, or pass the weights that were trained for it"
        )
    return Scorer(pack, encoder, head, reference_bank(pack, encoder))
