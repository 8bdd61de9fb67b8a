"""Outcomes: what each submission came to, put together from the journal and what people decided."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Literal, TypeVar

from coach.cohort.decisions import Decision, in_force
from coach.cohort.grading import Graded, answer_key, from_record
from coach.cohort.journal import Journal
from coach.cohort.reading import Cohort
from coach.cohort.reviewing import critique_key, sent_text
from coach.cohort.similarity import SimilarAnswers
from coach.cohort.submissions import Student, Submission
from coach.domain import Critique, Evidence, Feedback, HarmfulFinding, Manipulation, ScorerId
from coach.scoring.doubt import UNSURE

# A critic and the offline scorer this far apart (marks of 5) disagree on more than a boundary.
FAR_APART = 1.5
Finding = TypeVar("Finding", HarmfulFinding, Manipulation, Evidence)
MarkBy = Literal["offline", "critic"]
Reason = Literal[
    "low-confidence",
    "critic-apart",
    "critic-failed",
    "words-to-the-grader",
    "not-scored",
    "harmful",
    "similar",
    "failed",
    "changed",
    "other-question",
    "identity",
    "order",
    "newest-empty",
    "elsewhere",
    "mark-not-read",
    "file-not-read",
    "superseded",
    "draft",
]
# What is told and asks for nothing.
NOTES: frozenset[Reason] = frozenset({"superseded", "draft"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """One submission with its grade; `reasons` are why a person should look at it."""

    submission: Submission
    student: Student
    graded: Graded | None = None
    failure: str = ""
    decisions: tuple[Decision, ...] = ()
    critique: Critique | None = None
    critique_key: str = ""
    review_failure: str = ""
    mark_by: MarkBy = "offline"
    similar: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = field(default=())

    @property
    def feedback(self) -> Feedback | None:
        """The coach's feedback without the findings that a person struck; None where nothing was graded."""
        found = self.graded.feedback if self.graded else None
        strikes = [one for one in in_force(self.decisions) if one.kind == "strike"]
        return found if found is None or not strikes else without_findings(found, strikes)

    @property
    def scored(self) -> float | None:
        """The scorer's overall mark in [0, 5]; None where nothing could be scored."""
        feedback = self.feedback
        return None if feedback is None or abstained(feedback) else feedback.score.overall

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person wrote for the student, oldest first."""
        return tuple(one.note for one in in_force(self.decisions) if one.note)

    @property
    def mark(self) -> float | None:
        """The mark that counts, in [0, 5]: the newest that a person set, else the scorer's."""
        set_by_hand = [one.mark for one in in_force(self.decisions) if one.kind == "override"]
        if set_by_hand:
            return set_by_hand[-1]
        # Where the critic is to mark and could not, the offline mark is not passed off as its own.
        return self.critic if self.mark_by == "critic" else self.scored

    @property
    def critic(self) -> float | None:
        """The critic's overall mark in [0, 5]; None where it did not review the answer."""
        return self.critique.score.overall if self.critique else None

    @property
    def marked_by(self) -> str:
        """Who gave the mark that counts: offline, critic, or person; empty where there is none."""
        if self.mark is None:
            return ""
        overridden = any(one.kind == "override" for one in in_force(self.decisions))
        return "person" if overridden else self.mark_by

    @property
    def reviewed(self) -> bool:
        """Whether a person has set the mark or accepted the answer as it is."""
        return any(one.kind in ("override", "accept") for one in in_force(self.decisions))

    @property
    def waits(self) -> bool:
        """Whether a person should look at the answer, and has not decided on it."""
        return not self.reviewed and not NOTES.issuperset(self.reasons)

    @property
    def read_by_person(self) -> bool:
        """Whether a person decided anything on the answer, or marked it before."""
        return self.submission.mark is not None or any(
            one.kind != "regrade" for one in in_force(self.decisions)
        )

    @property
    def changed(self) -> bool:
        """Whether a person changed the mark, or had it made anew."""
        kinds = {one.kind for one in in_force(self.decisions)}
        return bool(kinds & {"override", "regrade", "strike"})


