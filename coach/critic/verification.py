"""Verification: what of a review is borne out by the answer's own words; the rest is dropped and counted."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from coach.critic.replies import ClaimReply, CritiqueReply
from coach.domain import Claim, Depth, Feedback, MaskedSentence, Withdrawal
from coach.scoring.doubt import UNSURE
from coach.text.quotes import locate, overlap

Span = tuple[int, int]
# One passage carries at most this many dimensions. In the graded answers 99 in 100 keep to that
# (tests/critic/test_limits.py), and it keeps one sentence from proving all eleven.
_DIMENSIONS_A_PASSAGE = 3
# Fewer words than this say no process, control or reason.
_FEWEST_WORDS = 4
# What the offline scorer must find (raw depth, in whichever dimension is deepest) in the passages that are to
# prove a depth, all of them together. `coach evaluate --simulated-critics` shows what comes of it.
_LEAST_SUBSTANCE = {Depth.DESCRIBED: 1.05, Depth.REASONED: 1.5}
_PROVES_NAMED = ("reasoning", "description", "name-drop", "harmful")
_PROVES_MORE = ("reasoning", "description", "name-drop")


@dataclass(frozen=True)
class Verified:
    """One review as far as it is proved: claims that were located, depths that rest on them."""

    reply: CritiqueReply
    claims: tuple[Claim, ...]
    unlocated: int
    depths: dict[str, Depth]
    proofs: dict[str, tuple[Claim, ...]]
    withdrawn: tuple[Withdrawal, ...]
    reasons: dict[str, str]


def verified(reply: CritiqueReply, feedback: Feedback, attempts: Sequence[Span]) -> Verified:
    """Check `reply` against the answer of `feedback`; `attempts` are spans that talk to the grader.

    A depth above the offline one needs proof: quotes on its dimension that the answer holds, outside
    `attempts`, all of them together. Above named they need some length, and the offline scorer must find in
    them, too, that something is said, whatever on, once the tool names are out; where that scorer is unsure
    itself, or the text is unlike what it learned from, the quotes are enough. A depth without proof falls to
    the offline one, never to more than the critic said. Dimensions that are not expected are passed over.
    """
    known = {one.dimension: one for one in feedback.score.expected}
    claims, unlocated = _located(reply.claims, feedback.answer.text, known)
    sound = [claim for claim in claims if not _within(claim, attempts)]
    sentences = None if unsure(feedback) else feedback.mask_test.sentences
    depths: dict[str, Depth] = {}
    proofs: dict[str, tuple[Claim, ...]] = {}
    withdrawn: list[Withdrawal] = []
    used: list[Claim] = []
    for id, offline in known.items():
        wanted = reply.dimensions[id].depth if id in reply.dimensions else None
        if wanted is None:
            reason = "the critic could not judge it" if id in reply.dimensions else "the critic gave no depth"
            withdrawn.append(Withdrawal(dimension=id, depth=None, reason=reason))
            depths[id] = offline.depth
            continue
        on_it = [claim for claim in sound if id in claim.dimensions]
        proof, reason = _proof(Depth(wanted), on_it, sentences, used)
        if reason and wanted > offline.depth:
            withdrawn.append(Withdrawal(dimension=id, depth=Depth(wanted), reason=reason))
        depths[id] = min(Depth(wanted), offline.depth) if reason else Depth(wanted)
        proofs[id] = proof
        used += [claim.model_copy(update={"dimensions": (id,)}) for claim in proof]
    return Verified(
        reply=reply,
        claims=claims,
        unlocated=unlocated,
        depths=depths,
        proofs=proofs,
        withdrawn=tuple(withdrawn),
        reasons={id: reply.dimensions[id].reason for id in known if id in reply.dimensions}
        | {"overall": reply.overall_reason, "reasoning": reply.reasoning_reason},
    )


def unsure(feedback: Feedback) -> bool:
    """Whether the offline scorer cannot be a witness: it is unsure, or the text is unlike what it knows."""
    score = feedback.score
    return score.unlike or (score.confidence is not None and score.confidence < UNSURE)


def _located(
    claims: Iterable[ClaimReply], text: str, known: Collection[str]
) -> tuple[tuple[Claim, ...], int]:
    found: list[Claim] = []
    unlocated = 0
    for claim in claims:
        evidence = locate(claim.quote, text)
        if evidence is None:
            unlocated += 1
            continue
        found.append(
            Claim(
                start=evidence.start,
                end=evidence.end,
                quote=evidence.quote,
                kind=claim.kind,
                dimensions=tuple(dict.fromkeys(id for id in claim.dimensions if id in known)),
                comment=claim.comment.strip(),
                better=claim.better.strip(),
            )
        )
    return tuple(dict.fromkeys(found)), unlocated


def _proof(
    depth: Depth, claims: Sequence[Claim], sentences: Sequence[MaskedSentence] | None, used: Sequence[Claim]
) -> tuple[tuple[Claim, ...], str]:
    """The claims that prove `depth` together, and where they do not, why.

    `sentences` are what the offline scorer found in each; None where its word does not count.
    """
    if depth == Depth.ABSENT:
        return (), ""
    kinds = _PROVES_NAMED if depth == Depth.NAMED else _PROVES_MORE
    quoted = tuple(claim for claim in claims if claim.kind in kinds)
    if not quoted:
        return (), "no quote that the answer holds stands behind it"
    if depth == Depth.NAMED:
        return quoted, ""
    proof = tuple(claim for claim in quoted if _uses(claim, used) < _DIMENSIONS_A_PASSAGE)
    if not proof:
        return (), "the words quoted for it already stand behind three other dimensions"
    if sum(len(claim.quote.split()) for claim in proof) < _FEWEST_WORDS:
        return (), f"fewer than {_FEWEST_WORDS} words are quoted for it"
    if sentences is None:
        return proof, ""
    touched = [one for one in sentences if any(_shares(claim, (one.start, one.end)) for claim in proof)]
    if max((one.substance for one in touched), default=0.0) >= _LEAST_SUBSTANCE[depth]:
        return proof, ""
    if any(one.tools for one in touched):
        return (), "the words quoted for it say too little once tool names are out"
    return (), "the offline scorer finds too little said in the words quoted for it"


def _within(claim: Claim, spans: Iterable[Span]) -> bool:
    return any(_shares(claim, span) for span in spans)


def _uses(claim: Claim, used: Iterable[Claim]) -> int:
    return len({other.dimensions for other in used if _shares(claim, (other.start, other.end))})


def _shares(claim: Claim, span: Span) -> bool:
    """Whether a claim and a span are half the same, by the shorter of the two."""
    shared = overlap(claim.start, claim.end, *span)
    return shared * 2 > min(claim.end - claim.start, span[1] - span[0])
