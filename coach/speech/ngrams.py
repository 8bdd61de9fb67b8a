"""Trigram models: estimated from sentences, mixed, pruned and written as ARPA.

Estimation is interpolated modified Kneser-Ney (Chen and Goodman 1999). A mixture holds the n-grams of both
models with interpolated probabilities, and back-offs that make every history sum to one. Pruning drops the
n-grams that change the model least (Seymore and Rosenfeld 1996).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coach.speech.trie import Trigrams

START, END = "<s>", "</s>"
_IMPOSSIBLE = -99.0
Logs = NDArray[np.float64]
Ids = NDArray[np.int64]


def estimate(sentences: Iterable[Sequence[str]], words: Sequence[str]) -> Trigrams:
    """Estimate a trigram model over the vocabulary `words` (which holds <s> and </s>).

    Words outside the vocabulary end the n-grams that they stand in.
    """
    ids = {word: place for place, word in enumerate(words)}
    counts: list[Counter[tuple[int, ...]]] = [Counter(), Counter(), Counter()]
    for sentence in sentences:
        numbers = [ids[START], *(ids.get(word, -1) for word in sentence), ids[END]]
        for at in range(len(numbers)):
            for size in (1, 2, 3):
                gram = tuple(numbers[at + 1 - size : at + 1]) if at + 1 >= size else ()
                if gram and -1 not in gram:
                    counts[size - 1][gram] += 1
    # Below the highest order an n-gram counts by how many words it followed, unless it starts a sentence.
    for size in (2, 1):
        distinct = Counter(gram[1:] for gram in counts[size])
        counts[size - 1] = Counter(
            {
                gram: distinct[gram] if gram[0] != ids[START] and gram in distinct else count
                for gram, count in counts[size - 1].items()
            }
        )
    return _kneser_ney(counts, words, ids[START])


def _kneser_ney(counts: Sequence[Counter[tuple[int, ...]]], words: Sequence[str], start: int) -> Trigrams:
    size = len(words)
    one = np.zeros(size)
    for (word,), count in counts[0].items():
        one[word] = count
    one[start] = 0
    discounts = [_discounts(order.values()) for order in counts]
    kept = np.maximum(one - _discounted(one, discounts[0]), 0)
    # What discounting frees goes to all words alike, the unseen among them.
    freed = 1 - kept.sum() / one.sum()
    prob1 = (kept / one.sum() + freed / (size - 1)) * (np.arange(size) != start)
    hist2, word2, prob2, back1 = _higher(counts[1], discounts[1], prob1, size, None)
    bigrams = {pair: place for place, pair in enumerate(zip(hist2[:, 0], word2, strict=True))}
    hist3, word3, prob3, back2 = _higher(counts[2], discounts[2], prob2, size, bigrams)
    return Trigrams(
        words=tuple(words),
        log1=_log(prob1),
        back1=_log(back1),
        hist2=hist2[:, 0],
        word2=word2,
        log2=_log(prob2),
        back2=_log(back2),
        old3=hist3[:, 0],
        hist3=hist3[:, 1],
        word3=word3,
        log3=_log(prob3),
    )


def _higher(
    counts: Counter[tuple[int, ...]],
    discounts: Logs,
    lower: Logs,
    size: int,
    bigrams: dict[tuple[int, int], int] | None,
) -> tuple[Ids, Ids, Logs, Logs]:
    """Histories, words, probabilities and back-off weights of an order above the `lower` one."""
    order = 2 if bigrams is None else 3
    grams = np.array(sorted(counts), dtype=np.int64).reshape(-1, order)
    seen = np.array([counts[tuple(gram)] for gram in grams.tolist()], dtype=float)
    histories, words = grams[:, :-1], grams[:, -1]
    _, group = np.unique(histories, axis=0, return_inverse=True)
    group = group.reshape(-1)
    totals = np.bincount(group, weights=seen)
    discount = _discounted(seen, discounts)
    freed = np.bincount(group, weights=discount) / totals
    if bigrams is None:
        below = lower[words]
        back = np.ones(size)
        back[histories[:, 0]] = freed[group]
    else:
        pairs = zip(histories[:, 1].tolist(), words.tolist(), strict=True)
        below = lower[[bigrams[pair] for pair in pairs]]
        back = np.ones(len(lower))
        parents = zip(histories[:, 0].tolist(), histories[:, 1].tolist(), strict=True)
        back[[bigrams[pair] for pair in parents]] = freed[group]
    return histories, words, (seen - discount) / totals[group] + freed[group] * below, back


def _discounts(counts: Iterable[int]) -> Logs:
    """The three discounts of modified Kneser-Ney, for counts of one, two, and three and more."""
    of = Counter(counts)
    n1, n2, n3, n4 = (max(of[count], 1) for count in (1, 2, 3, 4))
    share = n1 / (n1 + 2 * n2)
    found = (1 - 2 * share * n2 / n1, 2 - 3 * share * n3 / n2, 3 - 4 * share * n4 / n3)
    return np.clip(found, 0.1, (0.95, 1.9, 2.85))


def _discounted(counts: Logs, discounts: Logs) -> Logs:
    return np.where(counts > 0, discounts[np.clip(counts, 1, 3).astype(int) - 1], 0.0)


def _log(probabilities: Logs) -> Logs:
    with np.errstate(divide="ignore"):
        return np.maximum(np.log10(probabilities), _IMPOSSIBLE)


def restricted(model: Trigrams, words: Sequence[str]) -> Trigrams:
    """The model over another vocabulary: n-grams with other words go, words it lacks get no probability."""
    place = {word: new for new, word in enumerate(words)}
    new = np.array([place.get(word, -1) for word in model.words], dtype=np.int64)
    log1, back1 = np.full(len(words), _IMPOSSIBLE), np.zeros(len(words))
    inside = new >= 0
    log1[new[inside]], back1[new[inside]] = model.log1[inside], model.back1[inside]
    two = (new[model.hist2] >= 0) & (new[model.word2] >= 0)
    three = (new[model.old3] >= 0) & (new[model.hist3] >= 0) & (new[model.word3] >= 0)
    return _sorted(
        Trigrams(
            words=tuple(words),
            log1=log1,
            back1=back1,
            hist2=new[model.hist2[two]],
            word2=new[model.word2[two]],
            log2=model.log2[two],
            back2=model.back2[two],
            old3=new[model.old3[three]],
            hist3=new[model.hist3[three]],
            word3=new[model.word3[three]],
            log3=model.log3[three],
        )
    )


def mixed(ours: Trigrams, theirs: Trigrams, share: float) -> Trigrams:
    """Interpolate two models over the same vocabulary; `share` in (0, 1) is the weight of `ours`."""
    size = len(ours.words)
    two = np.union1d(_keys2(ours), _keys2(theirs))
    three = np.union1d(_keys3(ours), _keys3(theirs))
    # Every history and every ending of a trigram is a bigram, as the formats want it.
    two = np.union1d(np.union1d(two, three // size), three % (size * size))
    hist2, word2 = two // size, two % size
    old3, hist3, word3 = three // (size * size), three // size % size, three % size
    return normalised(
        Trigrams(
            words=ours.words,
            log1=_blend(ours.log1, theirs.log1, share),
            back1=np.zeros(size),
            hist2=hist2,
            word2=word2,
            log2=_blend(bigram_logs(ours, hist2, word2), bigram_logs(theirs, hist2, word2), share),
            back2=np.zeros(len(two)),
            old3=old3,
            hist3=hist3,
            word3=word3,
            log3=_blend(
                trigram_logs(ours, old3, hist3, word3), trigram_logs(theirs, old3, hist3, word3), share
            ),
        )
    )


def normalised(model: Trigrams) -> Trigrams:
    """Set the back-off weights so that every history sums to one over the vocabulary."""
    size = len(model.words)
    one = 10.0**model.log1
    one /= one.sum()
    model = model._replace(log1=_log(one))
    back1 = _backs(model.hist2, 10.0**model.log2, one[model.word2], size)
    model = model._replace(back1=back1)
    keys = _keys2(model)
    place = np.searchsorted(keys, model.old3 * size + model.hist3)
    below = 10.0 ** bigram_logs(model, model.hist3, model.word3)
    return model._replace(back2=_backs(place, 10.0**model.log3, below, len(keys)))


def pruned(model: Trigrams, bigrams: int, trigrams: int) -> Trigrams:
    """Keep about so many bigrams and trigrams: those whose loss would change the model most."""
    size = len(model.words)
    loss3 = _reach3(model) * np.abs(
        model.log3
        - model.back2[_place(model, model.old3, model.hist3)]
        - bigram_logs(model, model.hist3, model.word3)
    )
    keep3 = _largest(loss3, trigrams)
    model = model._replace(
        old3=model.old3[keep3], hist3=model.hist3[keep3], word3=model.word3[keep3], log3=model.log3[keep3]
    )
    needed = np.zeros(len(model.hist2), dtype=bool)
    needed[_place(model, model.old3, model.hist3)] = True
    needed[_place(model, model.hist3, model.word3)] = True
    loss2 = 10.0 ** (model.log1[model.hist2] + model.log2) * np.abs(
        model.log2 - model.back1[model.hist2] - model.log1[model.word2]
    )
    loss2[needed] = np.inf
    keep2 = _largest(loss2, max(bigrams, int(needed.sum())))
    assert size == len(model.back1)
    return normalised(
        model._replace(
            hist2=model.hist2[keep2],
            word2=model.word2[keep2],
            log2=model.log2[keep2],
            back2=model.back2[keep2],
        )
    )


def perplexity(model: Trigrams, sentences: Iterable[Sequence[str]]) -> float:
    """How many words, on average, the model wavers between at each word of the sentences that it knows."""
    ids = {word: place for place, word in enumerate(model.words)}
    old, hist, word = [], [], []
    for sentence in sentences:
        numbers = [ids[START], ids[START], *(ids.get(one, -1) for one in sentence), ids[END]]
        for at in range(2, len(numbers)):
            if -1 not in numbers[at - 2 : at + 1]:
                old.append(numbers[at - 2])
                hist.append(numbers[at - 1])
                word.append(numbers[at])
    logs = trigram_logs(model, np.array(old), np.array(hist), np.array(word))
    return float(10.0 ** -logs.mean())


def bigram_logs(model: Trigrams, hist: Ids, word: Ids) -> Logs:
    """The base-ten logarithms of p(word | hist), arrays of the same length."""
    place, found = _found(_keys2(model), hist * len(model.words) + word)
    return np.where(found, model.log2[place], model.back1[hist] + model.log1[word])


def trigram_logs(model: Trigrams, old: Ids, hist: Ids, word: Ids) -> Logs:
    """The base-ten logarithms of p(word | old hist), arrays of the same length."""
    size = len(model.words)
    place, found = _found(_keys3(model), (old * size + hist) * size + word)
    parent, known = _found(_keys2(model), old * size + hist)
    backed = np.where(known, model.back2[parent], 0.0) + bigram_logs(model, hist, word)
    return np.where(found, model.log3[place], backed) if len(model.log3) else backed


def write_arpa(model: Trigrams, path: Path) -> None:
    """Write the model in the ARPA format."""
    words = model.words
    with path.open("w", encoding="ascii") as file:
        file.write("\\data\\\n")
        for order, count in enumerate((len(words), len(model.word2), len(model.word3)), start=1):
            file.write(f"ngram {order}={count}\n")
        file.write("\n\\1-grams:\n")
        for word, log, back in zip(words, model.log1, model.back1, strict=True):
            file.write(f"{log:.4f} {word} {back:.4f}\n")
        file.write("\n\\2-grams:\n")
        for hist, word_id, log, back in zip(model.hist2, model.word2, model.log2, model.back2, strict=True):
            file.write(f"{log:.4f} {words[hist]} {words[word_id]} {back:.4f}\n")
        file.write("\n\\3-grams:\n")
        for old, hist, word_id, log in zip(model.old3, model.hist3, model.word3, model.log3, strict=True):
            file.write(f"{log:.4f} {words[old]} {words[hist]} {words[word_id]}\n")
        file.write("\n\\end\\\n")


def _blend(ours: Logs, theirs: Logs, share: float) -> Logs:
    return _log(share * 10.0**ours + (1 - share) * 10.0**theirs)


def _backs(group: Ids, explicit: Logs, below: Logs, groups: int) -> Logs:
    left = 1 - np.bincount(group, weights=explicit, minlength=groups)
    free = 1 - np.bincount(group, weights=below, minlength=groups)
    # A history whose every continuation is listed leaves nothing to back off to.
    return _log(np.clip(left, 1e-6, 1) / np.clip(free, 1e-6, 1))


def _reach3(model: Trigrams) -> Logs:
    """The probability of each trigram in running text, by the chain rule from its first word."""
    return np.asarray(
        10.0 ** (model.log1[model.old3] + bigram_logs(model, model.old3, model.hist3) + model.log3)
    )


def _place(model: Trigrams, hist: Ids, word: Ids) -> Ids:
    return np.searchsorted(_keys2(model), hist * len(model.words) + word)


def _largest(values: Logs, count: int) -> NDArray[np.bool_]:
    if count >= len(values):
        return np.ones(len(values), dtype=bool)
    keep = np.zeros(len(values), dtype=bool)
    keep[np.argpartition(-values, count)[:count]] = True
    return keep


def _found(keys: Ids, wanted: Ids) -> tuple[Ids, NDArray[np.bool_]]:
    if not len(keys):
        return np.zeros(len(wanted), dtype=np.int64), np.zeros(len(wanted), dtype=bool)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return place, keys[place] == wanted


def _keys2(model: Trigrams) -> Ids:
    return model.hist2 * len(model.words) + model.word2


def _keys3(model: Trigrams) -> Ids:
    size = len(model.words)
    return (model.old3 * size + model.hist3) * size + model.word3


def _sorted(model: Trigrams) -> Trigrams:
    two, three = np.argsort(_keys2(model)), np.argsort(_keys3(model))
    return model._replace(
        hist2=model.hist2[two],
        word2=model.word2[two],
        log2=model.log2[two],
        back2=model.back2[two],
        old3=model.old3[three],
        hist3=model.hist3[three],
        word3=model.word3[three],
        log3=model.log3[three],
    )
