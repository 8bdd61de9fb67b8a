"""Which recogniser is used, and why."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from coach.errors import UsageError
from coach.settings import Settings
from coach.speech.recogniser import Recogniser

RecogniserName = Literal["auto", "embedded", "local", "hosted"]
RECOGNISERS: tuple[RecogniserName, ...] = ("auto", "embedded", "local", "hosted")


class Choice(NamedTuple):
    """A recogniser, and in one line which it is and why."""

    recogniser: Recogniser
    why: str


def choose(
    name: RecogniserName,
    settings: Settings | None = None,
    model: str | None = None,
    keywords: Sequence[str] = (),
) -> Choice:
    """Load the recogniser of that name, or for "auto" the best that is configured.

    A service counts as configured only where a `model` to transcribe with was named: a key that was set for
    the critic sends no recording anywhere. Raises SpeechError or UsageError where the one that was named
    cannot be used here.
    """
    settings = settings or Settings()
    if name == "hosted" or (name == "auto" and model and settings.service and not settings.offline):
        return _hosted(settings, model, keywords, asked=name == "hosted")
    from coach.speech import local

    if name == "local" or (name == "auto" and local.is_ready()):
        whisper = local.LocalRecogniser.from_cache(
            model if model and name == "local" else local.DEFAULT_MODEL, keywords
        )
        why = "as asked" if name == "local" else "a whisper model is on this machine"
        return Choice(whisper, f"{whisper.name}: {why}")
    from coach.speech.embedded import EmbeddedRecogniser

    embedded = EmbeddedRecogniser.from_package()
    why = "as asked" if name == "embedded" else "no service and no whisper model is set up for transcription"
    return Choice(embedded, f"{embedded.name}: {why}")


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
