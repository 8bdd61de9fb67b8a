"""Segments: the sentences and clauses of an answer, with exact character offsets."""

import re
from bisect import bisect_left, bisect_right

from coach.domain import Segment

# A sentence of up to this many words is one segment; a longer one is cut at its clauses. Evidence that
# people and models mark on answers rarely spans more than about thirty words.
LONGEST_SENTENCE = 34
# A long sentence is cut into pieces of about this many words (six to seven seconds of speech).
SPEECH_PIECE = 18
# Speech without punctuation is cut before a word that opens a clause, once a piece has the first number of
# words, and anywhere at the second. Words added in front or behind so change only the pieces next to them.
SPEECH_LEAST, SPEECH_MOST = 12, 22
# A heading such as "Registry:" stays with the text that it introduces; a longer lead-in is its own segment.
LONGEST_LABEL = 4
# Pieces shorter than this many words join the piece before them, unless they are written as sentences.
SHORTEST_PIECE = 3
# Whether a speaker's "I" is written small is looked up in this many characters before a sentence.
NEARBY = 1000
# Lines of at least this many characters, two of them or more, show that a text was wrapped to a width.
WRAPPED_LINE = 60

_WORD = re.compile(r"\S+")
_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_BREAK = re.compile(
    r"(?P<mark>(?<![.!?…])[.!?…]++[\"'”’)\]]*|[;:][\"'”’)\]]*)(?=\s|\Z)|(?P<line>\n+)|(?P<wide>[。！？]+)"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|approx|resp|incl|excl|no|nos|fig|eq|sec|min|max|avg|est|dept|inc|ltd|co|corp"
    r"|dr|mr|mrs|ms|prof|st|jr|sr|a\.m|p\.m|[A-Za-z])\.$",
    re.IGNORECASE,
)
_LIST_MARK = re.compile(r"(?:^|\n)[ \t]*(?:[-*•–]|\(?\d{1,2}[.)]|\(?[a-zA-Z][.)])$")
_NUMBER = re.compile(r"(?:^|\s)(\d{1,2})\.$")
_NUMBERED = re.compile(r"(?:^|\s)(\d{1,2})[.)](?=\s)")
_BULLET = re.compile(r"(?:(?<=\s)|(?<!\S))([-*•–])\s+(?=\S)")
_ITEM = re.compile(r"(?:[-*•–]|\(?\d{1,2}[.)])\s+")
_COUNT = re.compile(r"(?<!\S)\(?(\d{1,2})[.)]\s+(?=\S)")
_LIST_START = re.compile(r"(?:[-*•–→]|\(?\d{1,2}[.)]|\(?[a-zA-Z][.)])\s")
_OPENS_CLAUSE = frozenset(
    "and but so because then which while if when otherwise or also since until unless first second finally "
    "um uh er okay well now where who instead after before although though".split()
)
# What may open a sentence: a word with its first letter alone in capitals, or one before a colon. No sentence
# ends in an article, and seldom in a preposition: after one ("in March") a capital is a name, unless the word
# is one that names nothing.
_CAPITAL = re.compile(
    r"(?:(?<![\w'’])(?P<leads>(?:an?|the|of|for|with|from|at|into|per|via|than)(?=\s)"
    r"|(?:in|on|to|by|as|and|or|like)"
    r"(?=\s+(?!(?:I|[WH]e|You|She|It|Th\w+|My|Our|Whe\w+|As|If|And|But|So|Because)\b))))?"
    r"(?<=[A-Za-z0-9'’%])\s+(?P<word>[A-Z](?:[a-z]+|(?=[\s'’])|[A-Z]+(?=:)))(?![\w-])"
)
_LARGE_I = re.compile(r"(?:^|\s)I(?:['’]|\s|$)")
_SMALL_I = re.compile(r"(?:^|\s)i(?:['’]|\s)")
_STOPS = re.compile(r"(?<![.!?:;…])[.!?:;…]++[\"'”’)\]]*(?=\s|\Z)")
_CLAUSE = re.compile(
    r"(?<![,)–—])[,)–—]++(?=\s)|(?=\s(?:and|but|so|because|then|which|while|if|when|otherwise)\s)"
)


