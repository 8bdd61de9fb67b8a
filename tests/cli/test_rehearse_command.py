"""`coach rehearse`, `coach transcribe` and `coach history` with a recogniser that is told what to hear."""

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command_line import GOOD, QUESTION, refused, run
from sounds import silence, write_sound
from test_voice_activity import CLIP

from coach.domain import Feedback
from coach.rehearsal.review import REFUSE_BELOW
from coach.speech.choice import Choice
from coach.speech.passages import Passage
from coach.speech.recogniser import Heard
from coach.spoken import Word

if TYPE_CHECKING:
    from coach.embedding.encoder import Encoder


class Told:
    """Hears the words of a good answer, spread over the recording, and is as sure as it was told to be."""

    name = "told"
    by_passage = False

    def __init__(self, sure: float, language: str | None = None) -> None:
        self._sure, self._language = sure, language

    def recognise(self, passage: Passage) -> Heard:
        words = GOOD.lower().split()
        step = 34 / len(words)
        return Heard(
            words=tuple(
                Word(text=word, start=n * step, end=(n + 1) * step, probability=self._sure)
                for n, word in enumerate(words)
            ),
            confidence=self._sure,
            language=self._language,
        )


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COACH_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def hears(monkeypatch: pytest.MonkeyPatch, sure: float, language: str | None = None) -> None:
    for command in ("rehearse", "transcribe"):
        monkeypatch.setattr(
            f"coach.cli.{command}.choose",
            lambda *arguments: Choice(Told(sure, language), "told: in this test"),
        )


@pytest.fixture
def spoken(data: Path, encoder: "Encoder", monkeypatch: pytest.MonkeyPatch) -> Path:
    hears(monkeypatch, 0.9)
    monkeypatch.setattr("coach.cli.reviewing.chosen_encoder", lambda name: encoder)
    return data


def test_a_file_is_rehearsed_kept_shown_and_deleted(spoken: Path) -> None:
    ran = run("rehearse", QUESTION, "--audio", CLIP, "--yes", "--json")
    assert ran.status == 0, ran.err
    feedback = Feedback.model_validate(json.loads(ran.out))
    assert feedback.answer.channel == "speech"
    assert feedback.answer.text == GOOD.lower()
    assert feedback.delivery is not None
    assert feedback.delivery.long_pauses == 1
    assert any("told, 90% sure" in notice.text for notice in feedback.notices)
    (attempt,) = json.loads(run("history", "--json").out)
    assert (attempt["question"], attempt["recogniser"]) == (QUESTION, "told")
    assert (spoken / "attempts" / attempt["id"] / "recording.opus").read_bytes() == CLIP.read_bytes()
    shown = run("history", "show", attempt["id"])
    assert shown.status == 0
    assert "Delivery" in shown.out
    listed = run("history")
    assert attempt["id"] in listed.out
    assert "Monitoring" in listed.out
    assert run("history", "delete", attempt["id"], "--yes").status == 0
    assert list((spoken / "attempts").iterdir()) == []
    assert run("history", "--json").out.strip() == "[]"


