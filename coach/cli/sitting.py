"""A sitting at the terminal: questions, recordings, reviews, feedback, follow-ups, and what is kept."""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from coach.cli.answer_text import typed_text
from coach.cli.app import say
from coach.cli.paragraphs import show_paragraph
from coach.cli.recording_screen import Recorded, RecordingScreen, proposals, show_question
from coach.cli.review_screen import heard_in, review, show_transcript
from coach.coaching import Critic, Watcher
from coach.domain import Feedback, Question
from coach.errors import SpeechError
from coach.history.store import Attempt, Begun, History, write_private
from coach.packs import Pack
from coach.rehearsal.attempt import (
    FOLLOW_UP_SHARE,
    as_follow_up,
    feedback_on,
    feedback_on_typed,
    follow_up_of,
)
from coach.rehearsal.review import check_language, is_english
from coach.rehearsal.selection import propose
from coach.rehearsal.summary import Summary, summarise
from coach.scoring.scorer import Scorer
from coach.speech.decoding import RATE, DecodingLimits, decode
from coach.speech.reading_aloud import Voice
from coach.speech.recogniser import Recogniser
from coach.speech.recording import Microphone
from coach.speech.repairs import NameEar
from coach.speech.streamed_wav import HEADER_BYTES
from coach.spoken import Transcript

_BYTES_A_SECOND = 2 * RATE
# Less than two seconds of sound is no answer to go on from.
_LEAST_BYTES = 2 * _BYTES_A_SECOND
_NOTHING = "nothing was said in the recording; it is neither scored nor kept"
_TYPED = "Typed, because nothing could be recorded: there is no delivery to look at."
# Coaches an answer, shows what comes of it, and returns it; a critic may be asked where the flag says so.
Show = Callable[[Callable[[Watcher], Feedback], bool], Feedback]


class Asked(NamedTuple):
    """What was asked: a question of the pack, or a follow-up to it, with `limit` seconds to answer."""

    question: Question
    text: str
    limit: float
    is_follow_up: bool = False

    @classmethod
    def from_question(cls, question: Question) -> "Asked":
        """The question itself."""
        return cls(question, question.text, question.time_limit)

    @classmethod
    def from_follow_up(cls, question: Question, text: str) -> "Asked":
        """A follow-up to a question."""
        return cls(question, text, question.time_limit * FOLLOW_UP_SHARE, is_follow_up=True)


class Heard(NamedTuple):
    """Where a recording lies, what is to be said of it, whether the clock ended it, and its transcript.

    There is none yet where it was not transcribed while it was made. `typed` is the answer that was typed
    instead; there is no recording then.
    """

    path: Path
    notices: tuple[str, ...] = ()
    cut_by_clock: bool = False
    transcript: Transcript | None = None
    typed: str | None = None

    @classmethod
    def from_recorded(cls, path: Path, recorded: Recorded) -> "Heard":
        """A recording that was just made."""
        taken = recorded.taken
        notices = (taken.notice,) if taken.notice else ()
        return cls(path, notices, taken.ended == "clock", recorded.transcript)


class Silent(SpeechError):
    """Nothing was said in a recording: it is neither scored nor kept."""


