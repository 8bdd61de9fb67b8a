"""What every form of the feedback says in the same words; the text is not yet made safe to print."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal, NamedTuple

from coach.domain import (
    Depth,
    DimensionScore,
    Feedback,
    FrameCheck,
    Length,
    MaskTest,
    NearestReference,
    Score,
)
from coach.render import numbers

OVERALL_TOP, REASONING_TOP = 5, 3
# A long text can carry hundreds of findings. What is not shown is counted, and the JSON holds it all.
FINDINGS_SHOWN = 5
TOOLS_SHOWN = 40
SENTENCES_SHOWN = 40

_LENGTH_VERDICTS: dict[Literal["short", "fits", "close", "over"], str] = {
    "short": "short, there is time to say more",
    "fits": "fits",
    "close": "close to the limit",
    "over": "over the limit, cut something",
}
_CONFIDENCE_REMARKS = {
    "high": "high",
    "fair": "fair, a grader could differ by half a mark or more",
    "low": "low, take the marks as a rough guide",
}
REPORTED_ONLY = "Words to the grader are reported and earn nothing."
VOIDED = "No mark: an answer with words to the grader must be acceptable without them."
# A statement that may be harmful is no finding: this is all that is said of it.
CHECK, CHECKED = "Check this sentence:", "It may be unsafe or false; it costs nothing."
# What rounding five parts and leaving out the smallest can come to, in tenths of a mark.
_ROUNDING = 3


class MaskedPassage(NamedTuple):
    """Sentences in a row that all kept their sense, or all lost it, once the tool names were out."""

    lost: bool
    text: str


def overall(score: Score) -> str:
    """Return the overall mark in words and figures, as in "Good, 3.9 of 5"."""
    return f"{score.overall_word.capitalize()}, {overall_figure(score)}"


def overall_figure(score: Score) -> str:
    """Return the overall mark out of its top."""
    return f"{numbers.mark(score.overall)} of {OVERALL_TOP}"


def reasoning_figure(score: Score) -> str:
    """Return the mark for reasoning against name-dropping out of its top."""
    return f"{numbers.mark(score.reasoning)} of {REASONING_TOP}"


def made_of(feedback: Feedback) -> str:
    """Say what makes up the overall mark, as in "Made of 2.1 for ... and 0.9 for reasons, less 1.5 for ...".

    The figures add up to the mark: what rounding leaves over goes to the largest. Empty where the scorer does
    not tell the parts, or tells parts that do not explain the mark.
    """
    score = feedback.score
    tenths = {part.kind: round(part.points * 10) for part in score.parts}
    rest = round(score.overall * 10) - sum(tenths.values())
    if feedback.manipulation and not score.overall and rest < 0:
        return VOIDED
    if abs(rest) > _ROUNDING or max(tenths.values(), default=0) <= 0:
        return ""
    tenths[max(tenths, key=lambda kind: tenths[kind])] += rest
    told = {
        "coverage": _covered(score),
        "reasons": "reasons",
        "statements": "single statements",
        "beside": "dimensions not asked for",
    }
    earned = [f"{numbers.mark(value / 10)} for {told[kind]}" for kind, value in tenths.items() if value > 0]
    if not earned:
        return ""
    *others, last = earned
    sum_of = f"{', '.join(others)} and {last}" if others else last
    cost = -tenths.get("harm", 0)
    lost = f", less {numbers.mark(cost / 10)} for {_harmful_statements(score)}" if cost > 0 else ""
    return f"Made of {sum_of}{lost}."


def _covered(score: Score) -> str:
    # A tool's name alone gives a dimension its depth in words, but earns no marks.
    said = sum(one.depth > Depth.ABSENT and not one.named_by_tools for one in score.expected)
    if not said:
        return "traces of what is expected"
    if len(score.expected) == 1:
        return "what is said on the expected dimension"
    return f"what is said on {said} of {len(score.expected)} expected dimensions"


def _harmful_statements(score: Score) -> str:
    count = len(score.harmful)
    return "one harmful statement" if count == 1 else f"{count} harmful statements"


def depth_counts(dimensions: Iterable[DimensionScore]) -> str:
    """Count dimensions by depth, deepest first, as in "4 reasoned, 2 named"."""
    counts = Counter(dimension.depth for dimension in dimensions)
    return ", ".join(f"{counts[depth]} {depth.word}" for depth in sorted(counts, reverse=True))


def unexpected(score: Score) -> str:
    """List the dimensions that were addressed though the question does not expect them; may be empty."""
    others = [one for one in score.dimensions if not one.expected and one.depth > Depth.ABSENT]
    return ", ".join(f"{one.title} ({one.depth.word})" for one in others)


def with_reference(score: Score) -> tuple[DimensionScore, ...]:
    """Return the expected dimensions below reasoned that have a reference answer to learn from."""
    return tuple(one for one in score.expected if one.depth < Depth.REASONED and one.higher is not None)


def like_yours(one: DimensionScore) -> NearestReference | None:
    """Return the reference most like the evidence, where there is evidence and it is not the deeper one."""
    if not one.evidence or one.nearest is None or one.nearest == one.higher:
        return None
    return one.nearest


def reference_note(nearest: NearestReference) -> str:
    """Return what a reference answer earns and how alike it is, as in "reasoned, 0.58"."""
    return f"{nearest.depth.word}, {numbers.similarity(nearest.similarity)}"


def tool_evidence(one: DimensionScore) -> str:
    """Return the tool names that alone stand for a dimension."""
    return "tools: " + ", ".join(dict.fromkeys(piece.quote for piece in one.evidence))


def skipped(frame: Iterable[FrameCheck]) -> str:
    """Say which steps of the frame were skipped, or that none was; empty where no step applies."""
    steps = [step for step in frame if step.applies]
    titles = [step.title.lower() for step in steps if step.depth == Depth.ABSENT]
    if not steps:
        return ""
    return f"skipped: {', '.join(titles)}" if titles else "no step skipped"


def mask_figures(test: MaskTest) -> str:
    """Return the marks with and without the tool names, and how many sentences lost their sense."""
    lost = sum(1 for sentence in test.sentences if sentence.tools and not sentence.kept)
    count = f"{lost} of {len(test.sentences)} sentences" if lost else "no sentence"
    return (
        f"Overall {numbers.mark(test.before)} → {numbers.mark(test.after)}, "
        f"reasoning {numbers.mark(test.reasoning_before)} → {numbers.mark(test.reasoning_after)}; "
        f"{count} lost {'their' if lost > 1 else 'its'} sense{' (marked ✗)' if lost else ''}."
    )


def mask_changes(feedback: Feedback) -> str:
    """List the dimensions whose depth fell without the tool names; may be empty."""
    titles = {one.dimension: one.title for one in feedback.score.dimensions}
    return ", ".join(
        f"{titles.get(change.dimension, change.dimension)} {change.before.word} → {change.after.word}"
        for change in feedback.mask_test.changed
    )


def masked_passages(feedback: Feedback) -> tuple[MaskedPassage, ...]:
    """Return the masked answer in passages; a line break of the answer starts a new one.

    A sentence has lost its sense where names were taken out of it and nothing was left to say.
    """
    passages: list[MaskedPassage] = []
    end = 0
    for sentence in feedback.mask_test.sentences[:SENTENCES_SHOWN]:
        lost = sentence.tools > 0 and not sentence.kept
        same_line = "\n" not in feedback.answer.text[end : sentence.start]
        if passages and same_line and passages[-1].lost == lost:
            passages[-1] = MaskedPassage(lost, f"{passages[-1].text} {sentence.masked}")
        else:
            passages.append(MaskedPassage(lost, sentence.masked))
        end = sentence.end
    return tuple(passages)


def sentences_left_out(test: MaskTest) -> str:
    """Say how many sentences the masked text leaves out; empty where it shows all."""
    return left_out(len(test.sentences), SENTENCES_SHOWN, "sentence")


def tools(test: MaskTest) -> str:
    """List the tools by name with how often each was named; a guessed one says so."""
    counts = Counter((tool.canonical, tool.guessed) for tool in test.tools)
    listed = [
        name + (f" ×{count}" if count > 1 else "") + (" (guessed)" if guessed else "")
        for (name, guessed), count in counts.items()
    ]
    rest = left_out(len(listed), TOOLS_SHOWN, "name")
    return ", ".join(listed[:TOOLS_SHOWN]) + (f" {rest}" if rest else "")


def left_out(count: int, shown: int, noun: str) -> str:
    """Say what a shortened list leaves out, as in "and 3 more sentences"; empty where nothing."""
    rest = count - shown
    if rest <= 0:
        return ""
    return f"and {rest:,} more {noun}" if rest == 1 else f"and {rest:,} more {noun}s"


def length(value: Length) -> str:
    """Return the length in words and in time aloud, against the limit."""
    if not value.words:
        return f"no words; the limit is {numbers.duration(value.limit)}"
    return (
        f"{numbers.words(value.words)}, {numbers.span(value.seconds_fast, value.seconds_slow)} aloud, "
        f"limit {numbers.duration(value.limit)}: {_LENGTH_VERDICTS[value.verdict]}"
    )


def confidence(score: Score) -> str:
    """Return how sure the scorer is, in a word, and what that means for the reader."""
    if score.confidence is None:
        return "not measured"
    return _CONFIDENCE_REMARKS[numbers.confidence(score.confidence)]


def sure(probability: float | None) -> str:
    """Say how sure a finding is, in brackets; empty where the scorer does not say."""
    return "" if probability is None else f" ({numbers.percent(probability)} sure)"


def gain(value: float) -> str:
    """Say what a next step is worth; empty where that rounds to nothing."""
    rise = numbers.gain(value)
    return f"about {rise} overall" if rise else ""
