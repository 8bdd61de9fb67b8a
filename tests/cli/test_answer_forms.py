"""The forms of `coach answer`: JSON and its schema, Markdown, terminal, and where an answer comes from."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from command_line import GOOD, QUESTION, run

from coach.domain import Feedback

pytestmark = pytest.mark.usefixtures("loaded")
TEXT = f"{GOOD} We keep every version in MLflow. Nobody needs monitoring once the tests have passed."


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "answer.txt"
    file.write_text(TEXT, encoding="utf-8")
    return file


@pytest.fixture
def document(path: Path) -> dict[str, Any]:
    ran = run("answer", path, "-q", QUESTION, "--json")
    assert (ran.status, ran.err) == (0, "")
    return dict(json.loads(ran.out))


def test_the_document_is_feedback_and_has_the_promised_keys(document: dict[str, Any]) -> None:
    assert Feedback.model_validate(document).model_dump(mode="json") == document
    assert {
        "question",
        "answer",
        "score",
        "mask_test",
        "critique",
        "delivery",
        "next_steps",
        "notices",
    } <= set(document)
    score, masked = document["score"], document["mask_test"]
    assert {"overall", "reasoning", "dimensions", "harmful", "confidence", "scorer"} <= set(score)
    for dimension in score["dimensions"]:
        assert {"dimension", "expected", "depth", "evidence", "missing", "nearest"} <= set(dimension)
        for evidence in dimension["evidence"]:
            assert set(evidence) == {"start", "end", "quote"}
    assert {"masked", "before", "after", "tools", "verdict"} <= set(masked)
    assert masked["tools"]
    for tool in masked["tools"]:
        assert {"name", "start", "end"} <= set(tool)


def test_every_quote_stands_where_it_says(document: dict[str, Any]) -> None:
    found = Feedback.model_validate(document)
    text = found.answer.text
    evidence = [one for dimension in found.score.dimensions for one in dimension.evidence]
    assert evidence
    for span in (*evidence, *found.score.harmful, *found.manipulation):
        assert text[span.start : span.end] == span.quote
    for tool in found.mask_test.tools:
        assert text[tool.start : tool.end] == tool.name
    assert [tool.canonical for tool in found.mask_test.tools] == ["MLflow"]


def test_the_schema_is_of_the_document(document: dict[str, Any]) -> None:
    ran = run("answer", "--schema")
    assert (ran.status, ran.err) == (0, "")
    schema = json.loads(ran.out)
    assert set(document) == set(schema["properties"])
    assert set(schema["required"]) <= set(document)
    # Each part of the document has exactly the keys that the schema has for it.
    parts = [("Score", document["score"]), ("MaskTest", document["mask_test"])]
    parts += [("DimensionScore", one) for one in document["score"]["dimensions"]]
    parts += [("NextStep", one) for one in document["next_steps"]]
    for name, part in parts:
        assert set(part) == set(schema["$defs"][name]["properties"])
        assert schema["$defs"][name]["additionalProperties"] is False


def test_the_same_answer_gets_the_same_document(document: dict[str, Any], path: Path) -> None:
    assert json.loads(run("answer", path, "-q", QUESTION, "--json").out) == document


def test_an_answer_comes_from_a_file_or_standard_input(document: dict[str, Any]) -> None:
    for arguments in (["answer", "-"], ["answer"]):
        ran = run(*arguments, "--question", QUESTION, "--json", text=TEXT)
        assert json.loads(ran.out) == document


def test_a_byte_order_mark_is_no_part_of_the_answer() -> None:
    ran = run("answer", "-", "-q", QUESTION, "--json", text=b"\xef\xbb\xbf" + GOOD.encode())
    assert json.loads(ran.out)["answer"]["text"] == GOOD


def test_a_transcript_is_marked_as_speech(path: Path) -> None:
    ran = run("answer", path, "-q", QUESTION, "--json", "--speech")
    assert json.loads(ran.out)["answer"]["channel"] == "speech"


def test_the_terminal_form_says_all_of_it(path: Path, document: dict[str, Any]) -> None:
    shown = run("answer", path, "-q", QUESTION)
    assert (shown.status, shown.err) == (0, "")
    flat = " ".join(shown.out.split())
    assert document["question"]["text"] in flat
    assert f"{document['score']['overall']:.1f} of 5" in flat
    assert document["mask_test"]["verdict"] in flat
    assert document["next_steps"][0]["action"] in flat
    assert max(map(len, shown.out.splitlines())) <= 80


def test_the_markdown_form_says_all_of_it(path: Path, document: dict[str, Any]) -> None:
    ran = run("answer", path, "-q", QUESTION, "--markdown")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("# ")
    assert f"{document['score']['overall']:.1f}" in ran.out
    assert document["mask_test"]["verdict"] in ran.out


@pytest.mark.parametrize(("form", "colour"), [*product([[], ["--json"], ["--markdown"]], ["", "1"])])
def test_nothing_is_coloured_when_piped(
    form: list[str], colour: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if colour:
        monkeypatch.setenv("NO_COLOR", colour)
    assert "\x1b" not in run("answer", path, "-q", QUESTION, *form).out
