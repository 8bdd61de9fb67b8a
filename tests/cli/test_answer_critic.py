"""`coach answer` with a critic, over a real connection: what is printed, kept, paid for and kept secret."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import chat_server as serving
import pytest
from chat_server import Behaviour, ChatServer, says
from command_line import GOOD, QUESTION, refused, run
from reviews import honest

from coach import coaching
from coach.domain import Answer, Feedback

if TYPE_CHECKING:
    from coach.scoring.scorer import Scorer

KEY = "sk-test-77aa0c31be5d49f2"

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture(scope="module")
def offline(scorer: "Scorer") -> Feedback:
    """What the offline scorer says of the one answer; it says the same every time, and takes its time."""
    return coaching.coach(Answer(text=GOOD, question=QUESTION), scorer)


@pytest.fixture
def quick(scorer: "Scorer", offline: Feedback, monkeypatch: pytest.MonkeyPatch) -> None:
    """The offline part is done once, and the waits between retries are short."""
    from coach.critic import client, retrying

    monkeypatch.setattr("coach.cli.answer.chosen_scorer", lambda *options: scorer)
    monkeypatch.setattr(coaching, "_offline", lambda answer, scorer: offline)
    policy = retrying.RetryPolicy(deadline=3, attempts=2, first_wait=0.01)
    monkeypatch.setattr(client, "RetryPolicy", lambda deadline: policy)


@pytest.fixture
def kept_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The critic's own part of the cache alone is new; the references stay encoded."""
    folder = tmp_path / "critic"
    monkeypatch.setattr("coach.critic.private_files.cache_folder", lambda: tmp_path)
    return folder


