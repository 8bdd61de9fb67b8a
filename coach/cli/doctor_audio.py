"""What `coach doctor --audio` looks at: decoding, recognisers, microphone and voice."""

from collections.abc import Callable
from importlib.metadata import version

from coach.errors import SpeechError
from coach.settings import Settings
from coach.speech.levels import REMEDIES, peak, verdict
from coach.speech.reading_aloud import Voice
from coach.speech.recording import Microphone, input_devices, load_library, samples_of
from coach.speech.whisper_files import MODEL, checked, embedded_folder

# Long enough to say a few words; whoever says none is told that nothing was heard.
_LISTENED = 3.0
# A device that gives no sound at all is not waited for for ever.
_MOST_READS = 200


def audio_looks(settings: Settings, device: str | None = None) -> dict[str, Callable[[], str]]:
    """The checks by name; each returns what it found or raises SpeechError with the remedy."""
    return {
        "decoding": lambda: f"av {version('av')}",
        "embedded recogniser": embedded,
        "local recogniser": _local,
        "hosted recogniser": lambda: _hosted(settings),
        "microphones": _microphones,
        "level": lambda: _level(device),
        "voice": lambda: Voice().name or f"none; --speak {Voice().remedy}",
    }


def embedded() -> str:
    """The embedded model with its hash, checked anew; SpeechError where it is missing or altered."""
    folder = embedded_folder()
    return f"{MODEL}, SHA-256 {checked(folder)}"


def _local() -> str:
    from coach.speech import whisper

    if whisper.is_ready():
        return f"faster-whisper, model {whisper.DEFAULT_MODEL}"
    return f"not set up; hf download Systran/faster-whisper-{whisper.DEFAULT_MODEL}, or name another model"


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
