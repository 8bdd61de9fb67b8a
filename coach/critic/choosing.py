"""Choosing a model: what the account or the server offers, where the user named none."""

from coach.critic.client import Client
from coach.critic.retrying import RetryPolicy
from coach.errors import ServiceError
from coach.settings import DEFAULT_MODEL, Settings

# The first of these that an OpenAI account offers: good at grading for a small price, the newest first.
PREFERRED = (
    *(DEFAULT_MODEL, "gpt-5.5-mini", "gpt-5.4", "gpt-5.5", "gpt-5-mini", "gpt-5", "gpt-5.4-nano"),
    *("gpt-4.1-mini", "gpt-4.1", "gpt-4o-mini", "gpt-4o"),
)
# Names of models that write no reviews, though a server lists them.
_OTHER_WORK = ("embed", "whisper", "tts", "audio", "image", "rerank", "moderation", "transcri", "realtime")
# The list comes at once or not at all; nobody is to wait for it.
_QUICK = RetryPolicy(deadline=8, attempts=1)


async def choose(client: Client) -> None:
    """Set the model of an open client to one that is offered, unless the user named one.

    Where the list cannot be had, or names nothing that fits, the client keeps its default.
    """
    settings = client.settings
    if settings.model is not None or settings.service == "azure":
        return
    try:
        listed = await client.call(lambda vendor: vendor.models.list(), _QUICK)
        offered = [str(one.id) for one in listed.data]
    except (ServiceError, AttributeError, TypeError):
        return
    client.model = best_of(offered, settings) or client.model


async def with_a_model(settings: Settings) -> Settings:
    """The settings with the model that is to be asked, where it has to be known before anything is.

    Raises UsageError where no connection may be opened; where the list cannot be had, the default stays.
    """
    if settings.model is not None or settings.service == "azure":
        return settings
    try:
        async with Client(settings) as client:
            await choose(client)
            return settings.model_copy(update={"model": client.model})
    except ServiceError:
        return settings


def best_of(offered: list[str], settings: Settings) -> str | None:
    """The model to ask of those that are offered, or None.

    >>> best_of(["text-embedding-3-small", "llama3.2"], Settings(base_url="http://localhost:11434/v1"))
    'llama3.2'
    """
    if settings.service == "openai":
        return next((name for name in PREFERRED if name in offered), None)
    return next((name for name in offered if not any(word in name.lower() for word in _OTHER_WORK)), None)


def model_said(client: Client, settings: Settings) -> str:
    """One sentence on which model was chosen and why; empty where the user named one."""
    if settings.model is not None or settings.service == "azure":
        return ""
    return f"The model {client.model} was chosen from those offered; COACH_MODEL or --model names another."
