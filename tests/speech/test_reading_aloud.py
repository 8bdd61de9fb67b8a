"""Reading a question aloud: with what the system has, or with a voice that the user gives."""

import os
import stat
from pathlib import Path

import pytest

from coach.errors import UsageError
from coach.speech.reading_aloud import Voice


def program(folder: Path, name: str, script: str) -> None:
    """A program of that name that runs `script`."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setattr("shutil.which", lambda name: str(folder / name) if (folder / name).exists() else None)
    return folder


@pytest.fixture
def voice(tmp_path: Path) -> Path:
    folder = tmp_path / "voice"
    folder.mkdir()
    (folder / "joe.onnx").write_bytes(b"")
    (folder / "joe.onnx.json").write_bytes(b"{}")
    return folder


def test_a_system_without_a_voice_says_what_it_needs(programs: Path) -> None:
    assert Voice().name is None
    assert not Voice().read_aloud("What is drift?")
    assert "espeak-ng" in Voice().remedy


def test_the_voice_of_the_system_is_given_the_text(programs: Path, tmp_path: Path) -> None:
    program(programs, "espeak-ng", f'echo "$1" > {tmp_path}/said')
    assert Voice().name == "espeak-ng"
    # What begins with a dash is no option.
    assert Voice().read_aloud("--What is drift?")
    assert (tmp_path / "said").read_text().strip() == "What is drift?"


def test_a_voice_that_fails_is_told(programs: Path) -> None:
    program(programs, "espeak-ng", "exit 3")
    assert not Voice().read_aloud("What is drift?")


def test_piper_speaks_with_the_given_voice(programs: Path, voice: Path, tmp_path: Path) -> None:
    program(programs, "piper", f'cat > {tmp_path}/said; echo "$2" > {tmp_path}/model; touch "$4"')
    program(programs, "paplay", f'cp "$1" {tmp_path}/played.wav')
    chosen = Voice.from_folder(voice)
    assert chosen.name == "piper (joe)"
    assert chosen.read_aloud("What is drift?")
    assert (tmp_path / "said").read_text() == "What is drift?"
    assert (tmp_path / "model").read_text().strip() == str(voice / "joe.onnx")
    assert (tmp_path / "played.wav").exists()


def test_a_folder_without_a_voice_and_a_missing_piper_are_told(
    programs: Path, voice: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="pip install piper-tts"):
        Voice.from_folder(voice)
    (voice / "joe.onnx.json").unlink()
    with pytest.raises(UsageError, match="holds no Piper voice"):
        Voice.from_folder(voice)
    with pytest.raises(UsageError, match="holds no Piper voice"):
        Voice.from_folder(tmp_path / "none")
    assert Voice.from_folder(None) == Voice()
