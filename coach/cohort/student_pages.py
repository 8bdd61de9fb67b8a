"""Student pages: each student's feedback as one Markdown file and one HTML page."""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

from coach.cohort.decisions import Decision
from coach.domain import Critique, Feedback
from coach.render import critique_sentences, numbers
from coach.render.markdown import escaped, feedback_markdown

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
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True)
class StudentAnswer:
    """An answer as its student's page shows it: the question's id, and all that was said and decided.

    `own` is the mark that the instructor gave already, and `by_critic` the critic's where that one counts, in
    [0, 5].
    """

    question: str
    feedback: Feedback | None
    decisions: Sequence[Decision] = ()
    critique: Critique | None = None
    own: float | None = None
    by_critic: float | None = None


def student_markdown(student: str, answers: Sequence[StudentAnswer]) -> str:
    """The feedback on a student's answers, one after another.

    A mark that a person changed is shown with the reason, and not with who changed it.
    """
    parts = [f"Feedback for {escaped(student)}.\n"]
    for one in answers:
        lines = [_decided(decision) for decision in one.decisions] or _counts(one)
        if one.feedback is None:
            lines.append(f"# Feedback: {escaped(one.question)}\n\nNo answer was graded.\n")
        else:
            lines.append(feedback_markdown(one.feedback))
        if one.critique is not None:
            lines.append(_reviewed(one.critique))
        parts.append("\n".join(lines))
    return "\n---\n\n".join(parts)


def page_of(markdown: str, title: str) -> str:
    """A self-contained HTML page of Markdown text; markup in the text is shown, not obeyed."""
    body = _MARKDOWN.render(markdown)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(POLICY)}">'
        f'<meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n{body}</body></html>\n"
    )


def write_pages(folder: Path, student: str, answers: Iterable[StudentAnswer]) -> None:
    """Write both files of a student, named by the stand-in; only what differs is written."""
    text = student_markdown(student, list(answers))
    for suffix, content in ((".md", text), (".html", page_of(text, f"Feedback for {student}"))):
        path = folder / f"{student}{suffix}"
        data = content.encode("utf-8")
        if not path.exists() or path.read_bytes() != data:
            beside = path.with_name(f".{path.name}.part")
            beside.write_bytes(data)
            beside.replace(path)


def _decided(one: Decision) -> str:
    if one.kind == "override" and one.mark is not None:
        return f"**The mark is {numbers.mark(one.mark)} of 5, set by a person:** {escaped(one.reason)}\n"
    return f"**This answer was graded anew:** {escaped(one.reason)}\n"


def _counts(one: StudentAnswer) -> list[str]:
    """Whose mark counts, where it is not the one that the feedback begins with."""
    if one.own is not None:
        told = f"The mark is {numbers.mark(one.own)} of 5, given by the instructor."
    elif one.by_critic is not None:
        told = f"The mark is {numbers.mark(one.by_critic)} of 5, from the language model's review below."
    else:
        return []
    return [f"**{told}** The marks that follow are the offline scorer's.\n"]


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
