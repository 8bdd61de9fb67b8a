"""The critic against servers that nobody here wrote: opt-in, with how to set them up.

`COACH_FOREIGN_SERVER=URL pytest -m server tests/critic/test_foreign_servers.py` talks to whatever serves there.

aimock, a scriptable server (npm install @copilotkit/aimock, in a folder of its own; then, in this checkout):
    python tests/critic/test_foreign_servers.py > fixtures.json
    llmock -p 4010 -f fixtures.json
    COACH_FOREIGN_SERVER=http://127.0.0.1:4010/v1 pytest -m server tests/critic/test_foreign_servers.py
Its refusals and cuts: add --chaos-drop 1, --chaos-malformed 1, --chaos-disconnect 1 or --chaos-ratelimit 1, and
COACH_FOREIGN_FAILS=1, so that the test expects a failure that is told in one line.

llama.cpp, built from its source (cmake, then make llama-server), with any model in GGUF form:
    llama-server -m MODEL.gguf --port 8080
    COACH_FOREIGN_SERVER=http://127.0.0.1:8080/v1 pytest -m server tests/critic/test_foreign_servers.py
"""

import asyncio
import json
import os
from pathlib import Path

import pytest
from made_feedback import DESCRIBED, REASONED, TEXT, feedback
from reviews import claim, review

from coach.critic.critic import LanguageModelCritic
from coach.critic.pricing import PriceTable
from coach.domain import Critique
from coach.errors import ServiceError
from coach.packs import Pack
from coach.settings import Settings

pytestmark = pytest.mark.server
FAILS = bool(os.environ.get("COACH_FOREIGN_FAILS"))


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COACH_CACHE_DIR", str(tmp_path))
    found = os.environ.get("COACH_FOREIGN_SERVER")
    if not found:
        pytest.skip("COACH_FOREIGN_SERVER names no server")
    return found


def reviewed(address: str, pack: Pack, heard: list[str]) -> Critique:
    settings = Settings.model_validate(
        {
            "base_url": address,
            "model": os.environ.get("COACH_MODEL", "tiny"),
            "deadline": 120,
            "max_tokens": 1500,
        }
    )

    async def asked() -> Critique:
        async with LanguageModelCritic(settings, pack, (), PriceTable(models={})) as critic:
            return await critic.critique(feedback(), pack.question("what-is-drift"), heard.append)

    return asyncio.run(asked())


@pytest.mark.skipif(FAILS, reason="the server was told to fail")
def test_a_review_comes_back_whole(address: str, pack: Pack) -> None:
    """A model of random weights writes nonsense of the right form: what is shown of it must still be true."""
    heard: list[str] = []
    found = reviewed(address, pack, heard)
    print(found.model_dump_json(indent=1))
    assert heard
    for one in found.claims:
        assert TEXT[one.start : one.end] == one.quote
    assert 0 <= found.score.overall <= 5
    assert found.score.scorer.name == "critic"


@pytest.mark.skipif(not FAILS, reason="COACH_FOREIGN_FAILS is not set")
def test_a_failure_is_told_in_one_line(address: str, pack: Pack) -> None:
    with pytest.raises(ServiceError) as caught:
        reviewed(address, pack, [])
    print(caught.value.kind, caught.value)
    assert "\n" not in str(caught.value)


def fixtures() -> str:
    """Replies for aimock: a review where the system message is the critic's, else a follow-up."""
    good = review(
        [
            claim(REASONED, dimension="drift"),
            claim(DESCRIBED, "description", "monitoring"),
            claim("Not said."),
        ],
        {"drift": 3, "monitoring": 2},
        4,
    )
    replies = [
        {"match": {"systemMessage": "separate reasoning from"}, "response": {"content": good}},
        {
            "match": {"systemMessage": "one follow-up question"},
            "response": {"content": json.dumps({"question": "What would make you wait?"})},
        },
    ]
    return json.dumps({"fixtures": replies}, indent=1)


if __name__ == "__main__":
    print(fixtures())
