"""What the commands that coach one answer at a time share: the scorer, the critic, and showing both."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from coach import resources
from coach.cli.options import chosen_encoder
from coach.cli.watching import Showing, Waiting
from coach.domain import Feedback
from coach.packs import Pack
from coach.render.terminal import print_feedback
from coach.settings import Settings

if TYPE_CHECKING:
    from coach.coaching import Critic, Watcher
    from coach.scoring.scorer import Scorer


def chosen_scorer(pack: Pack, encoder: str | None, weights: Path | None) -> "Scorer":
    """Load the scorer of `pack` with the encoder and the weights that were named, or the shipped ones."""
    from coach.scoring.scorer import load_scorer

    return load_scorer(pack, chosen_encoder(encoder), weights)


def chosen_critic(
    pack: Pack,
    directory: Path | None,
    settings: Settings,
    rewrite: bool,
    refresh: bool,
    record: Path | None = None,
) -> "Critic | None":
    """The critic that the settings give, or None where none is to be asked; `directory` is the pack's."""
    if not settings.has_critic:
        return None
    from coach.critic.critic import load_critic
    from coach.critic.recording import Recorder

    return load_critic(
        settings,
        pack,
        directory or resources.default_pack_dir(),
        rewrite=rewrite,
        refresh=refresh,
        recorder=Recorder(record) if record else None,
    )


def coached_and_shown(
    coached: "Callable[[Watcher], Feedback]",
    console: Console,
    asks: bool,
    printed: Callable[[Feedback], None] | None = None,
) -> Feedback:
    """Coach an answer and show the feedback: as it comes about in a terminal, else once it is complete.

    `coached` makes the feedback and tells the watcher that it is given; `asks` says whether a critic will be
    asked. `printed` prints another form than the page, for which nothing may come before.
    """
    if printed is None and console.is_terminal:
        with Showing(console, asks) as shown:
            feedback = coached(shown)
        shown.finished(feedback)
        return feedback
    with Waiting(asks) as watcher:
        feedback = coached(watcher)
    if printed is not None:
        printed(feedback)
    else:
        print_feedback(feedback, console)
    return feedback


def print_document(feedback: Feedback) -> None:
    """Print feedback as one JSON document."""
    # Escaped to ASCII: an answer's control and direction characters must not reach a terminal raw.
    document = json.dumps(feedback.model_dump(mode="json"), indent=2)
    typer.echo(document.replace("\x7f", "\\u007f"))
