"""The words of the trade as they are said: acronyms, names of tools and how both are written in parts."""

import re
from collections.abc import Iterable

from coach.domain import Frozen, Tool
from coach.packs import Pack
from coach.speech.spoken import acronyms, figure_words

_LONGEST_SPELLED = 5
_PIECE = re.compile(r"[A-Za-z]+|\d+")
# "GitHub" and "LightGBM" have two humps; so has "MLflow", though no capital begins its second.
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])(?!Lf)|(?<=ML)(?=f)")
# Written in capitals by somebody, but words like any other.
_NOT_SPELLED = frozenset("it us am or at in is on be to so blue green rest lift swift null worm feat".split())


class TradeWords(Frozen):
    """What a recogniser must know beyond ordinary words.

    `spelled` are words said letter by letter; `names` maps a tool's canonical name to its words as said;
    `parts` maps a word with capitals inside to its parts ("mlflow": "ml", "flow").
    """

    spelled: frozenset[str]
    names: dict[str, tuple[str, ...]]
    parts: dict[str, tuple[str, ...]]

    def said(self, word: str) -> tuple[str, ...]:
        """A word as the separate words and letters that are said: "mlflow" is "m", "l", "flow"."""
        if word in self.parts:
            return tuple(piece for part in self.parts[word] for piece in self.said(part))
        return tuple(word) if word in self.spelled else (word,)


def trade_words(pack: Pack, texts: Iterable[str]) -> TradeWords:
    """Gather the words of a pack and of written texts about its field."""
    spelled = set(acronyms(list(texts)))
    parts: dict[str, tuple[str, ...]] = {}
    names = {tool.name: _said_name(tool, parts, spelled) for tool in pack.tools}
    for word in filter(str.isalpha, pack.not_tools):
        if word.isupper() and 2 <= len(word) <= _LONGEST_SPELLED:
            spelled.add(word.lower())
        else:
            _humps(word, parts, spelled)
    return TradeWords(spelled=frozenset(spelled - _NOT_SPELLED), names=names, parts=parts)


def _humps(word: str, parts: dict[str, tuple[str, ...]], spelled: set[str]) -> None:
    humps = _HUMP.split(word)
    if len(humps) > 1:
        parts.setdefault(word.lower(), tuple(hump.lower() for hump in humps))
        spelled |= {hump.lower() for hump in humps if hump.isupper() and len(hump) > 1}


def _said_name(tool: Tool, parts: dict[str, tuple[str, ...]], spelled: set[str]) -> tuple[str, ...]:
    said: list[str] = []
    for piece in _PIECE.findall(tool.name.replace("&", " and ")):
        if piece.isdigit():
            said += figure_words(piece)
            continue
        if piece.isupper() and 2 <= len(piece) <= _LONGEST_SPELLED:
            spelled.add(piece.lower())
        else:
            _humps(piece, parts, spelled)
        said.append(piece.lower())
    return tuple(said)
