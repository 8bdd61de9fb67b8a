"""The lexicon against its case table, and what holds of any text."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from growth import grows_with_its_length
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.domain import Tool
from coach.text.lexicon import Lexicon

HERE = Path(__file__).parent
TOOLS = HERE.parents[1] / "reference_answers" / "mlops" / "tools.yaml"
# Pieces that names, everyday words and separators are made of, so that random texts come near the rules.
PIECES = (
    *("MLflow", "em el flow", "ml", "flow", "Azure", "as your", "DevOps", "dev ops", "Feast", "feast"),
    *("delta", "Delta", "Boards", "repos", "pipelines", "Zorblax", "ModelHub", "a k s", "AKS", "Great"),
    *("Expectations", "in", "with", "the", "and", "or", "of", "to", "logged to", "use", "teams", "Teams"),
    *(",", ".", ":", "/", "->", "\n", "____", "'s", "-", "(", ")", "_", "é", "İ", "Kafka", "git ops"),
)
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=30).map(" ".join)


def document() -> dict[str, Any]:
    """Read the tools file."""
    loaded: dict[str, Any] = yaml.safe_load(TOOLS.read_text(encoding="utf-8"))
    return loaded


@cache
def lexicon() -> Lexicon:
    """Build the lexicon once for all tests."""
    data = document()
    tools = tuple(Tool(**tool) for tool in data["tools"])
    return Lexicon(tools, data["sounds"], frozenset(data["not_tools"]))


def cases() -> list[Any]:
    """Read the case table."""
    table = yaml.safe_load((HERE / "lexicon_cases.yaml").read_text(encoding="utf-8"))
    return [
        pytest.param(case, id=f"{group}: {case['text'][:40]!r}")
        for group, rows in table.items()
        for case in rows
    ]


@pytest.mark.parametrize("case", cases())
def test_case(case: dict[str, Any]) -> None:
    mentions = lexicon().find(case["text"])
    assert [mention.text for mention in mentions] == case["found"]
    assert [mention.text for mention in mentions if mention.guessed] == case.get("guessed", [])
    if "names" in case:
        assert [mention.name for mention in mentions] == case["names"]


def test_every_tool_has_a_category_of_the_file() -> None:
    data = document()
    assert {tool["category"] for tool in data["tools"]} <= set(data["categories"])
    names = [tool["name"] for tool in data["tools"]]
    assert len(names) == len(set(names))


def test_dimensions_are_those_of_the_rubric() -> None:
    dimensions = {category["dimension"] for category in document()["categories"].values()} - {None}
    assert dimensions <= set(
        "problem data training validation registry deployment monitoring drift rollback retraining "
        "governance".split()
    )


def test_every_certain_name_is_found_on_its_own() -> None:
    missed = [
        tool["name"]
        for tool in document()["tools"]
        if not tool.get("ambiguous")
        and [mention.text for mention in lexicon().find(f"We use {tool['name']} daily, for all teams.")]
        != [tool["name"]]
    ]
    assert missed == []


def test_a_guess_is_of_unknown_category() -> None:
    (mention,) = lexicon().find("It is logged to Zorblax.")
    assert (mention.guessed, mention.category, mention.name) == (True, "unknown", "Zorblax")


@given(texts)
@settings(max_examples=400, deadline=None)
def test_mentions_are_exact_sorted_and_apart(text: str) -> None:
    end = 0
    for mention in lexicon().find(text):
        assert text[mention.start : mention.end] == mention.text != ""
        assert mention.start >= end
        end = mention.end


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read(text: str) -> None:
    for mention in lexicon().find(text):
        assert text[mention.start : mention.end] == mention.text


@pytest.mark.parametrize(
    "piece", ["em el flow and ", "m", "delta, ", "Zorblax, MLflow, ", "\n", "a ", "x@", "____ "]
)
def test_time_grows_with_the_text_and_not_faster(piece: str) -> None:
    assert grows_with_its_length(lexicon().find, piece, 160_000)
