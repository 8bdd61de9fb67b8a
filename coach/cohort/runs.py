"""Runs: a cohort graded from its file to its output directory."""

import platform
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from coach import __version__
from coach.cohort.batch_reviews import batch_failures
from coach.cohort.batch_scoring import BatchScorer
from coach.cohort.class_figures import ClassPicture
from coach.cohort.class_pages import PAGES, CritiqueKeys, write_class_pages
from coach.cohort.class_report import write_report
from coach.cohort.decisions import Decision, decide, decisions_of
from coach.cohort.grade_tables import GradesTable, KeyFile, ReviewQueue, csv_of, state_of
from coach.cohort.gradebook import GRADEBOOK, superseded_rows, write_gradebook
from coach.cohort.grading import Watcher, answer_key, grade_all
from coach.cohort.journal import Journal
from coach.cohort.new_files import carry_over, told
from coach.cohort.outcomes import Outcome, outcomes_by_row
from coach.cohort.outputs import JOURNAL, KEY_FILE, OutputLock, written
from coach.cohort.reading import Cohort, open_source
from coach.cohort.returning import returned_name, write_returned
from coach.cohort.reviewing import Reviews, spent
from coach.cohort.run_records import RUN_FILE, Manifest, RunOptions, first_scorer, input_sha256
from coach.cohort.run_reviews import Reviewer, critic_name, review
from coach.cohort.similarity import SimilarAnswers, Similarity, write_pairs
from coach.cohort.submissions import Submission
from coach.domain import ScorerId
from coach.packs import Pack
from coach.prompts import load_prompt

_PROMPTS = ("critique.v2",)
# Packages whose version can change a figure of the outputs.
_PACKAGES = ("numpy", "torch", "sentence-transformers", "polars", "pyarrow", "datasketch", "usearch")


class Engine(Protocol):
    """Grades the submissions that the journal does not hold yet."""

    def __call__(
        self, submissions: Iterator[Submission], scorer: BatchScorer, journal: Journal, watcher: Watcher
    ) -> dict[str, str]:
        """Return the reasons of those that failed, by key."""
        ...


def grade_cohort(
    cohort: Cohort,
    scorer: BatchScorer,
    out: Path,
    watcher: Watcher,
    options: RunOptions,
    engine: Engine = grade_all,
    overrides: Mapping[str, float] | None = None,
    regrade: tuple[str, ...] = (),
    reason: str = "",
    reviewer: Reviewer | None = None,
    note: str = "",
    new_file: bool = False,
) -> Manifest:
    """Grade a cohort into the directory `out`, going on where an earlier run stopped.

    `new_file` says that the cohort takes the place of the one graded there: what was decided goes with it.
    `note` is what the students of changed answers read; the reason stays here. Raises UsageError when the
    directory is in use or holds another file's grades; CoachError when it cannot be written; the journal is
    whole all the same.
    """
    with OutputLock(out), Journal(out / JOURNAL) as journal:
        digest = input_sha256(Path(cohort.source.name))
        if new_file and (out / RUN_FILE).exists():
            carried = carry_over(out, cohort, scorer.id, journal, digest)
            cohort.notes = (*cohort.notes, *told(carried))
        first = first_scorer(out, digest, cohort.source.name, scorer.id, regrade, options, new_file)
        failures: dict[str, str] = {}
        if first == scorer.id:
            failures = engine(_only_submissions(cohort), scorer, journal, watcher)
        if regrade:
            chosen = (one for one in _only_submissions(cohort) if one.id in regrade)
            failures |= grade_all(chosen, scorer, journal, watcher)
        _decide(cohort, scorer.id, first, journal, overrides or {}, regrade, reason, note)
        reviews = review(cohort, scorer, first, journal, reviewer) if reviewer else None
        run = Run(cohort, scorer.pack, first, journal, out, digest, options)
        return write_outputs(run, failures, reviews)


@dataclass(frozen=True)
class Run:
    """What the outputs are written from; `scorer` is who graded all that was not graded anew."""

    cohort: Cohort
    pack: Pack
    scorer: ScorerId
    journal: Journal
    out: Path
    digest: str
    options: RunOptions


