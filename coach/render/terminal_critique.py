"""The critique as a page for a terminal or a pipe, below the offline feedback or on its own."""

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from coach.domain import Critique, Feedback
from coach.render import critique_sentences, numbers, sentences
from coach.render.layout import Page

_LABEL_CELLS = 22
_KIND_CELLS = len("Description")
_QUOTE_CELLS = 240
_DEPTH_STEPS = sentences.REASONING_TOP


class CritiquePage:
    """A rich renderable of a feedback's critique and of the notices that came with it."""

    def __init__(self, feedback: Feedback) -> None:
        self._feedback = feedback

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the page line by line."""
        page = Page(console, options.max_width, options.encoding)
        if self._feedback.critique is not None:
            critique_sections(page, self._feedback, self._feedback.critique)
        for line in page.lines:
            line.no_wrap = True
            line.overflow = "ignore"
            yield line


def critique_sections(page: Page, feedback: Feedback, critique: Critique) -> None:
    """Add the critique to a page."""
    page.blank()
    page.rule("The critic")
    page.paragraph(page.text(critique_sentences.marks(feedback, critique), "bold"))
    for remark in (
        critique_sentences.trust(feedback, critique),
        critique_sentences.spread(critique),
        critique_sentences.ceiling(critique),
    ):
        if remark:
            page.paragraph(page.text(remark))
    if critique.summary:
        page.blank()
        page.paragraph(page.text(critique.summary))
    _disagreements(page, feedback, critique)
    _depths(page, feedback, critique)
    _claims(page, feedback, critique)
    if critique.follow_up:
        page.heading("The critic would ask next")
        page.paragraph(page.text(critique.follow_up))
    if critique.rewrite:
        page.heading("In your own substance", "check every sentence; fill in what is in brackets")
        parts = " ".join(critique_sentences.rewrite_part(part) for part in critique.rewrite)
        page.paragraph(page.text(parts))
    page.blank()
    page.row(page.text("Scored by"), [page.text(str(critique.score.scorer))], _KIND_CELLS)
    page.row(page.text("Used"), [page.text(critique_sentences.usage(critique.usage))], _KIND_CELLS)
    for notice in critique.notices:
        label = "Warning" if notice.kind == "warning" else "Note"
        page.row(page.text(label), [page.text(notice.text)], _KIND_CELLS)


def _disagreements(page: Page, feedback: Feedback, critique: Critique) -> None:
    if not critique.disagreements:
        return
    page.heading("Look here", "the two scorers are far apart; a person should read these")
    for one in critique.disagreements:
        what, offline, critic = critique_sentences.disagreement(feedback, one)
        page.paragraph(page.text(what, "yellow"))
        page.row(page.text("Offline"), [page.text(offline)], _KIND_CELLS)
        page.row(page.text("Critic"), [page.text(critic)], _KIND_CELLS)


def _depths(page: Page, feedback: Feedback, critique: Critique) -> None:
    notes = critique_sentences.depth_notes(feedback, critique)
    shown = [one for one in critique.score.dimensions if one.expected]
    if not shown:
        return
    page.heading("Dimensions by the critic")
    for one in shown:
        depth = f"{numbers.bar(one.depth, _DEPTH_STEPS)} {one.depth.word}"
        note = f"({notes[one.dimension]})" if notes[one.dimension] else ""
        bodies = [Text.assemble(page.text(depth), " ", page.text(note, "dim"))]
        if one.missing:
            bodies.append(page.text(one.missing))
        page.row(page.text(one.title), bodies, _LABEL_CELLS)


def _claims(page: Page, feedback: Feedback, critique: Critique) -> None:
    dropped = critique_sentences.unlocated(critique)
    if critique.claims:
        page.heading("In your answer", "what the critic remarks on, the most useful first")
        page.paragraph(_marked(page, feedback, critique))
        page.blank()
    for number, claim in enumerate(critique_sentences.useful(critique), start=1):
        quote = Text.assemble(page.text("“"), page.fitted(claim.quote, _QUOTE_CELLS), page.text("”"))
        bodies = [quote, page.text(claim.comment)]
        if claim.better:
            bodies.append(Text.assemble(page.text("→"), " ", page.text(claim.better)))
        page.row(page.text(f"{number} {critique_sentences.kind(claim.kind)}"), bodies, _KIND_CELLS + 2)
    rest = sentences.left_out(len(critique.claims), critique_sentences.CLAIMS_SHOWN, "passage")
    for remark in (f"… {rest}." if rest else "", dropped):
        if remark:
            page.paragraph(page.text(remark, "dim"))


def _marked(page: Page, feedback: Feedback, critique: Critique) -> Text:
    """The answer with quotation marks around what is remarked on, as evidence has them, and its number."""
    parts: list[Text] = []
    for one in critique_sentences.marked_answer(feedback, critique):
        if one.number:
            parts.append(
                Text.assemble(page.text("“"), page.text(one.text, "bold"), page.text(f"”[{one.number}]"))
            )
        else:
            parts.append(page.text(one.text, "dim"))
    return Text(" ").join(parts)
