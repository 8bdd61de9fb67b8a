"""Surroundings that are the same for every test: no network for models, no terminal of the person testing."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from coach.embedding.encoder import Encoder
    from coach.packs import Pack
    from coach.scoring.scorer import Scorer

# Both are read when a library is imported, which is after this.
os.environ["HF_HUB_OFFLINE"] = "1"
# These would decide whether and how wide output is coloured or cut; a test that wants colour asks for it.
for name in (
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "FORCE_COLOR",
    "GITHUB_ACTIONS",
    "LINES",
    "NO_COLOR",
    "PY_COLORS",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
):
    os.environ.pop(name, None)

# A deadline would measure how busy the machine is.
settings.register_profile("coach", deadline=None)
settings.load_profile("coach")


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep derived data away from the user's own, in one folder, so that references are encoded once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COACH_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache"))
        patch.delenv("COACH_OFFLINE", raising=False)
        # A key or a config file of the person testing must not bring a critic into every test.
        for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT", "COACH_CONFIG"):
            patch.delenv(name, raising=False)
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / "config"))
        patch.setenv("COACH_CRITIC", "0")
        yield


@pytest.fixture(scope="session")
def pack() -> "Pack":
    """The MLOps pack."""
    from coach import resources
    from coach.packs import load_pack

    return load_pack(resources.default_pack_dir())


@pytest.fixture(scope="session")
def encoder() -> "Encoder":
    """The built-in encoder."""
    from coach.embedding.encoder import load_encoder

    return load_encoder()


@pytest.fixture(scope="session")
def scorer(pack: "Pack", encoder: "Encoder") -> "Scorer":
    """The scorer of the MLOps pack with the shipped weights."""
    from coach.scoring.scorer import load_scorer

    return load_scorer(pack, encoder)


@pytest.fixture
def loaded(encoder: "Encoder", monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that score find the encoder of the session already loaded."""
    monkeypatch.setattr("coach.cli.reviewing.chosen_encoder", lambda name: encoder)
