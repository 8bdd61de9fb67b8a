"""Columns: which course system a header comes from, and what its columns hold, by their names and places."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from coach.cohort.column_words import (
    CANVAS_QUESTION,
    GRADESCOPE_QUESTION,
    MOODLE_ANSWER,
    MOODLE_MARK,
    MOODLE_QUESTION,
    role_names,
    same_words,
)
from coach.cohort.folders import FILE_HEADER
from coach.cohort.page_text import page_text
from coach.cohort.submissions import LayoutKind, Row

_NUMBER = re.compile(r"^\d+(?:[.,]\d+)?$")
# A column that belongs to the question in its header: "Points - What is drift?", "What is drift? [Score]".
_BEFORE = re.compile(r"^(?P<what>[^\n]{2,30}?) [-–] (?P<asked>.+)$", re.DOTALL)
_BEHIND = re.compile(r"^(?P<asked>.+?) ?\[(?P<what>[^\[\]]{2,30})\]$", re.DOTALL)
_SCORES = (
    "points",
    "point",
    "score",
    "punkte",
    "punktzahl",
    "puntos",
    "puntuación",
    "pontos",
    "pontuação",
    "note",
    "punti",
    "punteggio",
    "punten",
    "баллы",
)
_TIMESTAMPS = frozenset(
    same_words(one)
    for one in (
        *(
            "timestamp",
            "zeitstempel",
            "marca temporal",
            "horodateur",
            "carimbo de data/hora",
            "tijdstempel",
            "časová značka",
        ),
        *(
            "informazioni cronologiche",
            "sygnatura czasowa",
            "tidstempel",
            "tidsstämpel",
            "aikaleima",
            "отметка времени",
        ),
        *(
            "zaman damgası",
            "időbélyeg",
            "时间戳记",
            "时间戳",
            "時間戳記",
            "タイムスタンプ",
            "타임스탬프",
            "طابع زمني",
            "חותמת זמן",
        ),
    )
)
# Microsoft Forms puts when an answer was begun and ended beside a number of its own.
_FORM_TIMES = frozenset(
    {"completion time", "fertigstellungszeit", "heure de fin", "hora de finalización", "ora di completamento"}
    | {"hora de conclusão", "voltooiingstijd", "slutförandetid", "время выполнения", "完成時刻", "完成时间"}
)
# Blackboard numbers the columns of each question of a test.
_BLACKBOARD = re.compile(r"(?P<what>possible points|manual score) (?P<number>\d+)")
# Qualtrics puts the questions and an id of its own in rows below the names; SurveyMonkey the kinds of answer.
_IMPORT_ID = re.compile(r'\{"ImportId":')
# Kinds whose answers stand beside columns with the questions' texts.
QUIZZES: frozenset[LayoutKind] = frozenset({"moodle-quiz", "blackboard-test"})
# Columns that one system alone has together.
_TELLING: tuple[tuple[LayoutKind, frozenset[str]], ...] = (
    ("canvas-quiz", frozenset({"section_id", "n correct", "n incorrect"})),
    ("gradescope", frozenset({"sid", "submission id"})),
    ("nbgrader", frozenset({"raw_score", "late_submission_penalty"})),
    ("brightspace-quiz", frozenset({"q text", "answer"})),
    ("edx-responses", frozenset({"anonymized student id", "response"})),
    ("prairielearn", frozenset({"uid", "qid", "submitted_answer"})),
    ("surveymonkey", frozenset({"respondent id", "collector id"})),
)
_PARTICIPANT = re.compile(r"^(?P<word>[^\d\W]+(?:/[^\d\W]+)?)\s*\d+$")


def kind_of(header: Sequence[str], sample: Sequence[Row]) -> LayoutKind:
    """The course system that a header comes from; `sample` are the first rows below it."""
    names = frozenset(same_words(name) for name in header)
    if tuple(header) == FILE_HEADER:
        return "folder"
    if names & {*role_names()["graded_at"], *role_names()["may_change"]}:
        return "moodle-worksheet"
    for kind, some in _TELLING:
        if some <= names:
            return kind
    answers = any(MOODLE_ANSWER.match(name.strip()) for name in header)
    if answers and any(MOODLE_MARK.match(name.strip()) for name in header):
        return "moodle-quiz"
    if answers and any(map(_BLACKBOARD.fullmatch, names)):
        return "blackboard-test"
    return _form_kind(header, names, sample)


def _form_kind(header: Sequence[str], names: frozenset[str], sample: Sequence[Row]) -> LayoutKind:
    """The maker of a form or survey, or a Moodle worksheet in a language that is not known."""
    if any(_IMPORT_ID.match(cell) for row in sample[:2] for cell in row.cells):
        return "qualtrics"
    if names & _FORM_TIMES:
        return "ms-forms"
    if header and same_words(header[0]) in _TIMESTAMPS:
        return "google-forms"
    return "moodle-worksheet" if moodle_places(header, sample) else "table"


def known_places(header: Sequence[str], kind: LayoutKind, sample: Sequence[Row]) -> dict[str, int]:
    """The columns that are called what columns of that kind are called."""
    lower = [same_words(name) for name in header]
    found: dict[str, int] = {}
    if kind == "moodle-worksheet":
        known = any(name in role_names()["graded_at"] for name in lower)
        found |= _leftmost(lower, "id") | ({} if known else moodle_places(header, sample))
    for role, names in _roles(kind).items():
        if role in found:
            continue
        free = (lower.index(name) for name in names if name in lower)
        place = next((one for one in free if one not in found.values()), None)
        if place is not None:
            found[role] = place
    return found


def moodle_places(header: Sequence[str], sample: Sequence[Row]) -> dict[str, int]:
    """The columns of a Moodle worksheet in a language that is not known, by their order, which is fixed.

    The first cell of each row is a word and a number, the last three columns are the text, when it was
    graded, and the comment; before them stand the mark, its maximum, and whether it may be changed.
    """
    rows = [row.cells for row in sample if any(row.cells)]
    words = {found["word"] for cells in rows if (found := _PARTICIPANT.match(cells[0].strip()))}
    if len(rows) < 1 or len(words) != 1 or len(header) < 9:
        return {}
    if not all(_PARTICIPANT.match(cells[0].strip()) for cells in rows):
        return {}
    most = next(
        (place for place in range(3, len(header) - 4) if _is_maximum([cells[place] for cells in rows])), None
    )
    if most is None:
        return {}
    changes = next(
        (place for place in (most + 1, most + 2) if _is_answer_to_one(cells[place] for cells in rows)),
        most + 1,
    )
    width = len(header)
    return {
        **{"id": 0, "grade": most - 1, "most": most, "may_change": changes, "submitted": changes + 1},
        **{"answer": width - 3, "feedback": width - 1},
    }


def companions(header: Sequence[str]) -> dict[int, tuple[int, bool]]:
    """Columns that belong to another's question: the place of that, and whether they hold its mark."""
    places = {same_words(name): place for place, name in reversed(list(enumerate(header)))}
    found = {}
    for place, name in enumerate(header):
        for form in (_BEFORE, _BEHIND):
            parts = form.match(name.strip())
            other = places.get(same_words(parts["asked"])) if parts else None
            if parts and other is not None and other != place:
                found[place] = (other, same_words(parts["what"]) in _SCORES)
    return found


