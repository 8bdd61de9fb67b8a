"""Spools and the digest index: what is set aside is had back, whether or not it fits in memory."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.cohort import digest_index, spools
from coach.cohort.digest_index import DigestIndex, text_digest
from coach.cohort.spools import ArraySpool, SortedSpool


def test_arrays_are_had_back_by_their_places(tmp_path: Path) -> None:
    arrays = [np.arange(count, dtype=np.int8) + count for count in (3, 0, 5, 1)]
    with ArraySpool(np.int8, tmp_path) as spool:
        for one in arrays:
            spool.append(one)
        for places in ([2, 3, 0], [1], [0, 1, 2, 3], []):
            wanted = np.asarray(places, dtype=np.int64)
            assert spool.take(wanted).tolist() == [n for place in places for n in arrays[place].tolist()]
            assert spool.lengths(wanted).tolist() == [len(arrays[place]) for place in places]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("run", [7, 100, 1 << 20])
def test_numbers_come_back_sorted_and_once(run: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spools, "RUN", run)
    monkeypatch.setattr(spools, "BLOCK", 4)
    numbers = np.random.default_rng(0).integers(0, 300, 1_000).astype(np.uint64) << np.uint64(55)
    with SortedSpool(tmp_path) as spool:
        for part in np.array_split(numbers, 90):
            spool.add(part)
        found = np.concatenate(list(spool.chunks()))
    assert found.tolist() == sorted(set(numbers.tolist()))


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9))))
def test_the_index_is_a_mapping(entries: list[tuple[int, int]]) -> None:
    before = digest_index._AT_LEAST
    digest_index._AT_LEAST = 3
    try:
        index, known = DigestIndex(), {}
        for name, value in entries:
            digest = text_digest(str(name // 2)) if name % 2 else bytes(15) + bytes([name])
            assert index.get(digest) == known.get(digest)
            index[digest] = known[digest] = value
            assert (len(index), index[digest]) == (len(known), value)
        assert {digest: index[digest] for digest in index.digests()} == known
    finally:
        digest_index._AT_LEAST = before
