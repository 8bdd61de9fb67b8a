"""Privacy: an answer's text without the student's own name, address and number."""

import re

from coach.cohort.submissions import Student

NAME, ADDRESS, NUMBER = "[name]", "[address]", "[id]"
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# Shorter parts of a name ("Al", "Bo", "van") are words of many answers.
_SHORTEST = 3


def scrubbed(text: str, student: Student) -> str:
    """Return `text` with the student's name (whole and in parts), number and every mail address blanked.

    >>> scrubbed("I, Ann Lee (s123, ann@uni.edu), watch drift.", Student("s123", "Ann Lee", "ann@uni.edu"))
    'I, [name] ([id], [address]), watch drift.'
    """
    text = _ADDRESS.sub(ADDRESS, text)
    if len(student.id) >= _SHORTEST:
        text = _word(student.id).sub(NUMBER, text)
    for local in {student.email.partition("@")[0]} - {""}:
        if len(local) > _SHORTEST:
            text = _word(local).sub(ADDRESS, text)
    parts = [part for part in re.split(r"[\s,]+", student.name) if len(part) >= _SHORTEST]
    if len(student.name) >= _SHORTEST:
        text = _word(student.name).sub(NAME, text)
    for part in sorted(parts, key=len, reverse=True):
        # A name that is also a word ("Will", "Grace") is one only where it is written as a name.
        text = re.compile(rf"(?<!\w){re.escape(part)}(?!\w)").sub(NAME, text)
    return text


def _word(text: str) -> re.Pattern[str]:
    joined = r"\s+".join(re.escape(part) for part in text.split())
    return re.compile(rf"(?<!\w){joined}(?!\w)", re.IGNORECASE)