class Sitting:
    """Runs the questions of a sitting one after another."""

    def __init__(
        self,
        *,
        pack: Pack,
        history: History,
        recogniser: Recogniser,
        scorer: Callable[[], Scorer],
        show: Show,
        critic: Critic | None = None,
        audio: tuple[Path, ...] = (),
        device: str | None = None,
        voice: Voice | None = None,
        live: bool = False,
        ask: bool = True,
        force: bool = False,
        minutes: float = 10.0,
    ) -> None:
        self._pack, self._history, self._recogniser = pack, history, recogniser
        self._load_scorer, self._scorer, self._critic = scorer, None, critic
        self._audio, self._device, self._voice, self._live = list(audio), device, voice, live
        self._from_files = bool(audio)
        self._ask, self._force, self._show = ask, force, show
        self._limits = DecodingLimits(seconds=minutes * 60)
        self._screen: RecordingScreen | None = None
        self._ear: NameEar | None = None
        self._types = False
        self._feedbacks: list[Feedback] = []
        self.kept: list[Attempt] = []

        self._begun: Begun | None = None

    _scorer: Scorer | None

    @property
    def left(self) -> Begun | None:
        """The attempt, or follow-up, whose recording was made and not scored; None where there is none."""
        begun = self._begun
        return begun if begun is not None and begun.recording.exists() else None

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
        attempts = self._history.attempts()
        questions = propose(self._pack, attempts)
        if self._from_files:
            questions = questions[: len(self._audio)]
        proposals(questions, attempts)
        for number, one in enumerate(questions):
            if number and not self._from_files and not self._wants("Go on to the next question?", True):
                break
            try:
                self._one(one)
            except Silent as silent:
                say(f"Not scored: {silent}")

    def _one(self, question: Question, begun: Begun | None = None, resume: bool = False) -> None:
        begun = begun or self._history.begin(datetime.now().astimezone(), question.id)
        asked, self._begun = Asked.from_question(question), begun
        try:
            self._answered(asked, begun, self._heard(asked, begun.recording, resume))
        except Silent:
            self._history.discard(self._begun or begun)
            raise
        except BaseException:
            # A recording is offered again at the next start; an empty folder, or a copy, is of no use.
            if self._from_files or not any(begun.folder.glob("*.wav")):
                self._history.discard(begun)
            raise

    def _answered(self, asked: Asked, begun: Begun, heard: Heard) -> None:
        self._begun = begun
        feedback = self._coached(asked, heard)
        self.kept.append(self._history.keep(begun.folder, begun.started, feedback))
        self._begun = None
        self._feedbacks.append(feedback)
        following = follow_up_of(feedback)
        if following is None or self._from_files or not self._ask:
            return
        print(file=sys.stderr)
        show_paragraph(f"Follow-up: {following}")
        if self._wants("Answer it?", False):
            self._followed_up(asked.question, following, begun, resume=False)

    def _followed_up(self, question: Question, text: str, begun: Begun, resume: bool) -> None:
        asked, self._begun = Asked.from_follow_up(question, text), begun.followed_up
        try:
            self._keep_follow_up(asked, begun, self._heard(asked, self._begun.recording, resume))
        except Silent as silent:
            self._history.discard(begun.followed_up)
            self._begun = None
            say(f"Not scored: {silent}")

    def _keep_follow_up(self, asked: Asked, begun: Begun, heard: Heard) -> None:
        self._begun = begun.followed_up
        self._history.keep_follow_up(begun.folder, self._coached(asked, heard))
        self._begun = None

    def _heard(self, asked: Asked, path: Path, resume: bool = False) -> Heard:
        """Get the sound of an answer into the attempt's folder, from the next file or the microphone."""
        if self._from_files:
            source = self._audio.pop(0)
            show_question(asked.text, asked.limit)
            # Decoding says what is wrong with a file before anything of it is kept.
            sound = decode(source, self._limits)
            kept = path.with_suffix(source.suffix or ".audio")
            write_private(kept, source.read_bytes())
            return Heard(kept, (sound.notice,) if sound.notice else ())
        if self._types:
            return self._typed(asked, path)
        try:
            if self._screen is None:
                self._screen = RecordingScreen(
                    Microphone.from_name(self._device), self._recogniser, self._voice, self._live
                )
            return Heard.from_recorded(path, self._screen.record(asked.text, asked.limit, path, resume))
        except SpeechError as error:
            # What was said is never typed over, and nobody types into a pipe.
            if path.exists() or not (self._ask and sys.stdin.isatty()):
                raise
            say(f"Notice: {error}")
            say("The answer is typed instead; it is coached and kept as usual.")
            self._types = True
            return self._typed(asked, path)

    def _typed(self, asked: Asked, path: Path) -> Heard:
        show_question(asked.text, asked.limit)
        text = typed_text().strip()
        if not text:
            raise Silent("nothing was typed; nothing is kept of it")
        return Heard(path, (_TYPED,), typed=text)

    def _coached(self, asked: Asked, heard: Heard) -> Feedback:
        on = self._coaching_of(asked, heard)

        def coached(watcher: Watcher) -> Feedback:
            if not asked.is_follow_up:
                return on(critic=self._critic, watcher=watcher)
            # A critic reviews answers to the pack's questions; a follow-up has no references of its own.
            feedback = as_follow_up(on(), asked.text)
            watcher.offline(feedback)
            return feedback

        return self._show(coached, self._critic is not None and not asked.is_follow_up)

    def _coaching_of(self, asked: Asked, heard: Heard) -> Callable[..., Feedback]:
        """What coaches the answer once a critic and a watcher are given; the scorer is loaded only then."""
        if heard.typed is not None:
            typed = heard.typed
            return lambda **given: feedback_on_typed(
                asked.question, typed, self._ready_scorer(), heard.notices, **given
            )
        heard, transcript, text = self._reviewed(asked, heard)
        if self._ear is None:
            self._ear = NameEar.from_pack(self._pack)
        ear = self._ear
        return lambda **given: feedback_on(
            asked.question, transcript, self._ready_scorer(), text, heard.notices, self._force, ear, **given
        )

    def _ready_scorer(self) -> Scorer:
        if self._scorer is None:
            self._scorer = self._load_scorer()
        return self._scorer

    def _reviewed(self, asked: Asked, heard: Heard) -> tuple[Heard, Transcript, str | None]:
        """The recording, what was heard in it, and the text where somebody corrected it."""
        while True:
            transcript = heard.transcript or heard_in(decode(heard.path, self._limits), self._recogniser)
            transcript = transcript.model_copy(update={"cut_by_clock": heard.cut_by_clock})
            if not transcript.words:
                if not self._ask or self._from_files or not self._wants(f"{_NOTHING}. Record again?", True):
                    raise Silent(_NOTHING)
                heard = self._recorded_again(asked, heard, resume=False)
                continue
            if not is_english(transcript):
                # It is shown as it was heard; nobody reviews what will not be scored.
                show_transcript(transcript)
                check_language(transcript)
            if not self._ask:
                return heard, transcript, None
            reviewed = review(transcript, may_record=not self._from_files)
            if reviewed.record is None:
                return heard, reviewed.transcript, reviewed.text
            heard = self._recorded_again(asked, heard, resume=reviewed.record == "on")

    def _recorded_again(self, asked: Asked, heard: Heard, resume: bool) -> Heard:
        """Record anew or go on; where the microphone cannot be had, what there is stays as it was."""
        try:
            return self._heard(asked, heard.path, resume)
        except SpeechError as error:
            if not heard.path.exists():
                raise
            say(f"Not recorded: {error}")
            return heard

    def _offer_unfinished(self) -> None:
        """Offer to go on from a recording that a crash, a lost device or a refusal left behind."""
        known = {question.id for question in self._pack.questions}
        for begun in self._history.unfinished():
            size = begun.recording.stat().st_size
            if size < HEADER_BYTES + _LEAST_BYTES or begun.question not in known:
                continue
            seconds = (size - HEADER_BYTES) / _BYTES_A_SECOND
            what = f"{begun.question}, follow-up" if begun.is_follow_up else begun.question
            say(f"Unfinished: {what}, {seconds:.0f} s, from {begun.started:%d %B %H:%M}")
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
                try:
                    self._finish(begun, resume=wanted == "g")
                except Silent as silent:
                    self._history.discard(begun)
                    say(f"Not scored: {silent}")

    def _finish(self, begun: Begun, resume: bool) -> None:
        question = self._pack.question(begun.question)
        if begun.is_follow_up:
            text = follow_up_of(self._history.feedback_in(begun.folder)) or question.text
            if resume:
                self._followed_up(question, text, begun, resume=True)
            else:
                self._keep_follow_up(Asked.from_follow_up(question, text), begun, Heard(begun.recording))
        elif resume:
            self._one(question, begun, resume=True)
        else:
            self._answered(Asked.from_question(question), begun, Heard(begun.recording))

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
