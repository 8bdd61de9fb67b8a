"""Calibrations: what was measured of a model with a prompt, kept for later reviews by the same."""

import json
import os
from pathlib import Path

from pydantic import ValidationError

from coach.critic.private_files import write_privately
from coach.domain import Calibration
from coach.errors import InputError
from coach.prompts import Prompt
from coach.settings import config_file

_FILE = "calibrations.json"


def calibrations_file() -> Path:
    """The file beside the config file: unlike a cache, it cannot be had again without paying."""
    return config_file(os.environ).with_name(_FILE)


def calibration_for(model: str, prompt: Prompt, samples: int) -> Calibration | None:
    """What was measured of `model` with exactly this prompt and number of samples, or None."""
    return _read().get(_key(model, str(prompt), samples))


def keep_calibration(found: Calibration) -> Path:
    """Keep what was measured in place of what was before; InputError where it cannot be written."""
    path = calibrations_file()
    kept = {**_read(), _key(found.model, found.prompt, found.samples): found}
    stored = {key: one.model_dump(mode="json") for key, one in sorted(kept.items())}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_privately(path, json.dumps(stored, indent=1) + "\n")
    except OSError as error:
        raise InputError(
            f"{path}: the calibration cannot be kept ({error.strerror}); COACH_CONFIG names another place"
        ) from None
    return path


def _read() -> dict[str, Calibration]:
    try:
        stored = json.loads(calibrations_file().read_text(encoding="utf-8"))
        return {key: Calibration.model_validate(one) for key, one in stored.items()}
    except (OSError, ValueError, AttributeError, ValidationError):
        return {}


def _key(model: str, prompt: str, samples: int) -> str:
    return f"{model}, {prompt}, {samples} samples"
