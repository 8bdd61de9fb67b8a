"""Recordings: a run's requests and replies, kept without a key, and the same reviews from them again."""

import asyncio
import json
import stat
from pathlib import Path

import chat_server as serving
import hand_made
import pytest
from chat_server import ChatServer, says
from made_feedback import feedback
from reviews import honest

from coach.critic.critic import LanguageModelCritic
from coach.critic.pricing import PriceTable
from coach.critic.recording import Recorder, Replay
from coach.domain import Critique
from coach.errors import InputError, ServiceError
from coach.packs import Pack
from coach.settings import Settings
from coach.text.quotes import locate

KEY = "sk-test-4f9a1c77e0d24b6f"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_CACHE_DIR", str(tmp_path / "cache"))


def reviewed(
    pack: Pack, settings: Settings, recorder: Recorder | None = None, replay: Replay | None = None
) -> Critique:
    async def asked() -> Critique:
        critic = LanguageModelCritic(
            settings, pack, (), PriceTable(models={}), follow_up=False, recorder=recorder, replay=replay
        )
        async with critic:
            return await critic.critique(feedback(noticed=False), pack.question("what-is-drift"))

    return asyncio.run(asked())


def live(server: ChatServer) -> Settings:
    return Settings.model_validate({"base_url": server.url, "model": "tiny", "api_key": KEY, "timeout": 2})


def test_a_replay_gives_the_same_review_and_asks_nobody(pack: Pack, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with ChatServer(says(honest)) as server:
        first = reviewed(pack, live(server), Recorder(path))
        calls = len(server.requests)
        again = reviewed(pack, Settings(offline=True), replay=Replay.from_file(path))
        assert len(server.requests) == calls
    assert again.score.overall == first.score.overall
    assert (again.claims, again.reasons) == (first.claims, first.reasons)
    assert again.usage.calls == 0


def test_a_recording_holds_the_words_and_no_key(pack: Pack, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with ChatServer(says(honest)) as server:
        reviewed(pack, live(server), Recorder(path))
        # What came from the cache is recorded as well, and nothing twice.
        reviewed(pack, live(server), Recorder(path))
    (line,) = path.read_text(encoding="utf-8").splitlines()
    assert KEY not in line
    found = json.loads(line)
    assert found["answer"] == feedback().answer.text
    assert found["messages"][0]["role"] == "system"
    assert "answer-fence" in found["messages"][1]["content"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_failure_is_replayed_as_one(pack: Pack, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with ChatServer(serving.declines) as server, pytest.raises(ServiceError, match="refused to judge"):
        reviewed(pack, live(server), Recorder(path))
    with pytest.raises(ServiceError, match="refused to judge") as caught:
        reviewed(pack, Settings(), replay=Replay.from_file(path))
    assert caught.value.kind == "declined"


def test_what_was_not_recorded_is_not_made_up(pack: Pack) -> None:
    with pytest.raises(ServiceError, match="hand-made.jsonl holds no reply to this answer") as caught:
        reviewed(pack, Settings(), replay=Replay.from_file(hand_made.RECORDING))
    assert caught.value.kind == "unrecorded"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "holds no exchange"),
        ("[]", ":1: is no exchange"),
        ("{", ":1: is no exchange of a recording (not a JSON object)"),
        ('{"trace": "t"}', ":1: is no exchange of a recording (Field required)"),
        ('{"format": 2, "trace": "t", "prompt": "p", "model": "m", "answer": "a"}', "is of format 2"),
        (
            '{"trace": "t", "prompt": "p", "model": "m", "answer": "a"}\n'
            '{"trace": "u", "prompt": "p", "model": "n", "answer": "a"}',
            "holds replies of m, n",
        ),
    ],
)
def test_a_file_that_is_no_recording_is_told_with_its_line(content: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Replay.from_file(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


def test_the_shipped_recording_is_what_was_written_by_hand() -> None:
    assert hand_made.RECORDING.read_text(encoding="utf-8") == hand_made.recording()


def test_every_quote_of_the_reviews_written_by_hand_stands_in_its_answer() -> None:
    texts = {one.id: one for one in hand_made.load_graded(hand_made.GRADED)}
    expects = {
        question.id: question.expects
        for question in hand_made.load_pack(hand_made.default_pack_dir()).questions
    }
    reviews = hand_made.written()
    assert len(reviews) == 24
    for id, review in reviews.items():
        assert tuple(review["depths"]) and set(review["depths"]) == set(expects[texts[id].question]), id
        for _, dimensions, quote, *_ in review["claims"]:
            assert locate(quote, texts[id].answer) is not None, (id, quote)
            assert set(dimensions) <= set(review["depths"]), (id, quote)