def without_findings(feedback: Feedback, strikes: Sequence[Decision]) -> Feedback:
    """Feedback without the findings at these places."""
    struck = {(one.start, one.end) for one in strikes}

    def kept(found: Sequence[Finding]) -> tuple[Finding, ...]:
        return tuple(one for one in found if (one.start, one.end) not in struck)

    score = feedback.score
    left = score.model_copy(update={"harmful": kept(score.harmful), "doubtful": kept(score.doubtful)})
    return feedback.model_copy(update={"score": left, "manipulation": kept(feedback.manipulation)})


def abstained(feedback: Feedback) -> bool:
    """Whether the scorer refused to judge: the answer is in a language that it does not read."""
    return any(notice.text.startswith("Not scored") for notice in feedback.notices)


def outcomes_by_row(
    cohort: Cohort,
    journal: Journal,
    scorer: ScorerId,
    decisions: Mapping[str, tuple[Decision, ...]],
    failures: Mapping[str, str] | None = None,
    similar: SimilarAnswers | None = None,
    critic: str = "",
    review_failures: Mapping[str, str] | None = None,
    mark_by: MarkBy = "offline",
    only: str = "",
) -> Iterator[tuple[int, list[Outcome]]]:
    """The outcomes of each row that has any, in the order of the file; few are held at a time.

    `only` is the id of the one answer that is wanted; empty for all.
    """

    def outcome(submission: Submission, student: Student) -> Outcome:
        decided = decisions.get(submission.id, ())
        key = answer_key(submission.question, submission.text, scorer)
        anew = next((one.grade for one in reversed(decided) if one.kind == "regrade"), "")
        key = anew or key
        graded = None
        if submission.state in ("counts", "empty") and ("grade", key) in journal:
            graded = from_record(journal.read("grade", key))
        failure = (failures or {}).get(key, "")
        if submission.state == "too-long":
            failure = "the answer is too long"
        critique, missing, sent = None, "", ""
        if critic and graded is not None and submission.state == "counts":
            sent = critique_key(submission.question, sent_text(submission, student), scorer, critic)
            missing = (review_failures or {}).get(sent, "")
            if ("critique", sent) in journal:
                critique = Critique.model_validate(journal.read("critique", sent)["critique"])
                missing = ""
        made = Outcome(
            submission=submission,
            student=student,
            graded=graded,
            failure=failure,
            decisions=decided,
            critique=critique,
            critique_key=sent,
            review_failure=missing,
            mark_by=mark_by,
            similar=() if similar is None else similar.get(submission.id),
        )
        return replace(made, reasons=tuple(_reasons(made)))

    wanted = (pair for pair in cohort.submissions() if not only or pair[0].id == only)
    for row, group in groupby(wanted, key=lambda pair: pair[0].row):
        yield row, [outcome(submission, student) for submission, student in group]


def _reasons(outcome: Outcome) -> Iterator[Reason]:
    if outcome.failure or (outcome.submission.state == "counts" and outcome.graded is None):
        yield "failed"
    if outcome.changed:
        yield "changed"
    if outcome.submission.state == "superseded":
        yield "superseded"
    elif outcome.submission.state == "draft":
        yield "draft"
    yield from outcome.submission.doubts
    feedback = outcome.feedback
    if feedback is None or outcome.submission.state != "counts":
        return
    if abstained(feedback) or any(notice.text.startswith("Nothing to score") for notice in feedback.notices):
        yield "not-scored"
    elif feedback.score.confidence is not None and feedback.score.confidence < UNSURE:
        yield "low-confidence"
    apart = outcome.critic is not None and abs(outcome.critic - feedback.score.overall) >= FAR_APART
    signs: tuple[tuple[Reason, object], ...] = (
        ("critic-failed", outcome.review_failure),
        ("critic-apart", apart),
        ("words-to-the-grader", feedback.manipulation),
        ("harmful", feedback.score.harmful),
        ("similar", outcome.similar),
        ("other-question", feedback.score.reads_like),
    )
    yield from (reason for reason, sign in signs if sign)
