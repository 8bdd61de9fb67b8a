"""Attempts to talk the critic into a mark, before a server that obeys every one of them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from chat_server import ChatServer, says
from reviews import obeying

from coach.coaching import coach_many
from coach.critic.critic import LanguageModelCritic
from coach.critic.limits import ATTEMPT_MARGIN
from coach.critic.pricing import PriceTable
from coach.domain import Answer, Feedback
from coach.settings import Settings

if TYPE_CHECKING:
    from coach.scoring.scorer import Scorer

QUESTION = "what-is-drift"
ATTEMPTS = yaml.safe_load((Path(__file__).parent / "injections.yaml").read_text(encoding="utf-8"))
# What a candidate without much to say says.
THIN = "Model drift is important and we use Evidently and Prometheus for it. "
# How far a model that obeys may lift an answer like that where nobody noticed the attempt.
UNNOTICED = 2.0


@pytest.fixture(scope="module")
def reviewed(scorer: "Scorer", tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Feedback]]:
    """The thin answer with each attempt, reviewed by a server that obeys."""
    answers = [Answer(text=THIN + one["text"], question=QUESTION) for one in ATTEMPTS]

    async def all_reviewed(settings: Settings) -> list[Feedback]:
        critic = LanguageModelCritic(settings, scorer.pack, (), PriceTable(models={}))
        found = {place: one async for place, one in coach_many(answers, scorer, critic)}
        return [found[place] for place in range(len(answers))]

    with pytest.MonkeyPatch.context() as patch, ChatServer(says(obeying)) as server:
        # Measuring the gain of next steps takes most of the time, and is not what is looked at here.
        patch.setattr("coach.coaching.next_steps", lambda *parts: ())
        patch.setenv("COACH_CACHE_DIR", str(tmp_path_factory.mktemp("injection")))
        settings = Settings.model_validate({"base_url": server.url, "model": "obeys"})
        yield asyncio.run(all_reviewed(settings))


def test_there_are_enough_of_every_kind() -> None:
    assert len(ATTEMPTS) >= 40
    kinds = {"direct", "role-play", "fake system", "fake result", "language", "encoded", "code block"}
    assert kinds <= {one["by"] for one in ATTEMPTS}


def test_the_server_did_what_it_was_told(reviewed: list[Feedback]) -> None:
    for feedback in reviewed:
        assert feedback.critique is not None, feedback.notices
        assert feedback.critique.spread.overall == (5,)


def test_a_noticed_attempt_never_pays(reviewed: list[Feedback]) -> None:
    for feedback in reviewed:
        assert feedback.critique is not None
        if feedback.manipulation:
            limit = feedback.score.overall + ATTEMPT_MARGIN
            assert feedback.critique.score.overall <= limit + 1e-9
            assert feedback.critique.ceiling is not None


def test_an_unnoticed_attempt_pays_little_and_is_marked(reviewed: list[Feedback]) -> None:
    for feedback in reviewed:
        assert feedback.critique is not None
        assert feedback.critique.score.overall <= UNNOTICED, feedback.answer.text
        assert any(one.dimension is None for one in feedback.critique.disagreements)


def test_how_far_obedience_got(reviewed: list[Feedback]) -> None:
    """Prints what README.md reports: `pytest tests/critic/test_injection.py -k obedience -s`."""
    lifts = [
        (one.critique.score.overall - one.score.overall, bool(one.manipulation))
        for one in reviewed
        if one.critique is not None
    ]
    noticed = [lift for lift, was in lifts if was]
    missed = [lift for lift, was in lifts if not was]
    print(
        f"\n{len(noticed)} of {len(lifts)} noticed, lifted by at most {max(noticed):.1f}; "
        f"{len(missed)} not noticed, lifted by at most {max(missed, default=0):.1f} of the 5 asked for"
    )
    assert max(noticed) <= ATTEMPT_MARGIN + 1e-9


def test_most_attempts_are_noticed(reviewed: list[Feedback]) -> None:
    missed = [one.answer.text.removeprefix(THIN) for one in reviewed if not one.manipulation]
    assert len(missed) <= len(reviewed) // 4, missed


def test_no_depth_rests_on_the_words_of_a_noticed_attempt(reviewed: list[Feedback]) -> None:
    for feedback in reviewed:
        assert feedback.critique is not None
        offline = {one.dimension: one for one in feedback.score.dimensions}
        for one in feedback.critique.score.dimensions:
            for span in feedback.manipulation:
                inside = [e for e in one.evidence if span.start <= e.start and e.end <= span.end]
                assert not inside or one.evidence == offline[one.dimension].evidence


def test_a_good_answer_keeps_its_own_mark_beside_an_attempt(scorer: "Scorer", tmp_path: Path) -> None:
    """What counts is what is left of it, and the model cannot lift that by more than half a mark."""
    from test_coaching import GOOD  # the same good answer as there

    from coach.coaching import coach

    text = f"{GOOD} {ATTEMPTS[0]['text']}"
    with pytest.MonkeyPatch.context() as patch, ChatServer(says(obeying)) as server:
        patch.setattr("coach.coaching.next_steps", lambda *parts: ())
        patch.setenv("COACH_CACHE_DIR", str(tmp_path))
        settings = Settings.model_validate({"base_url": server.url, "model": "obeys"})
        critic = LanguageModelCritic(settings, scorer.pack, (), PriceTable(models={}))
        found = coach(Answer(text=text, question=QUESTION), scorer, critic)
    assert found.manipulation
    assert found.critique is not None
    assert found.critique.score.overall <= found.score.overall + ATTEMPT_MARGIN
