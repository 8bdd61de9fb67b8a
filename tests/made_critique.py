"""A critique made by hand, with as little in it as there can be."""

from coach.domain import Critique, Score, ScorerId, Spread, Usage


def critique(summary: str) -> Critique:
    return Critique(
        score=Score(
            overall=2,
            reasoning=1,
            dimensions=(),
            harmful=(),
            confidence=None,
            scorer=ScorerId(name="critic", version="0", model="m", pack="p"),
        ),
        summary=summary,
        claims=(),
        unlocated=0,
        withdrawn=(),
        ceiling=None,
        disagreements=(),
        reasons={},
        spread=Spread(overall=(2,), reasoning=(1,)),
        follow_up=None,
        rewrite=(),
        usage=Usage(calls=1, remembered=0, prompt_tokens=1, completion_tokens=1, cost=None),
        notices=(),
    )
