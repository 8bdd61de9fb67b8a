"""Examples: training texts as statements with what is known of each."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from coach.packs import Pack
from coach.scoring.bank import Floats
from coach.scoring.graded import GradedAnswer, Span
from coach.scoring.grader_cues import CUE_NAMES, grader_cues
from coach.scoring.substance import pieces
from coach.statements.sentences import Statement, statements
from coach.text.lexicon import Lexicon
from coach.text.masking import mask_text
from coach.training.data import ContrastPair, SingleStatement, TrainingData

Kind = Literal["graded", "pair", "single", "inside", "to-grader", "pack", "other-question"]
# A statement is evidence where a labelled span covers at least half of the shorter of the two.
OVERLAP = 0.5
STRONG = 4.0
DEPTHS = (1, 2, 3)
_SENTENCE_END = re.compile(r"[.!?]\s")


@dataclass
class Example:
    """A text of n statements to a question (by place), with what is known of it; d dimensions.

    `used` (n,) are the statements that are read. Labels of statements: `depth` (n, d), of which `known`
    (n, d, 3) says which steps are known; `harm` (n,), known where `harm_known` (n,); `attempt` is whether the
    used statements address the grader, None where unknown. Labels of the answer: `deepest` (d,), -1 where
    unknown; `overall`, `reasoning` and `fits` (0 to 2, under another question), None where unknown. `pair`
    names the pair whose sides are compared, `sound` is whether this is the sound one. `group` tells who wrote
    it.
    """

    id: str
    kind: Kind
    group: str
    question: int
    statements: tuple[Statement, ...]
    used: Floats
    depth: Floats
    known: Floats
    harm: Floats
    harm_known: Floats
    deepest: Floats
    attempt: float | None = None
    overall: float | None = None
    reasoning: float | None = None
    fits: int | None = None
    pair: str = ""
    sound: bool = True
    dimension: int = -1
    people: bool = False
    spans_known: bool = True
    cues: Floats = field(default_factory=lambda: np.zeros((0, len(CUE_NAMES)), dtype=np.float32))

    @property
    def whole(self) -> bool:
        """Whether all statements are read."""
        return bool(self.used.all())


class ExampleMaker:
    """Makes the examples of a pack."""

    def __init__(self, pack: Pack, outside: Sequence[str] = ()) -> None:
        self._pack = pack
        self._lexicon = Lexicon(pack.tools, pack.sounds, frozenset(pack.not_tools))
        self._dimensions = {one.id: place for place, one in enumerate(pack.dimensions)}
        self._questions = {one.id: place for place, one in enumerate(pack.questions)}
        self._strong: dict[str, list[str]] = {}

    def make(self, data: TrainingData, people: frozenset[str] = frozenset()) -> list[Example]:
        """All examples of `data`; answers by the writers `people` were said by people."""
        for answer in data.graded:
            if answer.labels.overall >= STRONG and not answer.labels.harmful:
                self._strong.setdefault(answer.question, []).append(answer.answer)
        found = [example for answer in data.graded for example in self._graded(answer, people)]
        found += [example for pair in data.pairs for example in self._pair(pair)]
        found += [example for single in data.singles for example in self._single(single)]
        found += self._to_grader(data)
        found += self._of_pack()
        by_id = {answer.id: answer for answer in data.graded}
        for other in data.others:
            answer = by_id[other.answer]
            example = self._divided(
                f"other-{answer.id}", "other-question", answer.writer, other.question, answer.answer
            )
            if example is not None:
                example.deepest[:] = -1
                example.overall, example.fits = other.overall, other.fits
                found.append(example)
        for example in found:
            example.cues = np.stack([grader_cues(one.text) for one in example.statements])
        return found

    def _divided(self, id: str, kind: Kind, group: str, question: str, text: str) -> Example | None:
        """An example of which nothing is known yet; None where there is nothing to read."""
        asked = self._pack.questions[self._questions[question]]
        found = statements(text, pieces(text, mask_text(self._lexicon, text).spans, asked.text))
        if not found:
            return None
        n, d = len(found), len(self._dimensions)
        return Example(
            id=id,
            kind=kind,
            group=group,
            question=self._questions[question],
            statements=found,
            used=np.ones(n, dtype=np.float32),
            depth=np.zeros((n, d), dtype=np.float32),
            known=np.zeros((n, d, 3), dtype=np.float32),
            harm=np.zeros(n, dtype=np.float32),
            harm_known=np.zeros(n, dtype=np.float32),
            deepest=np.full(d, -1, dtype=np.float32),
        )

    def _graded(self, answer: GradedAnswer, people: frozenset[str]) -> Iterator[Example]:
        example = self._divided(answer.id, "graded", answer.writer, answer.question, answer.answer)
        if example is None:
            return
        labels = answer.labels
        example.harm_known[:] = 1
        example.harm[:] = [_covered(one, labels.harmful) for one in example.statements]
        for dimension, place in self._dimensions.items():
            label = labels.dimensions.get(dimension)
            if label is None:
                example.known[:, place], example.deepest[place] = 1, 0
                continue
            example.deepest[place] = label.depth
            if label.evidence:
                rows = np.asarray([_covered(one, label.evidence) for one in example.statements])
                if rows.any():
                    example.depth[rows, place] = label.depth
                    example.known[:, place] = 1
                elif label.depth <= 1:
                    # What only tool names earned is not in the statements: it is credited from the names.
                    example.known[:, place], example.deepest[place] = 1, 0
        example.overall, example.reasoning = labels.overall, labels.reasoning
        example.people = answer.writer in people
        example.spans_known = all(one.evidence for one in labels.dimensions.values())
        yield example

    def _pair(self, pair: ContrastPair) -> Iterator[Example]:
        """Both sides, each by itself and inside its context."""
        for sound, text in ((True, pair.sound), (False, pair.other)):
            depth = pair.sound_depth if sound else pair.other_depth
            steps = DEPTHS if sound or pair.kind == "denying" else DEPTHS[1:]
            # Of a denial it is not known whether it is harmful.
            harmful = None if not sound and pair.kind == "denying" else not sound
            for context in ("", pair.context):
                example = self._inserted(pair, context, text, depth, steps, harmful)
                if example is None:
                    continue
                place = "inside" if context else "alone"
                example.id = f"{pair.id}-{'sound' if sound else 'other'}-{place}"
                example.kind = "inside" if context else "pair"
                example.pair, example.sound = f"{pair.kind} {pair.id} {place}", sound
                if context:
                    self._with_neighbours(example, pair)
                yield example

    def _with_neighbours(self, example: Example, pair: ContrastPair) -> None:
        """Read the statements beside the inserted one, too: the context is sound and speaks for itself."""
        inserted_rows = np.flatnonzero(example.used)
        first, last = int(inserted_rows[0]), int(inserted_rows[-1])
        for row in (first - 1, last + 1):
            if 0 <= row < len(example.used):
                example.used[row] = 1
                example.harm_known[row] = 1
                if pair.kind == "denying":
                    # Its context does not touch the dimension.
                    example.known[row, example.dimension] = 1

    def _single(self, single: SingleStatement) -> Iterator[Example]:
        """The statement by itself, and in a strong answer."""
        strong = self._strong.get(single.question, [""])
        steps = DEPTHS[1:] if single.harmful else DEPTHS
        for context in ("", strong[_hash(single.id) % len(strong)]):
            depth = 0 if single.harmful else single.depth
            example = self._inserted(single, context, single.text, depth, steps, single.harmful)
            if example is not None:
                example.id = f"{single.id}-{'inside' if context else 'alone'}"
                example.kind = "inside" if context else "single"
                yield example

    def _inserted(
        self,
        row: ContrastPair | SingleStatement,
        context: str,
        text: str,
        depth: int,
        steps: Sequence[int],
        harmful: bool | None,
    ) -> Example | None:
        """A statement inside an answer, of which the statement alone is read."""
        whole, span = inserted(context, text, row.id)
        example = self._divided(row.id, "pair", row.writer, row.question, whole)
        if example is None:
            return None
        rows = _only(example, span)
        if not rows.any():
            return None
        place = self._dimensions[row.dimension]
        example.dimension = place
        example.depth[rows, place] = depth
        for step in steps:
            example.known[rows, place, step - 1] = 1
        if harmful is not None:
            example.harm[rows], example.harm_known[rows] = float(harmful), 1
        return example

    def _to_grader(self, data: TrainingData) -> Iterator[Example]:
        """Words to the grader and innocent ones that resemble them."""
        every = [one.id for one in self._pack.questions]
        questions = [one for one in every if one in self._strong] or every
        rows = zip(data.to_grader.texts, data.to_grader.attempt, data.to_grader.group, strict=True)
        for number, (text, attempt, group) in enumerate(rows):
            question = questions[_hash(text) % len(questions)]
            example = self._divided(f"to-grader-{number}", "to-grader", group, question, text)
            if example is not None:
                example.attempt = float(attempt)
                yield example

    def _of_pack(self) -> Iterator[Example]:
        """The pack's harmful statements and their safer practices."""
        for question in self._pack.questions:
            for number, one in enumerate(question.harmful):
                for harmful, text in ((True, one.statement), (False, one.safer)):
                    id = f"{question.id}-{number}-{'harmful' if harmful else 'safer'}"
                    example = self._divided(id, "pack", "pack", question.id, text)
                    if example is not None:
                        example.harm[:], example.harm_known[:] = float(harmful), 1
                        yield example


