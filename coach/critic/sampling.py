"""Sampling: several verified reviews to one score, by the median, with the spread kept."""

from collections.abc import Sequence
from statistics import median, median_low

from coach.critic.limits import disagreements, limited, reach, supported_reasoning
from coach.critic.verification import Verified, unsure
from coach.domain import (
    Calibration,
    Claim,
    Critique,
    Depth,
    DimensionScore,
    Evidence,
    Feedback,
    HarmfulFinding,
    Notice,
    RewritePart,
    Score,
    ScorerId,
    Spread,
    Usage,
    Withdrawal,
)
from coach.errors import ServiceError


def combined(
    samples: Sequence[Verified],
    feedback: Feedback,
    scorer: ScorerId,
    usage: Usage,
    *,
    attempted: bool,
    follow_up: str | None = None,
    rewrite: tuple[RewritePart, ...] = (),
    notices: tuple[Notice, ...] = (),
    calibration: Calibration | None = None,
) -> Critique:
    """The critique that several reviews of one answer come to; `attempted` says that it talks to the grader.

    Every mark is the median of the samples'; the claims are those of the sample nearest to it. Raises
    ServiceError where no sample could judge the whole answer.
    """
    judged = [one for one in samples if one.reply.overall is not None and one.reply.reasoning is not None]
    if not judged:
        raise ServiceError("the model said that it cannot judge this answer", "undecided")
    wanted = median(one.reply.overall or 0.0 for one in judged)
    nearest = min(judged, key=lambda one: abs((one.reply.overall or 0.0) - wanted))
    depths = {id: Depth(median_low(_depths(judged, id))) for id in nearest.depths}
    expected = {one.dimension: one for one in feedback.score.expected}
    supporting = [depths.get(id, one.depth) for id, one in expected.items()]
    harmful = _harmful(nearest.claims)
    limit = limited(
        wanted,
        supporting,
        feedback.score.overall,
        attempted=attempted,
        harmful=bool(harmful),
        within=None if unsure(feedback) else reach(feedback.score.confidence or 0.0),
        lost=_lost(nearest, depths, feedback),
    )
    reasoning = median(one.reply.reasoning or 0.0 for one in judged)
    score = Score(
        overall=round(limit.limit if limit else wanted, 1),
        reasoning=round(min(reasoning, supported_reasoning(supporting)), 1),
        dimensions=_dimensions(depths, judged, nearest, feedback),
        harmful=harmful,
        confidence=None,
        scorer=scorer,
    )
    withdrawn = _withdrawn(depths, nearest)
    before = depths | {one.dimension: one.depth for one in withdrawn if one.depth is not None}
    return Critique(
        score=score,
        summary=nearest.reply.summary.strip(),
        claims=nearest.claims,
        unlocated=nearest.unlocated,
        withdrawn=withdrawn,
        ceiling=limit,
        disagreements=disagreements(feedback, before, wanted, nearest.reasons),
        reasons=nearest.reasons,
        spread=Spread(
            overall=tuple(one.reply.overall or 0.0 for one in judged),
            reasoning=tuple(one.reply.reasoning or 0.0 for one in judged),
        ),
        follow_up=follow_up,
        rewrite=rewrite,
        usage=usage,
        notices=notices,
        calibration=calibration,
        blended=None
        if calibration is None or attempted
        else round(calibration.blend(feedback.score.overall, score.overall), 1),
    )


def _lost(nearest: Verified, depths: dict[str, Depth], feedback: Feedback) -> float:
    """How much deeper, on average, the critic found the expected dimensions than could be proved."""
    given = [
        max(0, (nearest.reply.dimensions[id].depth or 0) - depth)
        for id, depth in depths.items()
        if id in nearest.reply.dimensions
    ]
    return sum(given) / max(1, len(feedback.score.expected))


def _depths(samples: Sequence[Verified], dimension: str) -> list[Depth]:
    return [one.depths[dimension] for one in samples if dimension in one.depths]


def _withdrawn(depths: dict[str, Depth], nearest: Verified) -> tuple[Withdrawal, ...]:
    """What the shown sample lost; what the other samples proved all the same is not lost."""
    return tuple(one for one in nearest.withdrawn if depths[one.dimension] == nearest.depths[one.dimension])


def _dimensions(
    depths: dict[str, Depth], samples: Sequence[Verified], nearest: Verified, feedback: Feedback
) -> tuple[DimensionScore, ...]:
    found = []
    for one in feedback.score.dimensions:
        if one.dimension not in depths:
            continue
        depth = depths[one.dimension]
        agreeing = [nearest, *samples]
        proof = next((s.proofs[one.dimension] for s in agreeing if s.proofs.get(one.dimension)), ())
        evidence = tuple(Evidence(start=c.start, end=c.end, quote=c.quote) for c in proof) if depth else ()
        # Where the offline depth stands in for a withdrawn one, so does what it rests on.
        kept_offline = depth and not evidence and depth == one.depth
        raw = sum(map(int, _depths(samples, one.dimension))) / len(_depths(samples, one.dimension))
        found.append(
            DimensionScore(
                dimension=one.dimension,
                title=one.title,
                expected=one.expected,
                depth=depth,
                raw=raw,
                evidence=one.evidence if kept_offline else evidence,
                missing=None if depth == Depth.REASONED or not one.expected else _missing(one, nearest),
                named_by_tools=bool(kept_offline and one.named_by_tools),
            )
        )
    return tuple(found)


def _missing(one: DimensionScore, nearest: Verified) -> str | None:
    """The critic's own reason for the depth; where it gave none, what the offline scorer misses."""
    return nearest.reasons.get(one.dimension, "").strip() or one.missing


def _harmful(claims: Sequence[Claim]) -> tuple[HarmfulFinding, ...]:
    return tuple(
        HarmfulFinding(
            start=claim.start,
            end=claim.end,
            quote=claim.quote,
            statement="",
            safer=claim.better,
            why=claim.comment,
            probability=None,
        )
        for claim in claims
        if claim.kind == "harmful"
    )
