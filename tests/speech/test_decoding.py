"""Decoding: every container, and every way in which a file can be broken, told apart."""

import os
import struct
import wave
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from sounds import CODECS, silence, tone, write_sound

from coach.errors import InputError, SpeechError
from coach.speech.decoding import RATE, DecodingLimits, SoundFile, decode


@pytest.mark.parametrize("suffix", sorted(CODECS))
def test_every_container_gives_the_same_sound(suffix: str, tmp_path: Path) -> None:
    sound = decode(write_sound(tmp_path / f"answer.{suffix}", tone(2.0, 48_000)))
    assert sound.notice is None
    assert sound.seconds == pytest.approx(2.0, abs=0.06)
    middle = sound.samples[RATE // 2 : RATE].astype(float)
    # The tone itself comes back: 440 periods a second.
    spectrum = np.abs(np.fft.rfft(middle))
    assert np.argmax(spectrum) * RATE / len(middle) == pytest.approx(440, abs=3)
    assert np.abs(middle).max() == pytest.approx(8000, rel=0.2)


def test_the_sound_of_a_video_is_read(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "answer.mp4", tone(2.0, 48_000), pictures=True)
    assert decode(path).seconds == pytest.approx(2.0, abs=0.06)


@pytest.mark.parametrize("suffix", ["wav", "mp3", "ogg", "opus", "webm", "flac", "mka", "aac"])
def test_a_recording_that_is_cut_off_is_used_as_far_as_it_goes(suffix: str, tmp_path: Path) -> None:
    path = write_sound(tmp_path / f"answer.{suffix}", tone(4.0, 48_000))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    sound = decode(path)
    assert 0.8 < sound.seconds < 3.2
    assert sound.notice is not None
    assert "cut off" in sound.notice
    assert f"{sound.seconds:.1f}" in sound.notice


def test_a_header_that_claims_four_gigabytes_is_no_cut(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "answer.wav", tone(1.0, 48_000))
    content = bytearray(path.read_bytes())
    data = content.find(b"data")
    content[4:8] = content[data + 4 : data + 8] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    sound = decode(path)
    assert (round(sound.seconds, 2), sound.notice) == (1.0, None)


def wav(frames: bytes = b"", channels: int = 1) -> bytes:
    head = struct.pack(
        "<4sI4s4sIHHIIHH", b"RIFF", 36, b"WAVE", b"fmt ", 16, 1, channels, RATE, RATE * 2, 2, 16
    )
    return head + struct.pack("<4sI", b"data", len(frames)) + frames


BROKEN = {
    "empty.wav": (b"", "is empty (0 bytes)"),
    "text.mp3": (b"This is what I said in the interview.\n" * 90, "is text, not sound"),
    "header.wav": (wav()[:30], "holds no sound after its header"),
    "null.wav": (bytes(44), "is no audio or video"),
    "silent.wav": (wav(), "no sound in it (0 seconds)"),
    "channels.wav": (wav(bytes(1000), channels=0), "is damaged"),
    "random.mp3": (np.random.default_rng(1).bytes(40_000), "no audio or video|no sound that can be decoded"),
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_broken_file_has_its_own_message(name: str, tmp_path: Path) -> None:
    content, words = BROKEN[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=words.replace("(", r"\(").replace(")", r"\)")) as refused:
        decode(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)


def test_the_messages_differ() -> None:
    assert len({words for _, words in BROKEN.values()}) == len(BROKEN)


def test_an_index_that_was_never_written_is_named(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "answer.m4a", tone(2.0, 48_000))
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(InputError, match="stopped before its index was written"):
        decode(path)


def test_pictures_without_sound_are_named(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "answer.mp4", silence(1.0), pictures=True, sound=False)
    with pytest.raises(InputError, match="pictures but no sound"):
        decode(path)


def test_missing_folders_and_unreadable_files_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        decode(tmp_path / "none.wav")
    with pytest.raises(InputError, match="is a folder"):
        decode(tmp_path)
    if os.geteuid():
        path = tmp_path / "locked.wav"
        path.write_bytes(wav(bytes(100)))
        path.chmod(0)
        with pytest.raises(InputError, match="cannot be read"):
            decode(path)


def test_limits_on_length_size_and_work(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "answer.flac", tone(3.0, 48_000))
    with pytest.raises(InputError, match="longer than 0.04 minutes"):
        decode(path, DecodingLimits(seconds=2.4))
    assert decode(path, DecodingLimits(seconds=3.1)).seconds == pytest.approx(3.0)
    with pytest.raises(InputError, match="at most 0 MB"):
        decode(path, DecodingLimits(size=1000))
    ticks = count()
    with pytest.raises(InputError, match="not decoded within 5 seconds"):
        decode(path, DecodingLimits(work=5), clock=lambda: float(next(ticks)))


@pytest.mark.parametrize("suffix", ["m4a", "mp4", "mp3", "ogg", "flac"])
def test_a_damaged_place_costs_its_own_sound_alone(suffix: str, tmp_path: Path) -> None:
    path = write_sound(tmp_path / f"answer.{suffix}", tone(12.0, 48_000, hertz=440 + 3))
    content = bytearray(path.read_bytes())
    middle = len(content) // 3
    content[middle : middle + 3000] = bytes(3000)
    path.write_bytes(content)
    sound = decode(path)
    assert sound.seconds > 10.5
    # The end is there, as it was.
    last = sound.samples[-RATE // 2 :].astype(float)
    assert np.abs(last).max() > 6000


def test_a_damaged_file_says_so(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "answer.m4a", tone(12.0, 48_000))
    content = bytearray(path.read_bytes())
    content[len(content) // 3 : len(content) // 3 + 2000] = np.random.default_rng(2).bytes(2000)
    path.write_bytes(content)
    notice = str(decode(path).notice)
    assert "damaged" in notice
    assert "\n" not in notice


def test_a_name_with_a_colon_is_a_name(tmp_path: Path) -> None:
    for name in ("2026-05-01T10:30:12.ogg", "http:answer.wav", "concat:a|b.flac"):
        path = write_sound(tmp_path / f"answer{Path(name).suffix}", tone(1.0, 48_000))
        named = path.rename(tmp_path / name)
        assert decode(named).seconds == pytest.approx(1.0, abs=0.06)


PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{other}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile '{other}'\n",
    "pls": "[playlist]\nFile1={other}\nNumberOfEntries=1\n",
    "mpd": '<?xml version="1.0"?><MPD><Period><BaseURL>{other}</BaseURL></Period></MPD>',
}


@pytest.mark.parametrize("kind", sorted(PLAYLISTS))
@pytest.mark.parametrize("suffix", ["m3u8", "ogg"])
def test_a_playlist_opens_no_other_file(kind: str, suffix: str, tmp_path: Path) -> None:
    other = write_sound(tmp_path / "secret.aac", tone(2.0, 48_000))
    path = tmp_path / f"answer.{suffix}"
    path.write_text(PLAYLISTS[kind].format(other=other), encoding="utf-8")
    with pytest.raises(InputError, match="is a playlist") as told:
        decode(path)
    assert "\n" not in str(told.value)


def stereo(path: Path, left: np.ndarray, right: np.ndarray) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.stack([left, right], axis=1).astype(np.int16).tobytes())
    return path


def test_channels_that_cancel_out_are_heard(tmp_path: Path) -> None:
    sound = tone(3.0)
    decoded = decode(stereo(tmp_path / "inverted.wav", sound, -sound)).samples
    assert np.corrcoef(decoded[:RATE].astype(float), sound[:RATE].astype(float))[0, 1] > 0.99
    assert np.abs(decoded).max() == pytest.approx(8000, rel=0.05)


def test_one_channel_alone_and_two_unlike_ones_are_heard(tmp_path: Path) -> None:
    sound, other = tone(2.0), tone(2.0, hertz=1000)
    alone = decode(stereo(tmp_path / "left.wav", sound, sound * 0)).samples
    assert np.abs(alone).max() == pytest.approx(4000, rel=0.05)
    both = decode(stereo(tmp_path / "both.wav", sound, other)).samples.astype(float)
    spectrum = np.abs(np.fft.rfft(both[:RATE]))
    assert spectrum[440] > 10 * np.median(spectrum)
    assert spectrum[1000] > 10 * np.median(spectrum)


def test_a_wav_that_promises_too_little_is_read_to_its_end(tmp_path: Path) -> None:
    frames = tone(3.0).tobytes()
    path = tmp_path / "answer.wav"
    for promised in (1000, len(frames) // 2, len(frames) - 640):
        content = bytearray(wav(frames))
        content[40:44] = struct.pack("<I", promised)
        path.write_bytes(content)
        assert decode(path).seconds == pytest.approx(3.0, abs=0.01)
    # What stands behind the sound of a true header is no sound.
    path.write_bytes(wav(frames) + b"LIST" + struct.pack("<I", 400) + bytes(range(200)) * 2)
    assert decode(path).seconds == pytest.approx(3.0, abs=0.001)


def test_the_sound_comes_piece_by_piece(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "answer.flac", tone(5.0, 48_000))
    file = SoundFile(path)
    pieces = list(file)
    assert len(pieces) >= 9
    assert max(map(len, pieces)) < RATE
    assert np.array_equal(np.concatenate(pieces), decode(path).samples)
    assert (file.notice, file.declared) == ("", pytest.approx(5.0, abs=0.1))


def test_a_missing_package_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coach.speech.decoding.find_spec", lambda name: None)
    with pytest.raises(SpeechError, match=r"mlops-answer-coach\[speech\]"):
        decode(tmp_path / "answer.wav")


def shared(name: str) -> Path:
    """A file of the shared cases; the test is skipped where they are absent."""
    folder = Path(os.environ.get("COACH_SHARED", Path(__file__).parents[3] / "shared")) / "cases"
    if not (folder / name).is_file():
        pytest.skip(f"needs {name} of the shared cases (COACH_SHARED)")
    return folder / name


def test_the_shared_damaged_recording_is_read_to_its_end() -> None:
    assert decode(shared("f05-damaged-middle.m4a")).seconds > 11.5


def test_the_shared_recording_with_a_colon_is_read(tmp_path: Path) -> None:
    path = tmp_path / "2026-05-01T10:30:12.ogg"
    path.write_bytes(shared("f06-2026-05-01T10_30_12.ogg").read_bytes())
    assert decode(path).seconds > 2


def test_stereo_is_mixed_down(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(np.repeat(tone(1.0, 44_100), 2).tobytes())
    sound = decode(path)
    assert sound.seconds == pytest.approx(1.0, abs=0.01)
    assert np.abs(sound.samples).max() == pytest.approx(8000, rel=0.1)
