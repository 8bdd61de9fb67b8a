"""Similarity: copies are found, what everybody may say is not, and the work grows with the answers."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from course_files import DRIFT, graded_answers, records
from numpy.typing import NDArray
from quick_scorer import graded_into, quick_scorer

from coach.cohort import like_pairs
from coach.cohort.batch_scoring import BatchScorer
from coach.cohort.grading import packed, unpacked
from coach.cohort.like_pairs import Signer, pair_places, substance_candidates, wording_candidates
from coach.cohort.shared_passages import shingles
from coach.cohort.similarity import Similarity, write_pairs
from coach.cohort.spools import ArraySpool
from coach.packs import Pack


@pytest.fixture(scope="module")
def quick() -> BatchScorer:
    return quick_scorer()


def random_answer(seed: int, words: int = 80) -> str:
    return " ".join(f"w{number}" for number in np.random.default_rng(seed).integers(0, 4000, words))


def found(pack: Pack, texts: list[str]) -> list[tuple[str, str, float]]:
    with tempfile.TemporaryDirectory() as folder, Similarity(pack, Path(folder)) as similarity:
        for place, text in enumerate(texts):
            similarity.add(f"a{place}", DRIFT, text, "")
        return [(pair.first, pair.second, pair.wording) for pair in similarity.pairs()]


def candidates(shingled: list[NDArray[np.uint32]], folder: Path) -> set[tuple[int, int]]:
    """The pairs of word runs that meet in a band."""
    with ArraySpool(np.uint64, folder) as bands:
        for one in shingled:
            bands.append(Signer().bands(one))
        return pairs_of(wording_candidates(bands, np.arange(len(shingled))))


def pairs_of(numbers: Iterator[NDArray[np.uint64]]) -> set[tuple[int, int]]:
    return {
        pair for some in numbers for pair in zip(*(side.tolist() for side in pair_places(some)), strict=True)
    }


def test_a_copy_with_changed_words_is_found_and_others_are_not(pack: Pack) -> None:
    words = random_answer(1).split()
    words[20], words[55] = "other", "words"
    texts = [random_answer(1), " ".join(words), *(random_answer(seed) for seed in range(2, 60))]
    assert [pair[:2] for pair in found(pack, texts)] == [("a0", "a1")]


def test_the_share_is_that_of_the_word_runs(pack: Pack) -> None:
    one, other = random_answer(1), random_answer(1) + " " + random_answer(2, 20)
    a, b = set(shingles(one).tolist()), set(shingles(other).tolist())
    assert found(pack, [one, other]) == [("a0", "a1", round(len(a & b) / len(a | b), 2))]


def test_words_of_the_question_and_the_references_are_taken_out(pack: Pack) -> None:
    question = pack.question(DRIFT)
    given = " ".join(one.references[-1].text for one in question.expectations[:2])
    assert len(shingles(given)) >= 12
    assert found(pack, [given, given + " indeed", random_answer(3)]) == []


def test_nearly_all_pairs_that_share_half_meet_in_a_band(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    met = 0
    for _ in range(60):
        common, one, other = (rng.integers(0, 2**32, 100, dtype=np.uint32) for _ in range(3))
        pair = [np.unique(np.concatenate([common, half[:50]])) for half in (one, other)]
        met += candidates(pair, tmp_path) == {(0, 1)}
    assert met >= 57


def test_a_crowd_of_equal_answers_costs_no_more_than_its_size(tmp_path: Path) -> None:
    same = [shingles(random_answer(5))] * 2_000
    assert 1_999 <= len(candidates(same, tmp_path)) <= 2_000 * 8


@pytest.mark.parametrize("indexed", [1 << 14, 5])
def test_near_directions_are_found_by_the_index(
    indexed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(like_pairs, "INDEXED", indexed)
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(300, 384))
    vectors[7] = vectors[3] + 0.03 * rng.normal(size=384)
    table = [
        np.frombuffer(np.clip(np.rint(v * 30), -127, 127).astype(np.int8).tobytes(), dtype=np.int8)
        for v in vectors
    ]
    with ArraySpool(np.int8, tmp_path) as spool:
        for one in [np.empty(0, np.int8), *table]:
            spool.append(one)
        assert pairs_of(substance_candidates(spool, np.arange(len(spool)))) == {(4, 8)}


def test_a_packed_direction_keeps_its_angles() -> None:
    one, other = np.random.default_rng(0).normal(size=(2, 384)).astype(np.float32)
    exact = float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))
    assert float(unpacked(packed(one)) @ unpacked(packed(other))) == pytest.approx(exact, abs=0.01)


def test_pairs_are_listed_flagged_and_cost_nothing(quick: BatchScorer, tmp_path: Path) -> None:
    texts = [one["answer"].replace('"', "'") for one in graded_answers(DRIFT, 8)]
    longest = max(texts, key=len)
    rows = [*texts, longest.replace(" the ", " this ", 2)]
    path = tmp_path / "t.csv"
    path.write_text(
        "id,answer\n" + "".join(f'{place},"{text}"\n' for place, text in enumerate(rows)), encoding="utf-8"
    )
    graded_into(tmp_path / "out", path, quick, question=DRIFT)
    pairs = records(tmp_path / "out" / "similarity.csv")
    copy = f"S{texts.index(longest) + 1:05}/{DRIFT}"
    assert [copy, f"S00009/{DRIFT}"] in [row[1:3] for row in pairs]
    review = {row[0]: row for row in records(tmp_path / "out" / "review.csv")}
    assert "similar" in review[copy][2]
    assert review[copy][7] == f"S00009/{DRIFT}"


def test_each_answer_lists_a_few_others(pack: Pack, tmp_path: Path) -> None:
    with Similarity(pack, tmp_path) as similarity:
        for place in range(40):
            similarity.add(f"a{place}", DRIFT, random_answer(9), "")
        similar = write_pairs(similarity, tmp_path / "s.csv")
        others = [similar.get(f"a{place}") for place in range(40)]
    assert max(map(len, others)) == 8
    assert similar.count == sum(map(len, others))
    # Equal answers are listed by their ids, each with those that stand near it in the file.
    assert others[0] == tuple(f"a{place}" for place in range(1, 9))


def test_what_many_share_is_told_once_and_makes_no_pairs(pack: Pack, tmp_path: Path) -> None:
    lecture = random_answer(77, 24)
    with Similarity(pack, tmp_path) as similarity:
        for place in range(9):
            similarity.add(f"a{place}", DRIFT, f"{random_answer(place)}. {lecture}.", "")
        similarity.add("b1", DRIFT, f"{random_answer(3)}. {lecture}.", "")
        write_pairs(similarity, tmp_path / "s.csv")
    rows = records(tmp_path / "s.csv", encoding="utf-8")[1:]
    assert [row[1:3] for row in rows if row[3] != "passage of many"] == [["a3", "b1"]]
    (passage,) = [row for row in rows if row[3] == "passage of many"]
    assert passage[6:] == ["10", lecture]


def test_what_a_few_share_is_theirs(pack: Pack, tmp_path: Path) -> None:
    shared = random_answer(77, 60)
    assert len(found(pack, [f"{random_answer(place, 20)} {shared}" for place in range(4)])) == 6


def test_nothing_handed_in_twice_is_no_plagiarism(pack: Pack, tmp_path: Path) -> None:
    direction = packed(np.ones(384, dtype=np.float32))
    with Similarity(pack, tmp_path) as similarity:
        for place in range(4):
            similarity.add(f"a{place}", DRIFT, "N/A", direction)
        assert list(similarity.pairs()) == []
