"""Harmful findings: one for each claim, with the practice that was written for it."""

from typing import TYPE_CHECKING

from coach.domain import HarmfulFinding
from coach.scoring.harm import LONGEST_CLAIM, Harmful, KnownHarm
from coach.scoring.substance import pieces

if TYPE_CHECKING:
    from coach.scoring.scorer import Scorer

QUESTION = "drift-alert-fires"


def findings(scorer: "Scorer", text: str, *, every: bool = True) -> tuple[HarmfulFinding, ...]:
    """The findings where every piece of `text`, or every second one, reads as harmful."""
    questions = scorer.pack.questions
    known = KnownHarm(
        scorer.references,
        [statement for question in questions for statement in question.harmful],
        [one for question in questions for expected in question.expectations for one in expected.references],
    )
    found = pieces(text, ())[:: 1 if every else 2]
    vectors = scorer.encoder.encode([piece.text for piece in found])
    harmful = [Harmful(piece, vector, 0.8) for piece, vector in zip(found, vectors, strict=True)]
    return known.findings(text, harmful, scorer.question_index(scorer.pack.question(QUESTION)))


def test_a_statement_of_the_pack_is_found_with_its_own_practice(scorer: "Scorer") -> None:
    for statement in scorer.pack.question(QUESTION).harmful:
        (found,) = findings(scorer, statement.statement)
        assert (found.statement, found.safer, found.why) == (
            statement.statement,
            statement.safer,
            statement.why,
        )


def test_one_claim_said_twice_is_one_finding(scorer: "Scorer") -> None:
    # Short enough not to be cut as said again.
    claim = "Whenever the alert fires, retrain and deploy at once."
    (found,) = findings(scorer, f"{claim} {claim}")
    assert found.quote == f"{claim} {claim}"


def test_the_same_words_again_are_no_other_claim(scorer: "Scorer") -> None:
    first = scorer.pack.question(QUESTION).harmful[0].statement
    (found,) = findings(scorer, f"{first} {first}")
    assert found.quote == first


def test_two_claims_are_two_findings(scorer: "Scorer") -> None:
    first, second = (one.statement for one in scorer.pack.question(QUESTION).harmful[:2])
    assert [one.quote for one in findings(scorer, f"{first} {second}")] == [first, second]


def test_what_stands_between_two_findings_keeps_them_apart(scorer: "Scorer") -> None:
    first = scorer.pack.question(QUESTION).harmful[0].statement
    again = f"So {first[:1].lower()}{first[1:-1].replace('the pipeline', 'our pipeline')}, as I said."
    text = f"{first} On Monday we had lunch together in the park. {again}"
    assert [one.quote for one in findings(scorer, text, every=False)] == [first, again]


def test_speech_without_sentences_is_cut_into_claims(scorer: "Scorer") -> None:
    text = " ".join(f"and then number{number} went away" for number in range(60))
    found = findings(scorer, text)
    assert 1 < len(found) < len(pieces(text, ()))
    assert all(len(one.quote.split()) <= LONGEST_CLAIM or one.statement for one in found)


def test_what_is_like_nothing_known_gets_a_strong_answer_instead(scorer: "Scorer") -> None:
    (found,) = findings(scorer, "My grandmother keeps seven green parrots in her kitchen.")
    assert found.statement == ""
    assert found.safer in {
        one.text
        for question in scorer.pack.questions
        for expected in question.expectations
        for one in expected.references
    }
