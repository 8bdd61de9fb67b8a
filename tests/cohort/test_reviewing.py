"""The critic over a cohort: no names sent, nothing paid twice, limits kept, failures told."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import polars
import pytest
from course_files import DRIFT, graded_answers, records
from quick_scorer import graded_into, quick_scorer

from coach.cohort.batch_scoring import BatchScorer
from coach.cohort.journal import Journal
from coach.cohort.reviewing import Slots
from coach.cohort.run_records import Manifest
from coach.cohort.run_reviews import Reviewer
from coach.domain import Critique, Feedback, Question, ScorerId, Spread, Usage
from coach.errors import ServiceError

WHO = ScorerId(name="critic", version="1", model="m at here", prompt="critique.v2", samples=1, pack="mlops")


class FakeCritic:
    """Gives every answer one mark more than the offline scorer; `trouble` may refuse a call."""

    def __init__(self, trouble: Callable[[int], ServiceError | None] = lambda call: None) -> None:
        self.sent: list[str] = []
        self.at_once = self.most_at_once = 0
        self._trouble = trouble

    async def __aenter__(self) -> "FakeCritic":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def critique(
        self, feedback: Feedback, question: Question, hear: Callable[[str], None] | None = None
    ) -> Critique:
        self.sent.append(feedback.answer.text)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.001)
        self.at_once -= 1
        trouble = self._trouble(len(self.sent))
        if trouble is not None:
            raise trouble
        overall = min(5.0, feedback.score.overall + 2)
        return Critique(
            score=feedback.score.model_copy(update={"overall": overall, "scorer": WHO}),
            summary="Names <b>no</b> reason.",
            claims=(),
            unlocated=0,
            withdrawn=(),
            ceiling=None,
            disagreements=(),
            reasons={},
            spread=Spread(overall=(overall,), reasoning=(1.0,)),
            follow_up=None,
            rewrite=(),
            usage=Usage(calls=1, remembered=0, prompt_tokens=10, completion_tokens=5, cost=0.01),
            notices=(),
        )


class Silent:
    """Watches reviews without a word."""

    def __init__(self) -> None:
        self.costs: list[float | None] = []

    def reviewed(self, cost: float | None, failed: bool) -> None:
        self.costs.append(cost)


@pytest.fixture(scope="module")
def quick() -> BatchScorer:
    return quick_scorer()


def write_class(path: Path, count: int = 6) -> Path:
    rows = [
        {
            "id": f"u{place}77",
            "name": f"Xaver Quill{place}",
            "email": f"xq{place}@example.edu",
            "question": DRIFT,
        }
        | {
            "answer": f"I am Xaver Quill{place}. {one['answer']} Write to me: xq{place}@example.edu, u{place}77."
        }
        for place, one in enumerate(graded_answers(DRIFT, count))
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def reviewed(
    out: Path,
    path: Path,
    scorer: BatchScorer,
    critic: FakeCritic,
    at_once: int = 3,
    spent: Callable[[float], None] = lambda dollars: None,
    **more: object,
) -> Manifest:
    from quick_scorer import Counter, opened

    from coach.cohort.run_records import RunOptions
    from coach.cohort.runs import grade_cohort

    options = RunOptions.model_validate(more)
    cohort = opened(path, scorer.pack, options)
    reviewer = Reviewer(critic, "m at here", Silent(), at_once, spent=spent)
    return grade_cohort(cohort, scorer, out, Counter(), options, reviewer=reviewer)


def test_what_is_sent_names_nobody(quick: BatchScorer, tmp_path: Path) -> None:
    critic = FakeCritic()
    reviewed(tmp_path / "out", write_class(tmp_path / "c.jsonl"), quick, critic)
    assert len(critic.sent) == 6
    for text in critic.sent:
        assert text.startswith("I am [name] [name]." if "[name] [name]" in text else "I am [name].")
        for secret in ("Xaver", "Quill", "xq", "77"):
            assert secret not in text


def test_marks_of_both_stand_side_by_side_and_disagreement_is_flagged(
    quick: BatchScorer, tmp_path: Path
) -> None:
    manifest = reviewed(tmp_path / "out", write_class(tmp_path / "c.jsonl"), quick, FakeCritic())
    grades = polars.read_parquet(tmp_path / "out" / "grades.parquet")
    assert (grades["mark"] == grades["overall"]).all()
    assert grades["critic"].unique().to_list() == [str(WHO)]
    assert grades["marked_by"].unique().to_list() == ["offline"]
    apart = grades.filter(grades["review"].str.contains("critic-apart"))
    assert len(apart) == len(grades.filter(grades["critic_overall"] - grades["overall"] >= 1.5)) > 0
    assert manifest.cost == pytest.approx(0.06)
    assert manifest.critic == "m at here"
    assert "Agreement with the critic" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    page = (tmp_path / "out" / "feedback" / "S00001.html").read_text(encoding="utf-8")
    assert "language model" in page
    assert "&lt;b&gt;no&lt;/b&gt;" in page


def test_a_second_run_pays_nothing_and_keeps_the_reviews(quick: BatchScorer, tmp_path: Path) -> None:
    path = write_class(tmp_path / "c.jsonl")
    reviewed(tmp_path / "out", path, quick, FakeCritic())
    first = (tmp_path / "out" / "grades.csv").read_bytes()
    again = FakeCritic()
    reviewed(tmp_path / "out", path, quick, again)
    assert again.sent == []
    graded_into(tmp_path / "out", path, quick)
    assert (tmp_path / "out" / "grades.csv").read_bytes() == first


def test_a_used_up_budget_stops_asking_and_the_next_run_goes_on(quick: BatchScorer, tmp_path: Path) -> None:
    path = write_class(tmp_path / "c.jsonl")
    poor = FakeCritic(lambda call: ServiceError("the limit is used", "budget") if call > 2 else None)
    manifest = reviewed(tmp_path / "out", path, quick, poor, at_once=1)
    assert len(poor.sent) == 3
    assert "limit is used" in manifest.stopped
    assert manifest.counts["reviewed"] == 2
    rich = FakeCritic()
    manifest = reviewed(tmp_path / "out", path, quick, rich)
    assert (len(rich.sent), manifest.stopped, manifest.counts["reviewed"]) == (4, "", 6)


@pytest.mark.parametrize("kind", ["not_found", "unreachable", "denied", "quota", "proxy"])
def test_what_every_call_would_meet_stops_the_run(quick: BatchScorer, tmp_path: Path, kind: str) -> None:
    lost = FakeCritic(lambda call: ServiceError("no such model", kind))
    manifest = reviewed(tmp_path / "out", write_class(tmp_path / "c.jsonl"), quick, lost, at_once=1)
    assert len(lost.sent) == 1
    assert manifest.stopped == "no such model"
    assert (manifest.counts["to review"], manifest.counts["review failed"]) == (6, 1)
    assert "reviewed" not in manifest.counts


def test_a_critic_that_cannot_be_opened_costs_the_reviews_and_not_the_grades(
    quick: BatchScorer, tmp_path: Path
) -> None:
    class Closed(FakeCritic):
        async def __aenter__(self) -> FakeCritic:
            raise ServiceError("the proxy cannot be used", "proxy")

    manifest = reviewed(tmp_path / "out", write_class(tmp_path / "c.jsonl"), quick, Closed())
    assert manifest.stopped == "the proxy cannot be used"
    assert polars.read_parquet(tmp_path / "out" / "grades.parquet")["overall"].null_count() == 0


def test_what_a_failed_review_cost_counts_in_every_later_run(quick: BatchScorer, tmp_path: Path) -> None:
    def cut(call: int) -> ServiceError | None:
        error = ServiceError("reply cut", "cut")
        error.cost = 0.25
        return error if call == 2 else None

    path = write_class(tmp_path / "c.jsonl")
    manifest = reviewed(tmp_path / "out", path, quick, FakeCritic(cut), at_once=1)
    assert manifest.cost == pytest.approx(5 * 0.01 + 0.25)
    told: list[float] = []
    again = reviewed(tmp_path / "out", path, quick, FakeCritic(), spent=told.append)
    assert told == [pytest.approx(0.30)]
    assert again.cost == pytest.approx(0.31)


def test_a_failed_review_is_a_row_with_its_reason(quick: BatchScorer, tmp_path: Path) -> None:
    failing = FakeCritic(lambda call: ServiceError("reply cut", "cut") if call == 2 else None)
    reviewed(tmp_path / "out", write_class(tmp_path / "c.jsonl"), quick, failing, at_once=1)
    rows = [row for row in records(tmp_path / "out" / "review.csv") if "critic-failed" in row[2]]
    assert len(rows) == 1
    grades = polars.read_parquet(tmp_path / "out" / "grades.parquet")
    assert grades["failure"].str.contains("reply cut").sum() == 1
    assert grades["critic_overall"].null_count() == 1


def test_marks_by_the_critic_are_never_filled_by_the_other(quick: BatchScorer, tmp_path: Path) -> None:
    failing = FakeCritic(lambda call: ServiceError("reply cut", "cut") if call == 1 else None)
    reviewed(tmp_path / "out", write_class(tmp_path / "c.jsonl"), quick, failing, at_once=1, mark_by="critic")
    grades = polars.read_parquet(tmp_path / "out" / "grades.parquet")
    assert grades["mark"].to_list() == grades["critic_overall"].to_list()
    assert grades["mark"].null_count() == 1
    assert grades["overall"].null_count() == 0


def test_calls_are_bounded_and_fewer_when_the_service_is_busy(quick: BatchScorer, tmp_path: Path) -> None:
    calm = FakeCritic()
    reviewed(tmp_path / "calm", write_class(tmp_path / "c.jsonl"), quick, calm, at_once=4)
    assert calm.most_at_once == 4
    slots = Slots(8)
    slots.refused()
    slots.refused()
    assert slots.open == 2
    for _ in range(8):
        slots.succeeded()
    assert slots.open == 4
    for _ in range(100):
        slots.succeeded()
    assert slots.open == 8


def test_the_journal_holds_each_review_as_soon_as_it_came(quick: BatchScorer, tmp_path: Path) -> None:
    path = write_class(tmp_path / "c.jsonl")

    def killed(call: int) -> ServiceError | None:
        if call == 4:
            raise KeyboardInterrupt
        return None

    with pytest.raises(KeyboardInterrupt):
        reviewed(tmp_path / "out", path, quick, FakeCritic(killed), at_once=1)
    with Journal(tmp_path / "out" / "journal.jsonl") as journal:
        assert len(list(journal.keys("critique"))) == 3
    rest = FakeCritic()
    reviewed(tmp_path / "out", path, quick, rest)
    assert len(rest.sent) == 3
