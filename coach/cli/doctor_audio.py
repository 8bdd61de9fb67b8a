"""What `coach doctor --audio` looks at: decoding, recognisers, microphone and voice."""

from collections.abc import Callable
from importlib.metadata import version

from coach.errors import SpeechError
from coach.settings import Settings
from coach.speech.levels import REMEDIES, peak, verdict
from coach.speech.reading_aloud import voice
from coach.speech.recording import Microphone, input_devices, load_library, samples_of

# Long enough to say a few words; whoever says none is told that nothing was heard.
_LISTENED = 3.0
# A device that gives no sound at all is not waited for for ever.
_MOST_READS = 200


def audio_looks(settings: Settings, device: str | None = None) -> dict[str, Callable[[], str]]:
    """The checks by name; each returns what it found or raises SpeechError with the remedy."""
    return {
        "decoding": lambda: f"av {version('av')}",
        "embedded recogniser": _embedded,
        "local recogniser": _local,
        "hosted recogniser": lambda: _hosted(settings),
        "microphones": _microphones,
        "level": lambda: _level(device),
        "voice": lambda: voice() or "none; --speak needs one of say, spd-say, espeak-ng, flite",
    }


def _embedded() -> str:
    from coach.speech.embedded import EmbeddedRecogniser

    return EmbeddedRecogniser.from_package().name


def _local() -> str:
    from coach.speech import local

    if local.is_ready():
        return f"faster-whisper, model {local.DEFAULT_MODEL}"
    return "not set up; pip install 'mlops-answer-coach[whisper]', then a model: see coach transcribe"


def _hosted(settings: Settings) -> str:
    if settings.service is None:
        return "not set up; OPENAI_API_KEY or OPENAI_BASE_URL, and COACH_TRANSCRIPTION_MODEL"
    return f"{settings.service}; used where it is asked for or COACH_TRANSCRIPTION_MODEL is set"


def _microphones() -> str:
    found = input_devices(load_library())
    if not found:
        # Opening the default says which of the reasons it is.
        Microphone.from_name()
    return ", ".join(one.name for one in found)


def _level(device: str | None) -> str:
    """Listen for three seconds and judge what was heard."""
    microphone = Microphone.from_name(device)
    sound = b""
    with microphone.stream() as stream:
        for _ in range(_MOST_READS):
            sound += stream.read(0.5)
            if len(sound) >= _LISTENED * 32_000:
                break
    samples = samples_of(sound)
    found = verdict(samples)
    if found != "good":
        raise SpeechError(f"{microphone.device.name}: {REMEDIES[found]}")
    return f"{microphone.device.name}: good, {peak(samples):.0f} dB at the loudest"
