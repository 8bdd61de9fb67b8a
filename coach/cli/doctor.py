"""`coach doctor`: whether everything that scoring needs is here and unaltered, and the critic's settings."""

import asyncio
import platform
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Annotated

import typer
from pydantic import Field
from rich.console import Console
from rich.table import Table
from rich.text import Text

from coach import __version__, resources
from coach.cli.app import app, say
from coach.cli.critic_options import chosen_settings
from coach.cli.options import JsonOption, PackOption, is_offline
from coach.domain import Frozen
from coach.embedding.encoder import (
    BUILT_IN,
    BUILT_IN_SHA256,
    built_in_fingerprint,
    built_in_folder,
    has_onnx_runtime,
)
from coach.embedding.fingerprints import REINSTALL, file_sha256
from coach.embedding.graph_cache import graph_file, kept_sha256
from coach.embedding.vector_cache import cache_folder
from coach.errors import CoachError, ServiceError
from coach.packs import load_pack
from coach.scoring.weights import load_head
from coach.settings import Settings
from coach.speech.extra import INSTALL

PACKAGES = ("torch", "sentence-transformers", "transformers", "openai", "pydantic", "typer", "rich", "numpy")


class Check(Frozen):
    """One thing that was looked at: what, whether it is as it should be, and what was found."""

    what: str
    sound: bool
    found: str


class Setting(Frozen):
    """One setting: its variable, its value with secrets hidden, and where it was set."""

    variable: str
    value: str
    source: str


class Diagnosis(Frozen):
    """All that was looked at."""

    settings: tuple[Setting, ...] = Field(default=())
    checks: tuple[Check, ...] = Field(default=())

    @property
    def sound(self) -> bool:
        """Whether everything is as it should be."""
        return all(check.sound for check in self.checks)


@app.command("doctor")
def doctor(
    as_json: JsonOption = False,
    pack: PackOption = None,
    call: Annotated[
        bool, typer.Option("--call", help="Try the critic's service with one short call.")
    ] = False,
    audio: Annotated[
        bool, typer.Option("--audio", help="Also look at recognisers and microphone; say a few words.")
    ] = False,
) -> None:
    """Look at packages, encoder, weights, pack and settings; exit code 1 when something is wrong.

    Example: coach doctor
    """
    settings = chosen_settings()
    looks: dict[str, Callable[[], str]] = {
        "coach": lambda: f"{__version__}, Python {platform.python_version()}",
        "packages": lambda: ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "pack": lambda: str(load_pack(pack or resources.default_pack_dir())),
        "encoder": _encoder,
        "graph": _graph,
        "weights": _weights,
        "speech": _speech,
        "cache": lambda: str(cache_folder()),
        "network": lambda: _network(settings),
        "critic": lambda: _critic(settings),
    }
    if call:
        looks["call"] = lambda: _call(settings)
    if audio:
        from coach.cli.doctor_audio import audio_looks

        say("Say a few words: the microphone is listened to for three seconds")
        looks |= audio_looks(settings)
    diagnosis = Diagnosis(
        settings=tuple(Setting(variable=a, value=b, source=c) for a, b, c in settings.shown()),
        checks=tuple(_checked(what, look) for what, look in looks.items()),
    )
    if as_json:
        typer.echo(diagnosis.model_dump_json(indent=2))
    else:
        table = Table(box=None, show_header=False, pad_edge=False)
        for check in diagnosis.checks:
            table.add_row("ok" if check.sound else "WRONG", check.what, Text(check.found, overflow="fold"))
        console = Console(highlight=False)
        console.print(table)
        given = [one for one in diagnosis.settings if one.source != "default"]
        if given:
            shown = Table(box=None, show_header=False, pad_edge=False, title="Settings", title_justify="left")
            for one in given:
                shown.add_row(
                    *(Text(text, overflow="fold") for text in (one.variable, one.value, one.source))
                )
            console.print()
            console.print(shown)
    if not diagnosis.sound:
        raise typer.Exit(1)


def _speech() -> str:
    """The embedded recogniser's model and its hash; that the extra is not installed is no fault."""
    if find_spec("faster_whisper") is None:
        return f"not installed; for answers aloud: {INSTALL}"
    from coach.cli.doctor_audio import embedded

    return embedded()


def _checked(what: str, look: Callable[[], str]) -> Check:
    try:
        return Check(what=what, sound=True, found=look())
    except (CoachError, PackageNotFoundError, OSError) as error:
        return Check(what=what, sound=False, found=str(error))


def _network(settings: Settings) -> str:
    if settings.offline or is_offline():
        return "ruled out"
    critic = "the critic and " if settings.has_critic else ""
    return f"used only for {critic}an encoder fetched by name"


def _critic(settings: Settings) -> str:
    if settings.service is None:
        return "none; set OPENAI_API_KEY, or OPENAI_BASE_URL for a local server"
    address = settings.azure_endpoint or settings.base_url or "OpenAI"
    state = "" if settings.has_critic else " (switched off)"
    return f"{settings.chosen_model} at {address}{state}"


def _call(settings: Settings) -> str:
    """Ask the service for a word; a model that thinks longer than that has answered all the same."""
    from coach.critic.client import ChatRequest, Client

    async def called() -> str:
        request = ChatRequest(messages=({"role": "user", "content": "Say yes."},), max_tokens=16)
        try:
            async with Client(settings) as client:
                reply = await client.chat(request)
        except ServiceError as error:
            if error.kind in ("truncated", "empty"):
                return "answered, though with no word within 16 tokens"
            raise
        tokens = (
            f", {reply.tokens.prompt} tokens in and {reply.tokens.completion} out" if reply.tokens else ""
        )
        return f"answered as {reply.model or 'an unnamed model'}{tokens}"

    return asyncio.run(called())


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


def _graph() -> str:
    """Say what runs the encoder: its graph, built or not yet, or another library in place of ONNX Runtime."""
    if not has_onnx_runtime():
        return "none: ONNX Runtime is not installed here, so sentence-transformers takes over"
    path = graph_file(built_in_fingerprint())
    found = kept_sha256(path)
    return f"{path}, SHA-256 {found}" if found else f"not built yet; the first answer builds it: {path}"


def _weights() -> str:
    manifest = load_head(resources.weights_file()).manifest
    if manifest.encoder_sha256 != BUILT_IN_SHA256:
        raise CoachError(f"weights were trained for encoder {manifest.encoder_sha256}, not {BUILT_IN_SHA256}")
    graded = f"{manifest.answers} graded answers by {len(manifest.writers)} writers"
    return f"SHA-256 {manifest.weights_sha256}, from {graded}"
