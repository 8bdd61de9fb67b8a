"""Records from a microphone through PortAudio; each way in which that can fail is told apart."""

import os
import queue
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from coach.errors import SpeechError
from coach.speech.samples import RATE, Samples

# Frames of 50 ms: short enough for a meter that moves, long enough to cost nothing.
BLOCK = RATE // 20
_INSTALL = "pip install 'mlops-answer-coach[voice]'"
_FROM_FILE = "or record elsewhere and give the file with --audio"


class Device(NamedTuple):
    """An input device: its number and its name."""

    number: int
    name: str


class Gone(SpeechError):
    """The device went away in the middle of an answer; what was said until then is kept."""


class Microphone:
    """An input device, opened only while it records.

    Raises SpeechError in `from_name` where there is no library, no device, no such device.
    """

    def __init__(self, library: Any, device: Device) -> None:
        self._library = library
        self.device = device

    @classmethod
    def from_name(cls, name: str | None = None, library: Any = None) -> "Microphone":
        """The default input device, or the one whose name holds `name`, in any case."""
        library = library or load_library()
        inputs = input_devices(library)
        if not inputs:
            raise SpeechError(_no_device())
        if name is None:
            return cls(library, _default(library, inputs))
        found = [one for one in inputs if name.lower() in one.name.lower()]
        if not found:
            known = ", ".join(one.name for one in inputs[:6])
            raise SpeechError(f"there is no microphone named {name!r}; there are: {known}")
        return cls(library, found[0])

    @contextmanager
    def stream(self) -> Iterator["Stream"]:
        """Open the device and give its sound block by block; SpeechError where it cannot be opened."""
        blocks: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

        def arrived(sound: Any, frames: int, time: Any, status: Any) -> None:
            blocks.put(bytes(sound))

        try:
            stream = self._library.RawInputStream(
                samplerate=RATE,
                channels=1,
                dtype="int16",
                blocksize=BLOCK,
                device=self.device.number,
                callback=arrived,
                finished_callback=lambda: blocks.put(None),
            )
            stream.start()
        except self._library.PortAudioError as error:
            raise SpeechError(_cannot_open(self.device, str(error))) from None
        opened = Stream(blocks, self.device, lambda: bool(stream.active))
        try:
            yield opened
        finally:
            # A device that is gone cannot be closed properly, and needs not be.
            try:
                stream.abort(ignore_errors=True)
                stream.close(ignore_errors=True)
            except self._library.PortAudioError:
                pass


class Stream:
    """Sound as it comes from an open device."""

    def __init__(
        self, blocks: "queue.SimpleQueue[bytes | None]", device: Device, active: Callable[[], bool]
    ) -> None:
        self._blocks = blocks
        self._device = device
        self._active = active

    def read(self, patience: float) -> bytes:
        """All the sound that has come, waiting up to `patience` seconds for some; empty where none came.

        Raises Gone when the device has stopped giving any, after its last sound was returned.
        """
        sound: list[bytes] = []
        try:
            while True:
                block = self._blocks.get(timeout=0.0 if sound else patience)
                if block is None:
                    break
                sound.append(block)
        except queue.Empty:
            if sound or self._active():
                return b"".join(sound)
        if sound:
            # The end is said once more when this is asked for again.
            self._blocks.put(None)
            return b"".join(sound)
        raise Gone(f"the microphone {self._device.name} went away; what you said until then is kept")


def load_library() -> Any:
    """Import sounddevice; SpeechError tells a missing package from a missing PortAudio."""
    try:
        return import_module("sounddevice")
    except ImportError:
        raise SpeechError(f"recording needs sounddevice; run: {_INSTALL}, {_FROM_FILE}") from None
    except OSError:
        system = (
            "apt-get install libportaudio2" if sys.platform == "linux" else f"{_INSTALL} --force-reinstall"
        )
        raise SpeechError(
            f"recording needs the PortAudio library, which this system lacks; run: {system}, {_FROM_FILE}"
        ) from None


def input_devices(library: Any) -> tuple[Device, ...]:
    """The devices that can record, as PortAudio lists them."""
    try:
        listed = library.query_devices()
    except library.PortAudioError as error:
        raise SpeechError(f"the sound system does not answer ({error}); {_FROM_FILE}") from None
    return tuple(
        Device(number, str(one["name"])) for number, one in enumerate(listed) if one["max_input_channels"] > 0
    )


def samples_of(sound: bytes) -> Samples:
    """Sound as it comes from a stream as samples."""
    return np.frombuffer(sound, dtype=np.int16)


def _default(library: Any, inputs: tuple[Device, ...]) -> Device:
    try:
        number = int(library.query_devices(kind="input")["index"])
    except (library.PortAudioError, ValueError):
        return inputs[0]
    return next((one for one in inputs if one.number == number), inputs[0])


def _no_device() -> str:
    if _is_locked():
        return (
            "this user may not use the sound devices; run: sudo usermod -aG audio $USER, and log in again, "
            f"{_FROM_FILE}"
        )
    return f"no microphone was found; plug one in or switch one on, {_FROM_FILE}"


def _is_locked() -> bool:
    """Whether there are sound devices that this user may not open (Linux)."""
    captures = list(Path("/dev/snd").glob("pcmC*c")) if sys.platform == "linux" else []
    return bool(captures) and not any(os.access(one, os.R_OK) for one in captures)


def _cannot_open(device: Device, reason: str) -> str:
    if any(word in reason.lower() for word in ("permission", "denied", "access", "unauthorized")):
        return (
            f"no permission to record from {device.name}; allow this terminal to use the microphone in the "
            f"system's privacy settings, {_FROM_FILE}"
        )
    if "sample rate" in reason.lower():
        return f"{device.name} cannot record at 16 kHz ({reason}); choose another with --device, {_FROM_FILE}"
    return f"{device.name} cannot be opened ({reason}); close what else uses it, {_FROM_FILE}"
