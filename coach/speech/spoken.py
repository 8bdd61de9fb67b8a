"""Writes a text as the words that somebody would say: what a language model is built from."""

import re
from collections.abc import Iterator, Mapping, Sequence

from coach.domain import ToolMention

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen".split()
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SCALES = ((1_000_000_000, "billion"), (1_000_000, "million"), (1_000, "thousand"), (100, "hundred"))
_SYMBOLS = {
    "%": "percent",
    "€": "euros",
    "$": "dollars",
    "£": "pounds",
    "&": "and",
    "+": "plus",
    "=": "equals",
}
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*|[%€$£&+=]|[.!?](?=\s|$)|\n\s*\n")
_SENTENCE_END = re.compile(r"[.!?]|\n\s*\n")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
# An acronym of more letters is a word in capitals.
_LONGEST_ACRONYM = 5


def number_words(number: int) -> list[str]:
    """Write a whole number from nought to below a thousand billion in words.

    >>> " ".join(number_words(2_415)), number_words(0), number_words(70)
    ('two thousand four hundred fifteen', ['zero'], ['seventy'])
    """
    for scale, name in _SCALES:
        if number >= scale:
            rest = number_words(number % scale) if number % scale else []
            return [*number_words(number // scale), name, *rest]
    if number < len(_ONES):
        return [_ONES[number]]
    return [_TENS[number // 10 - 2], *([_ONES[number % 10]] if number % 10 else [])]


def figure_words(figure: str) -> list[str]:
    """Write figures as said: commas between thousands, a point, a year in two halves.

    >>> figure_words("0.85"), figure_words("1,204")
    (['zero', 'point', 'eight', 'five'], ['one', 'thousand', 'two', 'hundred', 'four'])
    >>> figure_words("2024")
    ['twenty', 'twenty', 'four']
    """
    whole, _, fraction = re.sub(r",(?=\d{3}(?!\d))", "", figure).replace(",", ".").partition(".")
    if len(whole) > 11:
        return [_ONES[int(digit)] for digit in whole]
    number = int(whole)
    if not fraction and 1910 <= number <= 2099 and len(whole) == 4 and number % 100 > 9:
        return [*number_words(number // 100), *number_words(number % 100)]
    said = number_words(number)
    for part in fraction.split(".") if fraction else ():
        said += ["point", *(_ONES[int(digit)] for digit in part)]
    return said


class Spoken:
    """Turns texts into sentences of spoken words.

    `acronyms` are words said letter by letter and kept as one ("kpi"); `names` maps a tool's canonical name
    to its spoken words.
    """

    def __init__(self, acronyms: frozenset[str], names: Mapping[str, tuple[str, ...]]) -> None:
        self._acronyms = acronyms
        self._names = names

    def sentences(self, text: str, mentions: Sequence[ToolMention] = ()) -> list[list[str]]:
        """The sentences of a text as spoken words in lower case; `mentions` are the tools that it names."""
        sentences: list[list[str]] = [[]]
        done = 0
        for mention in (one for one in mentions if not one.guessed and one.name in self._names):
            self._read(text[done : mention.start], sentences)
            sentences[-1] += self._names[mention.name]
            done = mention.end
        self._read(text[done:], sentences)
        return [self._joined(sentence) for sentence in sentences if sentence]

    def words(self, text: str) -> list[str]:
        """All the spoken words of a text that names no tools."""
        return [word for sentence in self.sentences(text) for word in sentence]

    def _read(self, text: str, sentences: list[list[str]]) -> None:
        for found in _TOKEN.finditer(text):
            token = found[0]
            if _SENTENCE_END.fullmatch(token):
                sentences.append([])
            else:
                sentences[-1] += self._said(token)

    def _said(self, token: str) -> Iterator[str]:
        if token[0].isdigit():
            yield from figure_words(token)
        elif token in _SYMBOLS:
            yield _SYMBOLS[token]
        else:
            for part in _CAMEL.split(token.replace("’", "'")):
                yield part.lower()

    def _joined(self, words: list[str]) -> list[str]:
        """Join letters said one by one to the acronym that they spell: "k p i" is one word."""
        joined: list[str] = []
        at = 0
        while at < len(words):
            size = 1
            while at + size < len(words) and len(words[at]) == len(words[at + size]) == 1:
                size += 1
            for take in range(min(size, _LONGEST_ACRONYM), 1, -1):
                spelled = "".join(words[at : at + take])
                if spelled in self._acronyms:
                    joined.append(spelled)
                    at += take
                    break
            else:
                joined.append(words[at])
                at += 1
        return joined


def acronyms(texts: Sequence[str]) -> frozenset[str]:
    """The words that stand in capitals wherever they stand, two to five letters long, in lower case.

    >>> sorted(acronyms(["A KPI, the KPI and it. IT", "GDPR"]))
    ['gdpr', 'kpi']
    """
    capital: set[str] = set()
    other: set[str] = set()
    for text in texts:
        for word in re.findall(r"[^\W\d_]+", text):
            bare = word[:-1] if word.endswith("s") and word[:-1].isupper() else word
            if bare.isupper() and 2 <= len(bare) <= _LONGEST_ACRONYM:
                capital.add(bare.lower())
            elif not word.isupper():
                other.add(word.lower())
    return frozenset(capital - other)
