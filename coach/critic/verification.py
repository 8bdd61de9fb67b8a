"""Verification: what of a review is borne out by the answer's own words; the rest is dropped and counted."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from coach.critic.replies import ClaimReply, CritiqueReply
from coach.domain import Claim, Depth, Feedback, MaskedSentence, Withdrawal
from coach.text.quotes import locate, overlap

Span = tuple[int, int]
# One passage carries at most this many dimensions. In the graded answers 99 in 100 keep to that
# (tests/critic/test_limits.py), and it keeps one sentence from proving all eleven.
_DIMENSIONS_A_PASSAGE = 3
# Fewer words than this say no process, control or reason.
_FEWEST_WORDS = 4
# What the offline scorer must find (raw depth, in whichever dimension is deepest) in a passage that is to
# prove a depth. Counted on 132 graded answers, which the scorer has seen before. Of 89 dimensions that
# graders called described 20 have no passage that reaches 1.05; for 14 the offline depth, which then stands,
# is as deep all the same, and 6 lose. Of 116 reasoned ones 11 have none that reaches 1.5, and 7 lose. Of 418
# passages of mere vocabulary 37 reach 1.05 (at 0.9 it was 179, and 4 lost), of 21 words to a grader none; of
# the 89 described 28 reach 1.5 (at 1.4 it was 36, and as many reasoned ones lost).
_LEAST_SUBSTANCE = {Depth.DESCRIBED: 1.05, Depth.REASONED: 1.5}
_PROVES_NAMED = ("reasoning", "description", "name-drop", "harmful")
_PROVES_MORE = ("reasoning", "description")


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

    A depth above absent needs a located quote on its dimension, outside `attempts`. Above named it needs one
    of some length in which the offline scorer, too, finds that something is said, whatever on, once the tool
    names are out. A depth that has none is withdrawn to the offline one. Unknown dimensions are passed over.
    """
    known = {one.dimension: one for one in feedback.score.dimensions}
    claims, unlocated = _located(reply.claims, feedback.answer.text, known)
    offline = {id: one.depth for id, one in known.items()}
    sound = [claim for claim in claims if not _within(claim, attempts)]
    given = {one.dimension: one for one in reply.dimensions if one.dimension in known}
    judged = [id for id in known if known[id].expected or id in given]
    depths: dict[str, Depth] = {}
    proofs: dict[str, tuple[Claim, ...]] = {}
    withdrawn: list[Withdrawal] = []
    used: list[Claim] = []
    for id in judged:
        wanted = given[id].depth if id in given else None
        if wanted is None:
            reason = "the critic could not judge it" if id in given else "the critic gave no depth"
            withdrawn.append(Withdrawal(dimension=id, depth=None, reason=reason))
            depths[id] = offline[id]
            continue
        depth = Depth(wanted)
        on_it = [claim for claim in sound if claim.dimension == id]
        proof, reason = _proof(depth, on_it, feedback.mask_test.sentences, used)
        if reason:
            withdrawn.append(Withdrawal(dimension=id, depth=depth, reason=reason))
            depths[id] = offline[id]
            continue
        depths[id], proofs[id] = depth, proof
        used += proof
    return Verified(
        reply=reply,
        claims=claims,
        unlocated=unlocated,
        depths=depths,
        proofs=proofs,
        withdrawn=tuple(withdrawn),
        reasons={id: given[id].reason for id in judged if id in given}
        | {"overall": reply.overall_reason, "reasoning": reply.reasoning_reason},
    )


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
                dimension=claim.dimension
                if claim.dimension is not None and claim.dimension in known
                else None,
                comment=claim.comment.strip(),
                better=claim.better.strip(),
            )
        )
    return tuple(dict.fromkeys(found)), unlocated


def _proof(
    depth: Depth, claims: Sequence[Claim], sentences: Sequence[MaskedSentence], used: Sequence[Claim]
) -> tuple[tuple[Claim, ...], str]:
    """The claims that prove `depth`, and where there are none, why."""
    if depth == Depth.ABSENT:
        return (), ""
    kinds = _PROVES_NAMED if depth == Depth.NAMED else _PROVES_MORE
    proof = tuple(claim for claim in claims if claim.kind in kinds)
    if not proof:
        return (), "no quote that the answer holds stands behind it"
    if depth == Depth.NAMED:
        return proof, ""
    bearing = tuple(claim for claim in proof if _bears(claim, depth, sentences))
    if not bearing:
        return (), "the words quoted for it say too little once tool names are out"
    fresh = tuple(claim for claim in bearing if _uses(claim, used) < _DIMENSIONS_A_PASSAGE)
    return fresh, "" if fresh else "the words quoted for it already stand behind three other dimensions"


def _bears(claim: Claim, depth: Depth, sentences: Sequence[MaskedSentence]) -> bool:
    if len(claim.quote.split()) < _FEWEST_WORDS:
        return False
    return any(
        sentence.substance >= _LEAST_SUBSTANCE[depth] and _shares(claim, (sentence.start, sentence.end))
        for sentence in sentences
    )


def _within(claim: Claim, spans: Iterable[Span]) -> bool:
    return any(_shares(claim, span) for span in spans)


def _uses(claim: Claim, used: Iterable[Claim]) -> int:
    return len({other.dimension for other in used if _shares(claim, (other.start, other.end))})


def _shares(claim: Claim, span: Span) -> bool:
    """Whether a claim and a span are half the same, by the shorter of the two."""
    shared = overlap(claim.start, claim.end, *span)
    return shared * 2 > min(claim.end - claim.start, span[1] - span[0])
