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


def claim(quote: str, kind: str = "reasoning", dimension: str | None = None, **more: str) -> dict[str, Any]:
    base = {"quote": quote, "kind": kind, "dimension": dimension, "comment": "It says why.", "better": ""}
    return {**base, **more}


def review(
    claims: Sequence[dict[str, Any]], depths: dict[str, int | None], overall: float | None = 3, **more: Any
) -> str:
    """A review as a model writes it."""
    return json.dumps(
        {
            "claims": list(claims),
            "dimensions": [
                {"dimension": id, "depth": depth, "reason": f"{id} reads as {depth}"}
                for id, depth in depths.items()
            ],
            "reasoning": 2,
            "reasoning_reason": "process, with some reasons",
            "overall": overall,
            "overall_reason": "carried by its process",
            "summary": "You say what is done; say more often why.",
            **more,
        }
    )


def sentences(text: str) -> list[str]:
    return [one.strip() for one in re.split(r"(?<=[.!?])\s+|\n+", text) if one.strip()]


def honest(body: Body) -> str:
    """Every reply of a model that quotes the answer's first sentence for each dimension, and follows the rest."""
    about = is_about(body)
    if about == "follow_up":
        return json.dumps({"question": "What would make you wait instead?"})
    first = sentences(answer_in(body))[0]
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
    claims = [claim(one, dimension=id) for id in ids for one in sentences(answer_in(body))[:12]]
    return review(claims, dict.fromkeys(ids, 3), 5, reasoning=3)
