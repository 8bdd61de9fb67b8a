"""What every form of a critique says in the same words; the text is not yet made safe to print."""

from coach.domain import ClaimKind, Critique, Disagreement, Feedback, RewritePart, Usage
from coach.render import numbers, sentences

CLAIMS_SHOWN = 8
_KINDS: dict[ClaimKind, str] = {
    "reasoning": "Reasoning",
    "description": "Description",
    "name-drop": "Name-drop",
    "filler": "Filler",
    "harmful": "Harmful",
}


def kind(value: ClaimKind) -> str:
    """A kind of claim as a label."""
    return _KINDS[value]


def marks(feedback: Feedback, critique: Critique) -> str:
    """The critic's marks, each with the offline scorer's beside it."""
    score, offline = critique.score, feedback.score
    return (
        f"{sentences.overall(score)} (offline {numbers.mark(offline.overall)}), reasoning "
        f"{sentences.reasoning_figure(score)} (offline {numbers.mark(offline.reasoning)})."
    )


def spread(critique: Critique) -> str:
    """The marks of the samples, where there was more than one."""
    each = critique.spread.overall
    if len(each) < 2:
        return ""
    shown = ", ".join(numbers.mark(one) for one in each)
    return f"Median of {len(each)} samples: {shown}; they differ by {numbers.mark(critique.spread.range)}."


def ceiling(critique: Critique) -> str:
    """Where the overall mark was limited, from what and why; else empty."""
    limit = critique.ceiling
    if limit is None:
        return ""
    given, wanted = numbers.mark(limit.limit), numbers.mark(limit.wanted)
    return f"Limited to {given}; the critic gave {wanted}: {limit.reason}."


def disagreement(feedback: Feedback, one: Disagreement) -> tuple[str, str, str]:
    """What the two scorers see differently, and each one's reason."""
    titles = {of.dimension: of.title for of in feedback.score.dimensions}
    if one.dimension is None:
        what = f"Overall: offline {numbers.mark(one.offline)}, critic {numbers.mark(one.critic)}"
    else:
        title = titles.get(one.dimension, one.dimension)
        what = f"{title}: offline {one.offline:.0f}, critic {one.critic:.0f} of 3"
    return what, one.offline_reason, one.critic_reason or "it gave no reason"


def depth_notes(feedback: Feedback, critique: Critique) -> dict[str, str]:
    """By dimension, what is to be said beside the critic's depth; empty where there is nothing."""
    offline = {one.dimension: one.depth for one in feedback.score.dimensions}
    withdrawn = {one.dimension: one for one in critique.withdrawn}
    notes = {}
    for one in critique.score.dimensions:
        lost = withdrawn.get(one.dimension)
        if lost is not None and lost.depth is None:
            notes[one.dimension] = f"the offline depth: {lost.reason}"
        elif lost is not None and lost.depth is not None:
            notes[one.dimension] = f"the offline depth; {lost.depth.word} was withdrawn: {lost.reason}"
        elif offline[one.dimension] != one.depth:
            notes[one.dimension] = f"offline: {offline[one.dimension].word}"
        else:
            notes[one.dimension] = ""
    return notes


def unlocated(critique: Critique) -> str:
    """How many quotes were dropped; empty where none."""
    count = critique.unlocated
    if not count:
        return ""
    return f"{count} {'quote was' if count == 1 else 'quotes were'} not in the answer and dropped."


def rewrite_part(part: RewritePart) -> str:
    """A part of the better version; what is to be filled in says so."""
    return f"[fill in: {part.text}]" if part.fill_in else part.text


def usage(value: Usage) -> str:
    """What a critique took, as in "2 calls, 3,100 tokens in and 800 out, $0.0042"."""
    parts = [f"{value.calls} {'call' if value.calls == 1 else 'calls'}"] if value.calls else []
    if value.remembered:
        parts.append(f"{value.remembered} from the cache, free")
    if value.calls and value.prompt_tokens is not None:
        parts.append(f"{value.prompt_tokens:,} tokens in and {value.completion_tokens or 0:,} out")
    if value.calls and value.prompt_tokens is None:
        parts.append("not all tokens were counted")
    if value.calls:
        parts.append("price unknown" if value.cost is None else f"${value.cost:.4f}")
    return ", ".join(parts) or "no call"
