"""Rewriting: a better version that keeps to what was said, and marks what is left to check."""

import re
from collections.abc import Iterator

from coach.critic.replies import RewriteReply
from coach.domain import RewritePart
from coach.text.lexicon import Lexicon
from coach.text.quotes import locate
from coach.text.segments import segments

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NUMBER_WORDS = frozenset(
    "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty "
    "seventy eighty ninety hundred thousand million billion percent half third quarter dozen double "
    "triple".split()
)
# A capital within a sentence is a name; so is a word in capitals, or with one inside.
_NAME = re.compile(r"(?<=[\w,;:)] )[A-Z][\w-]+|\b[A-Z]{2,}\w*\b|\b[a-z]+[A-Z]\w*\b")
_WORD = re.compile(r"[a-z]{4,}")
# Words of so many letters that begin alike are forms of one another: "release" and "released".
_STEM = 5
# Words that any better version may bring: they join what is said and hold no fact.
_JOINING = frozenset(
    "about above after again also although always because before being below between both cannot could "
    "during each either even every everything first from have having here into itself just like make "
    "makes many might more most much must need needs never next nothing once only other others "
    "otherwise over rather really same second should simply since some someone something still such "
    "sure than that their them then there these they thing things third this those through time under "
    "until upon want well what whatever when where whether which while whole whose will with within "
    "without would your yourself".split()
)
# A sentence in which more than this share of the words is new says something that the speaker did not.
MOST_UNSAID = 0.5


def kept_to_the_answer(reply: RewriteReply, text: str, lexicon: Lexicon) -> tuple[RewritePart, ...]:
    """The parts of `reply` sentence by sentence, each resting on the words of the answer `text`, or marked.

    A sentence is something to say only where its part quotes the answer, and where it brings no number, no
    name and little else that the answer does not hold; else `unsaid` names what it brings, and it is left for
    the speaker to confirm.
    """
    parts: list[RewritePart] = []
    for part in reply.parts:
        evidence = tuple(dict.fromkeys(filter(None, (locate(quote, text) for quote in part.quotes))))
        if part.fill_in:
            said = " ".join(part.text.split())
            parts += [RewritePart(text=said, evidence=(), fill_in=True)] if said else []
            continue
        for said in _sentences(part.text):
            unsaid = _unsaid(said, text, lexicon)
            stands = bool(evidence) and not unsaid
            parts.append(
                RewritePart(text=said, evidence=evidence if stands else (), fill_in=not stands, unsaid=unsaid)
            )
    return tuple(parts)


def _sentences(text: str) -> Iterator[str]:
    found = segments(text)
    for place, one in enumerate(found):
        # A segment may leave out the mark behind it, which belongs to what is said.
        end = found[place + 1].start if place + 1 < len(found) else len(text)
        said = " ".join(text[one.start : end].split())
        if said:
            yield said


def _unsaid(said: str, text: str, lexicon: Lexicon) -> tuple[str, ...]:
    """What a sentence brings that the answer does not hold: numbers, names, else most of its words."""
    numbers = sorted(_numbers(said) - _numbers(text))
    known = {mention.name for mention in lexicon.find(text)}
    tools = [one.text for one in lexicon.find(said) if not one.guessed and one.name not in known]
    folded = text.casefold()
    names = [name for name in _NAME.findall(said) if name.casefold() not in folded]
    certain = tuple(dict.fromkeys((*numbers, *tools, *names)))
    if certain:
        return certain
    words = [word for word in _WORD.findall(said.lower()) if word not in _JOINING]
    stems = {word[:_STEM] for word in _WORD.findall(folded)}
    new = [word for word in words if word[:_STEM] not in stems]
    return tuple(dict.fromkeys(new)) if len(new) > MOST_UNSAID * len(words) else ()


def _numbers(text: str) -> set[str]:
    words = set(re.findall(r"[a-z]+", text.lower()))
    return set(_NUMBER.findall(text)) | (words & _NUMBER_WORDS)
