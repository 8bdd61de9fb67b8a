"""Quotes: found where the text says the same, nowhere else, and always as the text's own words."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from coach.text.quotes import locate, overlap

TEXT = 'We compare\n"live" inputs — every day — and it\'s the OWNER who decides.  Rollback is rehearsed.'
WORDS = st.lists(
    st.sampled_from(
        ["We", "compare", "live", "inputs,", "“daily”", "it's", "Straße", "ﬁne", "roll-back", "x", "because"]
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("Rollback is rehearsed.", "Rollback is rehearsed."),
        ("  “we compare 'live' inputs”  ", 'We compare\n"live" inputs'),
        ("it’s the owner", "it's the OWNER"),
        ("inputs - every day", "inputs — every day"),
        ("...rollback is rehearsed…", "Rollback is rehearsed"),
        ("ROLLBACK", "Rollback"),
        ("ollback is", None),
        ("Rollback is rehears", None),
        ("We compare and decide", None),
        ("", None),
        ("…", None),
        ('"', None),
        (" — ", None),
    ],
)
def test_a_quote_is_found_up_to_how_it_is_written(quote: str, found: str | None) -> None:
    evidence = locate(quote, TEXT)
    assert (evidence.quote if evidence else None) == found
    if evidence:
        assert TEXT[evidence.start : evidence.end] == evidence.quote


def test_an_exact_quote_wins_over_an_earlier_near_one() -> None:
    evidence = locate("Drift", "drift happens. Drift matters.")
    assert evidence is not None
    assert evidence.start == 15


@given(WORDS, st.data())
def test_words_of_the_text_are_found_whatever_becomes_of_case_space_and_marks(
    words: list[str], data: st.DataObject
) -> None:
    text = " ".join(words)
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first + 1, len(words)))
    quote = data.draw(st.sampled_from([" ", "\n", "  "])).join(words[first:last])
    quote = data.draw(st.sampled_from([str.upper, str.lower, str.title, str]))(quote)
    quote = quote.replace("'", "’").replace("“", '"')
    assume(any(one.isalnum() for one in quote))
    assert locate(quote, text) is not None


@given(st.text(max_size=60), st.text(max_size=200))
def test_what_is_found_is_always_a_piece_of_the_text(quote: str, text: str) -> None:
    evidence = locate(quote, text)
    if evidence is not None:
        assert evidence.quote
        assert text[evidence.start : evidence.end] == evidence.quote


@given(st.text(alphabet="abc “'", max_size=30), st.text(alphabet="abc “'", max_size=60))
def test_a_quote_that_holds_a_foreign_word_is_not_found(quote: str, text: str) -> None:
    assert locate(f"{quote} zebra", text) is None


def test_what_two_spans_share() -> None:
    assert (overlap(0, 5, 3, 9), overlap(0, 3, 3, 9), overlap(0, 9, 3, 4)) == (2, 0, 1)
