"""The tool names that recognisers are told to expect: those that answers name most."""

from collections import Counter
from collections.abc import Iterable

from coach.speech.model_files import KEYWORDS
from coach.text.lexicon import Lexicon

MOST = 80


def commonest_names(lexicon: Lexicon, texts: Iterable[str]) -> tuple[str, ...]:
    """The tools that texts name most, commonest first, by their canonical names."""
    counts = Counter(mention.name for text in texts for mention in lexicon.find(text) if not mention.guessed)
    return tuple(name for name, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:MOST])


def load_keywords() -> tuple[str, ...]:
    """The names that ship, commonest first; none where they were never written."""
    try:
        return tuple(KEYWORDS.read_text(encoding="utf-8").splitlines())
    except FileNotFoundError:
        return ()
