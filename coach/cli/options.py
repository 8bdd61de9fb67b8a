"""Options that several commands share, and what they stand for."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coach import resources
from coach.packs import Pack, load_pack

if TYPE_CHECKING:
    from coach.embedding.encoder import Encoder

PackOption = Annotated[
    Path | None,
    typer.Option("--pack", help="Folder of a pack of questions and references; the MLOps pack if not given."),
]
EncoderOption = Annotated[
    str | None,
    typer.Option(
        "--encoder", help="Another sentence-transformers model, by name or folder; needs weights of its own."
    ),
]
WeightsOption = Annotated[
    Path | None,
    typer.Option(
        "--weights", help="Weights of a head that `coach train` wrote, instead of the shipped ones."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def chosen_pack(directory: Path | None) -> Pack:
    """Load the pack that was named, or the one that ships."""
    return load_pack(directory or resources.default_pack_dir())


def chosen_encoder(name: str | None) -> "Encoder":
    """Load the encoder that was named, or the built-in one; this is what takes seconds."""
    from coach.embedding.encoder import load_encoder

    return load_encoder(name, offline=is_offline())


def is_offline() -> bool:
    """Whether network connections are ruled out, by --offline or COACH_OFFLINE."""
    return os.environ.get("COACH_OFFLINE", "").lower() not in ("", "0", "false", "no")
