"""What every form of a critique says in the same words; the text is not yet made safe to print."""

from typing import NamedTuple

from coach.domain import Claim, ClaimKind, Critique, Disagreement, Feedback, RewritePart, Usage
from coach.render import numbers, sentences

CLAIMS_SHOWN = 5
# What helps a speaker most: first what costs marks, then what earns none, last what is good already.
_USEFUL: tuple[ClaimKind, ...] = ("harmful", "name-drop", "filler", "description", "reasoning")
# Of the words between two marked passages, so many characters stay at each end.
_AROUND = 70
_KINDS: dict[ClaimKind, str] = {
    "reasoning": "Reasoning",
    "description": "Description",
    "name-drop": "Name-drop",
    "filler": "Filler",
    "harmful": "Harmful",
}


class Marked(NamedTuple):
    """Words of the answer; `number` is that of the claim that they are marked for, 0 where for none."""

    text: str
    number: int


def useful(critique: Critique) -> tuple[Claim, ...]:
    """The claims that are shown, the most useful first; of equals those that say how to say it better."""
    ordered = sorted(critique.claims, key=lambda one: (_USEFUL.index(one.kind), not one.better, one.start))
    return tuple(ordered[:CLAIMS_SHOWN])


def marked_answer(feedback: Feedback, critique: Critique) -> list[Marked]:
    """The answer with the passages marked that the shown claims speak of; long words between are cut."""
    text = feedback.answer.text
    numbered = sorted((one.start, one.end, place) for place, one in enumerate(useful(critique), start=1))
    found: list[Marked] = []
    at = 0
    for start, end, number in numbered:
        if start < at or not text[start:end].strip():
            continue
        found += [Marked(_between(text[at:start], at == 0), 0), Marked(text[start:end], number)]
        at = end
    if not found:
        return []
    rest = " ".join(text[at:].split())
    found.append(Marked(rest if len(rest) <= _AROUND else f"{rest[:_AROUND].rstrip()} …", 0))
    return [one for one in found if one.text]


def _between(text: str, first: bool) -> str:
    words = " ".join(text.split())
    if len(words) <= 2 * _AROUND:
        return words
    end = words[-_AROUND:].lstrip()
    return f"… {end}" if first else f"{words[:_AROUND].rstrip()} … {end}"


def trust(feedback: Feedback, critique: Critique) -> str:
    """Which of the two overall marks to trust, by what was measured of this critic."""
    found = critique.calibration
    if feedback.manipulation:
        return "The answer talks to the grader: trust the offline mark, which no words move."
    if found is None or critique.blended is None:
        return (
            "This model was not measured with this prompt, so neither mark is known to be the better one; "
            "coach evaluate --critic measures it."
        )
    shares = {"offline": found.offline, "critic": found.verified, "blend": found.blended}
    best = min(shares, key=lambda name: shares[name])
    marks = {"offline": feedback.score.overall, "critic": critique.score.overall, "blend": critique.blended}
    names = {"offline": "the offline mark", "critic": "the critic's mark", "blend": "both blended"}
    return (
        f"On {found.answers:,} graded answers the offline mark was off by {found.offline:.2f} on average, "
        f"this critic's by {found.verified:.2f}, both blended by {found.blended:.2f}: trust {names[best]}, "
        f"{numbers.mark(marks[best])} of {sentences.OVERALL_TOP}."
    )


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
    word = "Raised" if limit.limit > limit.wanted else "Limited"
    return f"{word} to {given}; the critic gave {wanted}: {limit.reason}."


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
    """A part of the better version; what is to be filled in or confirmed stands in brackets and says so."""
    if part.unsaid:
        new = ", ".join(part.unsaid[:3])
        return f"[not in your answer ({new}): {part.text}]"
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
