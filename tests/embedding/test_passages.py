"""Passages as tokens: what stands where, what is averaged, and what is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.embedding.passages import equal_batches, passage_layout, text_layout


def tokens(first: int, count: int) -> list[int]:
    return list(range(first, first + count))


@pytest.mark.parametrize(("count", "kept"), [(0, 0), (253, 253), (254, 254), (255, 254), (5000, 254)])
def test_a_text_is_cut_at_256_tokens(count: int, kept: int) -> None:
    layout = text_layout(tokens(1000, count))
    assert layout.ids == [101, *tokens(1000, kept), 102]
    assert layout.spans == [(0, kept + 2)]


def test_a_neighbourhood_is_a_statement_and_those_beside_it() -> None:
    ids, spans = passage_layout(
        [tokens(1000, 2), tokens(2000, 3), tokens(3000, 1), tokens(4000, 2), tokens(5000, 4)]
    )
    assert ids == [101, 1000, 1001, 2000, 2001, 2002, 3000, 4000, 4001, 5000, 5001, 5002, 5003, 102]
    assert spans[:5] == [(1, 3), (3, 6), (6, 7), (7, 9), (9, 13)]
    # The opening token belongs to the first two, the closing one to the last two, neither to the middle one.
    assert spans[5:] == [(0, 6), (0, 7), (3, 9), (6, 14), (7, 14)]


def test_a_statement_alone_has_the_whole_as_its_neighbourhood() -> None:
    assert passage_layout([[7, 8]]) == ([101, 7, 8, 102], [(1, 3), (0, 4)])


def test_a_statement_without_tokens_stands_for_its_neighbourhood() -> None:
    assert passage_layout([[]]) == ([101, 102], [(0, 2), (0, 2)])
    assert passage_layout([[7], [], [8]]).spans == [(1, 2), (0, 4), (2, 3), (0, 2), (0, 4), (2, 4)]
    assert passage_layout([[]] * 5).spans[5:] == [(0, 1), (0, 1), (0, 2), (1, 2), (1, 2)]


def test_no_statements_make_an_empty_passage() -> None:
    assert passage_layout([]) == ([101, 102], [])


@pytest.mark.parametrize(
    ("counts", "kept"),
    [
        ([100, 58], [100, 58]),
        ([100, 59], [99, 58]),
        ([500], [158]),
        ([300, 300, 300], [52, 52, 52]),
        ([400, 10, 8], [142, 8, 8]),
        ([1000, 3, 20], [147, 3, 8]),
    ],
)
def test_a_long_passage_is_cut_by_shares(counts: list[int], kept: list[int]) -> None:
    _, spans = passage_layout([tokens(1000, count) for count in counts])
    assert [end - start for start, end in spans[: len(counts)]] == kept


@given(st.lists(st.lists(st.integers(1000, 30000), max_size=250), min_size=1, max_size=30))
def test_every_passage_fits_and_keeps_the_beginnings(statements: list[list[int]]) -> None:
    ids, spans = passage_layout(statements)
    count = len(statements)
    assert len(ids) <= 160
    assert (ids[0], ids[-1]) == (101, 102)
    assert len(spans) == 2 * count
    assert all(0 <= start < end <= len(ids) for start, end in spans)
    if sum(map(len, statements)) <= 158:
        assert ids[1:-1] == [token for statement in statements for token in statement]
    for statement, (start, end), (first, last) in zip(statements, spans[:count], spans[count:], strict=True):
        assert first <= start
        assert last >= end
        if statement:
            assert ids[start:end] == statement[: end - start]
            assert end - start >= min(len(statement), 8, 158 // count)


@given(st.lists(st.integers(2, 30)), st.integers(1, 64))
def test_batches_hold_every_place_once_and_one_length_each(lengths: list[int], most: int) -> None:
    batches = list(equal_batches(lengths, most))
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    for batch in batches:
        (length,) = {lengths[place] for place in batch}
        assert len(batch) == 1 or len(batch) * length <= most
