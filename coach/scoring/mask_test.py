"""The mask test: the answer without its tool names, scored again, sentence by sentence."""

import numpy as np

from coach.domain import Depth, DepthChange, MaskedSentence, MaskTest, Score, ToolSpan
from coach.scoring.scorer import Examination, Scorer
from coach.scoring.substance import Piece
from coach.text.masking import BLANK

# A sentence keeps its sense where, without names, it still comes this near to naming something (raw depth).
LEAST_SUBSTANCE = 0.35
# The rubric's "acceptable" and "mixed, mostly process", each less half a mark: from there on an answer
# makes architectural sense.
SENSE_OVERALL = 2.5
SENSE_REASONING = 1.5


def mask_test(scorer: Scorer, examination: Examination, score: Score) -> MaskTest:
    """Blank every tool name of an examined answer and score what is left.

    `before` and `after` are the overall marks of the answer as it is and as masked. The scorer never
    credits names in overall or reasoning, so the two differ little; what goes is the depth that only
    names earned, and the sentences that were nothing else.
    """
    masked = examination.masked
    without = scorer.examine(masked.text, examination.question) if masked.spans else examination
    after = scorer.score(without)
    sentences = _sentences(examination)
    return MaskTest(
        masked=masked.text,
        before=score.overall,
        after=after.overall,
        reasoning_before=score.reasoning,
        reasoning_after=after.reasoning,
        changed=tuple(
            DepthChange(dimension=one.dimension, before=one.depth, after=other.depth)
            for one, other in zip(score.dimensions, after.dimensions, strict=True)
            if one.depth != other.depth
        ),
        sentences=sentences,
        tools=tuple(
            ToolSpan(
                name=mention.text,
                start=mention.start,
                end=mention.end,
                canonical=mention.name,
                category=mention.category,
                guessed=mention.guessed,
            )
            for mention in examination.mentions
        ),
        verdict=verdict(after, sentences, len(examination.mentions)),
    )


def verdict(after: Score, sentences: tuple[MaskedSentence, ...], names: int) -> str:
    """Say in one line whether the answer still makes architectural sense without its names."""
    lost = sum(1 for sentence in sentences if sentence.tools and not sentence.kept)
    sense = after.overall >= SENSE_OVERALL and after.reasoning >= SENSE_REASONING
    deepest = max((dimension.depth for dimension in after.dimensions), default=Depth.ABSENT)
    if not sentences:
        return "There is no answer to take names out of."
    if not names:
        return (
            "No tool is named, and the answer makes architectural sense as it stands."
            if sense
            else "No tool is named: it is not names that this answer lacks, but what is done and why."
        )
    if sense and not lost:
        return "Yes: without a single tool name the answer still makes architectural sense."
    if sense:
        return "Yes, in substance: some sentences fall away with their tool names, the reasoning stays."
    if lost * 2 >= len(sentences):
        return "No: take the tool names out and most of the answer goes with them."
    if deepest >= Depth.DESCRIBED:
        return "Only in parts: some of what is left says what is done, too little of it says why."
    return "No: without the tool names it stays vocabulary, with no process, control or reason."


def _sentences(examination: Examination) -> tuple[MaskedSentence, ...]:
    """Every piece of the answer with its names blanked, and what it still says."""
    substance: dict[Piece, float] = {}
    if examination.reading is not None:
        deepest = examination.reading.piece_depth.sum(axis=2).max(axis=1)
        substance = {piece: float(deepest[row]) for row, piece in enumerate(examination.scored)}
    found = []
    for piece in examination.pieces:
        inside = [
            (start, end)
            for start, end in examination.masked.spans
            if piece.start <= start and end <= piece.end
        ]
        left = 0.0 if piece.kind == "names" else substance.get(piece, 0.0)
        found.append(
            MaskedSentence(
                start=piece.start,
                end=piece.end,
                masked=" ".join(blanked(examination.text, piece.start, piece.end, inside).split()),
                tools=piece.tools,
                substance=float(np.round(left, 2)),
                kept=left >= LEAST_SUBSTANCE,
            )
        )
    return tuple(found)


def blanked(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> str:
    """The characters [start, end) of `text` with each of the `spans` inside replaced by a blank.

    >>> blanked("log to MLflow daily", 4, 19, [(7, 13)])
    'to ____ daily'
    """
    parts = []
    for span_start, span_end in spans:
        parts += [text[start:span_start], BLANK]
        start = span_end
    return "".join([*parts, text[start:end]])
