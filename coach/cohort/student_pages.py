"""Student pages: each student's feedback as one Markdown file and one HTML page."""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

from coach.cohort.decisions import Decision, in_force
from coach.cohort.marked_answers import marked_answer
from coach.domain import Critique, Depth, Feedback, HarmfulFinding
from coach.render import critique_sentences, numbers
from coach.render.markdown import escaped, feedback_markdown
from coach.scoring.next_steps import STRONG

_STYLE = """
body{font:16px/1.55 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1d2530}
h1{font-size:1.5rem;border-bottom:2px solid #3b6ea5;padding-bottom:.3rem}
h2{font-size:1.1rem;margin-top:1.8rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}td,th{border:1px solid #d5dbe2;padding:.35rem .5rem;
text-align:left;vertical-align:top}blockquote{border-left:3px solid #b9c2cc;margin-left:0;padding-left:1rem;
color:#47525f}hr{margin:3rem 0;border:0;border-top:2px solid #b9c2cc}
@media print{body{margin:0;max-width:none}h2,table{break-inside:avoid}hr{break-after:page;border:0}}
"""
# Nothing of a page may load or run anything, whatever an answer holds.
# From this probability on a student is told that a sentence is unsafe: three in four such findings are right.
SURE = 0.75
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True)
class StudentAnswer:
    """An answer as its student's page shows it: the question's id, and all that was said and decided.

    `own` is the mark that the instructor gave already, and `by_critic` the critic's where that one counts, in
    [0, 5]; `why` says why an answer was not graded.
    """

    question: str
    feedback: Feedback | None
    decisions: Sequence[Decision] = ()
    critique: Critique | None = None
    own: float | None = None
    by_critic: float | None = None
    why: str = ""

    @property
    def read_by_person(self) -> bool:
        """Whether a person read the answer."""
        return self.own is not None or any(one.kind != "regrade" for one in in_force(self.decisions))

    @property
    def marked_by_person(self) -> bool:
        """Whether a person gave the mark that counts."""
        return self.own is not None or any(one.kind == "override" for one in in_force(self.decisions))

    @property
    def mark(self) -> tuple[float | None, str]:
        """The mark that counts, in [0, 5], and who gave it."""
        by_hand = [one.mark for one in in_force(self.decisions) if one.kind == "override"]
        if by_hand and by_hand[-1] is not None:
            return by_hand[-1], "set by your instructor"
        if self.own is not None:
            return self.own, "given by the instructor"
        if self.by_critic is not None:
            return self.by_critic, "from the language model's review below"
        return (None if self.feedback is None else self.feedback.score.overall), ""


def accused(feedback: Feedback) -> tuple[HarmfulFinding, ...]:
    """The findings that are sure enough to tell a student; a person reads the others first."""
    return tuple(one for one in feedback.score.harmful if one.probability is None or one.probability >= SURE)


def headline_for_student(feedback: Feedback, marked_by_person: bool = False) -> str:
    """What an answer is worth, in a sentence that accuses nobody of anything that is not sure.

    Where a person gave the mark, no word of the program's stands against it.
    """
    expected = feedback.score.expected
    explained = sum(one.depth >= Depth.DESCRIBED for one in expected)
    word = feedback.score.overall_word.capitalize()
    told = f"{explained} of {len(expected)} expected dimensions explained."
    return f"The program's reading: {told}" if marked_by_person else f"{word}: {told}"


def student_markdown(student: str, answers: Sequence[StudentAnswer], full: bool = False) -> str:
    """The feedback on a student's answers, one after another; `full` has all that the coach can say.

    What a person wrote for the student stands above it; private reasons and who decided do not.
    """
    parts = [f"Feedback for {escaped(student)}.\n"]
    parts += ["\n\n".join(_answer_blocks(one, full)) + "\n" for one in answers]
    return "\n---\n\n".join(parts)


