"""Word errors of a transcript, with words compared as they are said and not as they are written."""

from collections.abc import Sequence
from functools import cache
from typing import Any

# "MLflow", "ML flow" and "m l flow" are one name; so many words may make up another's so many.
_MOST_JOINED = 5


def said_words(text: str) -> list[str]:
    """The words of a text in one form: lower case, figures for numbers, no marks and no fillers (um, uh).

    Whisper's own normaliser for English, which word error rates of recognisers are commonly given with.

    >>> said_words("Um, we've cut it by twenty percent.") == said_words("we have cut it by 20%")
    True
    """
    return str(_normaliser()(text)).split()


def word_errors(read: Sequence[str], heard: Sequence[str]) -> int:
    """The fewest words to substitute, insert and delete to turn one sequence into the other.

    Words that are the same once they are joined are no error.

    >>> word_errors("roll back the model".split(), "roll that model now".split())
    3
    >>> word_errors("m l flow runs".split(), "mlflow runs".split())
    0
    """
    table = [[0] * (len(heard) + 1) for _ in range(len(read) + 1)]
    for i in range(len(read) + 1):
        for j in range(len(heard) + 1):
            if not i or not j:
                table[i][j] = i + j
                continue
            table[i][j] = min(
                table[i - 1][j] + 1,
                table[i][j - 1] + 1,
                table[i - 1][j - 1] + (read[i - 1] != heard[j - 1]),
                *(table[a][b] for a, b in _joined(read, heard, i, j)),
            )
    return table[-1][-1]


def _joined(read: Sequence[str], heard: Sequence[str], i: int, j: int) -> list[tuple[int, int]]:
    """Where words that end before `i` and `j` may begin that are the same once they are joined."""
    # One side is a single word: several against several would only be a chain of such.
    found = []
    if heard[j - 1].endswith(read[i - 1]):
        word = ""
        for a in range(i - 1, max(i - 1 - _MOST_JOINED, -1), -1):
            word = read[a] + word
            if a < i - 1 and word == heard[j - 1]:
                found.append((a, j - 1))
    if read[i - 1].endswith(heard[j - 1]):
        word = ""
        for b in range(j - 1, max(j - 1 - _MOST_JOINED, -1), -1):
            word = heard[b] + word
            if b < j - 1 and word == read[i - 1]:
                found.append((i - 1, b))
    return found


@cache
def _normaliser() -> Any:
    from transformers.models.whisper.english_normalizer import EnglishTextNormalizer

    return EnglishTextNormalizer({})
