"""The feedback as a page for a terminal or a pipe; colour supports it and carries nothing alone."""

from collections.abc import Iterable

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from coach.domain import Depth, DimensionScore, Feedback, FrameCheck, NearestReference
from coach.render import delivery as spoken
from coach.render import numbers, sentences
from coach.render.layout import INDENT, Body, Page
from coach.render.plain import one_line
from coach.render.terminal_critique import critique_sections

_DEPTH_STYLES = {
    Depth.ABSENT: "red",
    Depth.NAMED: "yellow",
    Depth.DESCRIBED: "cyan",
    Depth.REASONED: "green",
}
_DEPTH_STEPS = int(Depth.REASONED)
# Room for the longest depth word, so that whatever follows it lines up.
_WORD_CELLS = max(len(depth.word) for depth in Depth)
_METER_CELLS = 21
# A pack may give its dimensions long titles; those wrap instead of pushing the words off the page.
_LABEL_CELLS = 22
_QUOTE_CELLS = 240
_SHORTEST_QUOTE = 16
# From this many cells, one line of a quote says enough to be recognised. Where it takes two, wrapping at
# words leaves about this many cells unused.
_LONG_LINE, _WRAP_LOSS = 60, 12
_FACT_CELLS = len("Confidence")
_FINDING_CELLS = len("You said")


