"""Lexical cues of a piece of text: plain counts that the trained head weighs; none decides anything."""

import re

import numpy as np
from numpy.typing import NDArray

_COUNTED = {
    "reason": r"\b(?:because|since|so that|otherwise|in order to|which means|due to|why|therefore|hence)\b",
    "condition": r"\b(?:if|when|unless|until|once|before|after|whenever|only)\b",
    "contrast": r"\b(?:but|however|instead|rather than|although|while|whereas|even|not just)\b",
    "negation": r"\b(?:no|not|never|nothing|nobody|none|without|cannot|can't|\w+n't)\b",
    "number": r"\d+|\b(?:two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|hundred|half|percent)\b",
}
_SHARED = {
    "first person": r"\b(?:i|we|my|our|us|i'd|we'd|i've|we've)\b",
    "past": r"\b\w+ed\b",
    "modal": r"\b(?:should|must|would|could|can|may|might|needs?|ha(?:ve|s) to)\b",
    "abstract noun": r"\b\w+(?:tion|ment|ity|ance|ence|ness|ism)s?\b",
    "adverb": r"\b\w+ly\b",
    "gerund": r"\b\w+ing\b",
    "article": r"\b(?:the|an?|this|that|these|those|its|their|his|her)\b",
    "preposition": r"\b(?:for|to|of|in|on|at|by|with|from|into|over|against|between)\b",
}
_COUNTED_PATTERNS = [re.compile(pattern) for pattern in _COUNTED.values()]
_SHARED_PATTERNS = [re.compile(pattern) for pattern in _SHARED.values()]

CUE_NAMES = (
    "log words",
    "very short",
    *_COUNTED,
    *_SHARED,
    "commas",
    "word length",
    "distinct words",
)


def cues(text: str) -> NDArray[np.float32]:
    """Count the cues of `text`; returns one figure for each of `CUE_NAMES`.

    The first group is counted (three at most), the second is a share of the words. Case, punctuation
    other than commas, and layout leave no trace, so that a transcript reads like typed text.
    """
    lower = text.lower().replace("’", "'")
    words = lower.split()
    count = max(1, len(words))
    figures = [float(np.log1p(len(words))), float(len(words) < 6)]
    figures += [min(3.0, float(len(pattern.findall(lower)))) for pattern in _COUNTED_PATTERNS]
    figures += [len(pattern.findall(lower)) / count for pattern in _SHARED_PATTERNS]
    figures += [
        lower.count(",") / count,
        sum(map(len, words)) / count / 5,
        len(set(words)) / count,
    ]
    return np.asarray(figures, dtype=np.float32)
