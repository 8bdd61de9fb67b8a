"""What is shipped: the wheel, built and installed without a network, works from an empty folder."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Where the wheel puts each folder of the checkout.
PLACES = {
    "coach": "coach",
    "prompts": "coach/_data/prompts",
    "reference_answers": "coach/_data/reference_answers",
}
FOUND = """
import json, coach
from coach import packs, resources
pack = packs.load_pack(resources.default_pack_dir())
found = {
    "package": coach.__file__,
    "prompts": str(resources.prompts_dir()),
    "packs": str(resources.packs_dir()),
    "weights": str(resources.weights_file()),
    "questions": [question.id for question in pack.questions],
}
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder with the wheel installed into it."""
    folder = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    run([*pip, "--no-index", "--no-deps", "--target", str(folder), str(wheel)], folder)
    return folder


def run(command: list[str], folder: Path, **environment: str) -> str:
    """Run a command in `folder` and return what it prints; a failure shows what it said."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def shipped(folder: str) -> Iterator[str]:
    """Yield where each file of a folder of the checkout belongs in the wheel."""
    for path in (ROOT / folder).rglob("*"):
        if path.is_file() and path.suffix not in {".pyc", ".pyo"}:
            yield f"{PLACES[folder]}/{path.relative_to(ROOT / folder).as_posix()}"


def test_the_wheel_holds_the_package_and_its_data_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
    assert sorted(names) == sorted(name for folder in PLACES for name in shipped(folder))


def test_the_pack_the_prompts_and_the_weights_are_found(site: Path, tmp_path: Path) -> None:
    found = json.loads(run([sys.executable, "-c", FOUND], tmp_path, PYTHONPATH=str(site)))
    package = site / "coach"
    # Otherwise an editable install would answer for the wheel.
    assert Path(found["package"]) == package / "__init__.py"
    assert Path(found["prompts"]) == package / "_data" / "prompts"
    assert Path(found["packs"]) == package / "_data" / "reference_answers"
    assert Path(found["weights"]).is_relative_to(package)
    assert Path(found["weights"]).is_file()
    assert len(found["questions"]) == 19


def test_the_command_runs_from_another_folder(site: Path, tmp_path: Path) -> None:
    listed = run([sys.executable, "-m", "coach", "questions", "--json"], tmp_path, PYTHONPATH=str(site))
    assert "churn-on-azure" in {question["id"] for question in json.loads(listed)}
    assert list(tmp_path.iterdir()) == []


def test_the_installed_script_is_the_same_command(site: Path, tmp_path: Path) -> None:
    script = (
        "from importlib.metadata import distribution\n"
        "(entry,) = distribution('mlops-answer-coach').entry_points.select(group='console_scripts')\n"
        "print(entry.name, entry.load().__module__)"
    )
    printed = run([sys.executable, "-c", script], tmp_path, PYTHONPATH=str(site))
    assert printed.split() == ["coach", "coach.cli"]


def test_an_editable_install_copies_nothing(tmp_path: Path) -> None:
    build = f"import hatchling.build; print(hatchling.build.build_editable({str(tmp_path)!r}))"
    name = run([sys.executable, "-c", build], ROOT).split()[-1]
    with zipfile.ZipFile(tmp_path / name) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
        assert names == ["_mlops_answer_coach.pth"]
        assert Path(archive.read(names[0]).decode().strip()) == ROOT
