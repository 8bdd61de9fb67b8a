"""Reads a text aloud with whatever voice the system has."""

import shutil
import subprocess
import sys

# The programs that speak what they are given as their last argument, in the order of how they sound.
_PROGRAMS = (("say",), ("spd-say", "--wait"), ("espeak-ng",), ("espeak",), ("flite", "-voice", "slt", "-t"))
_WINDOWS = (
    "powershell",
    "-NoProfile",
    "-Command",
    "Add-Type -AssemblyName System.Speech; "
    "(New-Object System.Speech.Synthesis.SpeechSynthesizer).Speak([Console]::In.ReadToEnd())",
)
_PATIENCE = 60.0


def voice() -> str | None:
    """The name of the program that would speak, or None where the system has no voice."""
    if sys.platform == "win32":
        return _WINDOWS[0] if shutil.which(_WINDOWS[0]) else None
    return next((command[0] for command in _PROGRAMS if shutil.which(command[0])), None)


def read_aloud(text: str) -> bool:
    """Speak a text and wait until it is said; False where there is no voice or it fails."""
    program = voice()
    if program is None:
        return False
    by_input = program == _WINDOWS[0]
    # A text that began with a dash would be read as an option.
    spoken = text.lstrip("-")
    command = list(_WINDOWS) if by_input else [*next(one for one in _PROGRAMS if one[0] == program), spoken]
    try:
        done = subprocess.run(
            command,
            input=spoken if by_input else "",
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