@pytest.fixture
def server(kept_in: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    with ChatServer(says(honest)) as running:
        connect(running, monkeypatch)
        yield running


def connect(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "COACH_CRITIC": "1",
        "OPENAI_BASE_URL": server.url,
        "OPENAI_API_KEY": KEY,
        "COACH_MODEL": "tiny",
        "COACH_TIMEOUT": "1",
    }.items():
        monkeypatch.setenv(name, value)


def answered(*options: str) -> dict[str, Any]:
    ran = run("answer", "-", "-q", QUESTION, "--json", *options, text=GOOD)
    assert (ran.status, ran.err) == (0, ""), ran
    return dict(json.loads(ran.out))


@pytest.mark.parametrize(
    "behave",
    [
        says(honest),
        says(honest, supports=("json_object",), otherwise="refuses"),
        says(honest, supports=("json_object",), otherwise="fails"),
        says(honest, supports=(), otherwise="refuses"),
        says(honest, supports=(), otherwise="ignores"),
        says(honest, streams=False, tokens=False),
    ],
    ids=["schema", "json", "crashing", "fenced", "ignoring", "whole"],
)
def test_a_review_comes_in_every_mode(
    behave: Behaviour, kept_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ChatServer(behave) as server:
        connect(server, monkeypatch)
        found = answered("--rewrite")
    critique = found["critique"]
    assert critique["spread"]["overall"] == [3]
    assert 0 <= critique["score"]["overall"] <= 3
    assert critique["score"]["scorer"]["model"] == f"tiny at {server.url}"
    assert critique["follow_up"] == "What would make you wait instead?"
    assert [part["fill_in"] for part in critique["rewrite"]] == [False, True]
    assert critique["unlocated"] == 0
    for claim in critique["claims"]:
        assert GOOD[claim["start"] : claim["end"]] == claim["quote"]


def test_the_second_time_it_is_free_and_identical(server: ChatServer) -> None:
    first = answered()
    calls = len(server.requests)
    assert (calls, first["critique"]["usage"]["calls"]) == (2, 2)
    second = answered()
    assert len(server.requests) == calls
    assert (second["critique"]["usage"]["calls"], second["critique"]["usage"]["remembered"]) == (0, 2)
    assert {**second["critique"], "usage": 0} == {**first["critique"], "usage": 0}
    answered("--refresh")
    assert len(server.requests) == 2 * calls
    answered("--model", "other")
    assert len(server.requests) == 3 * calls


def test_samples_run_side_by_side(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call waits until all of them have come."""
    import threading

    together = threading.Barrier(4, timeout=5)

    def behave(handler: serving.Handler, body: serving.Body) -> None:
        together.wait()
        says(honest)(handler, body)

    server.script.always = behave
    found = answered("--samples", "3")
    assert len(found["critique"]["spread"]["overall"]) == 3
    assert found["critique"]["score"]["scorer"]["samples"] == 3
    assert {request.body["seed"] for request in server.requests} == {0, 1, 2}


@pytest.mark.parametrize(
    ("behave", "words"),
    [
        (serving.fails(401, f"bad key {KEY}"), "refused the key"),
        (serving.fails(403, f"{KEY} is banned"), "does not allow"),
        (serving.fails(404), "no model 'tiny'"),
        (serving.fails(429), "busy (429)"),
        (serving.fails(429, Retry_After="99"), "asks to wait 99 s"),
        (serving.fails(500, f"Bearer {KEY}"), "failing (500)"),
        (serving.fails(503), "busy (503)"),
        (serving.hangs, "sent nothing for too long"),
        (serving.drips, "no complete reply within 3 s"),
        (serving.cuts, "cut the connection"),
        (serving.ends_early, "broke off"),
        (serving.babbles, "no reply of this protocol"),
        (serving.speaks_no_http, "cut the connection"),
        (serving.floods, "larger than 8 MB"),
        (serving.declines, "refused to judge"),
        (says(honest, finish="length"), "cut off"),
        (says(""), "empty"),
        (says('{"claims": []}'), "after one repair"),
        (says("I like it, 5 of 5."), "after one repair"),
    ],
)
def test_whatever_fails_the_offline_feedback_stands_with_the_reason(
    behave: Behaviour, words: str, server: ChatServer, offline: Feedback
) -> None:
    server.script.always = behave
    found = answered()
    assert found["critique"] is None
    assert found["score"]["overall"] == offline.score.overall
    (notice,) = (one["text"] for one in found["notices"] if "critic" in one["text"])
    assert notice.startswith("Not scored by the critic: ")
    assert notice.endswith("The offline score stands.")
    assert words in notice
    assert KEY not in json.dumps(found)


def test_a_server_that_is_not_there_is_a_reason_too(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    (notice,) = (one["text"] for one in answered()["notices"] if "critic" in one["text"])
    assert "http://127.0.0.1:9/v1 cannot be reached" in notice


def test_the_key_is_kept_nowhere(
    server: ChatServer, kept_in: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("DEBUG")
    printed = []
    for behave in (says(honest), serving.fails(500, f"Bearer {KEY}"), serving.fails(401, KEY), says(KEY)):
        server.script.always = behave
        for options in (("--json",), ("--markdown",)):
            printed.append(run("--debug", "answer", "-", "-q", QUESTION, "--refresh", *options, text=GOOD))
    printed.append(run("--debug", "doctor", "--call"))
    monkeypatch.setenv("COACH_SAMPLES", KEY)
    printed.append(run("answer", "-", "-q", QUESTION, text=GOOD))
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert caplog.text
    for text in (caplog.text, *(ran.out + ran.err for ran in printed)):
        assert KEY not in text
    kept = [path for path in kept_in.rglob("*") if path.is_file()]
    assert {path.name for path in kept} == {"capabilities.json", "replies.sqlite3"}
    for path in kept:
        assert KEY.encode() not in path.read_bytes()
    with closing(sqlite3.connect(kept_in / "replies.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM replies").fetchone()[0] >= 2


def test_a_call_that_could_pass_the_limit_is_not_made(
    server: ChatServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text("[models.tiny]\ninput = 1\noutput = 1\n", encoding="utf-8")
    monkeypatch.setenv("COACH_PRICES", str(prices))
    found = answered("--max-cost", "0.001")
    assert server.requests == []
    assert "could cost up to $0.0" in str(found["notices"])
    found = answered("--max-cost", "1")
    assert 0 < found["critique"]["usage"]["cost"] < 0.1
    monkeypatch.delenv("COACH_PRICES")
    found = answered("--max-cost", "1", "--refresh")
    assert "price of this model is not known" in str(found["notices"])
    assert answered("--refresh")["critique"]["usage"]["cost"] is None


def test_a_limit_that_limits_nothing_is_refused(server: ChatServer) -> None:
    ran = run("answer", "-", "-q", QUESTION, "--max-cost", "inf", text=GOOD)
    refused(ran, 2, "--max-cost", "US dollars")
    assert server.requests == []


def test_the_page_shows_both_scores_and_the_document_too(server: ChatServer) -> None:
    page = run("answer", "-", "-q", QUESTION, text=GOOD)
    assert (page.status, page.err) == (0, "")
    offline, _, critic = page.out.partition("── The critic ─")
    assert "Scored by   offline" in offline
    assert "(offline " in critic
    assert "price unknown" in critic
    document = run("answer", "-", "-q", QUESTION, "--markdown", text=GOOD)
    assert "## The critic" in document.out
    assert "from the cache, free" in document.out


def test_without_a_service_one_line_says_how_to_add_a_critic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COACH_CRITIC")
    page = run("answer", "-", "-q", QUESTION, text=GOOD)
    assert page.out.count("OPENAI_API_KEY") == 1
    assert "No critic: set OPENAI_API_KEY, or OPENAI_BASE_URL" in " ".join(page.out.split())
    assert "No critic" not in run("answer", "-", "-q", QUESTION, "--no-critic", text=GOOD).out
    assert "No critic" not in run("--offline", "answer", "-", "-q", QUESTION, text=GOOD).out
    monkeypatch.delenv("COACH_OFFLINE", raising=False)


def test_a_critic_that_is_asked_for_must_be_possible(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COACH_OFFLINE", "1")
    refused(run("answer", "-", "-q", QUESTION, "--critic", text=GOOD), 2, "rules out")
    assert "critique" in answered()
    assert server.requests == []
    monkeypatch.delenv("COACH_OFFLINE")
    monkeypatch.delenv("OPENAI_BASE_URL")
    monkeypatch.delenv("OPENAI_API_KEY")
    refused(run("answer", "-", "-q", QUESTION, "--critic", text=GOOD), 2, "OPENAI_BASE_URL")


def test_it_can_be_left_out(server: ChatServer) -> None:
    assert answered("--no-critic")["critique"] is None
    assert server.requests == []


def test_doctor_shows_the_settings_and_tries_a_call(server: ChatServer) -> None:
    server.script.always = says("Yes.")
    ran = run("doctor", "--json", "--call")
    found = json.loads(ran.out)
    checks = {check["what"]: check for check in found["checks"]}
    assert checks["call"]["sound"], checks["call"]
    assert checks["call"]["found"] == "answered as tiny, 2 tokens in and 1 out"
    assert checks["critic"]["found"] == f"tiny at {server.url}"
    shown = {one["variable"]: one for one in found["settings"]}
    assert shown["OPENAI_API_KEY"]["value"] == f"hidden ({len(KEY)} characters)"
    assert shown["OPENAI_API_KEY"]["source"] == "environment"
    server.script.always = serving.fails(401)
    ran = run("doctor", "--json", "--call")
    assert ran.status == 1
    assert "refused the key" in ran.out


def test_no_environment_of_the_person_testing_leaks_in() -> None:
    assert os.environ["COACH_CRITIC"] == "0"
