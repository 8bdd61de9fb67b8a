"""Replies: read wherever they stand in a text, never guessed, and shown while they come in."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reviews import claim, review

from coach.critic.replies import CritiqueReply, FollowUpReply, Unusable, read_reply, strict_schema
from coach.critic.unfinished import Unfinished

GOOD = '{"question": "Why?"}'


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
    assert read_reply(text, FollowUpReply) == (FollowUpReply(question="Why?"), bare)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("", False),
        ("no", False),
        ("[]", False),
        ("{", False),
        ('{"question": 1}', True),
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
    assert schema["$defs"]["DepthReply"]["properties"]["dimension"] == ids
    assert schema["$defs"]["ClaimReply"]["properties"]["dimension"] == {"anyOf": [ids, {"type": "null"}]}
    assert list(schema["properties"])[0] == "claims"
    # Bounds are checked here: not every server's strict mode takes them.
    assert not {"minimum", "maximum", "default"} & set(json.dumps(schema).split('"'))


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