class FeedbackPage:
    """A rich renderable of one feedback, fitted to the console's width and encoding."""

    def __init__(self, feedback: Feedback) -> None:
        self._feedback = feedback

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the page line by line."""
        page = Page(console, options.max_width, options.encoding)
        for section in _SECTIONS:
            section(page, self._feedback)
        if self._feedback.critique is not None:
            critique_sections(page, self._feedback, self._feedback.critique)
        for line in page.lines:
            line.no_wrap = True
            line.overflow = "ignore"
            yield line


def feedback_renderable(feedback: Feedback) -> FeedbackPage:
    """Return `feedback` as something rich can print, alone or inside another renderable."""
    return FeedbackPage(feedback)


def print_feedback(feedback: Feedback, console: Console) -> None:
    """Print `feedback` to `console`; nothing of the answer is read as markup or reaches it raw."""
    console.print(FeedbackPage(feedback))


def _headline(page: Page, feedback: Feedback) -> None:
    question, score = feedback.question, feedback.score
    page.paragraph(page.text(question.text, "dim"), indent=0)
    page.blank()
    bar = numbers.bar(score.overall, sentences.OVERALL_TOP)
    page.paragraph(Text.assemble(page.text(sentences.overall(score), "bold"), "  ", page.text(bar)), indent=0)
    page.paragraph(page.text(feedback.headline), indent=0)
    made_of = sentences.made_of(feedback)
    if made_of:
        page.paragraph(page.text(made_of, "dim"), indent=0)
    page.blank()
    meter = numbers.meter(score.reasoning, sentences.REASONING_TOP, _METER_CELLS)
    mark = page.text(f"Reasoning {sentences.reasoning_figure(score)}")
    page.paragraph(Text.assemble(mark, "  ", page.text(f"name-dropping {meter} reasoning")), indent=0)


def _dimensions(page: Page, feedback: Feedback) -> None:
    score = feedback.score
    if score.expected:
        count = len(score.expected)
        page.heading("Dimensions", f"{count} expected: {sentences.depth_counts(score.expected)}")
        label_cells = _label_cells(one.title for one in score.expected)
        for one in score.expected:
            page.row(page.text(one.title), _dimension_bodies(page, one, label_cells), label_cells)
    others = sentences.unexpected(score)
    if others:
        page.blank()
        page.paragraph(page.text(f"Also covered, though not asked for: {others}.", "dim"))


def _dimension_bodies(page: Page, one: DimensionScore, label_cells: int) -> list[Body]:
    depth = Text.assemble(_depth(page, one.depth, one.depth.word.ljust(_WORD_CELLS)), "  ")
    room = max(page.row_room(label_cells) - depth.cell_len, _SHORTEST_QUOTE)
    if one.named_by_tools:
        quote = page.fitted(sentences.tool_evidence(one), _quote_cells(room))
    elif one.evidence:
        quote = _quoted(page, one.evidence[0].quote, _quote_cells(room - 2))
    else:
        quote = Text()
    bodies = [Body(quote, lead=depth)]
    if one.missing:
        bodies.append(Body(page.text(one.missing), lead=Text.assemble(page.text("→"), " ")))
    return bodies


def _references(page: Page, feedback: Feedback) -> None:
    shown = sentences.with_reference(feedback.score)
    if not shown:
        return
    page.heading("Nearest reference answers", "= like yours, + deeper; with depth and likeness")
    label_cells = _label_cells(one.title for one in shown)
    for one in shown:
        bodies = [
            Body(_reference(page, reference), lead=Text.assemble(page.text(mark, style), " "))
            for mark, style, reference in (("=", "dim", sentences.like_yours(one)), ("+", "bold", one.higher))
            if reference is not None
        ]
        page.row(page.text(one.title), bodies, label_cells)


def _reference(page: Page, reference: NearestReference) -> Text:
    note = page.text(f"({sentences.reference_note(reference)})", "dim")
    return Text.assemble(page.text(reference.text), " ", note)


def _frame(page: Page, feedback: Feedback) -> None:
    if not feedback.frame:
        return
    page.heading("Frame", sentences.skipped(feedback.frame))
    label_cells = _label_cells(step.title for step in feedback.frame)
    for step in feedback.frame:
        page.row(page.text(step.title), [_frame_body(page, step)], label_cells)


def _frame_body(page: Page, step: FrameCheck) -> Body:
    if not step.applies:
        return Body(page.text("not asked for by this question", "dim"))
    if step.depth == Depth.ABSENT:
        skipped = Text.assemble(_depth(page, step.depth, "skipped"), "  ")
        return Body(page.text(step.asks), lead=skipped)
    return Body(_depth(page, step.depth, step.depth.word))


def _mask_test(page: Page, feedback: Feedback) -> None:
    test = feedback.mask_test
    page.heading("Mask test", "your answer with every tool name taken out")
    page.paragraph(page.text(test.verdict))
    if not test.tools:
        return
    page.paragraph(page.text(sentences.mask_figures(test)))
    changes = sentences.mask_changes(feedback)
    if changes:
        page.paragraph(page.text(f"Depth that the names held up: {changes}."))
    page.blank()
    _masked_text(page, feedback)
    page.blank()
    page.paragraph(page.text(f"Taken out: {sentences.tools(test)}."))


def _masked_text(page: Page, feedback: Feedback) -> None:
    test = feedback.mask_test
    if not test.sentences:
        page.paragraph(page.text(test.masked), indent=2 * INDENT)
        return
    for passage in sentences.masked_passages(feedback):
        margin = Text.assemble(page.text("✗" if passage.lost else "", "red"))
        margin.pad_right(INDENT - margin.cell_len)
        page.paragraph(page.text(passage.text), margin=margin)
    rest = sentences.sentences_left_out(test)
    if rest:
        page.paragraph(page.text(f"… {rest}.", "dim"))


def _harmful(page: Page, feedback: Feedback) -> None:
    found = feedback.score.harmful
    if not found:
        return
    page.heading("Harmful statements", "these cost marks whatever else is right")
    for number, one in enumerate(found[: sentences.FINDINGS_SHOWN]):
        if number:
            page.blank()
        said = Text.assemble(
            _quoted(page, one.quote, _QUOTE_CELLS), Text(sentences.sure(one.probability), "dim")
        )
        page.row(page.text("You said", "red"), [said], _FINDING_CELLS)
        page.row(page.text("Safer", "green"), [page.text(one.safer)], _FINDING_CELLS)
        page.row(page.text("Why"), [page.text(one.why)], _FINDING_CELLS)
    _rest(page, len(found), "statement")


def _manipulation(page: Page, feedback: Feedback) -> None:
    if not feedback.manipulation:
        return
    page.heading("Words to the grader")
    for one in feedback.manipulation[: sentences.FINDINGS_SHOWN]:
        page.paragraph(_quoted(page, one.quote, _QUOTE_CELLS))
    _rest(page, len(feedback.manipulation), "passage")
    page.paragraph(page.text(sentences.REPORTED_ONLY))


def _next_steps(page: Page, feedback: Feedback) -> None:
    if not feedback.next_steps:
        return
    page.blank()
    page.rule("Next steps")
    for number, step in enumerate(feedback.next_steps, start=1):
        worth = sentences.gain(step.gain)
        action = Text.assemble(page.text(step.action, "bold"), Text(f" ({worth})" if worth else "", "dim"))
        page.row(Text(f"{number}."), [action, page.text(step.why)], 2)
    page.rule()


def _follow_up(page: Page, feedback: Feedback) -> None:
    if feedback.follow_up:
        page.heading("An interviewer might ask next")
        page.paragraph(page.text(feedback.follow_up))


def _delivery(page: Page, feedback: Feedback) -> None:
    delivery = feedback.delivery
    if delivery is None:
        return
    page.heading("Delivery", "beside the score, never in it")
    for name, value in spoken.facts(delivery):
        _fact(page, name, value)
    titles = {one.dimension: one.title for one in feedback.score.dimensions}
    room = page.width - 2 * INDENT
    line, legend = spoken.strip(delivery.stretches, delivery.duration, titles, room)
    page.heading("Where your time went", "by the words that earned a mark")
    page.paragraph(page.text(line))
    page.paragraph(page.text(", ".join(legend), "dim"))


def _facts(page: Page, feedback: Feedback) -> None:
    page.blank()
    _fact(page, "Length", sentences.length(feedback.length))
    _fact(page, "Confidence", sentences.confidence(feedback.score))
    _fact(page, "Scored by", str(feedback.score.scorer))
    for one in feedback.score.doubtful:
        quote = _quoted(page, one.quote, _QUOTE_CELLS)
        note = Text.assemble(page.text(sentences.CHECK), " ", quote, " ", page.text(sentences.CHECKED))
        note.stylize("dim")
        page.row(page.text("Note", "dim"), [note], _FACT_CELLS)
    for notice in feedback.notices:
        _fact(page, "Warning" if notice.kind == "warning" else "Note", notice.text)


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


def _fact(page: Page, name: str, value: str) -> None:
    page.row(page.text(name), [page.text(value)], _FACT_CELLS)


def _depth(page: Page, depth: Depth, word: str) -> Text:
    # The word keeps its padding, so it is joined outside `page.text`; it is one of ours, never the user's.
    style = _DEPTH_STYLES[depth]
    return Text.assemble(page.text(numbers.bar(depth, _DEPTH_STEPS), style), " ", Text(word, style))


def _label_cells(titles: Iterable[str]) -> int:
    return min(max(cell_len(one_line(title)) for title in titles), _LABEL_CELLS)


def _quote_cells(room: int) -> int:
    """How much of a quote to show where a line has `room` cells: one line of it, or two short ones."""
    return room if room >= _LONG_LINE else 2 * room - _WRAP_LOSS


def _quoted(page: Page, quote: str, cells: int) -> Text:
    return Text.assemble(page.text("“"), page.fitted(quote, cells), page.text("”"))


def _rest(page: Page, count: int, noun: str) -> None:
    rest = sentences.left_out(count, sentences.FINDINGS_SHOWN, noun)
    if rest:
        page.paragraph(page.text(f"… {rest}.", "dim"))
