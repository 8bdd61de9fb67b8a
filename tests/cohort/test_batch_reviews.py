"""Reviews by batch: handed in once, taken up days later, at half the price, never paid twice."""

import json
from pathlib import Path

import polars
import pytest
from batch_server import BatchServer
from pydantic import SecretStr
from quick_scorer import Counter, opened, quick_scorer
from test_reviewing import Silent, write_class

from coach import resources
from coach.cohort.batch_scoring import BatchScorer
from coach.cohort.run_records import Manifest, RunOptions
from coach.cohort.run_reviews import Reviewer
from coach.cohort.runs import grade_cohort
from coach.critic.batching import load_batch_critic
from coach.critic.pricing import load_prices
from coach.settings import Settings


@pytest.fixture(scope="module")
def quick() -> BatchScorer:
    return quick_scorer()


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept replies are those of the test."""
    monkeypatch.setenv("COACH_CACHE_DIR", str(tmp_path / "cache"))


def run(folder: Path, server: BatchServer, scorer: BatchScorer, **settings: object) -> Manifest:
    """The same command as ever: grade the class of `folder` with reviews by batch."""
    path = folder / "class.jsonl"
    if not path.exists():
        write_class(path, 3)
    (folder / "prices.toml").write_text(
        '[models."gpt-5.4-mini"]\ninput = 1.0\noutput = 10.0\n', encoding="utf-8"
    )
    chosen = Settings.model_validate(
        {
            "base_url": server.url,
            "api_key": SecretStr("k"),
            "model": "gpt-5.4-mini",
            "prices": folder / "prices.toml",
            "deadline": 60,
            **settings,
        }
    )
    assert load_prices(chosen).price("gpt-5.4-mini") is not None
    critic = load_batch_critic(chosen, scorer.pack, resources.default_pack_dir())
    reviewer = Reviewer(critic, "batch", Silent(), 4, critic)
    cohort = opened(path, scorer.pack)
    return grade_cohort(cohort, scorer, folder / "out", Counter(), RunOptions(), reviewer=reviewer)


def test_a_batch_is_handed_in_and_taken_up_again(quick: BatchScorer, tmp_path: Path) -> None:
    with BatchServer() as server:
        first = run(tmp_path, server, quick)
        assert "batch batch-0 of 2 requests is handed in" in first.stopped
        assert first.awaited
        assert "waiting for batch batch-0 (in_progress)" in run(tmp_path, server, quick).stopped
        assert len(server.batches) == 1
        server.finished = True
        last = run(tmp_path, server, quick)
        assert (last.stopped, last.awaited, last.counts["reviewed"]) == ("", False, 3)
        # The probe and two replies at half the price: 1,000 and 100 tokens at 1 and 10 dollars a million.
        assert last.cost == pytest.approx((1 + 2 * 0.5) * (1000 * 1 + 100 * 10) / 1e6)
        assert len(server.live) == 1
        assert run(tmp_path, server, quick).cost == last.cost
        assert len(server.batches) == 1
    assert polars.read_parquet(tmp_path / "out" / "grades.parquet")["critic_overall"].null_count() == 0


def test_what_is_handed_in_names_nobody_and_does_not_stream(quick: BatchScorer, tmp_path: Path) -> None:
    with BatchServer() as server:
        run(tmp_path, server, quick)
        asked = server.requests("batch-0")
    text = json.dumps(asked)
    assert not any(secret in text for secret in ("Xaver", "Quill", "xq0", "u077"))
    assert {one["url"] for one in asked} == {"/v1/chat/completions"}
    assert not any(name.startswith("stream") for one in asked for name in one["body"])
    assert len({one["custom_id"] for one in asked}) == 2


def test_a_failed_request_goes_into_the_next_batch_once_and_is_then_a_failure(
    quick: BatchScorer, tmp_path: Path
) -> None:
    write_class(tmp_path / "class.jsonl", 5)
    with BatchServer() as server:
        run(tmp_path, server, quick)
        server.finished, server.failing = True, 4
        again = run(tmp_path, server, quick)
        # One of the four is the probe of the next batch.
        assert "batch batch-1 of 3 requests" in again.stopped
        assert (again.counts["batch replies"], again.counts["batch replies unusable"]) == (4, 4)
        server.failing = 1
        last = run(tmp_path, server, quick)
        assert (last.counts["reviewed"], last.counts["review failed"]) == (4, 1)
        assert "its replies of 2 batches cannot be used (refused (500)" in last.review_failure
        assert (last.stopped, len(server.batches)) == ("", 2)
        assert len(run(tmp_path, server, quick).stopped) == 0
        assert len(server.batches) == 2


def test_a_reply_that_cannot_be_read_is_found_out_when_it_arrives_and_never_asked_for_live(
    quick: BatchScorer, tmp_path: Path
) -> None:
    with BatchServer() as server:
        run(tmp_path, server, quick)
        server.finished, server.reply = True, '{"overall": 5}'
        again = run(tmp_path, server, quick)
        assert again.counts["batch replies unusable"] == 2
        assert "does not fit" in again.review_failure
        assert "batch-1 of 1 requests" in again.stopped
        # One probe for each batch, and no call beside them.
        assert len(server.live) == 2
        last = run(tmp_path, server, quick)
        assert (last.counts["reviewed"], last.counts["review failed"]) == (2, 1)
        assert len(server.live) == 2


def test_no_batch_is_handed_in_where_one_call_fails(quick: BatchScorer, tmp_path: Path) -> None:
    with BatchServer() as server:
        server.refuses = True
        manifest = run(tmp_path, server, quick)
        assert "no batch was handed in, as one call failed" in manifest.stopped
        assert "has no model 'gpt-5.4-mini'" in manifest.stopped
        assert (server.batches, manifest.awaited) == ({}, False)
    assert polars.read_parquet(tmp_path / "out" / "grades.parquet")["overall"].null_count() == 0


def test_a_batch_whose_receipt_was_lost_is_found_and_not_paid_twice(
    quick: BatchScorer, tmp_path: Path
) -> None:
    with BatchServer() as server:
        server.lose_reply = True
        lost = run(tmp_path, server, quick, deadline=5)
        assert lost.stopped and not lost.awaited
        handed = len(server.batches)
        server.lose_reply, server.finished = False, True
        assert run(tmp_path, server, quick).counts["reviewed"] == 3
        assert len(server.batches) == handed


def test_a_limit_holds_back_what_could_pass_it(quick: BatchScorer, tmp_path: Path) -> None:
    with BatchServer() as server:
        manifest = run(tmp_path, server, quick, max_cost=0.0)
        assert server.batches == {}
    assert "limit" in manifest.stopped
