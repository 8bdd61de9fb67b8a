"""Tool names that a recogniser may have misheard: found by sound, offered as suggestions, never put in."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from coach.domain import ToolMention
from coach.speech.graphones import Phones
from coach.speech.keywords import load_keywords
from coach.speech.model_files import DICTIONARY, DIRECTORY
from coach.speech.pronunciation import read_dictionary
from coach.spoken import NameSuggestion, Transcript
from coach.text.lexicon import Lexicon

# A window of words is compared where one of them is less likely than this.
DOUBTFUL_BELOW = 0.5
# From this likeness in sound on a name is suggested: 1 is the same sound. A wrong suggestion hides the
# speaker's own words from the scorer, so the cut is the lowest that gives no false one. In the twelve
# answers of `coach speech measure` read by flite rms, 9 of 48 names were misheard; true and false
# suggestions were 2 and 29 from 0.55 on, 2 and 6 from 0.60, 2 and 1 from 0.65, 2 and 0 from 0.70, none of
# either from 0.72. In six of them with white noise at 20 dB (all below the confidence that is scored
# unread): 1 and 44, 1 and 11, 0 and 3, 0 and 2.
ALIKE = 0.7
_MOST_WORDS = 4
# Short names sound like too much else.
_SHORTEST_NAME = 6
_PIECE = re.compile(r"[a-z]+|\d+")
_BARE = re.compile(r"[^a-z0-9']+")
_ALIKE_PHONES = (
    *("P B", "T D", "K G", "F V", "S Z", "SH ZH", "CH JH", "TH DH", "M N", "N NG", "L R", "TH F", "S SH"),
    *("ER R",),
)
_NEAR = {frozenset(pair.split()) for pair in _ALIKE_PHONES}
_VOWELS = frozenset("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split())


class DoubtfulWord(NamedTuple):
    """A word of the answer with its place, characters [start, end), and how likely it is."""

    start: int
    end: int
    text: str
    probability: float | None


class NameEar:
    """Knows how tool names sound; `phones` maps words in lower case to one pronunciation each."""

    def __init__(self, names: Sequence[str], phones: Mapping[str, Phones]) -> None:
        self._phones = phones
        said = {name: self._said(_PIECE.findall(name.lower())) for name in names}
        self._names = {name: one for name, one in said.items() if len(one) >= _SHORTEST_NAME}

    @classmethod
    def from_model(cls) -> "NameEar":
        """The names that answers have most, by the pronunciations of the embedded recogniser's dictionary."""
        known = read_dictionary(DIRECTORY / DICTIONARY)
        return cls(load_keywords(), {word: variants[0] for word, variants in known.items()})

    def suggestions(self, transcript: Transcript, lexicon: Lexicon) -> tuple[NameSuggestion, ...]:
        """The names that doubtful words of a transcript's text sound like, in order, none overlapping."""
        words, at = [], 0
        for word in transcript.words:
            words.append(DoubtfulWord(at, at + len(word.text), word.text, word.probability))
            at += len(word.text) + 1
        return self._suggestions(words, lexicon, transcript.text)

    def _suggestions(
        self, words: Sequence[DoubtfulWord], lexicon: Lexicon, text: str
    ) -> tuple[NameSuggestion, ...]:
        named = [(mention.start, mention.end) for mention in lexicon.find(text)]
        found = sorted(self._windows(words, named, text), key=lambda one: (-one.likeness, one.start))
        kept: list[NameSuggestion] = []
        for one in found:
            if all(one.end <= other.start or other.end <= one.start for other in kept):
                kept.append(one)
        return tuple(sorted(kept, key=lambda one: one.start))

    def _windows(
        self, words: Sequence[DoubtfulWord], named: Sequence[tuple[int, int]], text: str
    ) -> Iterator[NameSuggestion]:
        for first in range(len(words)):
            for last in range(first, min(first + _MOST_WORDS, len(words))):
                window = words[first : last + 1]
                start, end = window[0].start, window[-1].end
                if any(start < other_end and other_start < end for other_start, other_end in named):
                    break
                if not any(map(_is_doubtful, window)):
                    continue
                heard = self._said([_BARE.sub("", one.text.lower()) for one in window])
                name, likeness = self._nearest(heard)
                if likeness >= ALIKE:
                    yield NameSuggestion(
                        start=start, end=end, heard=text[start:end], name=name, likeness=round(likeness, 2)
                    )

    def _nearest(self, heard: Phones) -> tuple[str, float]:
        best = ("", 0.0)
        for name, said in self._names.items():
            # The lengths alone bound how alike they can be.
            if heard and min(len(heard), len(said)) / max(len(heard), len(said)) >= ALIKE:
                best = max(best, (name, likeness(heard, said)), key=lambda one: one[1])
        return best

    def _said(self, words: Sequence[str]) -> Phones:
        if any(word not in self._phones for word in words):
            return ()
        return tuple(phone for word in words for phone in self._phones[word])


def likeness(left: Phones, right: Phones) -> float:
    """How alike two sequences of phones sound, in [0, 1]: an edit distance in which near phones cost half.

    >>> round(likeness(("K", "AE", "T"), ("K", "AH", "T")), 2), likeness(("K",), ("K",))
    (0.83, 1.0)
    """
    row = [float(place) for place in range(len(right) + 1)]
    for place, phone in enumerate(left, start=1):
        before, row[0] = row[0], float(place)
        for other_place, other in enumerate(right, start=1):
            before, row[other_place] = (
                row[other_place],
                min(row[other_place] + 1, row[other_place - 1] + 1, before + _cost(phone, other)),
            )
    return 1 - row[-1] / max(len(left), len(right), 1)


def _cost(left: str, right: str) -> float:
    if left == right:
        return 0.0
    if (left in _VOWELS and right in _VOWELS) or frozenset((left, right)) in _NEAR:
        return 0.5
    return 1.0


def _is_doubtful(word: DoubtfulWord) -> bool:
    return word.probability is not None and word.probability < DOUBTFUL_BELOW


class SuggestedLexicon(Lexicon):
    """A lexicon that finds the suggested names of one text beside those that it knows, marked as guessed."""

    def __init__(
        self,
        lexicon: Lexicon,
        text: str,
        suggestions: Sequence[NameSuggestion],
        categories: Mapping[str, str],
    ) -> None:
        self._lexicon, self._text = lexicon, text
        self._suggested = [
            ToolMention(
                start=one.start,
                end=one.end,
                text=text[one.start : one.end],
                name=one.name,
                category=categories.get(one.name, "unknown"),
                guessed=True,
            )
            for one in suggestions
            if one.heard and text[one.start : one.end] == one.heard
        ]

    def find(self, text: str) -> tuple[ToolMention, ...]:
        """What the lexicon finds, and in the text that the suggestions are for, these as well."""
        found = self._lexicon.find(text)
        if text != self._text:
            return found
        added = [
            one
            for one in self._suggested
            if all(one.end <= other.start or other.end <= one.start for other in found)
        ]
        return tuple(sorted((*found, *added), key=lambda mention: mention.start))
