"""Guesses at products that the lexicon does not know, from their shape and position."""

import re
from collections.abc import Sequence, Set

from coach.text.context import Candidate, Token

_CAMEL = re.compile(
    r"[A-Z][a-z]+(?:[A-Z][a-z]+)+|[A-Z][a-z]+[A-Z]{2,}|[a-z]{2,}[A-Z]{2}|[A-Z]{1,2}[a-z]+[A-Z]{2}"
)
_NAME = re.compile(r"[A-Z][a-z]+[A-Za-z]*\d*[a-z]*|[A-Z][A-Za-z]*\d[A-Za-z\d]*")
_ACRONYM = re.compile(r"[A-Z]{3,6}")
_LONGEST_NAME = 3
_WIDEST = 10
_SHORTEST_WORD = 4
# "at FinCorp" is an employer, "an OrderManager" a thing in code.
_NOT_A_TOOL = frozenset("a an at for by of from joined near named called dear hi mr mrs ms dr prof".split())
# "logged to Zorblax": a verb that takes a tool, then a preposition.
_HANDLED = frozenset(
    "log logs logged logging track tracks tracked tracking store stores stored push pushes pushed "
    "pushing register registers registered write writes written export exports exported send sends sent "
    "save saved stream streamed publish published run runs running built scheduled orchestrated "
    "monitored deployed served managed versioned automated provisioned kept hosted scanned loaded".split()
)
_INTO = frozenset("to in into with by via on through from".split())
_USING = frozenset("using use uses used via adopted adopt bought evaluated".split())
_FOLLOWS = frozenset(
    "and or for to as with in on at from by which that because so is was but then where when instead if "
    "while since the a our we it every each daily nightly weekly once before after during first".split()
)
_COMMA = re.compile(r"\s*(?:,|/|\+|→|->)\s*(?:and |or )?|\s+(?:and|or|\+)\s+")
_OPENING = re.compile(r"(?:^|[.!?:\n]|[•*]\s)[\s\"'(\-\d.]*$")


def guesses(
    text: str,
    tokens: Sequence[Token],
    named: Sequence[Candidate],
    judged: Set[int],
    not_tools: frozenset[str],
) -> list[tuple[int, int]]:
    """Take a text, its tokens, the known mentions and the tokens already judged; return spans.

    A name is a guess where its shape is a product's (CamelCase), where it stands in a tool's
    position ("logged to Zorblax"), or where it is listed beside known tools.
    """
    starts = {mention.start for mention in named if mention.tool}
    ends = {mention.end for mention in named if mention.tool}
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(tokens):
        if text[tokens[at].start : tokens[at].end] == tokens[at].key:
            # Nothing but small letters and digits: no name opens so.
            at += 1
            continue
        last = _name_from(text, tokens, at, judged, not_tools)
        if last < at:
            at += 1
            continue
        start, end = tokens[at].start, tokens[last].end
        if _likely(text, tokens, at, last, starts, ends):
            found.append((start, end))
            starts.add(start)
            ends.add(end)
        at = last + 1
    return found


def _name_from(
    text: str, tokens: Sequence[Token], first: int, judged: Set[int], not_tools: frozenset[str]
) -> int:
    """Return the last token of the capitalised name that begins at `first`, or `first - 1`."""
    last = first - 1
    while last + 1 < len(tokens) and last - first < _LONGEST_NAME:
        token = tokens[last + 1]
        written = text[token.start : token.end]
        if last >= first and text[tokens[last].end : token.start] != " ":
            break
        if not written[:1].isupper() and not _CAMEL.fullmatch(written):
            break
        if last + 1 in judged or token.key in not_tools or not _is_word_of_name(text, token, written):
            # One word that is no tool's spoils the whole name ("Jensen Something").
            return first - 1
        last += 1
    before = tokens[first - 1] if first > 0 else None
    beside = (
        before is not None and text[before.end : tokens[first].start] == " " and text[before.start].isupper()
    )
    return first - 1 if beside else last


def _is_word_of_name(text: str, token: Token, written: str) -> bool:
    around = text[max(0, token.start - 1) : token.start] + text[token.end : token.end + 1]
    if any(mark in around for mark in "_@#(=-<>`\\") and not around.startswith("("):
        return False
    dotted = text[token.end : token.end + 1] == "." and text[token.end + 1 : token.end + 2].isalnum()
    shaped = _NAME.fullmatch(written) or _CAMEL.fullmatch(written) or _ACRONYM.fullmatch(written)
    return shaped is not None and not dotted and not around.startswith(".")


def _likely(
    text: str, tokens: Sequence[Token], first: int, last: int, starts: Set[int], ends: Set[int]
) -> bool:
    start, end = tokens[first].start, tokens[last].end
    written = text[start:end]
    before = _before(text, tokens, first)
    if _CAMEL.fullmatch(written):
        return not (before and before[-1] in _NOT_A_TOOL)
    if _OPENING.search(text[max(0, start - _WIDEST) : start]) or start == 0:
        return False
    left = first > 0 and _joined(text, ends, start, backwards=True)
    right = _joined(text, starts, end, backwards=False)
    after = _after(text, tokens, last)
    if _ACRONYM.fullmatch(written):
        return left and right
    if len(written) < _SHORTEST_WORD:
        return False
    if after and after not in _FOLLOWS:
        return False
    return left or right or _in_position(before)


def _joined(text: str, edges: Set[int], at: int, *, backwards: bool) -> bool:
    """Tell whether a list separator is all there is between position `at` and a known tool."""
    for edge in range(at - _WIDEST, at) if backwards else range(at + 1, at + _WIDEST):
        if edge in edges:
            gap = text[edge:at] if backwards else text[at:edge]
            if _COMMA.fullmatch(gap):
                return True
    return False


def _before(text: str, tokens: Sequence[Token], index: int) -> list[str]:
    words: list[str] = []
    at = index
    while at > 0 and len(words) < 2 and not text[tokens[at - 1].end : tokens[at].start].strip():
        at -= 1
        words.insert(0, tokens[at].key)
    return words


def _after(text: str, tokens: Sequence[Token], index: int) -> str:
    if index + 1 >= len(tokens) or text[tokens[index].end : tokens[index + 1].start].strip():
        return ""
    return tokens[index + 1].key


def _in_position(before: list[str]) -> bool:
    if before and before[-1] in _USING:
        return True
    return len(before) == 2 and before[0] in _HANDLED and before[1] in _INTO
