"""The critique as blocks of a Markdown document that nothing in it can inject anything into."""

from collections.abc import Callable

from coach.domain import Critique, Feedback
from coach.render import critique_sentences, sentences


def critique_blocks(feedback: Feedback, critique: Critique, escaped: Callable[[str], str]) -> list[str]:
    """The blocks of a critique; `escaped` makes a text safe to stand on one line of Markdown."""
    remarks = (
        critique_sentences.trust(feedback, critique),
        critique_sentences.spread(critique),
        critique_sentences.ceiling(critique),
        critique.summary,
    )
    blocks = ["## The critic", f"**{escaped(critique_sentences.marks(feedback, critique))}**"]
    blocks += [escaped(remark) for remark in remarks if remark]
    blocks += _disagreements(feedback, critique, escaped)
    blocks += _depths(feedback, critique, escaped)
    blocks += _claims(feedback, critique, escaped)
    if critique.follow_up:
        blocks += ["### The critic would ask next", escaped(critique.follow_up)]
    if critique.rewrite:
        parts = " ".join(escaped(critique_sentences.rewrite_part(part)) for part in critique.rewrite)
        blocks += ["### In your own substance", "Check every sentence; fill in what is in brackets.", parts]
    facts = [
        ("Scored by", str(critique.score.scorer)),
        ("Used", critique_sentences.usage(critique.usage)),
        *(("Warning" if one.kind == "warning" else "Note", one.text) for one in critique.notices),
    ]
    return [*blocks, "\n".join(f"- {name}: {escaped(value)}" for name, value in facts)]


def _disagreements(feedback: Feedback, critique: Critique, escaped: Callable[[str], str]) -> list[str]:
    items = []
    for one in critique.disagreements:
        what, offline, critic = critique_sentences.disagreement(feedback, one)
        items.append(f"- **{escaped(what)}**\n  - Offline: {escaped(offline)}\n  - Critic: {escaped(critic)}")
    if not items:
        return []
    return ["### Look here", "The two scorers are far apart; a person should read these.", "\n".join(items)]


def _depths(feedback: Feedback, critique: Critique, escaped: Callable[[str], str]) -> list[str]:
    notes = critique_sentences.depth_notes(feedback, critique)
    items = []
    for one in critique.score.dimensions:
        if one.expected:
            note = f" ({escaped(notes[one.dimension])})" if notes[one.dimension] else ""
            missing = f" {escaped(one.missing)}" if one.missing else ""
            items.append(f"- **{escaped(one.title)}**: {one.depth.word}{note}.{missing}")
    return ["### Dimensions by the critic", "\n".join(items)] if items else []


def _claims(feedback: Feedback, critique: Critique, escaped: Callable[[str], str]) -> list[str]:
    items = []
    for number, claim in enumerate(critique_sentences.useful(critique), start=1):
        label = critique_sentences.kind(claim.kind)
        better = f"\n   - Better: {escaped(claim.better)}" if claim.better else ""
        items.append(f"{number}. {label}: “{escaped(claim.quote)}”\n   - {escaped(claim.comment)}{better}")
    marked = [
        f"“{escaped(one.text)}”\\[{one.number}\\]" if one.number else escaped(one.text)
        for one in critique_sentences.marked_answer(feedback, critique)
    ]
    rest = sentences.left_out(len(critique.claims), critique_sentences.CLAIMS_SHOWN, "passage")
    dropped = critique_sentences.unlocated(critique)
    blocks = ["### In your answer"] if items else []
    blocks += [" ".join(marked)] if marked else []
    blocks += ["\n".join(items)] if items else []
    blocks += [f"… {rest}."] if rest else []
    return [*blocks, *([dropped] if dropped else [])]
