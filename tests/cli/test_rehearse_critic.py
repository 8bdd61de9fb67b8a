"""`coach rehearse` with a critic, over a real connection: asked after the offline score, kept beside it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from chat_server import ChatServer, says
from command_line import GOOD, QUESTION, run
from feedback_samples import SAMPLES
from reviews import honest
from test_voice_activity import CLIP

from coach import coaching
from coach.domain import Answer, Feedback
from coach.speech.choice import Choice
from coach.speech.passages import Passage
from coach.speech.recogniser import Heard
from coach.spoken import Word

if TYPE_CHECKING:
    from coach.scoring.scorer import Scorer


class Told:
    """Hears the words of a good answer."""

    name = "told"

    by_passage = False

    def recognise(self, passage: Passage) -> Heard:
        words = tuple(Word(text=word, probability=0.9) for word in GOOD.split())
        return Heard(words=words, confidence=0.9)


@pytest.fixture
def server(tmp_path: Path, scorer: "Scorer", monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    def offline(answer: Answer, scorer: "Scorer") -> Feedback:
        sample = SAMPLES["strong"]
        question = sample.question.model_copy(update={"id": QUESTION})
        return sample.model_copy(update={"answer": answer, "question": question})

    monkeypatch.setattr(coaching, "_offline", offline)
    monkeypatch.setattr("coach.cli.rehearse.chosen_scorer", lambda *options: scorer)
    monkeypatch.setattr("coach.cli.rehearse.choose", lambda *arguments: Choice(Told(), "told: in this test"))
    monkeypatch.setattr("coach.critic.private_files.cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setenv("COACH_DATA_DIR", str(tmp_path / "data"))
    with ChatServer(says(honest)) as running:
        for name, value in {
            "COACH_CRITIC": "1",
            "OPENAI_BASE_URL": running.url,
            "OPENAI_API_KEY": "sk-test-77aa0c31be5d49f2",
            "COACH_MODEL": "tiny",
        }.items():
            monkeypatch.setenv(name, value)
        yield running


def test_the_critic_reviews_a_spoken_answer_and_is_kept_beside_the_offline_mark(server: ChatServer) -> None:
    ran = run("rehearse", QUESTION, "--audio", CLIP, "--yes", "--json", "--samples", "2")
    assert ran.status == 0, ran
    feedback = Feedback.model_validate(json.loads(ran.out))
    assert feedback.critique is not None
    assert len(feedback.critique.spread.overall) == 2
    assert any("told, 90% sure" in notice.text for notice in feedback.notices)
    assert "Critic tiny: is sent the text of each answer, no sound" in ran.err
    # Text is sent, and nothing of the recording.
    assert all(request.path.endswith("/chat/completions") for request in server.requests)
    (kept,) = json.loads(run("history", "--json").out)
    assert kept["overall"] == SAMPLES["strong"].score.overall
    assert kept["critic_overall"] == feedback.critique.score.overall
    assert kept["critic"].startswith("critic")
    listed = run("history")
    assert "critic" in listed.out
    shown = json.loads(run("history", "show", kept["id"], "--json").out)
    assert shown["critique"] == json.loads(ran.out)["critique"]


@pytest.mark.parametrize("options", [["--no-critic"], ["--offline"]])
def test_nothing_is_sent_where_the_critic_is_turned_down(options: list[str], server: ChatServer) -> None:
    before = [one for one in options if one == "--offline"]
    after = [one for one in options if one != "--offline"]
    ran = run(*before, "rehearse", QUESTION, "--audio", CLIP, "--yes", "--json", *after)
    assert ran.status == 0, ran
    assert json.loads(ran.out)["critique"] is None
    assert server.requests == []


def test_a_page_has_the_critique_below_the_offline_part(server: ChatServer) -> None:
    ran = run("rehearse", QUESTION, "--audio", CLIP, "--yes", "--no-keep")
    assert ran.status == 0, ran
    assert ran.out.index("Dimensions") < ran.out.index("The critic")
    assert run("history", "--json").out.strip() == "[]"
