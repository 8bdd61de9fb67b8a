"""Safe echo: what acts or hides is shown, what reads is left alone."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from coach.render.plain import one_line, shortened, visible

ANY_TEXT = st.text(st.characters(), max_size=200)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, with café and 日本語", "plain, with café and 日本語"),
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("bell\x07 delete\x7f null\x00", "bell␇ delete␡ null␀"),
        ("\x9b2J", "<U+009B>2J"),
        ("a\u202eb\u2066c\u200fd", "a<U+202E>b<U+2066>c<U+200F>d"),
        ("zero\u200bwidth\ufeff", "zero<U+200B>width<U+FEFF>"),
        ("filler\u3164", "filler<U+3164>"),
        ("lone \ud800", "lone <U+D800>"),
        ("\U000e0041 tag", "<U+E0041> tag"),
        ("a heart \u2764\ufe0f", "a heart \u2764"),
        ("tab\tand\u00a0hard\u3000wide", "tab and hard wide"),
        ("one\r\ntwo\u2028three", "one\ntwo\nthree"),
        ("one\rtwo", "one␍two"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(ANY_TEXT)
def test_nothing_that_acts_is_left(text: str) -> None:
    kinds = {unicodedata.category(character) for character in visible(text).replace("\n", "")}
    assert not kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(ANY_TEXT)
def test_visible_twice_is_visible_once(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@given(ANY_TEXT)
def test_one_line_has_single_spaces_and_can_be_written(text: str) -> None:
    line = one_line(text)
    assert line == " ".join(line.split())
    assert line.encode("utf-8").decode("utf-8") == line


@given(ANY_TEXT, st.integers(min_value=0, max_value=60))
def test_shortened_fits_its_cells(text: str, cells: int) -> None:
    line = one_line(text)
    short = shortened(line, cells)
    assert cell_len(short) <= cells
    assert (short == line) == (cell_len(line) <= cells)


@pytest.mark.parametrize(
    ("cells", "short"),
    [
        (40, "The registry keeps, for each version, it."),
        (20, "The registry keeps…"),
        (17, "The registry…"),
        (13, "The registry…"),
        (8, "The reg…"),
        (1, "…"),
        (0, ""),
    ],
)
def test_shortened_cuts_at_words(cells: int, short: str) -> None:
    assert shortened("The registry keeps, for each version, it.", cells if cells < 40 else 41) == short


def test_a_long_word_is_cut_where_it_must() -> None:
    assert shortened("x" * 50, 10) == "x" * 9 + "…"
