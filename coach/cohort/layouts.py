"""Layouts: what each column of a file of answers is, from its header, first rows and what the user names."""

from collections.abc import Mapping, Sequence
from typing import Any

from coach.cohort import columns
from coach.cohort.column_words import CANVAS_QUESTION, MOODLE_ANSWER, role_names
from coach.cohort.given_marks import number
from coach.cohort.matching import Match, QuestionMatcher
from coach.cohort.submissions import AnswerColumn, Layout, LayoutKind, Row
from coach.errors import InputError, UsageError
from coach.packs import Pack

# What --map may name; answer:ID names the column of one question.
ROLES = (*(role for role in role_names() if role != "graded_at"), "group", "total")
_Asked = dict[int, tuple[str, Match]]


def layout_of(
    header: Sequence[str],
    matcher: QuestionMatcher,
    pack: Pack,
    where: str,
    only: str | None = None,
    named: Mapping[str, str] | None = None,
    group: str | None = None,
    sample: Sequence[Row] = (),
) -> Layout:
    """Recognise the columns of a header; `only`, `named` and `group` are what --question, --map, --group say.

    `sample` are the first rows. Raises UsageError for an option that does not fit, InputError where no
    answers are found.
    """
    kind = columns.kind_of(header, sample)
    wording, heads = columns.question_row(header, kind, sample)
    names = wording if kind == "surveymonkey" else header
    places: dict[str, Any] = dict(columns.known_places(names, kind, sample))
    asked = _named(
        header, dict(named or {}) | ({"group": group} if group is not None else {}), places, pack, where
    )
    if only is not None:
        pack.question(only)
    beside = columns.companions(header)
    claimed = {place for place in places.values() if place is not None} | set(beside)
    unmatched: list[tuple[str, Match]] = []
    if kind != "folder" and ("answer" not in places or asked):
        found, unmatched = _questions(wording, claimed | set(asked), kind, matcher, sample[heads:])
        asked |= found
    if not asked and kind in columns.QUIZZES:
        _only_answer(header, places)
    if asked:
        places.pop("answer", None)
        places.pop("question", None)
    total = columns.total_most(header) if kind == "moodle-quiz" else None
    if total is not None:
        places["total"] = total[0]
    marks = {other: place for place, (other, is_mark) in beside.items() if is_mark}
    answers = tuple(
        _column(header, kind, place, text, match, marks.get(place), sample)
        for place, (text, match) in sorted(asked.items())
    )
    _check(answers, places, only, unmatched, header, where)
    others_of = ((one.points, one.own_mark, one.asked_in) for one in answers)
    used = claimed | set(asked) | {place for some in others_of for place in some if place is not None}
    others = _canvas_points(header, answers) if kind == "canvas-quiz" else ()
    return Layout(
        kind=kind,
        heads=heads,
        answers=answers,
        only=only,
        other_points=others,
        total_most=total[1] if total else None,
        ignored=tuple(name for place, name in enumerate(header) if place not in used),
        **places,
    )


def _named(
    header: Sequence[str], named: Mapping[str, str], places: dict[str, Any], pack: Pack, where: str
) -> _Asked:
    """Put the columns that the user names into `places`; returns those that answer a question."""
    asked: _Asked = {}
    for role, name in named.items():
        place = _place(header, name, where)
        base, _, id = role.partition(":")
        if base == "answer" and id:
            question = pack.question(id).id
            asked[place] = (name, Match(question=question, similarity=1.0, how="named", found=True))
        elif role in ROLES:
            for other in [one for one, at in places.items() if at == place]:
                del places[other]
            places[role] = place
        else:
            raise UsageError(
                f"--map {role}=...: there is no such part; it is one of {', '.join(ROLES)}, answer:ID"
            )
    return asked


