"""How words are said: the stock dictionary, a list of our own, letters, parts of names, then a guess."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from coach.errors import SpeechError
from coach.speech.graphones import Graphones, Phones

LETTERS: Mapping[str, Phones] = {
    letter: tuple(phones.split())
    for letter, phones in (
        pair.split(":")
        for pair in (
            "a:EY,b:B IY,c:S IY,d:D IY,e:IY,f:EH F,g:JH IY,h:EY CH,i:AY,j:JH EY,k:K EY,l:EH L,m:EH M,"
            "n:EH N,o:OW,p:P IY,q:K Y UW,r:AA R,s:EH S,t:T IY,u:Y UW,v:V IY,"
            "w:D AH B AH L Y UW,x:EH K S,y:W AY,z:Z IY"
        ).split(",")
    )
}
_VARIANT = re.compile(r"\(\d+\)$")
# British spellings of words that the dictionary has in American.
_AMERICAN = (("isation", "ization"), ("ise", "ize"), ("ising", "izing"), ("our", "or"), ("elling", "eling"))
# Endings that the dictionary does not have for every word, and how they sound.
_ENDINGS: tuple[tuple[str, Phones], ...] = (
    ("'s", ("Z",)),
    ("ability", ("AH", "B", "IH", "L", "AH", "T", "IY")),
    ("able", ("AH", "B", "AH", "L")),
    ("ness", ("N", "AH", "S")),
    ("ments", ("M", "AH", "N", "T", "S")),
    ("ing", ("IH", "NG")),
    ("ers", ("ER", "Z")),
    ("er", ("ER",)),
    ("ed", ("D",)),
    ("ly", ("L", "IY")),
    ("s", ("Z",)),
)
_BEGINNINGS = (
    "re",
    "pre",
    "un",
    "mis",
    "auto",
    "over",
    "under",
    "non",
    "sub",
    "multi",
    "micro",
    "hyper",
    "de",
)
# A part of a compound that is shorter is more often a chance than a word.
_SHORTEST_PART = 3
# So many words of the dictionary teach spelling well enough; more only take longer.
_TEACHING_STEP = 5


def read_dictionary(path: Path) -> dict[str, tuple[Phones, ...]]:
    """Read a dictionary of lines `word PHONE PHONE`; variants `word(2)` join their word.

    Raises SpeechError naming the first line that is not of that form.
    """
    found: dict[str, list[Phones]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        word, *phones = line.split() or [""]
        if not word or word.startswith("#"):
            continue
        if not phones:
            raise SpeechError(f"{path}:{number}: a word without phones; write: word PHONE PHONE ...")
        found.setdefault(_VARIANT.sub("", word), []).append(tuple(phones))
    return {word: tuple(variants) for word, variants in found.items()}


class Pronouncer:
    """Says how any word of the vocabulary sounds.

    `stock` is a large dictionary of ordinary words, `own` what it lacks or has wrong, `spelled` the words
    said letter by letter, `parts` the written parts of a compound name ("page", "duty").
    """

    def __init__(
        self,
        stock: Mapping[str, tuple[Phones, ...]],
        own: Mapping[str, tuple[Phones, ...]],
        spelled: frozenset[str] = frozenset(),
        parts: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self._stock, self._own, self._spelled, self._parts = stock, own, spelled, parts or {}
        self._graphones: Graphones | None = None

    def pronounce(self, word: str) -> tuple[Phones, ...]:
        """The pronunciations of a word in lower case, likeliest first; empty where it has no letters."""
        if word in self._own:
            return self._own[word]
        known = self._stock.get(word, ())
        if word in self._spelled:
            letters = tuple(phone for letter in word if letter in LETTERS for phone in LETTERS[letter])
            return tuple(dict.fromkeys((letters, *known)))
        return known or tuple(one for one in (self._composed(word) or self._guessed(word),) if one)

    def _one(self, word: str) -> Phones:
        found = self._own.get(word) or self._stock.get(word) or ()
        return found[0] if found else ()

    def _composed(self, word: str) -> Phones:
        if word in self._parts:
            said = [self._part(part) for part in self._parts[word]]
            return tuple(phone for part in said for phone in part)
        for british, american in _AMERICAN:
            if british in word and (known := self._one(word.replace(british, american))):
                return known
        for ending, phones in _ENDINGS:
            stem = word.removesuffix(ending)
            if stem != word and (known := self._one(stem) or self._one(stem + "e")):
                return known + phones
        for beginning in _BEGINNINGS:
            if word.startswith(beginning) and (known := self._one(word.removeprefix(beginning))):
                return (*self._one(beginning), *known)
        for cut in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
            first, second = self._one(word[:cut]), self._one(word[cut:])
            if first and second:
                return first + second
        return ()

    def _part(self, part: str) -> Phones:
        if part in self._spelled or len(part) == 1:
            return tuple(phone for letter in part if letter in LETTERS for phone in LETTERS[letter])
        return self._one(part) or self._composed(part) or self._guessed(part)

    def _guessed(self, word: str) -> Phones:
        if self._graphones is None:
            teaching = sorted(self._stock.items())[::_TEACHING_STEP]
            self._graphones = Graphones.from_dictionary((one, variants[0]) for one, variants in teaching)
        plain = "".join(letter for letter in word if letter in LETTERS)
        return self._graphones.pronounce(plain)


def write_dictionary(entries: Iterable[tuple[str, tuple[Phones, ...]]], path: Path) -> None:
    """Write a dictionary in the form that pocketsphinx reads, variants numbered from two."""
    with path.open("w", encoding="ascii", newline="\n") as file:
        for word, variants in entries:
            for number, phones in enumerate(variants, start=1):
                name = word if number == 1 else f"{word}({number})"
                file.write(f"{name} {' '.join(phones)}\n")
