"""Not answers: rows that stand for nobody, blanks by another name, and words that point elsewhere."""

import re
from collections.abc import Sequence

from coach.cohort.column_words import same_words, words

# From so many words on, a text is read as an answer, whatever its row is called.
ANSWER_WORDS = 6
# Words that point elsewhere are few; a longer text says something itself.
_POINTER_WORDS = 16
_POINTER_CHARACTERS = 300
_WORD = re.compile(r"\w+")
# Nothing but marks: what Moodle, forms and people write for nothing.
_BLANK = re.compile(r"[\W_]*", re.UNICODE)
_THING = (
    r"(?:attach(?:ed|ment|ments)?|enclosed|pdf|docx?|word (?:file|document)|file|files|document|link|paper|"
    r"upload(?:ed)?|google doc|folder|submission|photo|image|picture|scan|email|e-mail|anhang|anlage|datei|"
    r"pièce jointe|fichier|ci-joint|adjunto|archivo|anexo|arquivo|allegato|bijlage)"
)
_POINTERS = (
    re.compile(
        r"\b(?:see|find|refer to|check|open|look at|in|on|is|as|siehe|voir|ver|veja|vedi|zie)\b.{0,40}\b"
        rf"{_THING}\b",
        re.I,
    ),
    re.compile(rf"^\W*(?:my |the )?(?:answer|response|submission)?\W*(?:is )?{_THING}\W*$", re.I),
    re.compile(r"\b(?:same|see|as)\b.{0,20}\b(?:answer|above|before|previous|question|q)\b", re.I),
    re.compile(r"^\W*https?://\S+\W*$", re.I),
)


def is_summary(texts: Sequence[str], labels: Sequence[str], has_number: bool) -> bool:
    """Whether a row stands for no student: a summary, the points possible, a course system's test student.

    `labels` are the cells that would name a student, `texts` its answers, `has_number` says whether it has a
    number or an address. A row with an answer in it is never one.

    >>> is_summary([""], ["Overall average"], False), is_summary([""], ["Max"], True)
    (True, False)
    """
    if any(len(_WORD.findall(text)) >= ANSWER_WORDS for text in texts):
        return False
    named = {same_words(cell) for cell in labels if cell.strip()}
    return bool(named & words("system_rows")) or bool(not has_number and named & words("summary"))


def is_blank(text: str) -> bool:
    """Whether a text says nothing: empty, or marks alone, as the dash that Moodle writes.

    >>> is_blank(" - "), is_blank("No.")
    (True, False)
    """
    return _BLANK.fullmatch(text) is not None


def points_elsewhere(text: str) -> bool:
    """Whether a short text says only where the answer is: a file, a link, paper, another question.

    >>> points_elsewhere("Please see the attached file."), points_elsewhere("We watch the file sizes daily.")
    (True, False)
    """
    short = len(text) <= _POINTER_CHARACTERS and len(_WORD.findall(text)) <= _POINTER_WORDS
    return short and any(one.search(text) for one in _POINTERS)
