"""Synthetic voices that read answers aloud, to measure recognisers with."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from coach.errors import InputError
from coach.speech.reading_aloud import PIPER

VoiceName = Literal["rms", "slt", "hts", "piper"]
VOICES: tuple[VoiceName, ...] = ("rms", "slt", "hts", "piper")
_HTS = "(voice_cmu_us_slt_arctic_hts)"
# Two minutes are spoken in some seconds; a voice that takes longer hangs.
_PATIENCE = 240.0
_SYMBOLS = {
    "%": " percent",
    "€": " euros",
    "$": " dollars",
    "£": " pounds",
    "&": " and ",
    "+": " plus ",
    "=": " equals ",
}
# "GitHub" and "LightGBM" have two humps; so has "MLflow", though no capital begins its second.
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])(?!Lf)|(?<=ML)(?=f)")
_WORD = re.compile(r"[A-Za-z]+")
_LONGEST_ACRONYM = 5


def acronyms(texts: Sequence[str]) -> frozenset[str]:
    """The words that stand in capitals wherever they stand, two to five letters long, in lower case.

    >>> sorted(acronyms(["A KPI, the KPI and it. IT", "GDPR"]))
    ['gdpr', 'kpi']
    """
    capital: set[str] = set()
    other: set[str] = set()
    for text in texts:
        for word in re.findall(r"[^\W\d_]+", text):
            bare = word[:-1] if word.endswith("s") and word[:-1].isupper() else word
            if bare.isupper() and 2 <= len(bare) <= _LONGEST_ACRONYM:
                capital.add(bare.lower())
            elif not word.isupper():
                other.add(word.lower())
    return frozenset(capital - other)


def readable(text: str, spelled: frozenset[str]) -> str:
    """A text as a voice can read it: `spelled` words letter by letter, names in their parts, signs as words.

    >>> readable("MLflow logs the auc, GitHub 20%", frozenset({"ml", "auc"}))
    'm l flow logs the a u c, Git Hub 20 percent'
    """
    for sign, word in _SYMBOLS.items():
        text = text.replace(sign, word)
    spoken = _WORD.sub(lambda found: " ".join(_said(part, spelled) for part in _HUMP.split(found[0])), text)
    return " ".join(spoken.split())


def read_aloud(text: str, voice: VoiceName, path: Path, piper: Path | None = None) -> None:
    """Write a wav of `text`: by flite (rms, slt), festival (slt of the HTS engine) or the voice file `piper`.

    Raises InputError where the program is not installed or fails.
    """
    script = path.with_suffix(".txt")
    script.write_text(" ".join(text.split()), encoding="ascii", errors="replace")
    try:
        command = _command(voice, script, path, piper)
        subprocess.run(command, check=True, capture_output=True, timeout=_PATIENCE)
    except FileNotFoundError:
        raise InputError(
            f"{command[0]} is not installed; on Debian: apt-get install flite festival festvox-us-slt-hts, "
            "for Piper: pip install piper-tts"
        ) from None
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise InputError(f"{command[0]} could not read a text aloud ({error})") from None
    finally:
        script.unlink(missing_ok=True)


def _command(voice: VoiceName, script: Path, path: Path, piper: Path | None) -> list[str]:
    if voice == "piper":
        if piper is None:
            raise InputError(
                "the voice piper needs --voice FOLDER, with a file .onnx and its .onnx.json in it"
            )
        return [PIPER, "--model", str(piper), "--input_file", str(script), "--output_file", str(path)]
    if voice == "hts":
        return ["text2wave", "-eval", _HTS, str(script), "-o", str(path)]
    return ["flite", "-voice", voice, "-f", str(script), "-o", str(path)]


def _said(word: str, spelled: frozenset[str]) -> str:
    bare = word[:-1] if word.endswith("s") and word[:-1].isupper() else word
    if bare.lower() not in spelled:
        return word
    # A voice reads a single letter by its name.
    return " ".join(bare.lower()) + ("s" if len(bare) < len(word) else "")
