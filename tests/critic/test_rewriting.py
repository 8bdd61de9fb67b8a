"""What a rewrite may say sentence by sentence, and what a follow-up takes up."""

import pytest

from coach.critic.critic import _follow_up
from coach.critic.replies import FollowUpReply, RewriteReply
from coach.critic.rewriting import kept_to_the_answer
from coach.packs import Pack
from coach.text.lexicon import Lexicon

TEXT = (
    "At the bank in Kano we compare three features daily. The owner decides whether to train again, because "
    "broken data must not be learnt."
)


@pytest.fixture(scope="module")
def lexicon(pack: Pack) -> Lexicon:
    return Lexicon(pack.tools, pack.sounds, frozenset(pack.not_tools))


def rewritten(
    lexicon: Lexicon, said: str, quote: str = "we compare three features daily"
) -> list[tuple[str, tuple[str, ...]]]:
    reply = RewriteReply.model_validate({"parts": [{"text": said, "quotes": [quote], "fill_in": False}]})
    return [(one.text, one.unsaid) for one in kept_to_the_answer(reply, TEXT, lexicon)]


@pytest.mark.parametrize(
    ("said", "unsaid"),
    [
        ("We compare three features every day.", ()),
        ("The owner decides before anybody trains again.", ()),
        ("We compare 40 features daily.", ("40",)),
        ("We compare features at Barclays daily.", ("Barclays",)),
        ("At the bank we compare features for the ECB daily.", ("ECB",)),
        ("We keep features in SageMaker.", ("SageMaker",)),
        ("We compare two features daily.", ("two",)),
        (
            "Churn fell and revenue recovered within weeks.",
            ("churn", "fell", "revenue", "recovered", "weeks"),
        ),
    ],
)
def test_a_sentence_may_bring_no_number_name_or_fact(
    lexicon: Lexicon, said: str, unsaid: tuple[str, ...]
) -> None:
    assert rewritten(lexicon, said) == [(said, unsaid)]


def test_one_invented_sentence_does_not_taint_the_others(lexicon: Lexicon) -> None:
    said = (
        "We compare three features daily. This saved 40 per cent. The owner decides whether to train again."
    )
    found = rewritten(lexicon, said)
    assert [bool(unsaid) for _, unsaid in found] == [False, True, False]
    assert " ".join(text for text, _ in found) == said


def test_a_sentence_without_a_quote_is_left_to_be_confirmed(lexicon: Lexicon) -> None:
    reply = RewriteReply.model_validate(
        {"parts": [{"text": "The owner decides.", "quotes": ["the boss decides"], "fill_in": False}]}
    )
    (part,) = kept_to_the_answer(reply, TEXT, lexicon)
    assert (part.fill_in, part.evidence) == (True, ())


@pytest.mark.parametrize(
    ("quote", "asked", "shown"),
    [
        ("the owner decides", "What if she is away?", "You said “The owner decides”. What if she is away?"),
        ("the boss decides", "What if she is away?", "What if she is away?"),
        ("", "Why?", "Why?"),
        ("the owner decides", "When the owner decides, on what?", "When the owner decides, on what?"),
        ("the owner decides", "  ", None),
    ],
)
def test_a_follow_up_starts_from_the_speakers_own_words(quote: str, asked: str, shown: str | None) -> None:
    assert _follow_up(FollowUpReply(quote=quote, question=asked), TEXT) == shown