def segments(text: str) -> tuple[Segment, ...]:
    """Cut `text` into segments, in order, without overlap; every word of the text is in exactly one.

    Sentences end at full stops, question and exclamation marks, semicolons, lead-in colons and line
    breaks; abbreviations, decimals, list numbers, URLs, code and wrapped lines do not end one. A sentence
    of more than 34 words is cut at its clauses; where it has no punctuation, before words that open one.

    >>> [piece.text for piece in segments("We canary at 2.5 %, e.g. one shop. Then we widen it.")]
    ['We canary at 2.5 %, e.g. one shop.', 'Then we widen it.']
    """
    pieces: list[tuple[int, int]] = []
    for start, end in _sentences(text):
        pieces.extend(_clauses(text, start, end))
    return tuple(Segment(start=start, end=end, text=text[start:end]) for start, end in pieces)


def word_count(text: str) -> int:
    """Count the words of `text`: runs of characters between white space.

    >>> word_count("about 2.5 % of traffic")
    5
    """
    return len(text.split())


def _sentences(text: str) -> list[tuple[int, int]]:
    """Spans of sentences without surrounding white space; very short ones join the one before."""
    fences = [match.span() for match in _FENCE.finditer(text)]
    wrapped = _is_wrapped(text)
    numbered = _first_numbers(text)
    spans: list[tuple[int, int]] = []
    same_line = False
    start = 0
    fence = 0
    for match in _BREAK.finditer(text):
        at, end = match.span()
        while fence < len(fences) and fences[fence][1] <= at:
            fence += 1
        if fence < len(fences) and fences[fence][0] <= at < fences[fence][1]:
            continue
        if match["mark"] and not _ends_sentence(text, start, end, numbered):
            continue
        if match["line"] and _is_soft(text, at, end, wrapped):
            continue
        _add(text, spans, start, at if match["line"] else end, same_line)
        same_line = not match["line"]
        start = end
    _add(text, spans, start, len(text), same_line)
    return spans


def _is_wrapped(text: str) -> bool:
    """Whether the lines of `text` look broken to a width, as in a mail or a text file."""
    return sum(len(line) >= WRAPPED_LINE for line in text.splitlines()) >= 2


def _is_soft(text: str, start: int, end: int, wrapped: bool) -> bool:
    """Whether the line break at [start, end) only wraps a line that goes on after it."""
    line = text[text.rfind("\n", 0, start) + 1 : start].rstrip()
    following = text[end : end + 12].lstrip(" \t")
    if text.count("\n", start, end) > 1 or not line or line[-1] in ".!?:;" or not following:
        return False
    if _LIST_START.match(following):
        return False
    goes_on = following[0].islower() and not following.startswith("http")
    return wrapped and (goes_on or len(line) >= WRAPPED_LINE)


def _ends_sentence(text: str, start: int, end: int, numbered: dict[int, int]) -> bool:
    """Whether the punctuation that ends at `end` closes the sentence begun at `start`."""
    sentence = text[max(start, end - 400) : end]
    mark = sentence.rstrip("\"'”’)]")[-1:]
    if mark == ":":
        return word_count(text[_written_part(text, start, end, shortest=1) or start : end]) > LONGEST_LABEL
    if mark == "." and (_ABBREVIATION.search(sentence) or _LIST_MARK.search("\n" + sentence.lstrip())):
        following = text[end : end + 40].lstrip()
        closes = sentence.lower().endswith("etc.") and following[:1].isupper()
        return closes or not following
    if mark == "." and _counts_on(text, end, numbered) and text[end : end + 2].lstrip()[:1].islower():
        return False
    return not _LIST_MARK.search(sentence)


