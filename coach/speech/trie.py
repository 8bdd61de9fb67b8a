"""Reads the binary trigram model that comes with pocketsphinx into arrays, to be mixed with our own.

The format ("Trie Language Model", little endian) holds n-grams with the predicted word first, then the
word before it, then the one before that: a trie over reversed histories, with packed bits and
quantised logarithms.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coach.errors import SpeechError

_HEADER = b"Trie Language Model"
_QUANTUM_BITS = 16
# The logarithms of the file are whole steps of this base, pocketsphinx's own.
_LOG_BASE = 1.0001
_LOG10_STEP = float(np.log10(_LOG_BASE))


class Trigrams(NamedTuple):
    """A back-off trigram model as arrays; logarithms are to base ten.

    `words` [V]. Unigrams: `log1`, `back1` [V]. Bigrams sorted by (history, word): `hist2`, `word2`,
    `log2`, `back2`. Trigrams sorted by (history, word): `old3`, `hist3`, `word3`, `log3`, where `old3` is
    the older of the two words of the history.
    """

    words: tuple[str, ...]
    log1: NDArray[np.float64]
    back1: NDArray[np.float64]
    hist2: NDArray[np.int64]
    word2: NDArray[np.int64]
    log2: NDArray[np.float64]
    back2: NDArray[np.float64]
    old3: NDArray[np.int64]
    hist3: NDArray[np.int64]
    word3: NDArray[np.int64]
    log3: NDArray[np.float64]


def read_trie(path: Path) -> Trigrams:
    """Read a binary trigram model; SpeechError where the file is not one of that format."""
    content = path.read_bytes()
    if not content.startswith(_HEADER) or content[len(_HEADER)] != 3:
        raise SpeechError(f"{path}: is no binary trigram model; install pocketsphinx again")
    at = len(_HEADER) + 1
    unigrams, bigrams, trigrams = (int(one) for one in np.frombuffer(content, "<u4", 3, at))
    at += 12 + 4
    tables = np.frombuffer(content, "<f4", 3 << _QUANTUM_BITS, at).reshape(3, -1) * _LOG10_STEP
    at += tables.size * 4
    record = np.dtype([("log", "<f4"), ("back", "<f4"), ("next", "<u4")])
    first = np.frombuffer(content, record, unigrams + 1, at)
    at += first.nbytes
    word_bits, next_bits = _bits(unigrams), _bits(trigrams)
    middle_bits = word_bits + 2 * _QUANTUM_BITS + next_bits
    longest_bits = word_bits + _QUANTUM_BITS
    middle = np.frombuffer(content, np.uint8, _packed_size(bigrams, middle_bits), at)
    at += middle.size
    longest = np.frombuffer(content, np.uint8, _packed_size(trigrams, longest_bits), at)
    at += longest.size
    words = tuple(content[at + 4 :].rstrip(b"\0").decode("ascii").split("\0"))

    # The header's counts are what there is room for; where the last child ends is how many there are.
    bigrams = int(first["next"][-1])
    # A node of the middle: the older word, quantised back-off and logarithm, first child.
    older = _field(middle, bigrams, middle_bits, 0, word_bits)
    back = _field(middle, bigrams, middle_bits, word_bits, _QUANTUM_BITS)
    log = _field(middle, bigrams, middle_bits, word_bits + _QUANTUM_BITS, _QUANTUM_BITS)
    child = _field(middle, bigrams + 1, middle_bits, word_bits + 2 * _QUANTUM_BITS, next_bits)
    trigrams = int(child[-1])
    oldest = _field(longest, trigrams, longest_bits, 0, word_bits)
    log3 = _field(longest, trigrams, longest_bits, word_bits, _QUANTUM_BITS)

    word2 = np.repeat(np.arange(unigrams), _steps(first["next"].astype(np.int64)))
    parent = np.repeat(np.arange(bigrams), _steps(child))
    by_history2 = np.lexsort((word2, older))
    by_history3 = np.lexsort((word2[parent], older[parent], oldest))
    return Trigrams(
        words=words,
        log1=first["log"][:-1] * _LOG10_STEP,
        back1=first["back"][:-1] * _LOG10_STEP,
        hist2=older[by_history2],
        word2=word2[by_history2],
        log2=tables[0][log][by_history2],
        back2=tables[1][back][by_history2],
        old3=oldest[by_history3],
        hist3=older[parent][by_history3],
        word3=word2[parent][by_history3],
        log3=tables[2][log3][by_history3],
    )


def _steps(places: NDArray[np.int64]) -> NDArray[np.int64]:
    return places[1:] - places[:-1]


def _bits(most: int) -> int:
    return most.bit_length()


def _packed_size(entries: int, bits: int) -> int:
    # One entry more for the last child pointer, and eight bytes that the reader may overrun into.
    return ((1 + entries) * bits + 7) // 8 + 8


def _field(packed: NDArray[np.uint8], entries: int, bits: int, at: int, size: int) -> NDArray[np.int64]:
    """Unpack one field of `size` bits at bit `at` of every entry of `bits` bits."""
    start = np.arange(entries, dtype=np.int64) * bits + at
    byte, shift = start >> 3, start & 7
    value = np.zeros(entries, dtype=np.int64)
    for offset in range(5):
        value |= packed[byte + offset].astype(np.int64) << (8 * offset)
    return (value >> shift) & ((1 << size) - 1)
