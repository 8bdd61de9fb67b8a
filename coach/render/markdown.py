"""The feedback as a Markdown document that an answer cannot inject anything into."""

import re

from coach.domain import Depth, DimensionScore, Feedback, FrameCheck
from coach.render import delivery as spoken
from coach.render import numbers, sentences
from coach.render.markdown_critique import critique_blocks
from coach.render.plain import one_line, shortened

# HTML is written as entities, which every dialect knows; the rest are CommonMark's backslash escapes.
# The dollar sign opens mathematics in some dialects, the tilde strikes text through.
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"} | {one: f"\\{one}" for one in r"\`*_[]#~$"}
)
_BLOCK_START = re.compile(r"^(\d{1,9})?([-+=.)])")
_QUOTE_CELLS = 160
_DEPTH_STEPS = int(Depth.REASONED)


def feedback_markdown(feedback: Feedback) -> str:
    """Return `feedback` as Markdown (CommonMark with tables), ending with a newline."""
    blocks = [block for section in _SECTIONS for block in section(feedback)]
    if feedback.critique is not None:
        blocks += critique_blocks(feedback, feedback.critique, escaped)
    return "\n\n".join(blocks) + "\n"


def escaped(text: str) -> str:
    r"""Return `text` on one line, safe to read and with nothing in it that Markdown or HTML acts on.

    >>> escaped("# <b>free</b> `rm` | a")
    '\\# &lt;b&gt;free&lt;/b&gt; \\`rm\\` &#124; a'
    """
    return _BLOCK_START.sub(r"\1\\\2", one_line(text).translate(_ESCAPES))


def _headline(feedback: Feedback) -> list[str]:
    question, score = feedback.question, feedback.score
    bar = numbers.bar(score.overall, sentences.OVERALL_TOP)
    meter = numbers.bar(score.reasoning, sentences.REASONING_TOP)
    return [
        f"# Feedback: {escaped(question.id)}",
        f"> {escaped(question.text)}",
        f"**{sentences.overall(score)}.** {escaped(feedback.headline)}",
        *([made_of] if (made_of := sentences.made_of(feedback)) else []),
        f"- Overall: {sentences.overall_figure(score)} {bar}\n"
        f"- Reasoning rather than name-dropping: {sentences.reasoning_figure(score)} {meter}",
    ]


def _dimensions(feedback: Feedback) -> list[str]:
    score = feedback.score
    blocks: list[str] = []
    if score.expected:
        rows = ["| Dimension | Depth | Your words | What is missing |", "| --- | --- | --- | --- |"]
        rows += [_dimension_row(one) for one in score.expected]
        count = f"{len(score.expected)} expected: {sentences.depth_counts(score.expected)}."
        blocks += ["## Dimensions", count, "\n".join(rows)]
    others = sentences.unexpected(score)
    if others:
        blocks.append(f"Also covered, though not asked for: {escaped(others)}.")
    return blocks


def _dimension_row(one: DimensionScore) -> str:
    if one.named_by_tools:
        words = escaped(shortened(one_line(sentences.tool_evidence(one)), _QUOTE_CELLS))
    else:
        words = _quoted(one.evidence[0].quote) if one.evidence else ""
    depth = f"{numbers.bar(one.depth, _DEPTH_STEPS)} {one.depth.word}"
    return f"| {escaped(one.title)} | {depth} | {words} | {escaped(one.missing or '')} |"


def _references(feedback: Feedback) -> list[str]:
    items = []
    for one in sentences.with_reference(feedback.score):
        lines = [f"- **{escaped(one.title)}**: {escaped(one.separates or '')}"]
        for title, reference in (("Most like yours", sentences.like_yours(one)), ("Deeper", one.higher)):
            if reference is not None:
                note = sentences.reference_note(reference)
                lines.append(f"  - {title}: {escaped(reference.text)} ({note})")
        items.append("\n".join(lines))
    if not items:
        return []
    return [
        "## Nearest reference answers",
        "With what each would earn, and how alike it is to your words.",
        "\n".join(items),
    ]


def _frame(feedback: Feedback) -> list[str]:
    if not feedback.frame:
        return []
    items = "\n".join(f"- **{escaped(step.title)}**: {_frame_text(step)}" for step in feedback.frame)
    remark = sentences.skipped(feedback.frame)
    return ["## Frame", *([f"{escaped(remark).capitalize()}."] if remark else []), items]


def _frame_text(step: FrameCheck) -> str:
    if not step.applies:
        return "not asked for by this question"
    bar = numbers.bar(step.depth, _DEPTH_STEPS)
    return f"{bar} {step.depth.word}" if step.depth else f"{bar} skipped. {escaped(step.asks)}"


def _mask_test(feedback: Feedback) -> list[str]:
    test = feedback.mask_test
    blocks = ["## Mask test", escaped(test.verdict)]
    if not test.tools:
        return blocks
    blocks.append(sentences.mask_figures(test))
    changes = sentences.mask_changes(feedback)
    if changes:
        blocks.append(f"Depth that the names held up: {escaped(changes)}.")
    passages = sentences.masked_passages(feedback)
    texts = [("✗ " if one.lost else "") + escaped(one.text) for one in passages] or [escaped(test.masked)]
    rest = sentences.sentences_left_out(test)
    blocks.append("\n>\n".join(f"> {text}" for text in [*texts, *([f"… {rest}."] if rest else [])]))
    blocks.append(f"Taken out: {escaped(sentences.tools(test))}.")
    return blocks


def _harmful(feedback: Feedback) -> list[str]:
    found = feedback.score.harmful
    if not found:
        return []
    items = [
        f"- You said {_quoted(one.quote)}{sentences.sure(one.probability)}\n"
        f"  - Safer: {escaped(one.safer)}\n"
        f"  - Why: {escaped(one.why)}"
        for one in found[: sentences.FINDINGS_SHOWN]
    ]
    return ["## Harmful statements", "\n".join([*items, *_rest(len(found), "statement")])]


def _manipulation(feedback: Feedback) -> list[str]:
    found = feedback.manipulation
    if not found:
        return []
    items = [f"- {_quoted(one.quote)}" for one in found[: sentences.FINDINGS_SHOWN]]
    return [
        "## Words to the grader",
        "\n".join([*items, *_rest(len(found), "passage")]),
        sentences.REPORTED_ONLY,
    ]


def _next_steps(feedback: Feedback) -> list[str]:
    if not feedback.next_steps:
        return []
    items = []
    for number, step in enumerate(feedback.next_steps, start=1):
        worth = sentences.gain(step.gain)
        action = f"**{escaped(step.action)}**" + (f" ({worth})" if worth else "")
        items.append(f"{number}. {action} {escaped(step.why)}")
    return ["## Next steps", "\n".join(items)]


def _follow_up(feedback: Feedback) -> list[str]:
    return ["## An interviewer might ask next", escaped(feedback.follow_up)] if feedback.follow_up else []


def _delivery(feedback: Feedback) -> list[str]:
    delivery = feedback.delivery
    if delivery is None:
        return []
    rows = "\n".join(f"- {name}: {escaped(value)}" for name, value in spoken.facts(delivery))
    titles = {one.dimension: one.title for one in feedback.score.dimensions}
    _, legend = spoken.strip(delivery.stretches, delivery.duration, titles, 1)
    went = "\n".join(f"- {escaped(one[2:])}" for one in legend)
    return ["## Delivery", "Beside the score, never in it.", rows, "### Where your time went", went]


def _facts(feedback: Feedback) -> list[str]:
    facts = [
        ("Length", sentences.length(feedback.length)),
        ("Confidence", sentences.confidence(feedback.score)),
        ("Scored by", str(feedback.score.scorer)),
    ]
    notices = [("Warning" if one.kind == "warning" else "Note", one.text) for one in feedback.notices]
    lines = [
        *(f"- {name}: {escaped(value)}" for name, value in facts),
        *(
            f"- Note: {sentences.CHECK} {_quoted(one.quote)} {sentences.CHECKED}"
            for one in feedback.score.doubtful
        ),
        *(f"- {name}: {escaped(value)}" for name, value in notices),
    ]
    return ["## About this feedback", "\n".join(lines)]


_SECTIONS = (
    _headline,
    _dimensions,
    _references,
    _frame,
    _mask_test,
    _harmful,
    _manipulation,
    _next_steps,
    _follow_up,
    _delivery,
    _facts,
)


def _quoted(quote: str) -> str:
    return f"“{escaped(shortened(one_line(quote), _QUOTE_CELLS))}”"


def _rest(count: int, noun: str) -> list[str]:
    rest = sentences.left_out(count, sentences.FINDINGS_SHOWN, noun)
    return [f"- {rest}"] if rest else []