def question_row(header: Sequence[str], kind: LayoutKind, sample: Sequence[Row]) -> tuple[Sequence[str], int]:
    """The row that words the questions, and how many rows below the header belong to it."""
    rows = [row.cells for row in sample]
    if kind == "qualtrics":
        ids = next(place for place, cells in enumerate(rows[:2]) if any(map(_IMPORT_ID.match, cells)))
        return (rows[0] if ids else header), ids + 1
    if kind == "surveymonkey" and rows:
        respondent = [same_words(name) for name in header].index("respondent id")
        if not rows[0][respondent].strip():
            # Of a question in several parts the row below names the parts.
            return [name or below for name, below in zip(header, rows[0], strict=True)], 1
    return header, 0


def numbered(header: Sequence[str], what: str) -> dict[str, int]:
    """The places of Blackboard's columns of a kind (in lower case), by the number of the question."""
    return {
        found["number"]: place
        for place, name in enumerate(header)
        if (found := _BLACKBOARD.fullmatch(same_words(name))) and found["what"] == what
    }


def quiz_questions(header: Sequence[str], sample: Sequence[Row]) -> dict[int, tuple[int, list[str]]]:
    """For each column of a quiz's answers, the column of its questions, and their texts in the first rows.

    Where a quiz draws questions at random, a column has several.
    """
    answers = {
        found[1]: place for place, name in enumerate(header) if (found := MOODLE_ANSWER.match(name.strip()))
    }
    asked = {
        found[1]: place for place, name in enumerate(header) if (found := MOODLE_QUESTION.match(name.strip()))
    }
    columns = {}
    for number, place in answers.items():
        column = asked.get(number)
        if column is not None:
            texts = (page_text(row.cells[column]).strip() for row in sample)
            columns[place] = (column, list(dict.fromkeys(filter(None, texts))))
    return columns