def test_nothing_is_kept_on_request(spoken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert run("rehearse", QUESTION, "--audio", CLIP, "--yes", "--no-keep").status == 0
    assert list(tmp_path.iterdir()) == []


def test_a_doubtful_transcript_is_refused_unless_forced(
    spoken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hears(monkeypatch, REFUSE_BELOW - 0.05)
    ran = run("rehearse", QUESTION, "--audio", CLIP, "--yes", "--json")
    assert (ran.status, ran.out) == (1, "")
    assert "not scored" in ran.err.splitlines()[-1]
    forced = run("rehearse", QUESTION, "--audio", CLIP, "--yes", "--json", "--force")
    assert forced.status == 0
    assert any("the marks say little" in one["text"] for one in json.loads(forced.out)["notices"])


def test_nobody_at_a_pipe_can_review(data: Path) -> None:
    refused(run("rehearse", QUESTION, "--audio", CLIP), 2, "--yes")
    refused(run("rehearse", "--audio", CLIP, "--json", "--yes"), 2, "--json")


def test_a_broken_file_leaves_nothing_behind(spoken: Path, tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    path.write_bytes(b"")
    ran = run("rehearse", QUESTION, "--audio", path, "--yes")
    assert ran.status == 1
    assert "is empty" in ran.err
    assert list((spoken / "attempts").iterdir()) == []


def test_an_answer_in_another_language_is_transcribed_and_not_scored(
    spoken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hears(monkeypatch, 0.9, "de")
    refused_for = run("rehearse", QUESTION, "--audio", CLIP, "--yes", "--json", "--force")
    assert (refused_for.status, refused_for.out) == (1, "")
    assert "another language (de)" in refused_for.err.splitlines()[-1]
    assert list((spoken / "attempts").iterdir()) == []
    told = run("transcribe", CLIP)
    assert told.out.strip() == GOOD.lower()
    assert "cannot be scored" in told.err


def test_a_silent_file_is_neither_scored_nor_kept(spoken: Path, tmp_path: Path) -> None:
    path = write_sound(tmp_path / "silent.wav", silence(5), rate=16_000)
    ran = run("rehearse", QUESTION, "--audio", path, "--yes")
    assert (ran.status, ran.out) == (1, "")
    assert "neither scored nor kept" in ran.err.splitlines()[-1]
    assert list((spoken / "attempts").iterdir()) == []
    told = run("transcribe", path)
    assert (told.status, told.out) == (0, "\n")
    assert "No speech was found" in told.err


def test_what_was_recognised_before_a_run_was_ended_is_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[int] = []
    ends = [True]

    class Ended(Told):
        by_passage = True

        def recognise(self, passage: Passage) -> Heard:
            if ends[0] and heard:
                raise KeyboardInterrupt
            heard.append(len(passage.samples))
            return Heard(words=(Word(text=f"passage{len(heard)}", start=0, end=1, probability=0.9),))

    monkeypatch.setattr("coach.cli.transcribe.choose", lambda *arguments: Choice(Ended(0.9), "told"))
    out = tmp_path / "answer.txt"
    assert run("transcribe", CLIP, "--out", out).status == 130
    assert not out.exists()
    assert (tmp_path / "answer.txt.part").stat().st_mode & 0o777 == 0o600
    ends[0] = False
    ran = run("transcribe", CLIP, "--out", out)
    assert ran.status == 0
    assert "Gone on from passage 2" in ran.err
    assert out.read_text().split() == [f"passage{number}" for number in range(1, len(heard) + 1)]
    assert len(set(heard)) == len(heard)
    assert list(tmp_path.iterdir()) == [out]


def test_a_transcript_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hears(monkeypatch, 0.9)
    refused(run("transcribe", CLIP, "--out", tmp_path), 2, "is a folder")
    ran = run("transcribe", CLIP, "--out", tmp_path / "none" / "answer.txt")
    assert ran.status == 1
    assert "cannot be written" in ran.err.splitlines()[-1]


def test_a_transcript_has_its_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    hears(monkeypatch, 0.9)
    text, subtitles, web, document = (
        run("transcribe", CLIP, *form) for form in ([], ["--format", "srt"], ["--format", "vtt"], ["--json"])
    )
    assert web.out.startswith("WEBVTT\n\n00:00:00.000 --> ")
    assert text.out.strip() == GOOD.lower()
    assert subtitles.out.startswith("1\n00:00:00,000 --> ")
    shown = json.loads(document.out)
    assert {"text", "words", "confidence", "recogniser"} <= set(shown)
    assert (shown["recogniser"], shown["confidence"]) == ("told", 0.9)
    assert "Recogniser told: in this test" in text.err
    refused(run("transcribe", CLIP, "--json", "--format", "srt"), 2, "--format")


def test_history_without_attempts_and_wrong_ids(data: Path) -> None:
    ran = run("history")
    assert (ran.status, ran.out) == (0, "")
    refused(run("history", "show", "nothing"), 2, "there is no attempt")
    refused(run("history", "delete"), 2, "--all")
    assert not data.exists()
