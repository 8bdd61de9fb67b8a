"""Submission names: how course systems name the files that students hand in, in their archives."""

import re
from typing import Literal, NamedTuple

from coach.cohort.times import DayOrder, moment

System = Literal["moodle", "canvas", "blackboard", "brightspace", "sakai"]
# What a file is: an answer, a system's own receipt that may quote one, or something beside the answers.
Part = Literal["answer", "receipt", "aside"]


class SubmissionName(NamedTuple):
    """Whose file it is, when it was handed in (seconds since 1970, 0 where it is not said), and what."""

    system: System
    id: str
    name: str
    submitted: float = 0.0
    part: Part = "answer"
    plugin: str = ""


# Moodle names the folder (or, in older versions, the file) of a submission by student and number.
_MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?P<plugin>[a-z]+)_?")
# Canvas: the name in lower case without blanks, LATE, the numbers of user and upload, the file.
_CANVAS = re.compile(r"(?P<name>[^\W_][^_]*)(?:_LATE)?_(?P<id>\d+)_\d{3,}_.+", re.IGNORECASE)
# Blackboard: the assignment, the user name, when; a receipt has no file's name behind it.
_BLACKBOARD = re.compile(
    r".+_(?P<id>[^_]+)_attempt_(?P<date>\d{4}-\d{2}-\d{2})-(?P<clock>\d{2}-\d{2}-\d{2})(?P<file>_.+)?"
)
# Brightspace: two numbers, the name, when; the file is in a folder of that name or stands behind it.
_BRIGHTSPACE = re.compile(
    r"(?P<id>\d+)-\d+ - (?:\w*\d{4,} - )?(?P<name>[^/]+?) ?- "
    r"(?P<date>\w+ \d{1,2},? \d{4}) (?P<clock>\d{3,4}) (?P<half>[AP]M)(?: - .+)?"
)
# Sakai: a folder of name and user name, with fixed files in it.
_SAKAI = re.compile(r"(?P<name>[^()/]+)(?<! )\((?P<id>[^()/]{3,})\)")
_SAKAI_ASIDE = re.compile(
    r"timestamp\.txt|comments\.txt|feedbackText\.html|Feedback Attachment\(s\)|[^/]*reviews?\.txt", re.I
)


def submission_name(path: str) -> SubmissionName | None:
    """Tell whose file a path in an archive of a course system is; None where it is named in another way.

    >>> submission_name("leeann_LATE_501_90210_text.html")[:3]
    ('canvas', '501', 'leeann')
    >>> submission_name("Quiz 1_ann1_attempt_2025-11-20-10-22-33.txt").part
    'receipt'
    """
    folders, file = path.split("/")[:-1], path.split("/")[-1]
    stem = file.rsplit(".", 1)[0]
    for part in (*folders, stem):
        if found := _MOODLE.match(part):
            return SubmissionName("moodle", found["id"], found["name"], plugin=found["plugin"])
        if found := _BRIGHTSPACE.fullmatch(part):
            clock = found["clock"].zfill(4)
            when = f"{found['date']} {clock[:2]}:{clock[2:]} {found['half']}"
            return SubmissionName("brightspace", found["id"], found["name"], _seconds(when))
    if found := _BLACKBOARD.fullmatch(stem):
        when = f"{found['date']} {found['clock'].replace('-', ':')}"
        what: Part = "answer" if found["file"] else "receipt"
        return SubmissionName("blackboard", found["id"], found["id"], _seconds(when), what)
    for at, part in enumerate(folders):
        if found := _SAKAI.fullmatch(part):
            below = [*folders[at + 1 :], file]
            what = "aside" if any(map(_SAKAI_ASIDE.fullmatch, below)) else "answer"
            return SubmissionName("sakai", found["id"], found["name"], part=what)
    if found := _CANVAS.fullmatch(file):
        return SubmissionName("canvas", found["id"], found["name"])
    return None


def receipt(text: str) -> tuple[str, str]:
    r"""The student's name and the text that Blackboard's receipt of a submission quotes; empty where none.

    >>> receipt("Name: Ann Lee (ann1)\nAssignment: Drift\n\nSubmission Field:\nWe watch.\n\nComments:\nNone.")
    ('Ann Lee', 'We watch.')
    """
    name = re.search(r"^Name: (.+?)(?: \([^()]*\))?\s*$", text, re.MULTILINE)
    field = re.search(
        r"^Submission Field:\s*\n(.*?)(?=^Comments:|^Files:|\Z)", text, re.MULTILINE | re.DOTALL
    )
    said = field[1].strip() if field else ""
    nothing = said.startswith("There is no student submission text data")
    return (name[1].strip() if name else ""), "" if nothing else said


def _seconds(text: str) -> float:
    return moment(text, DayOrder()).seconds or 0.0
