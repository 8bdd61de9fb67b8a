"""File names: whose answer a file holds, to which question, and which files hold none."""

import os
import re
from typing import NamedTuple

from coach.cohort.submission_names import Part, submission_name

TEXT_SUFFIXES = (".txt", ".md", ".markdown", ".text")
PAGE_SUFFIXES = (".html", ".htm")
# What students hand in and is not read here; such a file is told as an answer that a person must read.
DOCUMENT_SUFFIXES = (
    *(".pdf", ".doc", ".docx", ".odt", ".rtf", ".pages", ".tex", ".ipynb", ".ppt", ".pptx", ".odp", ".key"),
    *(
        ".png",
        ".jpg",
        ".jpeg",
        ".heic",
        ".gif",
        ".webp",
        ".tif",
        ".tiff",
        ".m4a",
        ".mp3",
        ".wav",
        ".mp4",
        ".mov",
    ),
    *(".xlsx", ".xls", ".ods", ".csv", ".gdoc"),
)
# What programs leave beside the files that people made.
_SYSTEM = re.compile(
    r"\.|__MACOSX$|~\$|Thumbs\.db$|desktop\.ini$|.*~$|.*\.(?:tmp|temp|part|crdownload|swp|bak|lnk)$", re.I
)
_ABOUT = re.compile(
    r"(?:_*read[ _-]?me.*|instructions?|licen[cs]e|notes? (?:for|to) graders?|rubric|manifest|index|grading|"
    r"gradebook|grades|lies[ _-]?mich|l[ei]as[ _-]?me|lisez[ _-]?moi|leggimi|léame|template|task|"
    r"assignment|question)",
    re.IGNORECASE,
)


class FileName(NamedTuple):
    """What a file's name tells: student, question (empty where none), Moodle's kind of submission.

    `is_document` says that it may hold an answer, also where it is of a kind that is not read here; `system`
    is the course system that named it, `submitted` when it was handed in, in seconds since 1970, and `part`
    what it is to that system.
    """

    id: str
    name: str
    question: str
    plugin: str
    is_document: bool
    system: str = ""
    submitted: float = 0.0
    part: Part = "answer"


def file_name(path: str, questions: frozenset[str]) -> FileName:
    """Tell a file's path apart into student and question.

    >>> file_name("ann/what-is-drift.md", frozenset({"what-is-drift"}))[:3]
    ('ann', 'ann', 'what-is-drift')
    """
    stem, suffix = os.path.splitext(path)
    is_document = suffix.lower() in TEXT_SUFFIXES + PAGE_SUFFIXES + DOCUMENT_SUFFIXES
    parts = stem.split("/")
    question = next((part for part in reversed(parts) if part in questions), "")
    named = submission_name(path)
    if named:
        about = (named.id, named.name, question, named.plugin, is_document)
        return FileName(*about, named.system, named.submitted, named.part)
    if not question:
        # student--question or student_question, in one name.
        for part in parts:
            for one in sorted(questions, key=len, reverse=True):
                if part.endswith(("--" + one, "__" + one, "_" + one)):
                    student = part[: -len(one)].rstrip("-_")
                    return FileName("/".join([*parts[:-1], student]), student, one, "", is_document)
    student = "/".join(part for part in parts if part != question)
    return FileName(student, student.rsplit("/", 1)[-1], question, "", is_document)


def passed_over(path: str, about: FileName) -> str:
    """Why a file holds no answer: "system" for what programs leave behind; empty where it may hold one."""
    parts = path.split("/")
    if any(_SYSTEM.match(part) for part in parts):
        return "system"
    stem = os.path.splitext(parts[-1])[0]
    if about.part == "aside":
        return "stands beside the answers, by its name"
    if not about.system and not about.question and _ABOUT.fullmatch(stem):
        return "is about the answers, by its name"
    return ""


def wrong_suffix(name: str) -> str | None:
    """Why a file of that name is not read; None where it is."""
    suffix = os.path.splitext(name)[1].lower()
    if suffix in TEXT_SUFFIXES + PAGE_SUFFIXES:
        return None
    return f"is no text file ({suffix or 'no suffix'}); text, Markdown and HTML are read"
