"""The tool names that recognisers are told to expect: those that answers name most."""

from collections.abc import Iterable
from pathlib import Path

from coach.packs import Pack
from coach.text.lexicon import Lexicon

# The tools that the graded answers of all writers but k name most, commonest first, one a line: what is
# measured on writer k's answers has not seen them.
_NAMES = Path(__file__).with_name("keywords.txt")


def expected_names(pack: Pack, question: str = "") -> tuple[str, ...]:
    """The tools of a pack to expect in an answer: those that the question names, then the commonest.

    Of a pack whose tools no graded answer names, the first in its list stand for the commonest.
    """
    known = {tool.name for tool in pack.tools}
    asked = [mention.name for mention in _lexicon(pack).find(question)] if question else []
    common = [name for name in _commonest() if name in known]
    first = [tool.name for tool in pack.tools if not tool.ambiguous]
    return tuple(dict.fromkeys(name for name in (*asked, *(common or first)) if name in known))


def _lexicon(pack: Pack) -> Lexicon:
    return Lexicon(pack.tools, pack.sounds, frozenset(pack.not_tools))


def _commonest() -> Iterable[str]:
    return _NAMES.read_text(encoding="utf-8").splitlines()
