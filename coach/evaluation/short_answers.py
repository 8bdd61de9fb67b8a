"""Short answers graded against one reference each, scored through the shared head without training.

Each question is a pack of one dimension whose reference answers are the sentences of its reference, all
counted as reasoned. Two readings make a mark: the answer read against the reference, and the reference read
against the answer, which says how much of it the answer covers. What the question says itself is taken out
of all embeddings first, since repeating it earns nothing. Each reading is placed between two others of the
same words: against a reference that says nothing (0), and against those very words (1).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coach.domain import Depth, Dimension, Expectation, Frozen, Question, ReferenceAnswer, ScorerId
from coach.embedding.encoder import Encoder
from coach.evaluation.agreement import Agreement, agreement
from coach.evaluation.baselines import (
    NAMES,
    References,
    fitted_marks,
    majority_marks,
    raw_figures,
)
from coach.evaluation.reading import ShortAnswer
from coach.evaluation.remembering import RememberingEncoder
from coach.evaluation.study import Progress
from coach.packs import Pack
from coach.scoring.bank import Floats, ReferenceBank
from coach.scoring.manipulation import ManipulationBank
from coach.scoring.pack_bank import manipulation_bank
from coach.scoring.scorer import Scorer
from coach.scoring.weights import TrainedHead
from coach.text.segments import segments

DIMENSION = "reference"
GIVEN = "The scores are those that the file gives."
NOTICE = (
    "No part of the scorer was trained on short answers, and for "
    "its own marks nothing was fitted to this file."
)
# Probabilities are kept this far from 0 and 1 before their log-odds are taken.
_EDGE = 1e-4
# Two ends of the scale nearer than this, in log-odds, tell nothing apart.
_LEAST_RANGE = 0.1


class ShortEvaluation(Frozen):
    """How far marks of short answers agree with the scores in the file.

    `overall` is of the marks as they are, `fitted` of the same marks on the best rising curve to other
    questions' scores, as the baselines are. In each, `pearson` is of the plain figure; it, `mae`, `rmse`
    and `smd` of scores scaled to 0-1, and `qwk`, `exact`, `adjacent` and `confusion` of whole marks on the
    scale of `max_score`. `notes` say what of the file was passed over.
    """

    overall: Agreement
    fitted: Agreement
    baselines: dict[str, Agreement]
    scorer: ScorerId
    answers: int
    questions: int
    notice: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Statement:
    """A text as the head reads it: its n sentences, their embeddings, and those of sentences and whole text.

    `vectors` is (n, width) and `bank` (n or n + 1, width); both are without the direction of the question.
    """

    texts: tuple[str, ...]
    vectors: Floats
    bank: Floats


def evaluate_short(
    answers: Sequence[ShortAnswer],
    head: TrainedHead,
    encoder: Encoder,
    progress: Progress = lambda what, done, total: None,
    labels: str = GIVEN,
) -> ShortEvaluation:
    """Mark short answers through the shared head, and compare with their scores, beside the baselines.

    `labels` is a sentence on what the scores are.
    """
    remembering = RememberingEncoder(encoder)
    whole = [text for answer in answers for text in (answer.question, answer.reference, answer.answer)]
    remembering.learn([*whole, *(piece for text in whole for piece in sentences(text))], progress)
    marks, scorer = short_marks(answers, head, remembering, progress)
    scores = np.asarray([answer.score / answer.max_score for answer in answers])
    scale = np.asarray([answer.max_score for answer in answers])
    groups = [answer.question_id for answer in answers]
    raw = _raw(answers, remembering)
    compared = {}
    for done, name in enumerate(NAMES, start=1):
        if name in raw:
            curve = fitted_marks(raw[name], scores, groups)
            compared[name] = short_agreement(raw[name], curve, scores, scale)
        else:
            common = majority_marks(scores, groups)
            compared[name] = short_agreement(common, common, scores, scale)
        progress("baselines", done, len(NAMES))
    return ShortEvaluation(
        overall=short_agreement(marks, marks, scores, scale),
        fitted=short_agreement(marks, fitted_marks(marks, scores, groups), scores, scale),
        baselines=compared,
        scorer=scorer.model_copy(update={"pack": "of one dimension for each question"}),
        answers=len(answers),
        questions=len(set(groups)),
        notice=f"{labels} {NOTICE}",
    )


def short_marks(
    answers: Sequence[ShortAnswer],
    head: TrainedHead,
    encoder: Encoder,
    progress: Progress = lambda what, done, total: None,
) -> tuple[NDArray[np.float64], ScorerId]:
    """Marks (a,) in [0, 1], and who gave them; an answer without a word gets 0."""
    manipulation = manipulation_bank(encoder)
    marks = np.zeros(len(answers))
    readers: dict[str, _Reader] = {}
    for row, answer in enumerate(answers):
        reader = readers.get(answer.question_id)
        if reader is None:
            reader = readers[answer.question_id] = _Reader(answer, head, encoder, manipulation)
        if answer.answer.strip():
            marks[row] = reader.mark(answer.answer)
        progress("scoring", row + 1, len(answers))
    return marks, next(iter(readers.values())).scorer.id


def short_agreement(
    raw: NDArray[np.float64],
    marks: NDArray[np.float64],
    scores: NDArray[np.float64],
    scale: NDArray[np.float64],
) -> Agreement:
    """Pearson of `raw`, the errors of `marks`, kappa and confusion of `marks` on the scale of each answer.

    All are (a,): `marks` and `scores` in [0, 1], `scale` the highest score of each answer.
    """
    # Pearson is blind to where a figure starts and to its unit, so a cosine may be moved into [0, 1].
    span = float(raw.max() - raw.min())
    figure = agreement((raw - raw.min()) / span if span else np.zeros_like(raw), scores, 1)
    error = agreement(marks, scores, 1)
    binned = agreement(marks * scale, scores * scale, int(np.ceil(scale.max())))
    return binned.model_copy(
        update={
            "pearson": figure.pearson,
            "mae": error.mae,
            "rmse": error.rmse,
            "smd": error.smd,
            "intervals": binned.intervals
            | {key: value for key, value in error.intervals.items() if key in ("mae", "rmse", "smd")}
            | {key: value for key, value in figure.intervals.items() if key == "pearson"},
        }
    )


def sentences(text: str) -> tuple[str, ...]:
    """The sentences and clauses of `text`; the whole where it has none.

    >>> sentences("A stack is last in, first out. A queue is not.")
    ('A stack is last in, first out.', 'A queue is not.')
    """
    return tuple(segment.text for segment in segments(text)) or (text,)


def beyond(vectors: Floats, question: Floats) -> Floats:
    """Unit embeddings (n, width) without their part along the unit embedding (width,) of the question.

    What lies wholly along it becomes zero: near to nothing.
    """
    rest = vectors - np.outer(vectors @ question, question)
    length = np.linalg.norm(rest, axis=1, keepdims=True)
    return np.asarray(np.where(length > 1e-3, rest / np.maximum(length, 1e-3), 0), dtype=np.float32)


class _Reader:
    """Marks answers to one question."""

    def __init__(
        self, asked: ShortAnswer, head: TrainedHead, encoder: Encoder, manipulation: ManipulationBank
    ) -> None:
        self._asked = asked
        self._head = head
        self._encoder = encoder
        self._manipulation = manipulation
        self._question = encoder.encode([asked.question])[0]
        self._reference = self._statement(asked.reference)
        self._nothing = self._scorer(("",), np.zeros((1, len(self._question)), dtype=np.float32))
        self.scorer = self._of(self._reference)
        self._ends = self._range(self._reference, self.scorer)

    def mark(self, text: str) -> float:
        """The mark of one answer, in [0, 1]."""
        answer = self._statement(text)
        against = self._of(answer)
        said = _placed(self._read(self.scorer, answer), *self._range(answer, against))
        covered = _placed(self._read(against, self._reference), *self._ends)
        return (said + covered) / 2

    def _statement(self, text: str) -> Statement:
        parts = sentences(text)
        bank = parts if len(parts) == 1 else (*parts, text)
        vectors = beyond(self._encoder.encode(bank), self._question)
        return Statement(parts, vectors[: len(parts)], vectors)

    def _of(self, statement: Statement) -> Scorer:
        return self._scorer(statement.texts, statement.bank)

    def _scorer(self, texts: Sequence[str], bank: Floats) -> Scorer:
        """The scorer of the pack whose references are `texts`."""
        return Scorer(_pack(self._asked, texts), self._encoder, self._head, _bank(bank), self._manipulation)

    def _range(self, statement: Statement, own: Scorer) -> tuple[float, float]:
        """What the head reads in a statement against nothing, and against itself."""
        return self._read(self._nothing, statement), self._read(own, statement)

    def _read(self, scorer: Scorer, statement: Statement) -> float:
        """The mean log-odds of reaching each depth in the one dimension."""
        question = scorer.pack.questions[0]
        reading = scorer.read(scorer.figures(statement.texts, statement.vectors, question), question)
        reached = np.clip(reading.depth[0].astype(np.float64), _EDGE, 1 - _EDGE)
        return float(np.log(reached / (1 - reached)).mean())


def _placed(value: float, lowest: float, highest: float) -> float:
    return float(np.clip((value - lowest) / max(highest - lowest, _LEAST_RANGE), 0, 1))


def _pack(asked: ShortAnswer, texts: Sequence[str]) -> Pack:
    references = tuple(
        ReferenceAnswer(text=text, dimension=DIMENSION, depth=Depth.REASONED) for text in texts
    )
    question = Question(
        id=asked.question_id,
        level="beginner",
        text=asked.question,
        time_limit=60,
        expectations=(
            Expectation(dimension=DIMENSION, hint="Say what the reference says.", references=references),
        ),
        harmful=(),
        follow_ups=(),
    )
    dimension = Dimension(id=DIMENSION, title="Reference", asks=asked.question)
    return Pack(
        id="short-answers",
        title="Short answers",
        version="1",
        dimensions=(dimension,),
        frame=(),
        questions=(question,),
    )


def _bank(vectors: Floats) -> ReferenceBank:
    """References (r, width) of one dimension; the question's own direction is out of them."""
    none = np.zeros((0, vectors.shape[1]), dtype=np.float32)
    return ReferenceBank(
        vectors=vectors,
        dimension=np.zeros(len(vectors), dtype=np.int64),
        depth=np.full(len(vectors), int(Depth.REASONED)),
        question=np.zeros(len(vectors), dtype=np.int64),
        harmful=none,
        safer=none,
        harmful_question=np.zeros(0, dtype=np.int64),
        questions=np.zeros((1, vectors.shape[1]), dtype=np.float32),
        dimensions=1,
    )


def _raw(answers: Sequence[ShortAnswer], encoder: Encoder) -> dict[str, NDArray[np.float64]]:
    """The plain figures of the baselines, (a,), each answer against the whole text of its reference."""
    asked = {answer.question_id: answer for answer in answers}
    places = {id: place for place, id in enumerate(asked)}
    texts = tuple(answer.reference for answer in asked.values())
    references = References(
        texts=texts,
        vectors=encoder.encode(texts),
        dimension=np.zeros(len(texts), dtype=np.int64),
        question=np.arange(len(texts)),
        expected=np.ones((len(texts), 1), dtype=np.bool_),
    )
    given = [answer.answer for answer in answers]
    questions = np.asarray([places[answer.question_id] for answer in answers])
    return {
        name: figure.whole
        for name, figure in raw_figures(given, encoder.encode(given), questions, references).items()
    }
