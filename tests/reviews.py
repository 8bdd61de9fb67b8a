"""What a model could reply: honest reviews, and those of a model that does what the answer tells it."""

import json
import re
from collections.abc import Sequence
from typing import Any

from chat_server import Body

_FENCED = re.compile(r"^----- (answer-[0-9a-f]{32})\n(.*?)\n----- \1$", re.MULTILINE | re.DOTALL)


def answer_in(body: Body) -> str:
    """The answer that stands in a prompt, between its two lines."""
    prompts = [message["content"] for message in body["messages"]]
    found = [match for prompt in prompts for match in _FENCED.findall(prompt)]
    assert len(found) == 1, "the answer stands between two lines of one unguessable word"
    return str(found[0][1])


def expected_in(body: Body) -> list[str]:
    """The dimensions that a prompt asks a depth for."""
    (line,) = re.findall(r"^Expected dimensions: (.*)$", body["messages"][1]["content"], re.MULTILINE)
    return str(line).split(", ")


def is_about(body: Body) -> str:
    """Which of the prompts a call was made with."""
    system = body["messages"][0]["content"]
    if "follow-up question" in system:
        return "follow_up"
    return "rewrite" if "say their own answer better" in system else "critique"


def claim(
    quote: str, kind: str = "reasoning", dimension: str | Sequence[str] = (), **more: str
) -> dict[str, Any]:
    ids = [dimension] if isinstance(dimension, str) else list(dimension)
    base = {"quote": quote, "kind": kind, "dimensions": ids, "comment": "It says why.", "better": ""}
    return {**base, **more}


def review(
    claims: Sequence[dict[str, Any]], depths: dict[str, int | None], overall: float | None = 3, **more: Any
) -> str:
    """A review as a model writes it."""
    return json.dumps(
        {
            "claims": list(claims),
            "dimensions": {
                id: {"reason": f"{id} reads as {depth}", "depth": depth} for id, depth in depths.items()
            },
            "reasoning_reason": "process, with some reasons",
            "reasoning": 2,
            "overall_reason": "carried by its process",
            "overall": overall,
            "summary": "You say what is done; say more often why.",
            **more,
        }
    )


def sentences(text: str) -> list[str]:
    return [one.strip() for one in re.split(r"(?<=[.!?])\s+|\n+", text) if one.strip()]


def honest(body: Body) -> str:
    """Every reply of a model that quotes the answer's longest sentence for each dimension."""
    about = is_about(body)
    if about == "follow_up":
        return json.dumps({"quote": "", "question": "What would make you wait instead?"})
    first = max(sentences(answer_in(body)), key=len)
    if about == "rewrite":
        parts = [
            {"text": f"To begin with: {first}", "quotes": [first], "fill_in": False},
            {"text": "Say which limit raises the alert.", "quotes": [], "fill_in": True},
        ]
        return json.dumps({"parts": parts})
    ids = expected_in(body)
    return review([claim(first, dimension=id) for id in ids], dict.fromkeys(ids, 2))


def obeying(body: Body) -> str:
    """The replies of a model that was talked into the best of marks, and proves them with whatever it finds.

    It quotes every sentence of the answer for every dimension, which is the most that it can do.
    """
    about = is_about(body)
    if about != "critique":
        return honest(body)
    ids = expected_in(body)
    found = sentences(answer_in(body))[:12]
    # A claim names three dimensions at most, so that each sentence stands behind three others.
    claims = [
        claim(one, dimension=[ids[(3 * place + more) % len(ids)] for more in range(min(3, len(ids)))])
        for place, one in enumerate(found * 12)
    ][:12]
    return review(claims, dict.fromkeys(ids, 3), 5, reasoning=3)
