"""A sitting at the terminal: questions, recordings, reviews, feedback, follow-ups, and what is kept."""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from coach.cli.app import say
from coach.cli.recording_screen import RecordingScreen, proposals, show_question
from coach.cli.review_screen import review
from coach.domain import Feedback, Question
from coach.history.store import RECORDING, Attempt, Begun, History, write_private
from coach.packs import Pack
from coach.rehearsal.attempt import feedback_on
from coach.rehearsal.selection import propose
from coach.rehearsal.summary import Summary, summarise
from coach.scoring.scorer import Scorer
from coach.speech.decoding import DecodingLimits, decode
from coach.speech.recogniser import Recogniser
from coach.speech.recording import Microphone
from coach.speech.repairs import NameEar
from coach.speech.streamed_wav import HEADER_BYTES
from coach.speech.transcription import transcribe

_FOLLOW_UP_RECORDING = "follow-up.wav"
# An interviewer's follow-up is answered in less time than the question.
_FOLLOW_UP_SHARE = 0.5
_FOLLOW_UP_NOTICE = (
    "This answers the follow-up; what the question asks for beyond it counts as missing, so read the depth "
    "of what you did cover, not the overall mark."
)
# Two seconds of 16-bit sound at 16 kHz: less is no answer to go on from.
_LEAST_BYTES = 64_000


class Heard(NamedTuple):
    """Where a recording lies, what is to be said of it, and whether the clock ended it."""

    path: Path
    notices: tuple[str, ...] = ()
    cut_by_clock: bool = False


