"""Transcribes while somebody speaks: in a thread of its own, passage by passage."""

import queue
from collections.abc import Callable
from threading import Thread

import numpy as np

from coach.errors import CoachError
from coach.speech.recogniser import Recogniser
from coach.speech.samples import Samples
from coach.speech.transcription import Transcription
from coach.spoken import Transcript

# Sound waits for so long at most while more of it comes in, so that it is not looked at in crumbs (seconds).
_PATIENCE = 0.25


class LiveTranscription:
    """Takes sound as it is recorded and has the transcript soon after the last word.

    What goes wrong in it never touches the recording: `transcript` then returns None, and the file is
    transcribed as a whole. `grown` is called in its thread with the text of each passage.
    """

    def __init__(self, recogniser: Recogniser, grown: Callable[[str], None] | None = None) -> None:
        self._recogniser, self._grown = recogniser, grown
        self._sounds: queue.SimpleQueue[Samples | None] = queue.SimpleQueue()
        self._transcript: Transcript | None = None
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def feed(self, samples: Samples) -> None:
        """Hand over more 16 kHz samples; returns at once."""
        self._sounds.put(samples)

    def end(self) -> None:
        """There will be no more sound; returns at once, and may be called again."""
        self._sounds.put(None)

    def transcript(self) -> Transcript | None:
        """Wait for the transcript of all that was handed over; None where it could not be made."""
        self.end()
        self._thread.join()
        return self._transcript

    def _run(self) -> None:
        try:
            transcription = Transcription(self._recogniser)
            shown = 0
            while (samples := self._next()) is not None:
                if transcription.feed(samples) and self._grown is not None:
                    words = transcription.words
                    self._grown(" ".join(word.text for word in words[shown:]))
                    shown = len(words)
            self._transcript = transcription.finish()
        except (CoachError, RuntimeError, OSError, MemoryError):
            # The recording is on disk: transcribing it says what is wrong, to somebody who listens.
            self._transcript = None

    def _next(self) -> Samples | None:
        """All the sound that has come; None once there will be no more."""
        if (first := self._sounds.get()) is None:
            return None
        held = [first]
        while True:
            try:
                more = self._sounds.get(timeout=_PATIENCE)
            except queue.Empty:
                break
            if more is None:
                self._sounds.put(None)
                break
            held.append(more)
            if len(held) > 20:
                break
        return np.concatenate(held)