def _first_numbers(text: str) -> dict[int, int]:
    """Where each number that may open an item first ends in `text`, looked up once for all of them."""
    first: dict[int, int] = {}
    for number in _NUMBERED.finditer(text):
        first.setdefault(int(number[1]), number.end())
    return first


def _counts_on(text: str, end: int, numbered: dict[int, int]) -> bool:
    """Whether the number that ends at `end` opens an item: it is 1, or the one below it stands before."""
    number = _NUMBER.search(text[max(0, end - 4) : end])
    if number is None:
        return False
    value = int(number[1])
    return value == 1 or numbered.get(value - 1, end) < end


def _add(text: str, spans: list[tuple[int, int]], start: int, end: int, same_line: bool) -> None:
    """Append the span [start, end) trimmed of white space, or join it to the last one if it is tiny."""
    piece = text[start:end]
    stripped = piece.strip()
    if not stripped:
        return
    start += len(piece) - len(piece.lstrip())
    end = start + len(stripped)
    # "Yes." answers the question before it, and is no part of it.
    asked = bool(spans) and text.endswith("?", *spans[-1])
    mark = _ITEM.match(stripped)
    alone = stripped[mark.end() if mark else 0 :][:1].isupper() and stripped[-1] in ".!?"
    if spans and same_line and not asked and not alone and word_count(stripped) < SHORTEST_PIECE:
        spans[-1] = (spans[-1][0], end)
    else:
        spans.append((start, end))


