"""Reads a text aloud: with whatever voice the system has, or with Piper and a voice that the user gives."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from coach.errors import UsageError

# The programs that speak what they are given as their last argument, in the order of how they sound.
_PROGRAMS = (("say",), ("spd-say", "--wait"), ("espeak-ng",), ("espeak",), ("flite", "-voice", "slt", "-t"))
_WINDOWS = (
    "powershell",
    "-NoProfile",
    "-Command",
    "Add-Type -AssemblyName System.Speech; "
    "(New-Object System.Speech.Synthesis.SpeechSynthesizer).Speak([Console]::In.ReadToEnd())",
)
# What plays a wav file that it is given as its last argument.
_PLAYERS = (
    ("paplay",),
    ("pw-play",),
    ("aplay", "-q"),
    ("afplay",),
    ("play", "-q"),
    ("ffplay", "-autoexit", "-nodisp"),
)
_PATIENCE = 60.0
PIPER = "piper"


class Voice(NamedTuple):
    """What reads aloud: the system's voice, or Piper with the voice file `piper`."""

    piper: Path | None = None

    @classmethod
    def from_folder(cls, folder: Path | None) -> "Voice":
        """Piper with the voice in `folder` (a file .onnx with its .onnx.json), or the system's voice.

        Raises UsageError where the folder holds no voice or Piper is not installed.
        """
        if folder is None:
            return cls()
        found = sorted(one for one in folder.glob("*.onnx") if one.with_name(f"{one.name}.json").is_file())
        if not found:
            raise UsageError(
                f"{folder}: holds no Piper voice (a file .onnx and its .onnx.json); give another folder"
            )
        if shutil.which(PIPER) is None:
            raise UsageError("a Piper voice needs the program piper; run: pip install piper-tts")
        return cls(found[0])

    @property
    def name(self) -> str | None:
        """The program that would speak, or None where there is none."""
        if self.piper is not None:
            return f"{PIPER} ({self.piper.stem})"
        if sys.platform == "win32":
            return _WINDOWS[0] if shutil.which(_WINDOWS[0]) else None
        return next((command[0] for command in _PROGRAMS if shutil.which(command[0])), None)

    @property
    def remedy(self) -> str:
        """What to do where nothing is heard."""
        if self.piper is not None:
            return f"needs piper and one of {', '.join(one[0] for one in _PLAYERS)}"
        return "needs one of say, spd-say, espeak-ng, flite, or a Piper voice (--voice)"

    def read_aloud(self, text: str) -> bool:
        """Speak a text and wait until it is said; False where there is no voice or it fails."""
        # A text that began with a dash would be read as an option.
        spoken = text.lstrip("-")
        if self.piper is not None:
            return _by_piper(self.piper, spoken)
        if self.name is None:
            return False
        if sys.platform == "win32":
            return _runs(_WINDOWS, spoken)
        return _runs([*next(one for one in _PROGRAMS if one[0] == self.name), spoken])


def write_spoken(voice: Path, text: str, path: Path) -> bool:
    """Have Piper write a text as a wav file; False where it fails."""
    return _runs([PIPER, "--model", str(voice), "--output_file", str(path)], text) and path.is_file()


def _by_piper(voice: Path, text: str) -> bool:
    player = next((one for one in _PLAYERS if shutil.which(one[0])), None)
    if player is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "question.wav"
        return write_spoken(voice, text, path) and _runs([*player, str(path)])


def _runs(command: Sequence[str], text: str = "") -> bool:
    try:
        done = subprocess.run(
            list(command),
            input=text,
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
