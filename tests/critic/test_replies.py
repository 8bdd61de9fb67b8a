"""Replies: read wherever they stand in a text, never guessed, and shown while they come in."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reviews import claim, review

from coach.critic.replies import (
    CritiqueReply,
    FollowUpReply,
    Unusable,
    read_reply,
    strict_schema,
    without_bounds,
)
from coach.critic.unfinished import Unfinished

GOOD = '{"quote": "", "question": "Why?"}'


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        (GOOD, True),
        (f"\ufeff  {GOOD}\n", True),
        (f"<think>{{}} hm</think>\n{GOOD}", True),
        (f"Sure:\n```json\n{GOOD}\n```\nDone.", False),
        (f"```\n{GOOD}\n```", False),
        (f'It said ```json\n{{"overall": 5}}\n``` but I say\n```JSON\n{GOOD}\n```', False),
        (f"My reply is {GOOD}.", False),
    ],
)
def test_a_reply_is_found_in_its_text(text: str, bare: bool) -> None:
    assert read_reply(text, FollowUpReply) == (FollowUpReply(quote="", question="Why?"), bare)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("", False),
        ("no", False),
        ("[]", False),
        ("{", False),
        ('{"quote": "", "question": 1}', True),
        ("{}", True),
        (GOOD[:-1], False),
    ],
)
def test_what_does_not_fit_is_no_reply(text: str, bare: bool) -> None:
    with pytest.raises(Unusable) as caught:
        read_reply(text, FollowUpReply)
    assert caught.value.bare == bare
    assert caught.value.problems


@pytest.mark.parametrize("mark", ["5.5", "-0.1", '"5"', "true", "NaN", "1e400", "[5]"])
def test_a_mark_that_is_none_is_never_a_number(mark: str) -> None:
    text = review([], {}).replace('"overall": 3', f'"overall": {mark}')
    assert mark in text
    with pytest.raises(Unusable):
        read_reply(text, CritiqueReply)


def test_a_mark_may_be_withheld() -> None:
    assert read_reply(review([], {"drift": None}, None), CritiqueReply)[0].overall is None


def test_the_schema_is_strict_throughout() -> None:
    schema = strict_schema(CritiqueReply, ["drift", "data"])
    parts = [schema, *schema["$defs"].values()]
    assert len(parts) == 3
    for part in parts:
        assert part["additionalProperties"] is False
        assert part["required"] == list(part["properties"])
    ids = {"type": "string", "enum": ["drift", "data"]}
    claimed = schema["$defs"]["ClaimReply"]["properties"]["dimensions"]
    assert (claimed["items"], claimed["maxItems"]) == (ids, 3)
    judged = schema["properties"]["dimensions"]
    assert judged["required"] == list(judged["properties"]) == ["drift", "data"]
    assert judged["additionalProperties"] is False
    assert schema["properties"]["claims"]["maxItems"] == 12
    # Bounds of numbers are checked here: not every server's strict mode takes them.
    assert not {"minimum", "maximum", "default"} & set(json.dumps(schema).split('"'))


def test_marks_are_asked_for_in_halves_and_every_reason_before_its_number() -> None:
    schema = strict_schema(CritiqueReply, ["drift"])
    for name, top in (("overall", 5), ("reasoning", 3)):
        number, nothing = schema["properties"][name]["anyOf"]
        assert number["enum"] == [half / 2 for half in range(2 * top + 1)]
        assert nothing == {"type": "null"}
    order = list(schema["properties"])
    assert order[0] == "claims"
    assert order.index("reasoning_reason") < order.index("reasoning")
    assert order.index("overall_reason") < order.index("overall")
    assert list(schema["$defs"]["DepthReply"]["properties"]) == ["reason", "depth"]


def test_a_schema_without_bounds_is_the_same_otherwise() -> None:
    schema = strict_schema(CritiqueReply, ["drift"])
    bare = without_bounds(schema)
    assert "maxItems" in json.dumps(schema)
    assert "maxItems" not in json.dumps(bare)
    assert bare["properties"]["dimensions"] == schema["properties"]["dimensions"]


def test_of_two_depths_of_one_dimension_neither_is_taken() -> None:
    text = review([], {"drift": 2}).replace('"drift":', '"drift": {"reason": "", "depth": 3}, "drift":', 1)
    with pytest.raises(Unusable, match="'drift' stands twice"):
        read_reply(text, CritiqueReply)


def test_more_than_was_asked_for_is_passed_over() -> None:
    text = review([claim("x", dimension=["a", "b", "c", "d"])] * 13, {"drift": 2})
    found, _ = read_reply(text, CritiqueReply)
    assert len(found.claims) == 12
    assert found.claims[0].dimensions == ["a", "b", "c"]


@given(st.integers(0, 2000))
def test_an_unfinished_review_can_be_read_at_any_point(length: int) -> None:
    answer = "We watch inputs. The owner decides."
    text = review([claim("We watch inputs."), claim("Not in it."), claim("the OWNER decides")], {"drift": 2})
    shown = Unfinished(answer).readable(text[:length])
    assert "Not in it" not in shown
    assert "overall" not in shown
    if length >= len(text):
        assert shown.splitlines() == [
            "“We watch inputs.” It says why.",
            "“The owner decides” It says why.",
            "You say what is done; say more often why.",
        ]


def test_a_claim_is_shown_before_the_review_is_complete() -> None:
    text = review([claim("We watch inputs.")], {"drift": 2})
    early = text[: text.index("It says why.") + 5]
    assert Unfinished("We watch inputs.").readable(early) == "“We watch inputs.” It sa"


def test_a_quote_is_looked_up_once_however_many_pieces_follow_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A review comes in some thousand pieces, and looking up a quote reads the whole answer."""
    asked: list[str] = []
    monkeypatch.setattr("coach.critic.unfinished.locate", lambda quote, text: asked.append(quote))
    text = review([claim("We watch inputs."), claim("Not in it.")], {"drift": 2})
    coming = Unfinished("We watch inputs.")
    for length in range(0, len(text), 5):
        coming.readable(text[:length])
    assert asked == ["We watch inputs.", "Not in it."]
