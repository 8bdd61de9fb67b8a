"""Finds the prompts, packs and weights that ship with the package, installed or in a checkout."""

from pathlib import Path

from coach.errors import CoachError

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = "_data"
_DEFAULT_PACK = "mlops"


def prompts_dir() -> Path:
    """Return the folder of the prompts; raise CoachError where the installation lacks it."""
    return _shipped("prompts")


def packs_dir() -> Path:
    """Return the folder that holds one folder for each pack; raise CoachError where it is missing."""
    return _shipped("reference_answers")


def default_pack_dir() -> Path:
    """Return the folder of the MLOps pack; raise CoachError where it is missing."""
    directory = packs_dir() / _DEFAULT_PACK
    if not directory.is_dir():
        raise CoachError(f"the {_DEFAULT_PACK} pack is missing at {directory}: install coach again")
    return directory


def manipulation_file() -> Path:
    """Return the file of sentences that address the grader; raise CoachError where the folder is missing."""
    return packs_dir() / "manipulation.yaml"


def weights_file() -> Path:
    """Return where the head that ships with the package lies; whoever loads it says if it is missing."""
    return _PACKAGE / "scoring" / "weights.npz"


def _shipped(name: str) -> Path:
    # The wheel's own copy goes first: beside an installed package, a folder of this name is somebody else's.
    installed, checkout = _PACKAGE / _INSTALLED / name, _PACKAGE.parent / name
    for directory in (installed, checkout):
        if directory.is_dir():
            return directory
    raise CoachError(f"{name}/ is missing at {installed} and at {checkout}: install coach again")
