"""Recording: what can go wrong with a microphone is told apart, each with its remedy."""

from collections.abc import Callable
from typing import Any

import pytest

from coach.errors import SpeechError
from coach.speech import recording
from coach.speech.recording import Gone, Microphone


class PortAudioError(Exception):
    """What the library raises."""


class OpenStream:
    def __init__(
        self, callback: Callable[..., None], finished_callback: Callable[[], None], **_: Any
    ) -> None:
        self.callback, self.finished, self.active = callback, finished_callback, False

    def start(self) -> None:
        self.active = True

    def abort(self, ignore_errors: bool) -> None:
        self.active = False

    def close(self, ignore_errors: bool) -> None:
        pass


class Library:
    """Stands in for sounddevice."""

    PortAudioError = PortAudioError

    def __init__(self, *names: str, refuses: str = "", silent: bool = False) -> None:
        self._names, self._refuses, self._silent = names, refuses, silent
        self.opened: list[tuple[OpenStream, dict[str, Any]]] = []

    def query_devices(self, kind: str | None = None) -> Any:
        if self._silent:
            raise PortAudioError("Internal PortAudio error")
        if kind == "input":
            if not self._names:
                raise PortAudioError("Error querying device -1")
            return {"index": len(self._names)}
        listed = [{"name": "Loudspeaker", "max_input_channels": 0}]
        return listed + [{"name": name, "max_input_channels": 1} for name in self._names]

    def RawInputStream(self, **settings: Any) -> OpenStream:
        if self._refuses:
            raise PortAudioError(self._refuses)
        self.opened.append((OpenStream(**settings), settings))
        return self.opened[-1][0]


def test_the_default_device_or_one_by_name_is_taken() -> None:
    library = Library("Headset", "Webcam")
    assert Microphone.from_name(None, library).device == (2, "Webcam")
    assert Microphone.from_name("head", library).device == (1, "Headset")
    with pytest.raises(SpeechError, match="no microphone named 'studio'; there are: Headset, Webcam"):
        Microphone.from_name("studio", library)


def test_no_device_no_permission_and_no_answer_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "_is_locked", lambda: False)
    with pytest.raises(SpeechError, match="no microphone was found; plug one in"):
        Microphone.from_name(None, Library())
    monkeypatch.setattr(recording, "_is_locked", lambda: True)
    with pytest.raises(SpeechError, match="may not use the sound devices; run: sudo usermod"):
        Microphone.from_name(None, Library())
    with pytest.raises(SpeechError, match="does not answer"):
        Microphone.from_name(None, Library(silent=True))


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("Permission denied", "privacy settings"),
        ("Invalid sample rate", "cannot record at 16 kHz"),
        ("Device unavailable", "close what else uses it"),
    ],
)
def test_a_device_that_cannot_be_opened_says_why(reason: str, words: str) -> None:
    microphone = Microphone.from_name(None, Library("Webcam", refuses=reason))
    with pytest.raises(SpeechError, match=words), microphone.stream():
        pass


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ImportError("no"), r"mlops-answer-coach\[voice\]"),
        (OSError("PortAudio library not found"), "PortAudio"),
    ],
)
def test_a_missing_package_and_a_missing_library_are_told_apart(
    error: Exception, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(name: str) -> None:
        raise error

    monkeypatch.setattr(recording, "import_module", fails)
    with pytest.raises(SpeechError, match=words) as told:
        Microphone.from_name()
    assert "--audio" in str(told.value)


def test_sound_comes_in_order_and_the_end_is_said_after_the_last_of_it() -> None:
    library = Library("Webcam")
    with Microphone.from_name(None, library).stream() as stream:
        opened, settings = library.opened[0]
        assert (settings["samplerate"], settings["channels"], settings["dtype"]) == (16_000, 1, "int16")
        assert stream.read(0.0) == b""
        for block in (b"ab", b"cd"):
            opened.callback(block, 1, None, None)
        assert stream.read(0.1) == b"abcd"
        opened.callback(b"ef", 1, None, None)
        opened.active = False
        opened.finished()
        assert stream.read(0.1) == b"ef"
        for _ in range(2):
            with pytest.raises(Gone, match="Webcam went away"):
                stream.read(0.0)
    assert not opened.active


def test_a_device_that_stops_without_a_word_is_gone() -> None:
    library = Library("Webcam")
    with Microphone.from_name(None, library).stream() as stream:
        library.opened[0][0].active = False
        with pytest.raises(Gone):
            stream.read(0.0)
