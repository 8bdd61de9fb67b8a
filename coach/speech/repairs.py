"""Tool names that a recogniser may have misheard: found by sound, offered as suggestions, never put in."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from coach.domain import ToolMention
from coach.packs import Pack
from coach.speech.keywords import expected_names
from coach.spoken import NameSuggestion, Transcript
from coach.text.lexicon import Lexicon

# A window of words is compared where one of them is less likely than this.
DOUBTFUL_BELOW = 0.5
# From this likeness on a name is suggested: 1 is the same letters and sounds. A wrong suggestion hides the
# speaker's own words from the scorer, so the cut is the lowest that gives hardly a false one.
ALIKE = 0.8
_MOST_WORDS = 3
# Short names sound like too much else (letters).
_SHORTEST_NAME = 5
_BARE = re.compile(r"[^a-z0-9]+")


class DoubtfulWord(NamedTuple):
    """A word of the answer with its place, characters [start, end), and how likely it is."""

    start: int
    end: int
    text: str
    probability: float | None


class NameEar:
    """Knows how tool names sound, as far as their spelling tells."""

    def __init__(self, names: Sequence[str]) -> None:
        bare = {name: _BARE.sub("", name.lower()) for name in names}
        self._names = {name: one for name, one in bare.items() if len(one) >= _SHORTEST_NAME}

    @classmethod
    def from_pack(cls, pack: Pack) -> "NameEar":
        """The names of a pack that answers have most, but those that are ordinary words, too."""
        ordinary = {tool.name for tool in pack.tools if tool.ambiguous}
        return cls([name for name in expected_names(pack) if name not in ordinary])

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
                name, likeness = self._nearest(_BARE.sub("", "".join(one.text.lower() for one in window)))
                if likeness >= ALIKE:
                    yield NameSuggestion(
                        start=start, end=end, heard=text[start:end], name=name, likeness=round(likeness, 2)
                    )

    def _nearest(self, heard: str) -> tuple[str, float]:
        best = ("", 0.0)
        for name, said in self._names.items():
            # The lengths alone bound how alike they can be.
            if heard and min(len(heard), len(said)) / max(len(heard), len(said)) >= ALIKE / 2:
                best = max(best, (name, likeness(heard, said)), key=lambda one: one[1])
        return best


def likeness(left: str, right: str) -> float:
    """How alike two names in lower case are without spaces, in [0, 1]: half by letters, half by consonants.

    The consonants are those of Metaphone; both are edit distances by the longer one.

    >>> round(likeness("cubeflow", "kubeflow"), 2), round(likeness("graphanna", "grafana"), 2)
    (0.94, 0.83)
    """
    from jellyfish import metaphone

    return (_near(left, right) + _near(metaphone(left), metaphone(right))) / 2


def _near(left: str, right: str) -> float:
    from jellyfish import levenshtein_distance

    return 1 - levenshtein_distance(left, right) / max(len(left), len(right), 1)


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
