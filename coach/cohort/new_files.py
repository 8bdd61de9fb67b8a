"""New files: decisions carried over when a class is exported anew, by whose answers they are."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars

from coach.cohort.decisions import Decision, decisions_of
from coach.cohort.grading import answer_key
from coach.cohort.journal import Journal
from coach.cohort.outputs import KEY_FILE
from coach.cohort.people import credible, plain_name
from coach.cohort.reading import Cohort
from coach.domain import ScorerId

_Who = tuple[str, str, str]


def carry_over(out: Path, cohort: Cohort, scorer: ScorerId, journal: Journal, digest: str) -> tuple[int, int]:
    """Give the decisions in `out` to the same answers of a new file; returns how many were, and were not.

    An answer is the same where its student and question are, and its text. Where the text is another one,
    what was decided on it stays in the journal and no longer counts: the answer waits for a person again.
    `digest` is the new file's hash; a second call for it changes nothing.
    """
    if any(note["kind"] == "file" and note["sha256"] == digest for note in journal.notes):
        return 0, 0
    before = decisions_of(journal)
    whose, keys = _students(out / KEY_FILE), _keys(out / "grades.parquet")
    now = _answers(cohort, scorer)
    carried: list[dict[str, Any]] = []
    lost = 0
    for answer, decisions in before.items():
        student, _, question = answer.partition("@")[0].partition("/")
        found = now.get((whose.get(student, ("", "", "")), question))
        if found is None or found[1] != keys.get(answer):
            lost += 1
            continue
        carried += [_moved(one, found[0]) for one in decisions]
    journal.append({"kind": "file", "sha256": digest, "decisions": carried})
    journal.flush()
    return len(before) - lost, lost


def _moved(decision: Decision, answer: str) -> dict[str, Any]:
    return decision.model_copy(update={"answer": answer}).model_dump(mode="json")


def _students(path: Path) -> Mapping[str, _Who]:
    """Who each stand-in of the old file is."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError:
        return {}
    return {
        row["student"]: _who(*(row[name].removeprefix("'") for name in ("id", "name", "email")))
        for row in rows
    }


def _who(id: str, name: str, email: str) -> _Who:
    return credible(id), plain_name(name), credible(email)


def _keys(path: Path) -> Mapping[str, str]:
    """The hash of question, text and scorer of each answer of the old file."""
    if not path.exists():
        return {}
    table = polars.read_parquet(path, columns=["answer", "key"])
    return {answer: key or "" for answer, key in table.iter_rows()}


def _answers(cohort: Cohort, scorer: ScorerId) -> Mapping[tuple[_Who, str], tuple[str, str]]:
    """The new file's answers by student and question: id and hash. Students alike in all are left out."""
    found: dict[tuple[_Who, str], list[tuple[str, str]]] = defaultdict(list)
    for submission, student in cohort.submissions():
        who = _who(student.id, student.name, student.email)
        if submission.state == "counts" and any(who):
            key = answer_key(submission.question, submission.text, scorer)
            found[who, submission.question].append((submission.id, key))
    return {place: some[0] for place, some in found.items() if len(some) == 1}


def told(counts: tuple[int, int]) -> Iterator[str]:
    """What to say of what was carried over."""
    carried, lost = counts
    if carried:
        yield f"what was decided on {carried:,} answers is carried over"
    if lost:
        yield f"{lost:,} decided answers are gone or changed in the new file; they wait for a person again"
