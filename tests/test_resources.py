"""Where the shipped prompts, packs and weights are found."""

from pathlib import Path

import pytest

from coach import resources
from coach.errors import CoachError


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty package folder that stands in for the real one."""
    folder = tmp_path / "site" / "coach"
    folder.mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", folder)
    return folder


def test_the_folders_that_ship_are_found() -> None:
    assert resources.prompts_dir().is_dir()
    assert (resources.default_pack_dir() / "pack.yaml").is_file()
    assert resources.default_pack_dir().parent == resources.packs_dir()
    assert resources.weights_file().parent.joinpath("__init__.py").is_file()


def test_a_checkout_keeps_them_beside_the_package(package: Path) -> None:
    pack = package.parent / "reference_answers" / "mlops"
    pack.mkdir(parents=True)
    (package.parent / "prompts").mkdir()
    assert resources.default_pack_dir() == pack
    assert resources.prompts_dir() == package.parent / "prompts"


def test_the_installed_copy_wins_over_a_folder_beside_the_package(package: Path) -> None:
    (package.parent / "reference_answers").mkdir()
    installed = package / "_data" / "reference_answers"
    installed.mkdir(parents=True)
    assert resources.packs_dir() == installed


def test_what_is_missing_is_named_with_where_it_should_be(package: Path) -> None:
    with pytest.raises(CoachError, match=r"prompts/ is missing at .*_data.prompts and at .*: install"):
        resources.prompts_dir()
    (package.parent / "reference_answers").mkdir()
    with pytest.raises(CoachError, match=r"the mlops pack is missing at .*mlops: install"):
        resources.default_pack_dir()
