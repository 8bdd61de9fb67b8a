"""Language models: probabilities that sum to one, mixing, pruning, and the form that pocketsphinx reads."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.errors import SpeechError
from coach.speech import ngrams
from coach.speech.ngrams import END, START
from coach.speech.trie import Trigrams, read_trie

WORDS = [START, END, "a", "b", "c", "d", "e"]
TEXT = ["a b c", "a b d", "b c a b c", "c", "d a b c d", "a b c d"]
sentences_of = st.lists(
    st.lists(st.sampled_from(WORDS[2:] + ["unknown"]), max_size=7), min_size=2, max_size=20
)


def sentences(lines: Sequence[str]) -> list[list[str]]:
    return [line.split() for line in lines]


def total(model: Trigrams, old: int, hist: int) -> float:
    words = np.arange(len(model.words))
    words = words[words != model.words.index(START)]
    logs = ngrams.trigram_logs(model, np.full(len(words), old), np.full(len(words), hist), words)
    return float((10.0**logs).sum())


@settings(max_examples=25)
@given(sentences_of)
def test_every_history_sums_to_one(lines: list[list[str]]) -> None:
    model = ngrams.estimate(lines, WORDS)
    for old in range(len(WORDS)):
        for hist in range(2, len(WORDS)):
            assert total(model, old, hist) == pytest.approx(1, abs=1e-6)


def test_what_follows_often_is_likelier() -> None:
    model = ngrams.estimate(sentences(TEXT), WORDS)
    a, b, c, e = (np.array([WORDS.index(word)]) for word in "abce")
    after_ab = [float(ngrams.trigram_logs(model, a, b, word)[0]) for word in (c, e)]
    assert after_ab[0] > after_ab[1]
    assert all(math.isfinite(log) for log in after_ab)


def test_a_mixture_lies_between_its_models() -> None:
    ours = ngrams.estimate(sentences(TEXT), WORDS)
    theirs = ngrams.estimate(sentences(["d c b a", "e d c", "b a e"]), WORDS)
    both = ngrams.mixed(ours, theirs, 0.5)
    a, b, c = (np.array([WORDS.index(word)]) for word in "abc")
    probabilities = [10.0 ** float(ngrams.trigram_logs(one, a, b, c)[0]) for one in (ours, theirs, both)]
    assert probabilities[2] == pytest.approx((probabilities[0] + probabilities[1]) / 2, rel=1e-6)
    for old in range(2, len(WORDS)):
        assert total(both, old, WORDS.index("b")) == pytest.approx(1, abs=1e-5)


def test_a_pruned_model_is_smaller_sums_to_one_and_keeps_what_trigrams_need() -> None:
    model = ngrams.mixed(
        ngrams.estimate(sentences(TEXT), WORDS), ngrams.estimate(sentences(TEXT[::-1]), WORDS), 0.5
    )
    small = ngrams.pruned(model, 8, 4)
    assert len(small.word3) == 4
    assert len(small.word2) < len(model.word2)
    bigrams = set(zip(small.hist2.tolist(), small.word2.tolist(), strict=True))
    for old, hist, word in zip(small.old3.tolist(), small.hist3.tolist(), small.word3.tolist(), strict=True):
        assert (old, hist) in bigrams
        assert (hist, word) in bigrams
    for hist in range(2, len(WORDS)):
        assert total(small, 2, hist) == pytest.approx(1, abs=1e-5)
    assert ngrams.perplexity(small, sentences(TEXT)) >= ngrams.perplexity(model, sentences(TEXT)) * 0.99


def test_words_outside_the_vocabulary_go() -> None:
    model = ngrams.restricted(ngrams.estimate(sentences(TEXT), WORDS), [START, END, "b", "a", "z"])
    assert model.words == (START, END, "b", "a", "z")
    assert model.log1[4] < -90
    pairs = {(model.words[h], model.words[w]) for h, w in zip(model.hist2, model.word2, strict=True)}
    assert ("a", "b") in pairs
    assert not any("c" in pair for pair in pairs)


def test_pocketsphinx_reads_the_same_probabilities_back(tmp_path: Path) -> None:
    from pocketsphinx import LogMath, NGramModel

    model = ngrams.normalised(
        ngrams.mixed(
            ngrams.estimate(sentences(TEXT), WORDS), ngrams.estimate(sentences(TEXT[:3]), WORDS), 0.5
        )
    )
    arpa, binary = tmp_path / "model.arpa", tmp_path / "model.lm.bin"
    ngrams.write_arpa(model, arpa)
    loaded = NGramModel.readfile(str(arpa))
    step = math.log10(1.0001)
    a, b, c = (np.array([WORDS.index(word)]) for word in "abc")
    assert loaded.prob(["c", "b", "a"]) * step == pytest.approx(
        float(ngrams.trigram_logs(model, a, b, c)[0]), abs=2e-3
    )
    loaded.write(str(binary), 2)
    read = read_trie(binary)
    assert set(read.words) == set(WORDS)
    again = ngrams.restricted(read, WORDS)
    assert float(ngrams.trigram_logs(again, a, b, c)[0]) == pytest.approx(
        float(ngrams.trigram_logs(model, a, b, c)[0]), abs=2e-3
    )
    assert LogMath is not None


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.lm.bin"
    path.write_bytes(b"something else entirely")
    with pytest.raises(SpeechError, match="no binary trigram model"):
        read_trie(path)
