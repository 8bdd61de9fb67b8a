"""Which recogniser is used, and why; it is loaded while the user does something else."""

from collections.abc import Callable, Sequence
from functools import partial
from threading import Thread
from typing import Literal, NamedTuple

from coach.errors import UsageError
from coach.settings import Settings
from coach.speech.passages import Passage
from coach.speech.recogniser import Heard, Recogniser

RecogniserName = Literal["auto", "embedded", "local", "hosted"]
RECOGNISERS: tuple[RecogniserName, ...] = ("auto", "embedded", "local", "hosted")


class Choice(NamedTuple):
    """A recogniser, and in one line which it is and why."""

    recogniser: Recogniser
    why: str


class LoadedMeanwhile:
    """A recogniser that takes a passage at a time and is loaded in a thread of its own from now on.

    Whoever uses it first waits for the rest; what went wrong in loading is raised there.
    """

    by_passage = True

    def __init__(self, load: Callable[[], Recogniser]) -> None:
        self._load = load
        self._loaded: Recogniser | None = None
        self._failed: BaseException | None = None
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        """The engine and its model."""
        return self.ready().name

    def recognise(self, passage: Passage) -> Heard:
        """Recognise a passage as soon as the recogniser is loaded."""
        return self.ready().recognise(passage)

    def ready(self) -> Recogniser:
        """Wait until the recogniser is loaded; raises what its loading raised."""
        self._thread.join()
        if self._loaded is None:
            raise self._failed or RuntimeError("the recogniser was not loaded")
        return self._loaded

    def _run(self) -> None:
        try:
            self._loaded = self._load()
        except BaseException as error:
            self._failed = error


def choose(
    name: RecogniserName,
    settings: Settings | None = None,
    model: str | None = None,
    keywords: Sequence[str] = (),
) -> Choice:
    """Choose the recogniser of that name, or for "auto" the best that is configured, and begin to load it.

    A service counts as configured only where a `model` to transcribe with was named: a key that was set for
    the critic sends no recording anywhere. Raises SpeechError or UsageError where the one that was named
    cannot be used here; what only loading can tell is raised by its first use.
    """
    settings = settings or Settings()
    if name == "hosted" or (name == "auto" and model and settings.service and not settings.offline):
        return _hosted(settings, model, keywords, asked=name == "hosted")
    from coach.speech.whisper import DEFAULT_MODEL, WhisperRecogniser, is_ready
    from coach.speech.whisper_files import MODEL, embedded_folder

    if name == "local" or (name == "auto" and is_ready()):
        named = model if model and name == "local" else DEFAULT_MODEL
        whisper = LoadedMeanwhile(partial(WhisperRecogniser.from_cache, named, keywords))
        why = "as asked" if name == "local" else "this larger model is on the machine"
        return Choice(whisper, f"local (whisper {named}): {why}")
    # A missing extra is told before anybody speaks.
    embedded_folder()
    embedded = LoadedMeanwhile(partial(WhisperRecogniser.embedded, keywords))
    why = "as asked" if name == "embedded" else "no service and no larger model is set up for transcription"
    return Choice(embedded, f"embedded ({MODEL}): {why}")


def _hosted(settings: Settings, model: str | None, keywords: Sequence[str], asked: bool) -> Choice:
    if settings.offline:
        raise UsageError("the hosted recogniser needs a connection; --offline or COACH_OFFLINE rules it out")
    if settings.service is None:
        raise UsageError(
            "no service is set up for the hosted recogniser; set OPENAI_API_KEY or OPENAI_BASE_URL"
        )
    from coach.speech.hosted import HostedRecogniser

    hosted = HostedRecogniser(settings, model, keywords)
    why = "as asked" if asked else "a model for transcription is set"
    return Choice(hosted, f"{hosted.name}: {why}; the recording's speech is sent there")