def canvas_points(header: Sequence[str], place: int) -> int | None:
    """Canvas puts the mark of a question beside its answer, under a header that is the highest mark."""
    after = place + 1
    return after if after < len(header) and _NUMBER.match(header[after].strip()) else None


def highest_mark(header: Sequence[str], place: int, points: int | None) -> float | None:
    """The highest mark of a question, as its header or that of its points tells; None where neither does."""
    if points is not None:
        return float(header[points].replace(",", "."))
    found = GRADESCOPE_QUESTION.match(header[place].strip())
    return float(found["most"]) if found else None


def total_most(header: Sequence[str]) -> tuple[int, float] | None:
    """The column of a Moodle quiz's mark and its highest, as in "Grade/10.00"."""
    for place, name in enumerate(header):
        found = MOODLE_MARK.match(name.strip())
        if found:
            return place, float(found[1].replace(",", "."))
    return None


def may_be_question(name: str) -> bool:
    """Whether a header may be a question: it is not empty, and no number."""
    return bool(name.strip()) and not _NUMBER.match(name.strip())


def asked_in(name: str, kind: LayoutKind) -> str:
    """The question in a header, without markup and what its system puts before it."""
    return page_text(CANVAS_QUESTION.sub("", name)) if kind == "canvas-quiz" else page_text(name)


def _roles(kind: LayoutKind) -> Mapping[str, tuple[str, ...]]:
    roles: dict[str, tuple[str, ...]] = dict(role_names())
    del roles["graded_at"]
    if kind == "folder":
        return {role: (role,) for role in ("id", "name", "question", "submitted", "answer")}
    if kind != "moodle-worksheet":
        # Elsewhere a column "grade" is the instructor's own, and marks go into columns of their own.
        roles["mark"] = (*roles["mark"], "grade")
        for role in ("grade", "feedback", "may_change", "scale"):
            del roles[role]
    special: dict[LayoutKind, dict[str, tuple[str, ...]]] = {
        "canvas-quiz": {
            "id": ("id",),
            "total": ("score",),
            "answer": (),
            "question": (),
            "status": (),
            "mark": (),
        },
        "google-forms": {"total": ("score", "punkte", "puntuación", "note"), "answer": ()},
        "gradescope": {
            "total": ("total score", "score"),
            "submitted": ("submission time", "timestamp"),
            "most": (),
        },
        "nbgrader": {"total": ("score",), "submitted": ("timestamp",), "most": ("max_score",)},
        # Its own "ID" numbers the responses, not the people.
        "ms-forms": {"id": tuple(name for name in roles["id"] if name != "id"), "answer": (), "question": ()},
        "moodle-quiz": {"answer": (), "question": ()},
        "blackboard-test": {"answer": (), "question": ()},
        "brightspace-quiz": {"question": ("q text",), "submitted": ("attempt end",), "most": ()},
        "edx-responses": {
            "id": ("username", "anonymized student id"),
            "question": ("problem name",),
            "submitted": ("date/time response submitted",),
            "email": (),
        },
        "prairielearn": {"id": ("uid",), "question": ("qid",), "answer": ("submitted_answer",)},
        # Their ids number the responses, not the people.
        "qualtrics": {"answer": (), "question": (), "status": (), "submitted": ("enddate", "recordeddate")},
        "surveymonkey": {"answer": (), "question": (), "submitted": ("end date",)},
    }
    return roles | special.get(kind, {})


def _leftmost(lower: Sequence[str], role: str) -> dict[str, int]:
    place = next((place for place, name in enumerate(lower) if name in role_names()[role]), None)
    return {} if place is None else {role: place}


def _is_maximum(cells: Sequence[str]) -> bool:
    """Whether all cells are one number above 0, as the highest mark is."""
    return (
        len(set(cells)) == 1
        and bool(_NUMBER.match(cells[0].strip()))
        and float(cells[0].replace(",", ".")) > 0
    )


def _is_answer_to_one(cells: Any) -> bool:
    """Whether the cells are at most two short words, as yes and no are."""
    words = {cell.strip() for cell in cells}
    return len(words) <= 2 and all(0 < len(word) <= 12 and not any(map(str.isdigit, word)) for word in words)
