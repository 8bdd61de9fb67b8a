"""Keeps what was recognised of a long recording in a file, so that a run that was ended can go on."""

import hashlib
import json
import os
from pathlib import Path

from pydantic import ValidationError

from coach.errors import SpeechError
from coach.speech.passages import Passage
from coach.speech.recogniser import Heard, Recogniser


class JournaledRecogniser:
    """A recogniser whose passages are written to `path`, one a line; what stands there is not done again.

    A line counts only where the same recogniser heard the same sound. Raises SpeechError where the file
    cannot be written.
    """

    by_passage = True

    def __init__(self, recogniser: Recogniser, path: Path) -> None:
        self._recogniser, self.path = recogniser, path
        self._known = _read(path)
        self.taken = 0

    @property
    def name(self) -> str:
        """The engine and its model."""
        return self._recogniser.name

    def recognise(self, passage: Passage) -> Heard:
        """Take a passage from the file, or recognise it and write it there."""
        key = hashlib.sha256(f"{self.name}\n".encode() + passage.samples.tobytes()).hexdigest()
        if (known := self._known.get(key)) is not None:
            self.taken += 1
            return known
        heard = self._recogniser.recognise(passage)
        self._write(json.dumps({"passage": key, "heard": heard.model_dump(mode="json")}))
        return heard

    def discard(self) -> None:
        """Delete the file: the transcript is complete."""
        self.path.unlink(missing_ok=True)

    def _write(self, line: str) -> None:
        try:
            # Readable by its user alone: it is what somebody said.
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(f"{line}\n")
        except OSError as error:
            raise SpeechError(
                f"{self.path}: cannot be written ({error.strerror}); name another folder with --out"
            ) from None


def _read(path: Path) -> dict[str, Heard]:
    """The passages in a file by their keys; a line that was cut off counts for nothing."""
    known: dict[str, Heard] = {}
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return known
    for line in lines:
        try:
            one = json.loads(line)
            known[one["passage"]] = Heard.model_validate(one["heard"])
        except (KeyError, TypeError, ValueError, ValidationError):
            continue
    return known
