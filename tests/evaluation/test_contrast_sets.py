"""Contrast sets: what is read and refused, and how statements are put together."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from figure_samples import contrast_row, write_rows

from coach.errors import InputError
from coach.evaluation.contrast_sets import ContrastPair, SoundOnly, inserted, joined, load_rows
from coach.evaluation.figure_data import FigureData

if TYPE_CHECKING:
    from coach.packs import Pack

SHARED = Path(__file__).resolve().parents[3] / "shared"


def pair(id: str = "p-1", **keys: Any) -> dict[str, Any]:
    return contrast_row(
        id, **{"context_id": "c", "context": "We log.", "safe": "A.", "harmful": "B.", **keys}
    )


def test_rows_are_read_and_notes_of_their_making_passed_over(tmp_path: Path, pack: "Pack") -> None:
    (row,) = load_rows(write_rows(tmp_path / "p.jsonl", [pair(safe_depth=2)]), ContrastPair, pack)
    assert (row.id, row.context, row.harmful, row.channel) == ("p-1", "We log.", "B.", "typed")
    assert not hasattr(row, "kind")


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([pair(), pair("p-2", harmful="")], [":2:", "harmful"]),
        ([pair(), pair()], [":2:", "'p-1'", "line 1"]),
        ([pair(question="what-is-luck")], [":1:", "'what-is-luck'", "mlops"]),
        ([pair(channel="sung")], [":1:", "channel"]),
    ],
)
def test_a_flaw_is_named_with_its_line(
    rows: list[dict[str, Any]], says: list[str], tmp_path: Path, pack: "Pack"
) -> None:
    path = write_rows(tmp_path / "p.jsonl", rows)
    with pytest.raises(InputError) as error:
        load_rows(path, ContrastPair, pack)
    assert "\n" not in str(error.value)
    for word in (str(path), *says):
        assert word in str(error.value)


def test_an_unknown_dimension_is_refused(tmp_path: Path, pack: "Pack") -> None:
    path = write_rows(tmp_path / "s.jsonl", [contrast_row("s", dimension="luck", depth=2, text="A.")])
    with pytest.raises(InputError, match="'luck' is no dimension of pack mlops"):
        load_rows(path, SoundOnly, pack)


@pytest.mark.parametrize("text", ["{", "[1]"])
def test_what_is_no_row_is_refused(text: str, tmp_path: Path, pack: "Pack") -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"p\.jsonl:1: "):
        load_rows(path, ContrastPair, pack)


@pytest.mark.parametrize(
    ("context", "channel", "whole"),
    [
        ("We log. ", "typed", "We log. Then we test."),
        ("We log (daily.)", "typed", "We log (daily.) Then we test."),
        ("We log", "typed", "We log. Then we test."),
        ("we log", "speech", "we log Then we test."),
        ("Steps:\n- we log", "typed", "Steps:\n- we log\nThen we test."),
        ("", "typed", "Then we test."),
    ],
)
def test_a_statement_stands_behind_its_context(context: str, channel: Any, whole: str) -> None:
    found = inserted(context, "Then we test.", channel)
    assert found.text == whole
    assert found.text[found.start :] == "Then we test."


def test_a_span_is_of_the_statement_where_it_shares_a_character_with_it() -> None:
    found = inserted("We log.", "Then we test.", "typed")
    assert not found.holds(0, found.start)
    assert found.holds(0, found.start + 1)
    assert found.holds(found.start, len(found.text))
    assert not found.holds(len(found.text), len(found.text) + 3)


def test_statements_follow_each_other() -> None:
    assert joined(["We log.", "we test", "We ship."], "typed") == "We log. we test. We ship."
    assert joined([], "typed") == ""


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared sets are not beside this project")
def test_the_shared_sets_are_read_whole(pack: "Pack") -> None:
    data = FigureData(SHARED, pack)
    sizes = {
        "graded": 684,
        "registers": 230,
        "human_dev": 98,
        "pairs": 520,
        "stance": 532,
        "few_dimensions": 340,
        "harmful_only": 240,
        "sound_only": 240,
        "other_forms": 60,
        "junk_beside_right": 14,
    }
    for name, size in sizes.items():
        texts = getattr(data, name)()
        assert (name, len(texts.rows), texts.absent) == (name, size, ())
    kinds = data.kinds()
    assert kinds is not None
    assert (len(kinds.junk), len(kinds.other_question)) == (10, 15)