def _answer_blocks(one: StudentAnswer, full: bool) -> list[str]:
    mark, by = one.mark
    read = (
        "Read by your instructor."
        if one.read_by_person
        else "Marked by a program; no person has read it yet."
    )
    notes = [
        f"**From your instructor:** {escaped(note.note)}" for note in in_force(one.decisions) if note.note
    ]
    if one.feedback is None:
        title = escaped(one.question)
        why = escaped(one.why) if one.why else "No answer was graded."
        told = [f"**The mark is {numbers.mark(mark)} of 5, {by}.**"] if mark is not None and by else []
        return [f"# {title}", *told, read if one.read_by_person else why, *notes]
    feedback = _sure(one.feedback)
    blocks = [f"# {escaped(feedback.question.text)}"]
    if by:
        blocks.append(f"**The mark is {numbers.mark(mark or 0.0)} of 5, {by}.** {read}")
    else:
        blocks.append(f"**{numbers.mark(feedback.score.overall)} of 5.** {read}")
    blocks += notes
    if any(notice.text.startswith("Not scored") for notice in feedback.notices):
        return [*blocks, *(escaped(one.text) for one in feedback.notices[:1])]
    blocks += [feedback_markdown(feedback)] if full else _short(feedback, one.marked_by_person)
    return [*blocks, *([_reviewed(one.critique)] if one.critique is not None else [])]


def _short(feedback: Feedback, marked_by_person: bool) -> list[str]:
    """The answer with marks in it, what is unsafe in it, and what to do next."""
    unsafe = accused(feedback)
    blocks = [escaped(headline_for_student(feedback, marked_by_person)), "## Your answer"]
    blocks.append("In bold: the words that earned a dimension, with its name in brackets.")
    blocks.append(marked_answer(feedback, unsafe))
    if unsafe:
        items = [
            f"- ⚠{place} “{escaped(one.quote)}” Safer: {escaped(one.safer)} {escaped(one.why)}"
            for place, one in enumerate(unsafe, start=1)
        ]
        blocks += ["## Not safe in practice", "\n".join(items)]
    depths = [f"{escaped(one.title)}: {one.depth.word}" for one in feedback.score.expected]
    if depths:
        blocks += ["## What the question asks for", ", ".join(depths) + "."]
    if feedback.next_steps == (STRONG,):
        blocks += ["## A harder question", escaped(feedback.follow_up or STRONG.why)]
    elif feedback.next_steps:
        steps = [
            f"{number}. **{escaped(step.action)}** {escaped(step.why)}"
            for number, step in enumerate(feedback.next_steps, start=1)
        ]
        blocks += ["## What to do next", "\n".join(steps)]
    return blocks


def page_of(markdown: str, title: str) -> str:
    """A self-contained HTML page of Markdown text; markup in the text is shown, not obeyed."""
    body = _MARKDOWN.render(markdown)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(POLICY)}">'
        f'<meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n{body}</body></html>\n"
    )


def write_pages(folder: Path, student: str, answers: Iterable[StudentAnswer], full: bool = False) -> None:
    """Write both files of a student, named by the stand-in; only what differs is written."""
    text = student_markdown(student, list(answers), full)
    for suffix, content in ((".md", text), (".html", page_of(text, f"Feedback for {student}"))):
        path = folder / f"{student}{suffix}"
        data = content.encode("utf-8")
        if not path.exists() or path.read_bytes() != data:
            beside = path.with_name(f".{path.name}.part")
            beside.write_bytes(data)
            beside.replace(path)


def _sure(feedback: Feedback) -> Feedback:
    """The feedback without what is not sure: doubts, findings below SURE, words to a grader.

    The review list shows those to a person first.
    """
    score = feedback.score.model_copy(update={"doubtful": (), "harmful": accused(feedback)})
    return feedback.model_copy(update={"score": score, "manipulation": ()})


def _reviewed(critique: Critique) -> str:
    """What a language model says of the answer, under its own name."""
    lines = [
        "## A language model's review",
        f"{numbers.mark(critique.score.overall)} of 5 by {escaped(str(critique.score.scorer))}. "
        + escaped(critique.summary),
    ]
    items = [
        f"- “{escaped(claim.quote)}” {escaped(claim.comment)}"
        + (f" Better: {escaped(claim.better)}" * bool(claim.better))
        for claim in critique_sentences.useful(critique)
    ]
    return "\n\n".join([*lines, *(["\n".join(items)] if items else [])]) + "\n"
