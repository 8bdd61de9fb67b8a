"""Capabilities: what a service was found to understand, remembered by address and model."""

import json
import time
from collections.abc import Callable
from typing import Literal, get_args

from pydantic import ValidationError

from coach.critic.private_files import private_folder, write_privately
from coach.domain import Frozen

# How a reply of a given form is asked for, the strictest first: by strict schema through the Responses API or
# Chat Completions, in JSON mode, or as JSON in a fence.
Mode = Literal["responses", "json_schema", "json_object", "fenced"]
MODES: tuple[Mode, ...] = get_args(Mode)
# Servers are updated and models exchanged under one name; after this many seconds it is found out anew.
_GOOD_FOR = 30 * 24 * 3600
_FILE = "capabilities.json"


class Capabilities(Frozen):
    """The mode that worked, the parameters that were refused, and when (seconds since 1970)."""

    mode: Mode
    unsupported: tuple[str, ...]
    learnt: float


class CapabilityMemory:
    """Remembers capabilities in the user's cache folder; where that fails they are found out each time."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock

    def recall(self, address: str, model: str) -> Capabilities | None:
        """What is known of a model at an address, or None."""
        found = self._read().get(_key(address, model))
        return found if found and self._clock() - found.learnt < _GOOD_FOR else None

    def remember(self, address: str, model: str, mode: Mode, unsupported: set[str]) -> None:
        """Keep what was found; a folder that cannot be written costs a few calls later, nothing else."""
        found = Capabilities(mode=mode, unsupported=tuple(sorted(unsupported)), learnt=self._clock())
        self._write({**self._read(), _key(address, model): found})

    def forget(self, address: str, model: str) -> None:
        """Find out anew next time."""
        self._write({key: one for key, one in self._read().items() if key != _key(address, model)})

    def _read(self) -> dict[str, Capabilities]:
        try:
            stored = json.loads((private_folder() / _FILE).read_text(encoding="utf-8"))
            return {key: Capabilities.model_validate_json(json.dumps(one)) for key, one in stored.items()}
        except (OSError, ValueError, AttributeError, ValidationError):
            return {}

    def _write(self, found: dict[str, Capabilities]) -> None:
        stored = {key: one.model_dump(mode="json") for key, one in found.items()}
        try:
            write_privately(private_folder() / _FILE, json.dumps(stored, indent=1, sort_keys=True))
        except OSError:
            pass


def _key(address: str, model: str) -> str:
    return f"{address} {model}"
