"""Harmful findings: one for each claim, with the practice that was written for it."""

from typing import TYPE_CHECKING

import numpy as np
import pytest

from coach.domain import HarmfulFinding, HarmfulStatement
from coach.scoring.harm import Harmful, KnownHarm
from coach.scoring.pack_bank import reference_bank
from coach.scoring.substance import pieces
from coach.statements.sentences import statements

if TYPE_CHECKING:
    from coach.embedding.encoder import Encoder
    from coach.packs import Pack

QUESTION = "drift-alert-fires"


class Finder:
    """Finds the claims of texts all of whose statements read as harmful."""

    def __init__(self, pack: "Pack", encoder: "Encoder") -> None:
        questions = pack.questions
        self.place = questions.index(pack.question(QUESTION))
        self.statements = pack.question(QUESTION).harmful
        self.references = [
            one for question in questions for expected in question.expectations for one in expected.references
        ]
        self.bank = reference_bank(pack, encoder)
        self.harmful = [statement for question in questions for statement in question.harmful]
        self._encoder = encoder

    def known(self, likeness: float = 0.6) -> KnownHarm:
        return KnownHarm(self.bank, self.harmful, self.references, likeness)

    def findings(
        self, text: str, *, every: int = 1, chances: tuple[float, ...] = (0.8,), likeness: float = 0.6
    ) -> tuple[HarmfulFinding, ...]:
        """The findings where each `every`-th statement of `text` reads as harmful."""
        found = statements(text, pieces(text, ()))[::every]
        vectors = self._encoder.encode([one.text for one in found])
        harmful = [
            Harmful(statement, vector, chances[place % len(chances)])
            for place, (statement, vector) in enumerate(zip(found, vectors, strict=True))
        ]
        return self.known(likeness).findings(text, harmful, self.place)


@pytest.fixture(scope="module")
def finder(pack: "Pack", encoder: "Encoder") -> Finder:
    return Finder(pack, encoder)


def test_statements_of_the_pack_are_found_with_their_own_practice(finder: Finder, pack: "Pack") -> None:
    """All but a few: some say much the same under two questions, and then either practice fits."""
    own = [(place, one) for place, question in enumerate(pack.questions) for one in question.harmful]
    known = finder.known()
    found = [
        known.nearest(vector, place)[0] for (place, _), vector in zip(own, finder.bank.harmful, strict=True)
    ]
    same = [told == statement for told, (_, statement) in zip(found, own, strict=True)]
    assert len(same) >= 50
    assert sum(same) >= 0.95 * len(same)


def test_a_finding_tells_what_the_known_statement_tells(finder: Finder) -> None:
    text = finder.statements[1].statement
    (found,) = finder.findings(text)
    (known,) = (one for one in finder.harmful if one.statement == found.statement)
    assert (found.quote, found.start, found.end) == (text, 0, len(text))
    assert (found.safer, found.why, found.probability) == (known.safer, known.why, 0.8)


def test_one_claim_said_twice_is_one_finding(finder: Finder) -> None:
    # Short enough not to be cut as said again.
    claim, again = (
        "Whenever the alert fires, retrain and deploy.",
        "Whenever the alert fires, retrain and deploy it.",
    )
    (found,) = finder.findings(f"{claim} {again}", chances=(0.7, 0.9))
    assert found.quote == f"{claim} {again}"
    assert found.probability == 0.9


def test_the_same_words_again_are_no_other_claim(finder: Finder) -> None:
    first = finder.statements[0].statement
    (found,) = finder.findings(f"{first} {first}")
    assert found.quote == first


def test_two_claims_are_two_findings(finder: Finder) -> None:
    first, second = (one.statement for one in finder.statements[:2])
    found = finder.findings(f"{first} {second}", chances=(0.7, 0.9))
    assert [(one.quote, one.probability) for one in found] == [(first, 0.7), (second, 0.9)]


def test_what_stands_between_two_findings_keeps_them_apart(finder: Finder) -> None:
    first = finder.statements[0].statement
    again = f"So {first[:1].lower()}{first[1:-1].replace('the pipeline', 'our pipeline')}, as I said."
    text = f"{first} On Monday we had lunch together in the park. {again}"
    assert [one.quote for one in finder.findings(text, every=2)] == [first, again]


def test_speech_without_sentences_is_cut_into_claims_of_sixty_words(finder: Finder) -> None:
    text = " ".join(f"and then number{number} went away" for number in range(60))
    # Like nothing known: what is like one known statement is one claim, however long.
    found = finder.findings(text, likeness=1.1)
    assert 1 < len(found) < len(statements(text, pieces(text, ())))
    assert all(len(one.quote.split()) <= 60 for one in found)


def test_what_is_like_nothing_known_gets_a_strong_answer_instead(finder: Finder) -> None:
    (found,) = finder.findings("My grandmother keeps seven green parrots in her kitchen.")
    assert found.statement == ""
    assert found.safer in {one.text for one in finder.references if one.depth == 3}


def test_likeness_decides_at_its_cut_off(finder: Finder) -> None:
    vector = finder.bank.harmful[0]
    assert finder.known(1 - 1e-3).nearest(vector, 0)[0].statement
    told, alike = finder.known(1 + 1e-3).nearest(vector, 0)
    assert (told.statement, alike) == ("", 0.0)


def test_a_pack_that_knows_no_harm_still_has_a_safer_practice(finder: Finder) -> None:
    bank = finder.bank
    empty = type(bank)(
        **{
            **{name: getattr(bank, name) for name in bank.__dataclass_fields__},
            "harmful": bank.harmful[:0],
            "safer": bank.safer[:0],
            "harmful_question": bank.harmful_question[:0],
        }
    )
    vector = np.asarray(bank.vectors[3])
    told, alike = KnownHarm(empty, (), finder.references, 0.5).nearest(vector, finder.place)
    assert isinstance(told, HarmfulStatement)
    assert (told.statement, alike) == ("", 0.0)
    assert told.safer and told.why
