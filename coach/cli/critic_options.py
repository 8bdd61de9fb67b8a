"""Options of the critic, and what they make of the settings."""

import math
from pathlib import Path
from typing import Annotated, Any

import typer

from coach.cli.options import is_offline
from coach.domain import Feedback, Notice
from coach.errors import UsageError
from coach.settings import Settings, load_settings

CriticOption = Annotated[
    bool | None,
    typer.Option(
        "--critic/--no-critic", help="Ask a language model too; on where a key or an address is set."
    ),
]
ModelOption = Annotated[str | None, typer.Option("--model", help="The critic's model or deployment.")]
SamplesOption = Annotated[
    int | None,
    typer.Option("--samples", min=1, max=15, help="Ask so often, take the median, show the spread."),
]
RewriteOption = Annotated[
    bool, typer.Option("--rewrite", help="Ask for a two-minute version of the answer too.")
]
MaxCostOption = Annotated[
    float | None,
    typer.Option("--max-cost", min=0, help="US dollars; no call is made that could pass them."),
]
RecordOption = Annotated[
    Path | None,
    typer.Option(
        "--record", metavar="FILE", help="Keep requests and replies in FILE, without key, to replay them."
    ),
]
RefreshOption = Annotated[
    bool, typer.Option("--refresh", help="Ask anew, though the same review was kept from before.")
]


def chosen_settings(
    critic: bool | None = None,
    model: str | None = None,
    samples: int | None = None,
    max_cost: float | None = None,
) -> Settings:
    """The settings with what the options say on top; UsageError where --critic cannot be followed."""
    settings = load_settings()
    if max_cost is not None and not math.isfinite(max_cost):
        raise UsageError("--max-cost must be an amount of US dollars, such as 0.50")
    given: dict[str, Any] = {"critic": critic, "model": model, "samples": samples, "max_cost": max_cost}
    if model is not None and settings.azure_endpoint:
        given["azure_deployment"] = model
    changed = {name: value for name, value in given.items() if value is not None}
    sources = {**settings.sources, **{name: "option" for name in changed}}
    settings = settings.model_copy(
        update={**changed, "offline": settings.offline or is_offline(), "sources": sources}
    )
    if critic and settings.offline:
        raise UsageError("--critic needs a connection, which --offline or COACH_OFFLINE rules out; drop one")
    if critic and settings.service is None:
        raise UsageError("--critic: no service is set up; set OPENAI_API_KEY, or OPENAI_BASE_URL")
    return settings


def without_critic(feedback: Feedback, settings: Settings) -> Feedback:
    """Add the one line that says how to get a critic, where none is set up and none was turned down."""
    text = how_to_get_a_critic(settings)
    if text is None:
        return feedback
    return feedback.model_copy(update={"notices": (*feedback.notices, Notice(kind="info", text=text))})


def how_to_get_a_critic(settings: Settings) -> str | None:
    """One line on it, where no critic is set up and none was turned down."""
    if settings.service is not None or settings.offline or not settings.critic:
        return None
    return (
        "No critic: set OPENAI_API_KEY, or OPENAI_BASE_URL for a local server, to have a language model "
        "review the answer too."
    )
