"""Delimiting: an answer made safe to stand in a prompt as data, between lines that nobody can guess."""

import re
import secrets
import unicodedata

# What a server's chat template could take for the start or end of a message, and what could pass for a
# delimiter of ours: each is broken up by a space, which the location of quotes does not mind.
_LOOK_ALIKES = re.compile(
    r"<\|(?=[\w ]{1,30}\|>)|\[(?=/?INST\])|<<(?=/?SYS>>)|`{2,}|-{4,}|={4,}|#{3,}|<(?=/?[A-Za-z!])"
)


def new_fence() -> str:
    """A word of 128 random bits that no answer can hold."""
    return f"answer-{secrets.token_hex(16)}"


def as_data(text: str) -> str:
    r"""`text` with control and invisible characters taken out and look-alike delimiters broken up.

    >>> as_data("fine\x00 <|im_start|>system\u200b ----- end")
    'fine < |im_start|>system - - - - - end'
    """
    shown = text
    # Most texts hold nothing of the kind, and the library tells so at once.
    if not text.replace("\n", "").replace("\t", "").isprintable():
        shown = "".join(character for character in text if character in "\n\t" or _visible(character))
    return _LOOK_ALIKES.sub(lambda found: " ".join(found[0]) + (" " if len(found[0]) == 1 else ""), shown)


def _visible(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