def write_outputs(run: Run, failures: Mapping[str, str], reviews: Reviews | None = None) -> Manifest:
    """Write everything that comes of a graded cohort; the same journal and file give the same bytes."""
    cohort, journal, out, pack = run.cohort, run.journal, run.out, run.pack
    decisions = decisions_of(journal)
    counts: Counter[str] = Counter()
    review_failure = ""
    critiques = CritiqueKeys()
    picture = ClassPicture(pack)
    returned = returned_name(cohort.source)
    with (
        written(out / "grades.parquet") as grades_path,
        written(out / "review.csv") as review_path,
        written(out / KEY_FILE) as key_path,
        written(out / returned) as returned_path,
        Similarity(pack, out) as alike,
    ):
        similar = _similar(run, alike, decisions, failures)
        grades, review, key = (
            GradesTable(grades_path, pack.dimensions),
            ReviewQueue(review_path),
            KeyFile(key_path),
        )
        by_row = outcomes_by_row(
            cohort,
            journal,
            run.scorer,
            decisions,
            failures,
            similar,
            critic_name(journal),
            reviews.failures if reviews else {},
            run.options.mark_by,
        )
        for _, outcomes in write_returned(
            cohort.source, cohort.layout, by_row, returned_path, run.options.words
        ):
            key.add(outcomes)
            for outcome in outcomes:
                grades.add(outcome)
                review.add(outcome)
                picture.add(outcome)
                counts[state_of(outcome)] += 1
                counts["to review"] += bool(outcome.critique_key)
                if outcome.review_failure:
                    counts["review failed"] += 1
                    review_failure = outcome.review_failure
                if outcome.critique is not None:
                    counts["reviewed"] += 1
                    critiques.set(outcome.submission.id, outcome.critique_key)
        for problem in cohort.problems:
            review.pass_over(problem)
        for table in (grades, review, key):
            table.close()
        counts["similar pairs"] = similar.count // 2
    unusable, replies, reason = batch_failures(journal)
    if replies:
        counts["batch replies"], counts["batch replies unusable"] = replies, unusable
    counts["review"] = review.count
    counts["students"] = cohort.students
    with written(out / "grades.csv") as path:
        csv_of(out / "grades.parquet", path)
    write_class_pages(out, cohort.students, journal, decisions, critiques, run.options.full_feedback)
    extra = (GRADEBOOK,) if cohort.layout.kind == "canvas-quiz" else ()
    if extra:
        passed_over = set(superseded_rows(out / "grades.parquet"))
        with written(out / GRADEBOOK) as path:
            report = open_source(out / returned, frozenset())
            write_gradebook(report, cohort.layout, passed_over, Path(cohort.source.name).stem, path)
    with written(out / "report.html") as path:
        write_report(picture, out / "grades.parquet", run.scorer, path)
    manifest = Manifest(
        input=Path(cohort.source.name).name,
        input_sha256=run.digest,
        kind=cohort.source.kind,
        layout=cohort.layout.model_dump(mode="json", exclude_none=True),
        pack=str(pack),
        scorer=run.scorer,
        options=run.options,
        versions={"coach": __version__, "python": platform.python_version()}
        | {name: version(name) for name in _PACKAGES},
        counts=dict(sorted(counts.items())),
        critic=critic_name(journal),
        prompts=tuple(str(load_prompt(name)) for name in _PROMPTS) if critic_name(journal) else (),
        stopped=reviews.stopped if reviews else "",
        awaited=reviews.awaited if reviews else False,
        review_failure=review_failure or reason,
        cost=round(spent(journal), 6),
        problems=(*(str(problem) for problem in cohort.problems), *cohort.notes),
        outputs=(
            *("grades.parquet", "grades.csv", returned, *extra),
            *("review.csv", "similarity.csv", "report.html"),
            *(f"{PAGES}/", KEY_FILE, JOURNAL),
        ),
    )
    with written(out / "manifest.json") as path:
        path.write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return manifest


def _only_submissions(cohort: Cohort) -> Iterator[Submission]:
    return (submission for submission, _ in cohort.submissions())


def _decide(
    cohort: Cohort,
    scorer: ScorerId,
    first: ScorerId,
    journal: Journal,
    overrides: Mapping[str, float],
    regrade: tuple[str, ...],
    reason: str,
    note: str = "",
) -> None:
    """Append what a person decided, each with the mark that counted until then."""
    if not overrides and not regrade:
        return
    before: dict[str, Outcome] = {}
    known = []
    for _, outcomes in outcomes_by_row(cohort, journal, first, decisions_of(journal)):
        for outcome in outcomes:
            known.append(outcome.submission.id)
            if outcome.submission.id in overrides or outcome.submission.id in regrade:
                before[outcome.submission.id] = outcome
    changes: dict[str, dict[str, Any]] = {
        answer: {"before": before[answer].mark if answer in before else None}
        for answer in (*overrides, *regrade)
    }
    if overrides:
        decide(
            journal,
            "override",
            {answer: changes[answer] | {"mark": mark} for answer, mark in overrides.items()},
            reason,
            known,
            note,
        )
    if regrade:
        keys = {
            answer: answer_key(outcome.submission.question, outcome.submission.text, scorer)
            for answer, outcome in before.items()
        }
        decide(
            journal,
            "regrade",
            {answer: changes[answer] | {"grade": keys.get(answer, "")} for answer in regrade},
            reason,
            known,
            note,
        )


def _similar(
    run: Run,
    alike: Similarity,
    decisions: Mapping[str, tuple[Decision, ...]],
    failures: Mapping[str, str],
) -> SimilarAnswers:
    """Search the graded answers for pairs, and list them."""
    with written(run.out / "similarity.csv") as path:
        for _, outcomes in outcomes_by_row(run.cohort, run.journal, run.scorer, decisions, failures):
            for outcome in outcomes:
                if outcome.graded is not None and outcome.submission.state == "counts":
                    one = outcome.submission
                    alike.add(one.id, one.question, one.text, outcome.graded.vector)
        return write_pairs(alike, path)
