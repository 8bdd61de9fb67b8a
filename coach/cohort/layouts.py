"""Layouts: which course system a header comes from, and what each of its columns is."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from coach.cohort.folders import FILE_HEADER
from coach.cohort.matching import Match, QuestionMatcher
from coach.cohort.submissions import AnswerColumn, Layout, LayoutKind
from coach.errors import InputError, UsageError
from coach.packs import Pack

# What columns are called, by what they hold; in lower case. Moodle writes its headers in the user's language.
_NAMES: dict[str, tuple[str, ...]] = {
    "id": (
        *(
            "identifier",
            "id",
            "student id",
            "student_id",
            "sid",
            "sis_id",
            "user id",
            "user_id",
            "matriculation",
        ),
        *("identifiant", "identificador", "kennung"),
    ),
    "name": (
        *("full name", "name", "student", "student name", "first name", "first_name", "vollständiger name"),
        *("nom complet", "nombre completo"),
    ),
    "last_name": ("last name", "last_name", "surname", "family name"),
    "email": (
        *("email address", "email", "e-mail", "e-mail-adresse", "adresse de courriel", "dirección de correo"),
        *("username", "sis login id"),
    ),
    "submitted": (
        *("last modified (submission)", "timestamp", "submitted", "submitted at", "submission time"),
        *(
            "zuletzt geändert (abgabe)",
            "dernière modification (travail remis)",
            "zeitstempel",
            "date",
            "time",
        ),
    ),
    "attempt": ("attempt", "attempt number"),
    "answer": (
        *("online text", "answer", "response", "answer text", "text", "essay", "submission", "antwort"),
        *("texteingabe online", "texte en ligne", "texto en línea", "réponse", "respuesta"),
    ),
    "question": ("question", "question id", "question_id", "question text", "item", "prompt", "frage"),
    "mark": ("mark", "instructor mark", "teacher mark", "human score", "expert score"),
    "most": (
        "maximum grade",
        "max points",
        "max_score",
        "bestwertung",
        "note maximale",
        "calificación máxima",
    ),
    "grade": ("grade", "bewertung", "note", "calificación"),
    "feedback": (
        *("feedback comments", "feedback als kommentar", "feedback par commentaires"),
        *("comentarios de retroalimentación",),
    ),
    "may_change": ("grade can be changed", "bewertung kann geändert werden", "la note peut être modifiée"),
}
_MOODLE_GRADED = (
    *("last modified (grade)", "zuletzt geändert (bewertung)", "dernière modification (note)"),
    *("última modificación (calificación)",),
)
_CANVAS_QUESTION = re.compile(r"^\d+: ", re.DOTALL)
_GRADESCOPE_QUESTION = re.compile(r"^\d+(?:\.\d+)?: .*\((?P<most>\d+(?:\.\d+)?) pts?\)$", re.DOTALL)
_NUMBER = re.compile(r"^\d+(?:\.\d+)?$")
# What --map may name; answer:ID names the column of one question.
ROLES = (*_NAMES, "group", "total")


def layout_of(
    header: Sequence[str],
    matcher: QuestionMatcher,
    pack: Pack,
    where: str,
    only: str | None = None,
    named: Mapping[str, str] | None = None,
    group: str | None = None,
) -> Layout:
    """Recognise the columns of a header; `only`, `named` and `group` are what --question, --map, --group say.

    Raises UsageError for an option that does not fit, InputError where no answers are found.
    """
    named = dict(named or {})
    if group is not None:
        named["group"] = group
    kind = _kind(header)
    places: dict[str, Any] = _known(header, kind)
    columns: dict[int, tuple[str, Match]] = {}
    for role, name in named.items():
        place = _place(header, name, where)
        base, _, id = role.partition(":")
        if base == "answer" and id:
            question = pack.question(id).id
            columns[place] = (name, Match(question=question, similarity=1.0, how="named", found=True))
        elif role in ROLES:
            places[role] = place
        else:
            raise UsageError(
                f"--map {role}=...: there is no such part; it is one of {', '.join(ROLES)}, answer:ID"
            )
    if only is not None:
        pack.question(only)
    claimed = {place for place in places.values() if place is not None}
    wide = kind != "folder" and ("answer" not in places or bool(columns))
    unmatched: list[tuple[str, Match]] = []
    if wide:
        found, unmatched = _question_columns(header, claimed | set(columns), kind, matcher)
        columns |= found
    if columns:
        places.pop("answer", None)
        places.pop("question", None)
    answers = tuple(
        AnswerColumn(
            column=place,
            name=header[place],
            question=match.question,
            asked=asked,
            similarity=match.similarity,
            how=match.how,
            points=_points(header, place, kind),
            most=_most(header, place, kind),
        )
        for place, (asked, match) in sorted(columns.items())
    )
    _check(answers, places, only, unmatched, header, where)
    used = claimed | set(columns) | {one.points for one in answers if one.points is not None}
    ignored = tuple(name for place, name in enumerate(header) if place not in used)
    return Layout(kind=kind, answers=answers, only=only, ignored=ignored, **places)


def _kind(header: Sequence[str]) -> LayoutKind:
    names = {name.strip().casefold() for name in header}
    if tuple(header) == FILE_HEADER:
        return "folder"
    if names & set(_MOODLE_GRADED):
        return "moodle-worksheet"
    if {"section_id", "n correct", "n incorrect"} <= names:
        return "canvas-quiz"
    if {"sid", "submission id"} <= names:
        return "gradescope"
    if {"raw_score", "late_submission_penalty"} <= names:
        return "nbgrader"
    return (
        "google-forms" if header and header[0].strip().casefold() in ("timestamp", "zeitstempel") else "table"
    )


def _known(header: Sequence[str], kind: LayoutKind) -> dict[str, int]:
    """The columns that are called what columns of that kind are called."""
    lower = [name.strip().casefold() for name in header]
    roles = dict(_NAMES)
    if kind == "folder":
        roles = {role: (role,) for role in ("id", "name", "question", "answer")}
    elif kind != "moodle-worksheet":
        # Elsewhere a column "grade" is the instructor's own, and marks go into columns of their own.
        roles["mark"] = (*roles["mark"], "grade")
        del roles["grade"], roles["feedback"], roles["may_change"]
    if kind == "canvas-quiz":
        roles |= {"id": ("id",), "total": ("score",), "answer": (), "question": ()}
    elif kind == "google-forms":
        roles |= {"total": ("score",), "id": ("student id", "id"), "answer": ()}
    elif kind in ("gradescope", "nbgrader"):
        roles |= {"total": ("total score", "score"), "submitted": ("submission time", "timestamp")}
    found: dict[str, int] = {}
    for role, names in roles.items():
        place = next((lower.index(name) for name in names if name in lower), None)
        if place is not None and place not in found.values():
            found[role] = place
    return found


def _question_columns(
    header: Sequence[str], claimed: set[int], kind: LayoutKind, matcher: QuestionMatcher
) -> tuple[dict[int, tuple[str, Match]], list[tuple[str, Match]]]:
    """The columns whose names are questions of the pack, and what the others are nearest to."""
    open_places = [
        place
        for place, name in enumerate(header)
        if place not in claimed and name.strip() and not _NUMBER.match(name.strip())
    ]
    if kind == "canvas-quiz":
        open_places = [place for place in open_places if _CANVAS_QUESTION.match(header[place])]
    asked = {place: _CANVAS_QUESTION.sub("", header[place]) for place in open_places}
    # Short names are headings of other things; to compare them would take the encoder for nothing.
    texts = {place: text for place, text in asked.items() if len(text.split()) >= 3 or matcher.exact(text)}
    matches = dict(zip(texts, matcher.match(list(texts.values())), strict=True))
    found: dict[int, tuple[str, Match]] = {}
    unmatched = []
    for place, match in matches.items():
        if match.found:
            found[place] = (texts[place], match)
        else:
            unmatched.append((header[place], match))
    return found, unmatched


def _points(header: Sequence[str], place: int, kind: LayoutKind) -> int | None:
    """Canvas puts the mark of a question beside its answer, under a header that is the highest mark."""
    after = place + 1
    is_points = kind == "canvas-quiz" and after < len(header) and _NUMBER.match(header[after].strip())
    return after if is_points else None


def _most(header: Sequence[str], place: int, kind: LayoutKind) -> float | None:
    points = _points(header, place, kind)
    if points is not None:
        return float(header[points]) or None
    found = _GRADESCOPE_QUESTION.match(header[place].strip())
    return float(found["most"]) or None if found else None


def _place(header: Sequence[str], name: str, where: str) -> int:
    places = [place for place, one in enumerate(header) if one.strip() == name.strip()]
    if len(places) == 1:
        return places[0]
    if not places and name.isdigit() and 1 <= int(name) <= len(header):
        return int(name) - 1
    shown = ", ".join(repr(one[:40]) for one in header[:12])
    problem = "no column" if not places else f"{len(places)} columns"
    raise UsageError(f"{where} has {problem} {name[:60]!r}; name one of {shown}, or give its number from 1")


def _check(
    answers: Sequence[AnswerColumn],
    places: Mapping[str, int],
    only: str | None,
    unmatched: Sequence[tuple[str, Match]],
    header: Sequence[str],
    where: str,
) -> None:
    seen: dict[str, str] = {}
    for one in answers:
        if one.question in seen:
            raise InputError(
                f"{where}: columns {seen[one.question][:60]!r} and {one.name[:60]!r} both match question "
                f"{one.question!r}; name the right one with --map 'answer:{one.question}=COLUMN'"
            )
        seen[one.question] = one.name
    if answers and only is not None and only not in seen:
        raise UsageError(f"--question {only} does not fit {where}: its columns answer {', '.join(seen)}")
    if answers:
        return
    if "answer" not in places:
        nearest = "; ".join(
            f"{name[:60]!r} is nearest to {match.question} ({match.similarity:.2f})"
            for name, match in unmatched[:5]
        )
        advice = "name the columns, as in --map answer=COLUMN --question ID or --map 'answer:ID=COLUMN'"
        columns = ", ".join(repr(name[:40]) for name in header[:12])
        raise InputError(
            f"{where}: no column is known to hold answers ({nearest or 'columns: ' + columns}); {advice}"
        )
    if only is None and "question" not in places:
        raise UsageError(
            f"which question does {where} answer? Give --question ID; coach questions lists them"
        )
