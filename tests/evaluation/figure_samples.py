"""A scorer that reads its marks from marks written into texts, and folders of such texts, for the tests.

`#3.5` in a text is its overall mark, `drift=2` a depth, `^0.9` at the end of a sentence its probability of
being harmful (from 0.8 on a finding), `%0.4` the confidence, and `+drift:1.2` a next step and its promise.
"""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from coach.domain import Answer, Depth, DimensionScore, HarmfulFinding, NextStep, Score, ScorerId
from coach.packs import Pack

SHOWN = 0.8


class StubScorer:
    """Stands in for the scorer: whose texts it has learnt from, and what it makes of a text."""

    def __init__(self, pack: Pack, learnt_from: Iterable[str] = (), name: str = "stub") -> None:
        self.pack = pack
        self.learnt_from = tuple(learnt_from)
        self.id = ScorerId(name=name, version="0", pack="none")
        self.coached: list[str] = []

    def examine(self, text: str, question: object) -> Any:
        """Each sentence with its probability; no reading of an empty text."""
        found = sentences(text)
        reading = SimpleNamespace(harm=[one[2] for one in found]) if found else None
        scored = [SimpleNamespace(start=start, end=end) for start, end, _ in found]
        return SimpleNamespace(scored=scored, reading=reading)


def sentences(text: str) -> list[tuple[int, int, float]]:
    """Start, end and probability of harm of each sentence."""
    return [
        (match.start(), match.end(), float(match[1] or 0))
        for match in re.finditer(r"[^.\s](?:[^.]|(?<=\d)\.(?=\d))*?(?:\^([\d.]+\d))?\.(?!\d)", text)
    ]


def stub_coach(answer: Answer, scorer: Any) -> Any:
    """Feedback, as far as figures read it."""
    scorer.coached.append(answer.text)
    said = {name: int(depth) for name, depth in re.findall(r"(\w+)=(\d)", answer.text)}
    overall = sum(map(float, re.findall(r"#([\d.]*\d)", answer.text)))
    confidence = re.search(r"%(\d\.\d+)", answer.text)
    steps = [
        NextStep(action="", why="", dimension=name, gain=float(gain))
        for name, gain in re.findall(r"\+(\w+):([\d.]*\d)", answer.text)
    ]
    score = Score(
        overall=min(5, overall),
        reasoning=min(3, overall),
        dimensions=tuple(
            DimensionScore(
                dimension=one.id,
                title=one.title,
                expected=True,
                depth=Depth(said.get(one.id, 0)),
                raw=said.get(one.id, 0),
            )
            for one in scorer.pack.dimensions
        ),
        harmful=tuple(
            HarmfulFinding(
                start=start,
                end=end,
                quote=answer.text[start:end],
                statement="",
                safer="",
                why="",
                probability=probability,
            )
            for start, end, probability in sentences(answer.text)
            if probability >= SHOWN
        ),
        confidence=float(confidence[1]) if confidence else None,
        scorer=scorer.id,
    )
    return SimpleNamespace(score=score, next_steps=tuple(steps))


def graded_row(
    id: str,
    answer: str,
    overall: float,
    writer: str = "a",
    question: str = "what-is-drift",
    depths: dict[str, float] | None = None,
    harmful: Sequence[tuple[int, int]] = (),
) -> dict[str, Any]:
    """A graded answer as its file has it."""
    dimensions = {name: {"depth": depth, "evidence": []} for name, depth in (depths or {}).items()}
    return {
        "id": id,
        "writer": writer,
        "question": question,
        "channel": "typed",
        "intent": "",
        "answer": answer,
        "labels": {
            "overall": overall,
            "reasoning": min(3, overall),
            "dimensions": dimensions,
            "harmful": list(harmful),
            "tools": [],
            "graders": 1,
        },
    }


def contrast_row(id: str, **keys: Any) -> dict[str, Any]:
    """A row of a contrast set; every set gets the keys that it needs from `keys`."""
    return {"id": id, "question": "what-is-drift", "channel": "typed", "kind": "made up", **keys}


def write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    """Write rows as JSON Lines, with the folders on the way."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return path