def inserted(context: str, text: str, key: str) -> tuple[str, Span]:
    """Put a statement behind a sentence of an answer, which a hash of `key` chooses; returns its span, too.

    >>> inserted("One. Two.", "Said.", "b")
    ('One. Two. Said.', (10, 15))
    """
    if not context:
        return text, (0, len(text))
    ends = [match.end() for match in _SENTENCE_END.finditer(context)] + [len(context)]
    chosen = _hash(key)
    at = ends[chosen % len(ends)] if chosen % 3 else len(context)
    left, right = context[:at].rstrip(), context[at:].strip()
    start = len(left) + 1
    return f"{left} {text}{' ' if right else ''}{right}", (start, start + len(text))


def _only(example: Example, span: Span) -> np.ndarray:
    """Read only the statements that a span covers; which they are."""
    rows = np.asarray([_covered(one, [span]) for one in example.statements])
    example.used[:] = rows
    return rows


def _covered(statement: Statement, spans: Sequence[Span]) -> bool:
    for start, end in spans:
        shared = min(end, statement.end) - max(start, statement.start)
        if shared > OVERLAP * min(end - start, statement.end - statement.start):
            return True
    return False


def _hash(key: str) -> int:
    return int(hashlib.sha256(key.encode()).hexdigest(), 16)
