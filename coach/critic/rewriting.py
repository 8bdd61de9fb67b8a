"""Rewriting: a better version that keeps to what the speaker said, and marks what is left to fill in."""

import re

from coach.critic.replies import RewriteReply
from coach.domain import RewritePart
from coach.text.lexicon import Lexicon
from coach.text.quotes import locate

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NUMBER_WORDS = frozenset(
    "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty "
    "seventy eighty ninety hundred thousand million billion percent half third quarter dozen double "
    "triple".split()
)


def kept_to_the_answer(reply: RewriteReply, text: str, lexicon: Lexicon) -> tuple[RewritePart, ...]:
    """The parts of `reply`, each resting on the words of the answer `text` or marked as to be filled in.

    A part is something to say only where one of its quotes stands in the answer, and where it brings no
    number and no tool name that the answer does not hold; else it is left for the speaker to confirm.
    """
    known_numbers = _numbers(text)
    known_names = {mention.name for mention in lexicon.find(text)}
    parts = []
    for part in reply.parts:
        said = part.text.strip()
        if not said:
            continue
        evidence = tuple(dict.fromkeys(filter(None, (locate(quote, text) for quote in part.quotes))))
        names = {mention.name for mention in lexicon.find(said) if not mention.guessed}
        invented = bool(_numbers(said) - known_numbers or names - known_names)
        fill_in = part.fill_in or not evidence or invented
        parts.append(RewritePart(text=said, evidence=() if fill_in else evidence, fill_in=fill_in))
    return tuple(parts)


def _numbers(text: str) -> set[str]:
    words = set(re.findall(r"[a-z]+", text.lower()))
    return set(_NUMBER.findall(text)) | (words & _NUMBER_WORDS)
