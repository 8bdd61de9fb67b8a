"""Guesses how an unknown word is pronounced, from a dictionary of known ones.

Letters and phones of known words are aligned into pairs of chunks ("ph" with F, "x" with K S), and a
back-off trigram of such pairs says which sequence is likeliest for a new word.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

Phones = tuple[str, ...]
Pair = tuple[str, Phones]

# Letters and phones that one chunk may take.
_SHAPES = ((1, 0), (1, 1), (1, 2), (2, 1))
_ROUNDS = 4
_BEAM = 24
_EDGE: Pair = ("", ())
# What a pair not yet seen costs before the first count: silent letters and doubled chunks are rarer.
_FIRST_COST = {(1, 0): 4.0, (1, 1): 1.0, (1, 2): 6.0, (2, 1): 2.5}
_UNSEEN_COST = 14.0
# Weight of the shorter history where the longer one was seen as often as it has different continuations.
_SMALLEST = 1e-9


class Graphones:
    """Pairs of letters and phones with the probabilities of each after the two before it."""

    def __init__(self, counts: Sequence[Mapping[tuple[Pair, ...], int]]) -> None:
        self._counts = counts
        self._followers: list[Counter[tuple[Pair, ...]]] = []
        self._totals: list[Counter[tuple[Pair, ...]]] = []
        for order in counts:
            followers: Counter[tuple[Pair, ...]] = Counter()
            totals: Counter[tuple[Pair, ...]] = Counter()
            for gram, count in order.items():
                followers[gram[:-1]] += 1
                totals[gram[:-1]] += count
            self._followers.append(followers)
            self._totals.append(totals)
        self._by_letters: dict[str, set[Pair]] = {}
        for (pair,) in counts[0]:
            self._by_letters.setdefault(pair[0], set()).add(pair)

    @classmethod
    def from_dictionary(cls, known: Iterable[tuple[str, Phones]]) -> "Graphones":
        """Align known words with their phones, and count."""
        words = [(word, phones) for word, phones in known if word.isalpha() and word.isascii()]
        costs: dict[Pair, float] = {}
        for _ in range(_ROUNDS):
            counts: Counter[Pair] = Counter()
            for word, phones in words:
                counts.update(_aligned(word, phones, costs))
            total = sum(counts.values())
            costs = {pair: -math.log(count / total) for pair, count in counts.items()}
        orders: list[Counter[tuple[Pair, ...]]] = [Counter(), Counter(), Counter(), Counter()]
        for word, phones in words:
            pairs = [_EDGE, _EDGE, _EDGE, *_aligned(word, phones, costs), _EDGE]
            for at in range(3, len(pairs)):
                for size, order in enumerate(orders, start=1):
                    order[tuple(pairs[at + 1 - size : at + 1])] += 1
        return cls(orders)

    def pronounce(self, word: str) -> Phones:
        """The likeliest phones of a word of ASCII letters; empty where a letter was never seen."""
        beams: list[dict[tuple[Pair, ...], tuple[float, Phones]]] = [{} for _ in range(len(word) + 1)]
        beams[0][(_EDGE, _EDGE, _EDGE)] = (0.0, ())
        for at in range(len(word)):
            best = sorted(beams[at].items(), key=lambda one: one[1][0])[:_BEAM]
            for history, (cost, phones) in best:
                for size in (1, 2):
                    for pair in self._by_letters.get(word[at : at + size], ()):
                        if pair == _EDGE or at + size > len(word):
                            continue
                        reached = cost - math.log(self._probability(history, pair))
                        state = (*history[1:], pair)
                        held = beams[at + size].get(state)
                        if held is None or reached < held[0]:
                            beams[at + size][state] = (reached, phones + pair[1])
        ends = [
            (cost - math.log(self._probability(history, _EDGE)), phones)
            for history, (cost, phones) in beams[-1].items()
        ]
        return min(ends)[1] if ends else ()

    def _probability(self, history: tuple[Pair, ...], pair: Pair) -> float:
        """Witten-Bell interpolation over histories of nought to three pairs."""
        probability = _SMALLEST
        for size, (counts, followers, totals) in enumerate(
            zip(self._counts, self._followers, self._totals, strict=True)
        ):
            before = history[len(history) - size :]
            total = totals.get(before, 0)
            if total:
                new = followers[before]
                probability = (counts.get((*before, pair), 0) + new * probability) / (total + new)
        return probability


def _aligned(word: str, phones: Phones, costs: Mapping[Pair, float]) -> list[Pair]:
    """The cheapest way to cut a word and its phones into pairs; empty where there is none."""
    letters, sounds = len(word), len(phones)
    best: list[list[tuple[float, tuple[int, int] | None]]] = [
        [(math.inf, None)] * (sounds + 1) for _ in range(letters + 1)
    ]
    best[0][0] = (0.0, None)
    for i in range(letters):
        for j in range(sounds + 1):
            cost = best[i][j][0]
            if cost == math.inf:
                continue
            for shape in _SHAPES:
                to_i, to_j = i + shape[0], j + shape[1]
                if to_i > letters or to_j > sounds:
                    continue
                pair = (word[i:to_i], phones[j:to_j])
                step = costs.get(pair, _UNSEEN_COST) if costs else _first_cost(pair, shape)
                if cost + step < best[to_i][to_j][0]:
                    best[to_i][to_j] = (cost + step, shape)
    pairs: list[Pair] = []
    i, j = letters, sounds
    while (came := best[i][j][1]) is not None:
        pairs.append((word[i - came[0] : i], phones[j - came[1] : j]))
        i, j = i - came[0], j - came[1]
    return pairs[::-1]


def _first_cost(pair: Pair, shape: tuple[int, int]) -> float:
    # Vowels tend to stand for vowels and consonants for consonants: enough to start the counting from.
    cost = _FIRST_COST[shape]
    if len(pair[1]) == 1:
        vowel = pair[1][0][0] in "AEIOU"
        cost += 0.0 if vowel == (pair[0][0] in "aeiouy") else 3.0
    return cost