def _questions(
    header: Sequence[str],
    claimed: set[int],
    kind: LayoutKind,
    matcher: QuestionMatcher,
    sample: Sequence[Row],
) -> tuple[_Asked, list[tuple[str, Match]]]:
    """The columns whose names are questions of the pack, and what the others are nearest to."""
    if kind in columns.QUIZZES:
        return _quiz_columns(header, claimed, matcher, sample)
    else:
        texts = {
            place: columns.asked_in(name, kind)
            for place, name in enumerate(header)
            if place not in claimed
            and columns.may_be_question(name)
            and (kind != "canvas-quiz" or CANVAS_QUESTION.match(name))
        }
        # Short names are headings of other things; to compare them would take the encoder for nothing.
        texts = {
            place: text for place, text in texts.items() if len(text.split()) >= 3 or matcher.exact(text)
        }
    matches = dict(zip(texts, matcher.match(list(texts.values())), strict=True))
    found = {place: (texts[place], match) for place, match in matches.items() if match.found}
    return found, [(header[place], match) for place, match in matches.items() if not match.found]


def _quiz_columns(
    header: Sequence[str], claimed: set[int], matcher: QuestionMatcher, sample: Sequence[Row]
) -> tuple[_Asked, list[tuple[str, Match]]]:
    """The columns of a quiz that answer questions of the pack, each with the first that it asks."""
    found: _Asked = {}
    unmatched: list[tuple[str, Match]] = []
    for place, (_, texts) in columns.quiz_questions(header, sample).items():
        if place in claimed or not texts:
            continue
        pairs = list(zip(texts, matcher.match(texts), strict=True))
        first = next((pair for pair in pairs if pair[1].found), None)
        if first is not None:
            found[place] = first
        else:
            unmatched.append((header[place], pairs[0][1]))
    return found, unmatched


def _only_answer(header: Sequence[str], places: dict[str, Any]) -> None:
    """Take a quiz's only column of answers as the answers."""
    answers = [place for place, name in enumerate(header) if MOODLE_ANSWER.match(name.strip())]
    if len(answers) == 1:
        places["answer"] = answers[0]


def _column(
    header: Sequence[str],
    kind: LayoutKind,
    place: int,
    asked: str,
    match: Match,
    own_mark: int | None,
    sample: Sequence[Row],
) -> AnswerColumn:
    points = columns.canvas_points(header, place) if kind == "canvas-quiz" else None
    most = columns.highest_mark(header, place, points)
    beside = columns.quiz_questions(header, sample).get(place) if kind in columns.QUIZZES else None
    if kind == "blackboard-test" and (answer := MOODLE_ANSWER.match(header[place].strip())):
        own_mark = columns.numbered(header, "manual score").get(answer[1])
        possible = columns.numbered(header, "possible points").get(answer[1])
        cells = [row.cells[possible] for row in sample] if possible is not None else []
        most = next((highest for cell in cells if (highest := number(cell))), None)
    return AnswerColumn(
        column=place,
        name=header[place],
        question=match.question,
        asked=asked,
        similarity=match.similarity,
        how=match.how,
        points=points,
        most=most,
        own_mark=own_mark,
        asked_in=beside[0] if beside and match.how != "named" else None,
        shuffled=beside is not None and len(beside[1]) > 1 and match.how != "named",
    )


def _canvas_points(header: Sequence[str], answers: Sequence[AnswerColumn]) -> tuple[int, ...]:
    """The columns of a quiz's marks for the questions that are not graded here."""
    ours = {one.points for one in answers}
    asked = (place for place, name in enumerate(header) if CANVAS_QUESTION.match(name))
    found = (columns.canvas_points(header, place) for place in asked)
    return tuple(place for place in found if place is not None and place not in ours)


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
        if one.question in seen and not one.shuffled:
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
        shown = ", ".join(repr(name[:40]) for name in header[:12])
        raise InputError(
            f"{where}: no column is known to hold answers ({nearest or 'columns: ' + shown}); {advice}"
        )
    if only is None and "question" not in places:
        raise UsageError(
            f"which question does {where} answer? Give --question ID; coach questions lists them"
        )