def _clauses(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Cut one sentence, or the items of a list in it, into pieces short enough to hold one thought."""
    return [piece for low, high in _items(text, start, end) for piece in _thoughts(text, low, high)]


def _thoughts(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Cut one sentence that is no list into pieces that are short enough to hold one thought."""
    written = _written_part(text, start, end)
    if written is not None:
        spoken_end = start + len(text[start:written].rstrip())
        return [*_clauses(text, start, spoken_end), *_clauses(text, written, end)]
    words = [(start + match.start(), start + match.end()) for match in _WORD.finditer(text[start:end])]
    sentence = text[start:end]
    raw = _is_raw(sentence)
    if len(words) <= (SPEECH_LEAST if raw else LONGEST_SENTENCE):
        return [(start, end)]
    marks = sentence.count(",") + sentence.count(" – ") + sentence.count(" — ")
    count = max(1, round(len(words) / SPEECH_PIECE))
    if marks >= count - 1 and not raw:
        cuts = [round(index * len(words) / count) for index in range(count + 1)]
        cuts = _at_clauses(text, words, cuts)
    else:
        # Fewer than one comma a piece: the text is speech as a recogniser writes it.
        cuts = _in_speech([text[low:high] for low, high in words])
    return [
        (words[low][0], words[high - 1][1]) for low, high in zip(cuts, cuts[1:], strict=False) if low < high
    ]


def _items(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Spans of the items of a list within one line, "- one - two" or "in steps 1. one 2. two".

    What is no list is one item. Lists in items are opened too, each in time that grows with its items alone.
    """
    numbers: dict[int, list[tuple[int, int]]] = {}
    for number in _COUNT.finditer(text, start, end):
        numbers.setdefault(int(number[1]), []).append(number.span())
    found: list[tuple[int, int]] = []
    unread = [(start, end)]
    while unread:
        low, high = unread.pop()
        begins = _item_begins(text, low, high, numbers)
        if len(begins) == 1:
            found.append((low, high))
            continue
        parts = [
            (begin, begin + len(text[begin:following].rstrip()))
            for begin, following in zip(begins, begins[1:], strict=False)
        ]
        unread.extend(reversed([*parts, (begins[-1], high)]))
    return found


def _item_begins(text: str, start: int, end: int, numbers: dict[int, list[tuple[int, int]]]) -> list[int]:
    """Where the items of the outermost list in [start, end) begin; `numbers` holds what may count them."""
    bullet = _BULLET.match(text, start, end)
    if bullet:
        marks = _BULLET.finditer(text, bullet.end(), end)
        return [start, *(one.start(1) for one in marks if one[1] == bullet[1])]
    counted: list[int] = []
    behind = start
    while spans := numbers.get(len(counted) + 1):
        place = bisect_left(spans, (behind, 0))
        if place == len(spans) or spans[place][1] >= end:
            break
        counted.append(spans[place][0])
        behind = spans[place][1]
    if len(counted) < 2:
        return [start]
    return counted if counted[0] == start else [start, *counted]


def _written_part(text: str, start: int, end: int, shortest: int = SHORTEST_PIECE) -> int | None:
    """Where a written sentence begins behind raw speech in [start, end), or None where there is none.

    Raw speech has no full stop; what has one begins at the last capital before it, and has at least
    `shortest` words.
    """
    if text[end - 1] not in ".!?:":
        return None
    small_i = _SMALL_I.search(text, max(0, start - NEARBY), end) is not None
    large_i = False
    opens: int | None = None
    before = -1
    for match in _CAPITAL.finditer(text, start, end):
        follows, before = match.start() == before, match.end()
        is_i = match.group("word") == "I"
        # An "I" opens a sentence where the speaker's own is small, or where long raw speech has none yet.
        own = is_i and not small_i and (large_i or not _is_long_speech(text[start : match.start()].strip()))
        large_i = large_i or is_i
        if not own and not match.group("leads"):
            # Capitals in a row open one sentence: "As I said".
            opens = opens if follows and opens is not None else match.start("word")
    if opens is None or word_count(text[opens:end]) < shortest:
        return None
    spoken = text[start:opens].strip()
    least = 2 if _ITEM.match(spoken) else SHORTEST_PIECE
    return opens if _is_raw(spoken) and word_count(spoken) >= least else None


def _is_long_speech(text: str) -> bool:
    long = text[:1].islower() and word_count(text) >= SPEECH_LEAST
    return long and _is_raw(text) and not _LARGE_I.search(text)


def _is_raw(text: str) -> bool:
    """Whether `text` is speech as a recogniser writes it: it opens small or with "I"; nothing in it ends."""
    mark = _ITEM.match(text)
    text = text[mark.end() :] if mark else text
    return (text[:1].islower() or text.startswith(("I ", "I'"))) and not _STOPS.search(text)


def _in_speech(words: list[str]) -> list[int]:
    """Where pieces of unpunctuated speech begin and the last one ends, as places in `words`."""
    cuts = [0]
    for place, word in enumerate(words):
        length = place - cuts[-1]
        opens = word.lower() in _OPENS_CLAUSE or words[place - 1].endswith((",", ";"))
        if length >= SPEECH_MOST or (length >= SPEECH_LEAST and opens):
            cuts.append(place)
    if len(cuts) > 1 and len(words) - cuts[-1] < SPEECH_LEAST // 2:
        cuts.pop()
    return [*cuts, len(words)]


def _at_clauses(text: str, words: list[tuple[int, int]], cuts: list[int]) -> list[int]:
    """Move each inner cut to the nearest clause boundary within half a piece, where there is one."""
    begin = words[0][0]
    ends = {begin + match.end() for match in _CLAUSE.finditer(text[begin : words[-1][1]])}
    candidates = [index + 1 for index, (_, word_end) in enumerate(words[:-1]) if word_end in ends]
    moved = [0]
    for cut in cuts[1:-1]:
        lowest = max(cut - SPEECH_PIECE // 2, moved[-1] + 1)
        near = candidates[bisect_left(candidates, lowest) : bisect_right(candidates, cut + SPEECH_PIECE // 2)]
        moved.append(min(near, key=lambda place: abs(place - cut)) if near else max(cut, moved[-1]))
    return [*moved, len(words)]
