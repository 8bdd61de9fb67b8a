"""`coach answer` against servers that nobody here wrote: opt-in, with how to set them up.

Each is set up in a folder of its own, and foreign_servers.py, which is beside this file, writes what it serves.
SERVERS stands for `python tests/critic/foreign_servers.py` with tests/ and this folder on PYTHONPATH.

aimock, a scriptable server (npm install @copilotkit/aimock): all three forms of reply, and every failure that
it can play. The model's name says what happens.
    SERVERS aimock fixtures.json; llmock -p 4010 -f fixtures.json
    COACH_AIMOCK=http://127.0.0.1:4010/v1 pytest -m server tests/critic/test_foreign_servers.py

The others are given a model that recites one review; COACH_FOREIGN_MODE is the form that is to be found.

llama.cpp's own server, which holds a reply to a strict schema (its source is in llama-cpp-python's, under
vendor/; cmake -DLLAMA_BUILD_UI=OFF, then the target llama-server):
    SERVERS gguf reciter.gguf; llama-server -m reciter.gguf --port 8080
    COACH_FOREIGN_SERVER=http://127.0.0.1:8080/v1 COACH_FOREIGN_MODE=json_schema pytest -m server ...

llama-cpp-python (pip install "llama-cpp-python[server]"), which knows JSON mode and fails on a schema:
    python -m llama_cpp.server --model reciter.gguf --n_ctx 65536 --port 8081
    COACH_FOREIGN_SERVER=http://127.0.0.1:8081/v1 COACH_FOREIGN_MODE=json_object pytest -m server ...

transformers (pip install "transformers[serving]"), which passes over `response_format`:
    SERVERS transformers FOLDER; transformers serve FOLDER --port 8082
    COACH_FOREIGN_SERVER=http://127.0.0.1:8082/v1 COACH_MODEL=FOLDER COACH_FOREIGN_MODE=fenced pytest -m server ...
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import foreign_servers as foreign
import pytest
from command_line import run

from coach import coaching
from coach.domain import Answer, Feedback

if TYPE_CHECKING:
    from coach.scoring.scorer import Scorer

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def offline(scorer: "Scorer") -> Feedback:
    return coaching.coach(Answer(text=foreign.ANSWER, question=foreign.QUESTION), scorer)


@pytest.fixture(autouse=True)
def settings(
    scorer: "Scorer", offline: Feedback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Everything is as for a user, but that the offline part is done once and the deadline is short."""
    monkeypatch.setattr("coach.cli.answer._scorer", lambda *options: scorer)
    monkeypatch.setattr(coaching, "_offline", lambda answer, scorer: offline)
    monkeypatch.setattr("coach.critic.private_files.cache_folder", lambda: tmp_path)
    monkeypatch.setenv("COACH_CRITIC", "1")
    yield


def connect(monkeypatch: pytest.MonkeyPatch, variable: str, **settings: str) -> None:
    address = os.environ.get(variable)
    if not address:
        pytest.skip(f"{variable} names no server")
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


def answered(*options: str) -> dict[str, Any]:
    """The feedback as a document; the page and the document in Markdown are printed for who reads `-s`."""
    given = ("answer", "-", "-q", foreign.QUESTION, "--rewrite")
    ran = run(*given, *options, "--json", text=foreign.ANSWER)
    assert (ran.status, ran.err) == (0, ""), ran
    page = run(*given, text=foreign.ANSWER)
    assert (page.status, page.err) == (0, "")
    print(page.out[max(page.out.find("Length"), 0) :])
    return dict(json.loads(ran.out))


def mode(tmp_path: Path) -> str:
    """The form of reply that the server was found to keep."""
    (found,) = json.loads((tmp_path / "critic" / "capabilities.json").read_text(encoding="utf-8")).values()
    return str(found["mode"])


def recited(critique: dict[str, Any]) -> None:
    """Expect the review that the servers are given to say, as far as it is true of the answer."""
    text = foreign.ANSWER
    assert critique["spread"]["overall"] == [4]
    assert critique["unlocated"] == 1
    assert [claim["kind"] for claim in critique["claims"]] == ["reasoning", "name-drop", "reasoning"]
    for claim in critique["claims"]:
        assert text[claim["start"] : claim["end"]] == claim["quote"]
    assert critique["score"]["scorer"]["name"] == "critic"


@pytest.mark.parametrize("model", foreign.MODES)
def test_aimock_in_every_mode(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, "COACH_AIMOCK", COACH_MODEL=model)
    found = answered()
    recited(found["critique"])
    assert mode(tmp_path) == foreign.MODES[model][0]
    assert found["critique"]["follow_up"]
    assert [part["fill_in"] for part in found["critique"]["rewrite"]] == [False, True]
    assert answered()["critique"]["usage"]["calls"] == 0


def test_aimock_as_azure(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, "COACH_AIMOCK")
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", os.environ["COACH_AIMOCK"].removesuffix("/v1"))
    monkeypatch.setenv("AZURE_OPENAI_DEPLOYMENT", "strict")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "any")
    monkeypatch.delenv("OPENAI_BASE_URL")
    recited(answered()["critique"])


def test_aimock_by_the_responses_api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, "COACH_AIMOCK", COACH_MODEL="answers-by-any-way")
    recited(answered()["critique"])
    assert mode(tmp_path) == "responses"


def test_aimock_has_a_reply_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, "COACH_AIMOCK", COACH_MODEL="mends")
    recited(answered()["critique"])


@pytest.mark.parametrize("model", foreign.FAILURES)
def test_aimock_in_every_failure(
    model: str, offline: Feedback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # aimock plays these failures by Chat Completions alone.
    limits = {"COACH_DEADLINE": "8", "COACH_TIMEOUT": "2", "COACH_API": "chat"}
    connect(monkeypatch, "COACH_AIMOCK", COACH_MODEL=model, **limits)
    found = answered()
    assert found["critique"] is None
    assert found["score"]["overall"] == offline.score.overall
    (notice,) = (one["text"] for one in found["notices"] if "critic" in one["text"])
    print(notice)
    assert foreign.FAILURES[model][0] in notice
    assert "\n" not in notice


def test_a_server_reviews(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, "COACH_FOREIGN_SERVER")
    critique = answered()["critique"]
    print(json.dumps(critique, indent=1))
    recited(critique)
    assert mode(tmp_path) == os.environ["COACH_FOREIGN_MODE"]


def test_a_server_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, "COACH_FOREIGN_SERVER")
    assert len(answered("--samples", "2")["critique"]["spread"]["overall"]) == 2


def test_a_server_cuts_at_the_length_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, "COACH_FOREIGN_SERVER", COACH_MAX_TOKENS="16")
    found = answered()
    assert found["critique"] is None
    assert "cut off at its length limit" in str(found["notices"])
