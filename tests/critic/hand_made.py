"""Turns the reviews of recorded/reviews.yaml, written by hand, into a recording: `python tests/critic/hand_made.py`.

With tests/ and this folder on PYTHONPATH. `coach evaluate --replay tests/critic/recorded/hand-made.jsonl
reference_answers/mlops/graded/answers.jsonl` then measures that reviewer as if it were a model.
"""

import json
from pathlib import Path
from typing import Any

import yaml

from coach.critic.asking import Ask
from coach.critic.recording import Exchange
from coach.critic.replies import CritiqueReply
from coach.packs import Pack, load_pack
from coach.prompts import load_prompt
from coach.resources import default_pack_dir
from coach.scoring.graded import GradedAnswer, load_graded

FOLDER = Path(__file__).with_name("recorded")
REVIEWS = FOLDER / "reviews.yaml"
RECORDING = FOLDER / "hand-made.jsonl"
GRADED = default_pack_dir() / "graded" / "answers.jsonl"
MODEL = "a-careful-reader"


def written() -> dict[str, Any]:
    """The reviews by the id of the answer."""
    return dict(yaml.safe_load(REVIEWS.read_text(encoding="utf-8")))


def reply(review: dict[str, Any]) -> str:
    """A review in the form that a model is asked for."""
    names = ("kind", "dimensions", "quote", "comment", "better")
    claims = [dict(zip(names, claim, strict=True)) for claim in review["claims"]]
    return json.dumps(
        {
            "claims": [
                {name: claim[name] for name in ("quote", "kind", "dimensions", "comment", "better")}
                for claim in claims
            ],
            "dimensions": {
                id: {"reason": reason, "depth": depth} for id, (depth, reason) in review["depths"].items()
            },
            "reasoning_reason": review["reasoning"][1],
            "reasoning": review["reasoning"][0],
            "overall_reason": review["overall"][1],
            "overall": review["overall"][0],
            "summary": review["summary"],
        }
    )


def exchange(graded: GradedAnswer, review: dict[str, Any], pack: Pack) -> Exchange:
    """The exchange that a replay finds for an answer; it holds no messages, as none were sent."""
    prompt = load_prompt("critique.v2")
    values = {"question": pack.question(graded.question).text}
    ask = Ask(prompt, values, graded.answer, CritiqueReply)
    return Exchange(
        trace=ask.trace, prompt=str(prompt), model=MODEL, answer=graded.answer, reply=reply(review)
    )


def recording() -> str:
    """The whole recording."""
    pack = load_pack(default_pack_dir())
    by_id = {one.id: one for one in load_graded(GRADED)}
    lines = [exchange(by_id[id], review, pack) for id, review in written().items()]
    return "".join(one.model_dump_json(exclude_defaults=True) + "\n" for one in lines)


if __name__ == "__main__":
    RECORDING.write_text(recording(), encoding="utf-8")
