"""Statements: whole sentences without their names, and the passages that they are encoded in."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from graded_sample import sample
from growth import grows_with_its_length
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.scoring.substance import pieces
from coach.statements.sentences import Statement, passages, statements
from coach.text.lexicon import Lexicon
from coach.text.masking import mask_text

if TYPE_CHECKING:
    from coach.packs import Pack

QUESTION = "When should a model be retrained?"
CASES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("statement_cases.yaml").read_text(encoding="utf-8")
)
SPOKEN = (
    "so we look at the inputs and compare them with the training data and if they are off we tell the owner and "
    "she decides whether we train again or wait for the labels that arrive a month later and until then the old "
    "model stays and we watch the complaints every morning because that is where it hurts first"
)


@pytest.fixture(scope="module")
def lexicon(pack: "Pack") -> Lexicon:
    return Lexicon(pack.tools, pack.sounds, frozenset(pack.not_tools))


def divided(text: str, lexicon: Lexicon | None = None) -> tuple[Statement, ...]:
    names = mask_text(lexicon, text).spans if lexicon else ()
    return statements(text, pieces(text, names, QUESTION))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["what"])
def test_a_case_of_the_table(case: dict[str, Any], lexicon: Lexicon) -> None:
    assert [one.text for one in divided(case["text"], lexicon)] == case["statements"]


def test_speech_of_sixty_words_is_read_in_groups_of_clauses() -> None:
    assert len(SPOKEN.split()) == 60
    found = divided(SPOKEN)
    assert " ".join(one.text for one in found) == SPOKEN
    assert 3 <= len(found) <= 5
    assert max(one.words for one in found) <= 26
    # Each is more than a few words, but for what the speaker ends with.
    assert min(one.words for one in found[:-1]) >= 12


def test_a_sentence_of_thirty_six_words_is_one_statement_and_of_thirty_seven_two() -> None:
    def sentence(words: int) -> str:
        return f"{'we look at it, ' * 4}{' '.join(['really'] * 2)}; {' '.join(['again'] * (words - 18))}"

    assert [one.words for one in divided(sentence(36))] == [36]
    assert [one.words for one in divided(sentence(37))] == [18, 19]


@pytest.mark.parametrize("answer", sample(97, 3), ids=lambda answer: answer.id)
def test_names_beside_an_answer_leave_its_statements_as_they_were(answer: Any, lexicon: Lexicon) -> None:
    plain = [one.text for one in divided(answer.answer, lexicon)]
    appended = f"{answer.answer} We also use Fiddler, Arize, WhyLabs and Seldon Core."
    assert [one.text for one in divided(appended, lexicon)] == plain
    masked = mask_text(lexicon, answer.answer).text
    assert [one.text for one in divided(masked, lexicon)] == plain


@settings(max_examples=40)
@given(
    st.lists(
        st.sampled_from(
            [
                "we look",
                "the owner decides",
                ",",
                ";",
                ". ",
                "\n- ",
                "because",
                "No",
                "?",
                " (",
                ") ",
                "a feed broke",
            ]
        ),
        max_size=60,
    )
)
def test_statements_stand_in_order_and_hold_whole_words_of_the_answer(parts: list[str]) -> None:
    text = " ".join(parts)
    found = divided(text)
    assert all(one.start < one.end for one in found)
    assert all(one.end <= other.start for one, other in zip(found, found[1:], strict=False))
    for one in found:
        assert one.words == len(one.text.split()) > 0
        assert re.findall(r"\w+", one.text) == re.findall(r"\w+", text[one.start : one.end])
    assert len({one.wording for one in found}) == len(found)


@given(st.integers(0, 40))
def test_every_statement_has_its_neighbours_in_some_passage(count: int) -> None:
    found = passages(count)
    assert sorted({place for passage in found for place in passage}) == list(range(count))
    assert all(len(passage) <= 3 for passage in found)
    assert all(list(passage) == list(range(passage[0], passage[-1] + 1)) for passage in found)
    together = {pair for passage in found for pair in zip(passage, passage[1:], strict=False)}
    assert together == {(place, place + 1) for place in range(count - 1)}
    # A statement stands in two passages at most: one that is read thrice would cost a third more.
    assert all(sum(place in passage for passage in found) <= 2 for place in range(count))


def test_three_statements_are_one_passage_and_four_are_two() -> None:
    assert passages(0) == ()
    assert passages(3) == ((0, 1, 2),)
    assert passages(4) == ((0, 1, 2), (2, 3))


@pytest.mark.parametrize("unit", ["we look; ", "- a\n", "so we look and ", "No. "])
def test_the_time_to_divide_grows_with_the_text_and_no_faster(unit: str) -> None:
    assert grows_with_its_length(divided, unit, 20_000)
