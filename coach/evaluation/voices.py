"""Synthetic voices that read answers aloud, to measure recognisers with."""

import subprocess
from pathlib import Path
from typing import Literal

from coach.errors import InputError

VoiceName = Literal["rms", "slt", "hts"]
VOICES: tuple[VoiceName, ...] = ("rms", "slt", "hts")
_HTS = "(voice_cmu_us_slt_arctic_hts)"
# Two minutes are spoken in a second or two; a voice that takes longer hangs.
_PATIENCE = 120.0


def read_aloud(text: str, voice: VoiceName, path: Path) -> None:
    """Write a wav of `text` in one of the voices: flite's rms and slt, festival's slt of the HTS engine.

    Raises InputError where the program is not installed or fails.
    """
    script = path.with_suffix(".txt")
    script.write_text(text, encoding="ascii", errors="replace")
    try:
        if voice == "hts":
            command = ["text2wave", "-eval", _HTS, str(script), "-o", str(path)]
        else:
            command = ["flite", "-voice", voice, "-f", str(script), "-o", str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=_PATIENCE)
    except FileNotFoundError:
        raise InputError(
            f"{command[0]} is not installed; on Debian: apt-get install flite festival festvox-us-slt-hts"
        ) from None
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise InputError(f"{command[0]} could not read a text aloud ({error})") from None
    finally:
        script.unlink(missing_ok=True)
