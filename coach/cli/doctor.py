"""`coach doctor`: whether everything that scoring needs is here and unaltered."""

import platform
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

import typer
from pydantic import Field
from rich.console import Console
from rich.table import Table
from rich.text import Text

from coach import __version__, resources
from coach.cli.app import app
from coach.cli.options import JsonOption, PackOption, is_offline
from coach.domain import Frozen
from coach.embedding.encoder import BUILT_IN, BUILT_IN_SHA256, built_in_folder
from coach.embedding.fingerprints import REINSTALL, file_sha256
from coach.embedding.vector_cache import cache_folder
from coach.errors import CoachError
from coach.packs import load_pack
from coach.scoring.weights import load_head

PACKAGES = ("torch", "sentence-transformers", "transformers", "openai", "pydantic", "typer", "rich", "numpy")


class Check(Frozen):
    """One thing that was looked at: what, whether it is as it should be, and what was found."""

    what: str
    sound: bool
    found: str


class Diagnosis(Frozen):
    """All that was looked at."""

    checks: tuple[Check, ...] = Field(default=())

    @property
    def sound(self) -> bool:
        """Whether everything is as it should be."""
        return all(check.sound for check in self.checks)


@app.command("doctor")
def doctor(as_json: JsonOption = False, pack: PackOption = None) -> None:
    """Look at packages, encoder and its hash, weights and pack; exit code 1 when something is wrong.

    Example: coach doctor
    """
    looks: dict[str, Callable[[], str]] = {
        "coach": lambda: f"{__version__}, Python {platform.python_version()}",
        "packages": lambda: ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "pack": lambda: str(load_pack(pack or resources.default_pack_dir())),
        "encoder": _encoder,
        "weights": _weights,
        "cache": lambda: str(cache_folder()),
        "network": lambda: "ruled out" if is_offline() else "used only for an encoder fetched by name",
    }
    diagnosis = Diagnosis(checks=tuple(_checked(what, look) for what, look in looks.items()))
    if as_json:
        typer.echo(diagnosis.model_dump_json(indent=2))
    else:
        table = Table(box=None, show_header=False, pad_edge=False)
        for check in diagnosis.checks:
            table.add_row("ok" if check.sound else "WRONG", check.what, Text(check.found, overflow="fold"))
        Console(highlight=False).print(table)
    if not diagnosis.sound:
        raise typer.Exit(1)


def _checked(what: str, look: Callable[[], str]) -> Check:
    try:
        return Check(what=what, sound=True, found=look())
    except (CoachError, PackageNotFoundError) as error:
        return Check(what=what, sound=False, found=str(error))


def _encoder() -> str:
    weights = built_in_folder() / "model.safetensors"
    try:
        found = file_sha256(weights)
    except OSError as error:
        raise CoachError(f"{weights}: {error.strerror}; reinstall it: {REINSTALL}") from None
    if found != BUILT_IN_SHA256:
        raise CoachError(
            f"{weights} has SHA-256 {found}, expected {BUILT_IN_SHA256}; reinstall it: {REINSTALL}"
        )
    return f"{BUILT_IN}, SHA-256 {found}"


def _weights() -> str:
    manifest = load_head(resources.weights_file()).manifest
    if manifest.encoder_sha256 != BUILT_IN_SHA256:
        raise CoachError(f"weights were trained for encoder {manifest.encoder_sha256}, not {BUILT_IN_SHA256}")
    graded = f"{manifest.answers} graded answers by {len(manifest.writers)} writers"
    return f"SHA-256 {manifest.weights_sha256}, from {graded}"
