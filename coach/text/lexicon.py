"""The tool lexicon: finds the products, services and vendors that an answer names.

A text is cut into tokens. Windows of tokens are joined to a key (lower case, no spaces or
punctuation) and looked up among the keys of all names, so that "ml flow", "MLflow" and "M L flow"
are one name. A second reading replaces what recognisers write for letters and parts ("em" for m,
"as your" for azure). Names that are also ordinary words are kept only where `context` says so.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from coach.domain import Tool, ToolMention
from coach.text.context import Candidate, Judge, Token
from coach.text.guess import guesses

_TOKEN = re.compile(r"[^\W_]+")
# Inside an address or a path, words name nothing the speaker uses.
_ADDRESS = re.compile(
    r"\b(?:https?://|www\.)\S+|(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{1,255}|(?<!\S)(?:\.{0,2}|~)/[\w./-]+"
)
# What may stand between two tokens of one name; a transcript may break the line inside it.
_GLUE = re.compile(r"[ \t]*\r?\n?[ \t]*|[-./:+]|[ \t]?&[ \t]?|-\n")
_PUNCTUATION = re.compile(r"[,.;:!?](?:\s|$)")
# Recognisers write next to no punctuation; writers put a mark every eight words or so.
_WORDS_A_MARK_IN_SPEECH = 20
_BLANK = re.compile(r"_{4,}")
_APOSTROPHES = ("'", "’")
_LONGEST_GLUE = 8
_LONGEST_WINDOW = 12
# Shorter keys arise by chance when ordinary words are run together.
_SHORTEST_JOINED = 5
_SHORTEST_FUZZY = 8
_LONGEST_FUZZY = 24

_EVERYDAY = frozenset(
    "a an and are as at be but by can do for from get had has have he her him his how i if in is it "
    "its me my no not of oh on one or our out sea see she so sure tea than that the their them then "
    "there these they this those to too two up us was we were what when which who why will with you "
    "your".split()
)


# "Azure ML pipelines" names Azure ML; "Azure ML Pipelines" is a name of its own.
_TAILS = frozenset(
    "alarms alerts asset assets cluster clusters collector compute endpoint endpoints extension "
    "image images instance instances job jobs logs metrics model models monitor monitoring monitors "
    "notebook notebooks pipeline pipelines projects registries registry runner runners runs schedules "
    "server store tracking workbooks workflow workflows workspace workspaces".split()
)
_WANTS_NAME = frozenset("from in into on to use using with".split())


class _Form(NamedTuple):
    """A written or heard form of a tool.

    `words` as first written, `pieces` at most as heard; `doubtful` where context decides, `capitals`
    where small letters spell a word, `tail` where a known name and a common noun make up the form.
    """

    tool: Tool
    words: int
    pieces: int
    doubtful: bool
    capitals: bool = False
    heard: bool = False
    tail: bool = False


class _Unit(NamedTuple):
    """One token, or the tokens of one sound, as read: tokens [first, last]."""

    key: str
    first: int
    last: int
    sounded: bool


class Lexicon:
    """Finds tools in texts.

    `tools` are the known tools, `sounds` maps what recognisers write to what it stands for, and
    `not_tools` are words that are never guessed to be an unknown tool.

    >>> lexicon = Lexicon((Tool(name="MLflow", category="tracking"),), {"em": "m", "el": "l"})
    >>> [(m.start, m.end, m.text, m.name) for m in lexicon.find("runs go to em el flow nightly")]
    [(11, 21, 'em el flow', 'MLflow')]
    """

    def __init__(
        self,
        tools: tuple[Tool, ...],
        sounds: Mapping[str, str],
        not_tools: frozenset[str] = frozenset(),
    ) -> None:
        self._sounds = {tuple(heard.lower().split()): stands for heard, stands in sounds.items()}
        self._longest_sound = max((len(words) for words in self._sounds), default=0)
        self._sound_starts = {words[0] for words in self._sounds}
        self._not_tools = frozenset(word.lower() for word in not_tools)
        self._terms: dict[str, int] = {}
        for words in map(_words, not_tools):
            key = "".join(words)
            self._terms[key] = max(len(words), self._terms.get(key, 0))
        self._forms: dict[str, _Form] = {}
        for tool in tools:
            for written, doubtful in _forms_of(tool):
                words = _words(written)
                heard = written in tool.heard and len(words) == 1
                form = _Form(tool, len(words), len(words), doubtful, doubtful and written.isupper(), heard)
                self._add("".join(words), form)
                sounded = "".join(unit.key for unit in self._sounded(_units(words), everyday=True))
                if len(sounded) >= _SHORTEST_JOINED:
                    self._add(sounded, form)
        self._mark_tails(tools)
        known = (*self._forms, *self._terms)
        self._prefixes = {key[:end] for key in known for end in range(1, len(key) + 1)}
        self._near = _deletions(
            (key, form)
            for key, form in self._forms.items()
            if len(key) >= _SHORTEST_FUZZY and form.words == 1 and not form.doubtful and key.isalpha()
        )

    def find(self, text: str) -> tuple[ToolMention, ...]:
        """Take a text, return the tools it names: sorted, non-overlapping, exact offsets."""
        tokens = self._tokens(text)
        gaps = [text[left.end : right.start] for left, right in zip(tokens, tokens[1:], strict=False)]
        glued = [
            gap == " " or (len(gap) <= _LONGEST_GLUE and _GLUE.fullmatch(gap) is not None) for gap in gaps
        ]
        marks = sum(1 for _ in _PUNCTUATION.finditer(text))
        spoken = marks * _WORDS_A_MARK_IN_SPEECH <= len(tokens)
        written = _units([token.key for token in tokens])
        sounded = self._sounded(written, everyday=spoken)
        found = [
            *self._matches(written, tokens, glued, text, spoken),
            *(self._matches(sounded, tokens, glued, text, spoken) if sounded != written else ()),
            *self._misspelt(tokens),
        ]
        found.sort(key=lambda candidate: (candidate.first, -candidate.last))
        judge = Judge(text, tokens, spoken, [blank.span() for blank in _BLANK.finditer(text)])
        named = judge.keep(found)
        judged = {index for candidate in found for index in range(candidate.first, candidate.last + 1)}
        unknown = guesses(text, tokens, named, judged, self._not_tools)
        mentions = [
            ToolMention(
                start=start, end=end, text=text[start:end], name=name, category=category, guessed=guessed
            )
            for start, end, name, category, guessed in (
                *((c.start, c.end, c.tool.name, c.tool.category, False) for c in named if c.tool is not None),
                *((start, end, text[start:end], "unknown", True) for start, end in unknown),
            )
        ]
        return tuple(sorted(mentions, key=lambda mention: mention.start))

    def _add(self, key: str, form: _Form) -> None:
        known = self._forms.get(key)
        if known is None or (known.doubtful and not form.doubtful):
            self._forms[key] = form
        elif known.tool is form.tool and known.pieces < form.pieces:
            self._forms[key] = known._replace(pieces=form.pieces)

    def _mark_tails(self, tools: tuple[Tool, ...]) -> None:
        """Mark the forms that are another certain name followed by a common noun."""
        for tool in tools:
            for written, _ in _forms_of(tool):
                words = _words(written)
                key = "".join(words)
                if len(words) < 2 or words[-1] not in _TAILS or self._forms[key].tool is not tool:
                    continue
                heads = (self._forms.get("".join(words[:size])) for size in range(1, len(words)))
                if any(
                    head is not None and not head.doubtful and head.tool.category != "cloud" for head in heads
                ):
                    self._forms[key] = self._forms[key]._replace(tail=True)

    def _tokens(self, text: str) -> list[Token]:
        may_hold = any(mark in text for mark in ("/", "@", "www."))
        addresses = [match.span() for match in _ADDRESS.finditer(text)] if may_hold else []
        underscored = "_" in text
        tokens: list[Token] = []
        at = 0
        for match in _TOKEN.finditer(text):
            start, end = match.span()
            while at < len(addresses) and addresses[at][1] <= start:
                at += 1
            hidden = at < len(addresses) and addresses[at][0] <= start
            if underscored and not hidden:
                # A snake_case identifier is one word of code, not a name beside another.
                hidden = text[start - 1 : start] == "_" != text[start - 2 : start - 1]
                hidden = hidden or text[end : end + 1] == "_" != text[end + 1 : end + 2]
            # So are the ends of "it's" and "don't".
            hidden = hidden or (end - start < 3 and text[start - 1 : start] in _APOSTROPHES)
            tokens.append(Token(start, end, "\0" if hidden else match[0].lower()))
        return tokens

    def _sounded(self, written: list[_Unit], *, everyday: bool) -> list[_Unit]:
        units: list[_Unit] = []
        at = 0
        while at < len(written):
            unit, size = written[at], 1
            if unit.key in self._sound_starts:
                for longer in range(min(self._longest_sound, len(written) - at), 0, -1):
                    heard = tuple(word.key for word in written[at : at + longer])
                    stands = self._sounds.get(heard)
                    if stands is not None and (everyday or not _EVERYDAY.issuperset(heard)):
                        unit, size = _Unit(stands, at, at + longer - 1, True), longer
                        break
            units.append(unit)
            at += size
        return units

    def _matches(
        self, units: list[_Unit], tokens: list[Token], glued: list[bool], text: str, spoken: bool
    ) -> Iterator[Candidate]:
        joins = (
            glued
            if len(units) == len(tokens)
            else [all(glued[left.first : right.first]) for left, right in zip(units, units[1:], strict=False)]
        )
        for at, unit in enumerate(units):
            if unit.key not in self._prefixes or not all(glued[unit.first : unit.last]):
                continue
            key = ""
            for to in range(at, min(at + _LONGEST_WINDOW, len(units))):
                if to > at and not (joins[to - 1] and all(glued[units[to].first : units[to].last])):
                    break
                key += units[to].key
                if key not in self._prefixes:
                    break
                first, last = unit.first, units[to].last
                start, end = tokens[first].start, tokens[last].end
                form = self._forms.get(key)
                if first < last and self._is_term(key, to + 1 - at) and (form is None or form.words == 1):
                    # "git ops" is a term of the trade: it hides the "git" in it.
                    yield Candidate(start, end, first, last, None, False)
                    continue
                # One heard word may be just that word ("arise"): writers mean what they spell.
                if form is None or (form.heard and not spoken):
                    continue
                if form.tail and not _tail_is_name(tokens, last, text, spoken):
                    continue
                if self._admits(key, form, units, at, to, joins, text[start:end]):
                    yield Candidate(start, end, first, last, form.tool, form.doubtful)

    def _is_term(self, key: str, size: int) -> bool:
        # As written or spelled out: "to m" is not Tom.
        return key in self._terms and size in (self._terms[key], len(key))

    def _admits(
        self, key: str, form: _Form, units: list[_Unit], at: int, to: int, joins: list[bool], written: str
    ) -> bool:
        window = units[at : to + 1]
        if all(len(unit.key) == 1 for unit in window) and len(window) > 1:
            # Spelled out: not the tail or head of a longer run, and not made of everyday words.
            before = (
                at > 0 and joins[at - 1] and len(units[at - 1].key) == 1 and units[at - 1].key not in "ai"
            )
            after = to + 1 < len(units) and joins[to] and len(units[to + 1].key) == 1
            after = after and units[to + 1].key not in "ai"
            plain = sum(written_word in _EVERYDAY for written_word in written.lower().split())
            return not before and not after and plain * 2 <= len(window)
        if len(window) == 1 and window[0].first == window[0].last:
            return written.isupper() or (
                (len(key) > 2 or key[-1].isdigit()) and not (form.capitals and not written.islower())
            )
        if len(window) == 1:
            # "as your" alone is seldom a name: only after a word that wants one.
            lead = units[at - 1].key if at > 0 and joins[at - 1] else ""
            return lead in _WANTS_NAME or not _EVERYDAY.issuperset(written.lower().split())
        if len(window) <= form.pieces:
            return True
        letters = sum(len(unit.key) == 1 for unit in window)
        joined_by_chance = any(
            not unit.sounded and unit.key in _EVERYDAY and (len(unit.key) > 1 or letters < 2)
            for unit in window
        )
        return len(key) >= _SHORTEST_JOINED and not joined_by_chance

    def _misspelt(self, tokens: list[Token]) -> Iterator[Candidate]:
        for index, token in enumerate(tokens):
            key = token.key
            if not _SHORTEST_FUZZY <= len(key) <= _LONGEST_FUZZY or not key.isalpha():
                continue
            if key in self._terms or (key in self._forms and not self._forms[key].heard):
                continue
            for variant in (key, *(key[:i] + key[i + 1 :] for i in range(1, len(key)))):
                near = self._near.get(variant)
                # Another first or last letter makes another word ("composer", "composed").
                if (
                    near is not None
                    and near[0][0] == key[0]
                    and near[0][-1] == key[-1]
                    and abs(len(near[0]) - len(key)) < 2
                ):
                    yield Candidate(token.start, token.end, index, index, near[1].tool, False)
                    break


def _tail_is_name(tokens: list[Token], last: int, text: str, spoken: bool) -> bool:
    noun = tokens[last - 1].key
    return (
        text[tokens[last].start].isupper()
        or noun == "feature"
        or (spoken and noun == "model" and tokens[last].key != "monitoring")
    )


def _forms_of(tool: Tool) -> Iterator[tuple[str, bool]]:
    """Yield each form of a tool, and whether only its context shows that the product is meant."""
    written = [(form, _words(form)) for form in (tool.name, *tool.aliases)]
    for form, words in written:
        doubtful = tool.ambiguous and not any(_contains(words, other) for _, other in written)
        yield form, doubtful
        # "Logic App" and "Logic Apps" are one name.
        if len(words) > 1 and words[-1][-1] not in "s0123456789":
            yield form + "s", doubtful
    for heard in tool.heard:
        # One heard word may be just that word ("arise").
        yield heard, len(_words(heard)) == 1


def _units(words: list[str]) -> list[_Unit]:
    """Each token as it is written."""
    return [_Unit(key, place, place, False) for place, key in enumerate(words)]


def _words(form: str) -> list[str]:
    return [word.lower() for word in _TOKEN.findall(form)]


def _contains(words: list[str], shorter: list[str]) -> bool:
    size = len(shorter)
    return size < len(words) and any(words[i : i + size] == shorter for i in range(len(words) - size + 1))


def _deletions(forms: Iterable[tuple[str, _Form]]) -> dict[str, tuple[str, _Form]]:
    """Map each key, and each key less one letter, to the key and its form."""
    near: dict[str, tuple[str, _Form]] = {}
    for key, form in forms:
        for variant in (key, *(key[:i] + key[i + 1 :] for i in range(1, len(key)))):
            near.setdefault(variant, (key, form))
    return near
