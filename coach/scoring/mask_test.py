"""The mask test: the answer without its tool names, scored again, sentence by sentence."""

import numpy as np

from coach.domain import Depth, DepthChange, MaskedSentence, MaskTest, Score, ToolSpan
from coach.scoring.examination import Examination
from coach.scoring.scorer import LEAST_SUBSTANCE, Scorer
from coach.scoring.substance import LIST, Piece
from coach.text.masking import BLANK

# From this many words for each name taken out, a sentence stands on its own, whatever it is worth.
WORDS_A_NAME = 8
# With so few words for each name, what is left of a list of them is headings ("____ and ____ for data"):
# its words must do more than name something. On graded answers lists by name-droppers have 2 to 4 of them.
LIST_WORDS_A_NAME, LIST_SUBSTANCE = 5, 1.0
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
    after = score
    if masked.spans:
        after = scorer.score(scorer.examine(masked.text, examination.question))
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
    unsafe = bool(after.harmful)
    if not names:
        if sense:
            return "No tool is named, and the answer makes architectural sense as it stands."
        return "No tool is named: it is not names that this answer lacks, but " + (
            "safe practice." if unsafe else "what is done and why."
        )
    if sense and not lost:
        return "Yes: without a single tool name the answer still makes architectural sense."
    if sense:
        return "Yes, in substance: some sentences fall away with their tool names, the reasoning stays."
    if lost * 2 >= len(sentences):
        return "No: take the tool names out and most of the answer goes with them."
    if unsafe:
        return "No: with or without the tool names, what the answer does is unsafe."
    if deepest >= Depth.DESCRIBED:
        return "Only in parts: some of what is left says what is done, too little of it says why."
    if deepest == Depth.ABSENT:
        return "No: with or without the tool names, it says nothing that answers the question."
    return "No: without the tool names it stays vocabulary, with no process, control or reason."


def _sentences(examination: Examination) -> tuple[MaskedSentence, ...]:
    """Every piece of the answer with its names blanked, and what it still says."""
    substance: dict[str, float] = {}
    if examination.reading is not None:
        deepest = examination.reading.substance
        substance = {piece.wording: float(deepest[row]) for row, piece in enumerate(examination.scored)}
    found = []
    for piece, start, end in _apart(examination.pieces):
        inside = [(low, high) for low, high in examination.masked.spans if start <= low and high <= end]
        left = 0.0 if piece.kind == "names" else substance.get(piece.wording, 0.0)
        found.append(
            MaskedSentence(
                start=start,
                end=end,
                masked=" ".join(blanked(examination.text, start, end, inside).split()),
                tools=len(inside),
                substance=float(np.round(left, 2)),
                kept=_kept(piece, left),
            )
        )
    return tuple(found)


def _kept(piece: Piece, substance: float) -> bool:
    """Whether a piece stands without its names; one that has none must say something on the question."""
    least = LEAST_SUBSTANCE
    if piece.kind != "names" and piece.tools:
        if piece.words >= WORDS_A_NAME * piece.tools:
            return True
        if piece.tools >= LIST and piece.words < LIST_WORDS_A_NAME * piece.tools:
            least = LIST_SUBSTANCE
    return substance >= least


def _apart(pieces: tuple[Piece, ...]) -> list[tuple[Piece, int, int]]:
    """The pieces with spans that do not overlap: one that runs around a list of names is cut there."""
    apart = []
    for piece in pieces:
        start = piece.start
        for other in pieces:
            if other is not piece and start <= other.start and other.end < piece.end:
                apart.append((piece, start, other.start))
                start = other.end
        apart.append((piece, start, piece.end))
    return sorted(((piece, start, end) for piece, start, end in apart if start < end), key=lambda one: one[1])


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
