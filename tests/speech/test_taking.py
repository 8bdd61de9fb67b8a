"""Taking an answer to disk: the clock, pause, the level check, and every mishap."""

import errno
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sounds import tone

from coach.speech.decoding import RATE, decode
from coach.speech.recording import Gone
from coach.speech.streamed_wav import HEADER_BYTES, StreamedWav, is_unfinished
from coach.speech.taking import DEAD_AFTER, Key, NoSignal, Progress, Taken, take

SECOND = tone(1.0, level=5000).tobytes()
NOTHING = bytes(len(SECOND))


class Sounds:
    """A source of a second of sound at a time."""

    def __init__(self, *seconds: bytes, then: Exception | None = None) -> None:
        self._seconds, self._then = list(seconds), then
        self.on_disk: list[int] = []
        self.path: Path | None = None

    def read(self, patience: float) -> bytes:
        if self.path is not None:
            self.on_disk.append(self.path.stat().st_size)
        if self._seconds:
            return self._seconds.pop(0)
        if self._then is not None:
            raise self._then
        return SECOND


def keys_at(**presses: Key) -> Callable[[], Key | None]:
    """Press keys before the so-many-th second: `s3="stop"`."""
    asked = iter(range(10_000))
    return lambda: presses.get(f"s{next(asked)}")


def taken(
    tmp_path: Path, source: Sounds, keys: Callable[[], Key | None] = lambda: None, limit: float = 5.0
) -> tuple[Taken, list[Progress]]:
    seen: list[Progress] = []
    source.path = tmp_path / "recording.wav"
    with StreamedWav(source.path) as wav:
        done = take(source, wav, limit, keys, seen.append)
    return done, seen


def test_enter_stops(tmp_path: Path) -> None:
    done, seen = taken(tmp_path, Sounds(), keys_at(s3="stop"))
    assert done == Taken(3.0, "stopped")
    assert [one.seconds for one in seen] == [1, 2, 3]
    assert decode(tmp_path / "recording.wav").seconds == 3


def test_the_clock_marks_gently_and_stops_fifteen_seconds_late(tmp_path: Path) -> None:
    done, seen = taken(tmp_path, Sounds(), limit=120.0)
    assert (done.seconds, done.ended) == (135.0, "clock")
    assert done.notice is not None
    assert min(one.seconds for one in seen if one.nearly_over) == 105.0


def test_what_is_said_in_a_pause_is_not_recorded(tmp_path: Path) -> None:
    done, seen = taken(tmp_path, Sounds(), keys_at(s1="pause", s4="pause", s6="stop"))
    assert done.seconds == 3.0
    assert [one.paused for one in seen] == [False, True, True, True, False, False]


def test_every_second_is_on_disk_before_the_next_is_asked_for(tmp_path: Path) -> None:
    source = Sounds()
    taken(tmp_path, source, keys_at(s3="stop"))
    assert source.on_disk == [HEADER_BYTES + number * len(SECOND) for number in range(3)]


def test_a_device_that_goes_leaves_what_was_said(tmp_path: Path) -> None:
    done, _ = taken(tmp_path, Sounds(SECOND, SECOND, then=Gone("the microphone went away")))
    assert (done.seconds, done.ended, done.notice) == (2.0, "gone", "the microphone went away")
    assert decode(tmp_path / "recording.wav").seconds == 2.0


def test_a_full_disk_leaves_what_was_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = StreamedWav.write

    def write(self: StreamedWav, sound: bytes) -> None:
        if self.seconds >= 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        written(self, sound)

    monkeypatch.setattr(StreamedWav, "write", write)
    done, _ = taken(tmp_path, Sounds())
    assert (done.seconds, done.ended) == (2.0, "full")
    assert "No space left" in str(done.notice)
    assert decode(tmp_path / "recording.wav").seconds == 2.0


def test_a_dead_microphone_is_told_before_it_wastes_the_answer(tmp_path: Path) -> None:
    with pytest.raises(NoSignal, match="no signal"):
        taken(tmp_path, Sounds(*[NOTHING] * 60), limit=120)
    assert (tmp_path / "recording.wav").stat().st_size <= HEADER_BYTES + (DEAD_AFTER + 1) * len(SECOND)


@pytest.mark.parametrize(("level", "said"), [(100, "too quiet"), (5000, "good"), (60_000, "clipping")])
def test_the_level_is_judged_after_three_seconds(level: float, said: str, tmp_path: Path) -> None:
    wave = np.sin(np.arange(RATE) / RATE * 2 * np.pi * 440) * level
    sound = np.clip(wave, -32768, 32767).astype(np.int16).tobytes()
    _, seen = taken(tmp_path, Sounds(*[sound] * 9), keys_at(s5="stop"))
    assert [one.check for one in seen] == ["good", "good", said, said, said]


def test_a_pause_to_think_is_not_too_quiet(tmp_path: Path) -> None:
    hiss = tone(1.0, level=50).tobytes()
    _, seen = taken(tmp_path, Sounds(*[SECOND] * 4, *[hiss] * 12), keys_at(s16="stop"), limit=60)
    assert {one.check for one in seen[:13]} == {"good"}
    assert seen[-1].check == "too quiet"


def test_a_disk_that_stays_full_does_not_hide_what_was_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", fails)
    done, _ = taken(tmp_path, Sounds(), keys_at(s2="stop"))
    assert done == Taken(2.0, "stopped")
    assert decode(tmp_path / "recording.wav").seconds == 2.0


def test_a_crash_leaves_a_recording_that_can_be_read_and_gone_on_from(tmp_path: Path) -> None:
    path = tmp_path / "recording.wav"
    crashed = StreamedWav(path)
    crashed.write(SECOND + b"\0")
    # Never closed: the process was killed here.
    assert is_unfinished(path)
    found = decode(path)
    assert (found.seconds, found.notice) == (pytest.approx(1.0, abs=0.001), None)
    with StreamedWav(path, resume=True) as wav:
        assert wav.seconds == 1.0
        wav.write(SECOND)
    assert not is_unfinished(path)
    both = decode(path)
    assert (both.seconds, both.notice) == (2.0, None)
    assert np.array_equal(both.samples[:RATE], both.samples[RATE:])
    crashed._file.close()


def test_a_new_recording_replaces_the_old(tmp_path: Path) -> None:
    path = tmp_path / "recording.wav"
    for seconds in (3, 1):
        with StreamedWav(path) as wav:
            wav.write(SECOND * seconds)
    assert decode(path).seconds == 1.0
    assert path.stat().st_mode & 0o777 == 0o600
    assert not is_unfinished(tmp_path / "none.wav")
