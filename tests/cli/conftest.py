"""The encoder of the session in place of the one that each command would load."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from coach.embedding.encoder import Encoder


@pytest.fixture
def loaded(encoder: "Encoder", monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that score find the encoder already loaded."""
    monkeypatch.setattr("coach.cli.answer.chosen_encoder", lambda name: encoder)