class Sitting:
    """Runs the questions of a sitting one after another."""

    def __init__(
        self,
        *,
        pack: Pack,
        history: History,
        recogniser: Recogniser,
        scorer: Callable[[], Scorer],
        audio: tuple[Path, ...] = (),
        device: str | None = None,
        speak: bool = False,
        ask: bool = True,
        force: bool = False,
        minutes: float = 10.0,
        show: Callable[[Feedback], None],
    ) -> None:
        self._pack, self._history, self._recogniser = pack, history, recogniser
        self._load_scorer, self._scorer = scorer, None
        self._audio, self._device, self._speak = list(audio), device, speak
        self._from_files = bool(audio)
        self._ask, self._force, self._show = ask, force, show
        self._limits = DecodingLimits(seconds=minutes * 60)
        self._screen: RecordingScreen | None = None
        self._ear: NameEar | None = None
        self._feedbacks: list[Feedback] = []
        self.kept: list[Attempt] = []

    _scorer: Scorer | None

    @property
    def summary(self) -> Summary | None:
        """What the answers so far have in common; None before the first."""
        return summarise(self._feedbacks)

    def run(self, question: Question | None) -> None:
        """Ask one question, or the three that are proposed; files, where given, answer them in order."""
        if not self._from_files:
            self._offer_unfinished()
        if question is not None:
            self._one(question)
            return
        questions = propose(self._pack, self._history.attempts())
        if self._from_files:
            questions = questions[: len(self._audio)]
        proposals(questions)
        for number, one in enumerate(questions):
            if number and not self._from_files and not self._wants("Go on to the next question?", True):
                break
            self._one(one)

    def _one(self, question: Question, begun: Begun | None = None, resume: bool = False) -> None:
        started = datetime.now().astimezone()
        begun = begun or self._history.begin(started, question.id)
        try:
            heard = self._heard(question.text, question.time_limit, begun.folder / RECORDING, resume)
            feedback = self._coached(question, heard)
        except BaseException:
            # What holds a recording is offered again at the next start; an empty folder is of no use.
            if not any(begun.folder.glob("*.wav")):
                self._history.discard(begun)
            raise
        self.kept.append(self._history.keep(begun.folder, begun.started, feedback))
        self._feedbacks.append(feedback)
        self._show(feedback)
        self._follow_up(question, feedback, begun)

    def _follow_up(self, question: Question, feedback: Feedback, begun: Begun) -> None:
        if feedback.follow_up is None or self._from_files or not self._ask:
            return
        say(f"Follow-up: {feedback.follow_up}")
        if not self._wants("Answer it?", False):
            return
        limit = question.time_limit * _FOLLOW_UP_SHARE
        heard = self._heard(feedback.follow_up, limit, begun.folder / _FOLLOW_UP_RECORDING)
        answered = self._coached(question, heard._replace(notices=(*heard.notices, _FOLLOW_UP_NOTICE)))
        self._history.keep_follow_up(begun.folder, answered)
        self._show(answered)

    def _heard(self, text: str, limit: float, path: Path, resume: bool = False) -> Heard:
        """Get the sound of an answer into the attempt's folder, from the next file or the microphone."""
        if self._from_files:
            source = self._audio.pop(0)
            show_question(text, limit)
            # Decoding says what is wrong with a file before anything of it is kept.
            sound = decode(source, self._limits)
            kept = path.with_suffix(source.suffix or ".audio")
            write_private(kept, source.read_bytes())
            return Heard(kept, (sound.notice,) if sound.notice else ())
        if self._screen is None:
            self._screen = RecordingScreen(Microphone.from_name(self._device), self._speak)
        taken = self._screen.record(text, limit, path, resume)
        return Heard(path, (taken.notice,) if taken.notice else (), taken.ended == "clock")

    def _coached(self, question: Question, heard: Heard) -> Feedback:
        while True:
            sound = decode(heard.path, self._limits)
            transcript = transcribe(sound, self._recogniser)
            transcript = transcript.model_copy(update={"cut_by_clock": heard.cut_by_clock})
            text = None
            if self._ask:
                reviewed = review(transcript, may_record=not self._from_files)
                if reviewed.again and self._screen is not None:
                    taken = self._screen.record(question.text, question.time_limit, heard.path)
                    heard = Heard(heard.path, (taken.notice,) if taken.notice else (), taken.ended == "clock")
                    continue
                transcript, text = reviewed.transcript, reviewed.text
            if self._scorer is None:
                self._scorer = self._load_scorer()
            if self._ear is None:
                self._ear = NameEar.from_model()
            return feedback_on(
                question, transcript, self._scorer, text, heard.notices, self._force, self._ear
            )

    def _offer_unfinished(self) -> None:
        """Offer to go on from a recording that a crash, a lost device or a refusal left behind."""
        for begun in self._history.unfinished():
            path = begun.folder / RECORDING
            if path.stat().st_size < HEADER_BYTES + _LEAST_BYTES:
                continue
            seconds = (path.stat().st_size - HEADER_BYTES) / 32_000
            say(f"Unfinished: {begun.question}, {seconds:.0f} s, from {begun.started:%d %B %H:%M}")
            if not self._ask:
                continue
            print(
                "g goes on recording, s scores it, d deletes it, Enter leaves it: ", end="", file=sys.stderr
            )
            sys.stderr.flush()
            wanted = _line()
            if wanted == "d":
                self._history.discard(begun)
            elif wanted in ("g", "s"):
                self._finish(begun, resume=wanted == "g")

    def _finish(self, begun: Begun, resume: bool) -> None:
        question = self._pack.question(begun.question)
        if resume:
            self._one(question, begun, resume=True)
            return
        feedback = self._coached(question, Heard(begun.folder / RECORDING))
        self.kept.append(self._history.keep(begun.folder, begun.started, feedback))
        self._feedbacks.append(feedback)
        self._show(feedback)

    def _wants(self, what: str, usual: bool) -> bool:
        if not self._ask:
            return usual
        print(f"{what} [{'Y/n' if usual else 'y/N'}] ", end="", file=sys.stderr, flush=True)
        answer = _line()
        return usual if not answer else answer.startswith("y")


def _line() -> str:
    try:
        return input().strip().lower()
    except EOFError:
        return ""
