"""`coach answer`: feedback on one answer."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from coach import resources
from coach.cli.answer_text import answer_text, required
from coach.cli.app import app
from coach.cli.critic_options import (
    CriticOption,
    MaxCostOption,
    ModelOption,
    RefreshOption,
    RewriteOption,
    SamplesOption,
    chosen_settings,
    without_critic,
)
from coach.cli.options import (
    EncoderOption,
    JsonOption,
    PackOption,
    WeightsOption,
    chosen_encoder,
    chosen_pack,
)
from coach.cli.watching import Showing, Waiting
from coach.domain import Answer, Channel, Feedback
from coach.errors import UsageError
from coach.packs import Pack
from coach.render.markdown import feedback_markdown
from coach.render.terminal import print_feedback
from coach.settings import Settings

if TYPE_CHECKING:
    from coach.coaching import Critic
    from coach.scoring.scorer import Scorer


@app.command("answer")
def answer_command(
    source: Annotated[
        str | None,
        typer.Argument(metavar="[FILE|-]", help="A text file, or - for standard input; else paste it."),
    ] = None,
    question: Annotated[
        str | None, typer.Option("--question", "-q", help="Id of the question that is answered.")
    ] = None,
    speech: Annotated[bool, typer.Option("--speech", help="The text is a transcript of speech.")] = False,
    as_json: JsonOption = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON schema of --json and stop.")
    ] = False,
    pack: PackOption = None,
    encoder: EncoderOption = None,
    weights: WeightsOption = None,
    critic: CriticOption = None,
    model: ModelOption = None,
    samples: SamplesOption = None,
    rewrite: RewriteOption = False,
    max_cost: MaxCostOption = None,
    refresh: RefreshOption = False,
) -> None:
    """Coach one answer: what each dimension earned, what is missing, and what is left without tool names.

    Example: coach answer my-answer.txt --question what-is-drift
    """
    if schema:
        typer.echo(json.dumps(Feedback.model_json_schema(), indent=2))
        return
    if as_json and as_markdown:
        raise UsageError("--json and --markdown exclude each other; give one")
    chosen = chosen_pack(pack)
    asked = chosen.question(required(question))
    channel: Channel = "speech" if speech else "typed"
    answer = Answer(text=answer_text(source, asked), question=asked.id, channel=channel)
    # What is imported here takes seconds, which no other command should wait for.
    from coach.coaching import coach

    settings = chosen_settings(critic, model, samples, max_cost)
    reviewer = _critic(chosen, pack, settings, rewrite, refresh) if settings.has_critic else None
    console = Console(soft_wrap=False, highlight=False)
    if as_json or as_markdown or not console.is_terminal:
        with Waiting(asks=reviewer is not None) as watcher:
            feedback = coach(answer, _scorer(chosen, encoder, weights), reviewer, watcher)
        feedback = without_critic(feedback, settings)
        if as_json:
            # Escaped to ASCII: an answer's control and direction characters must not reach a terminal raw.
            document = json.dumps(feedback.model_dump(mode="json"), indent=2)
            typer.echo(document.replace("\x7f", "\\u007f"))
        elif as_markdown:
            typer.echo(feedback_markdown(feedback))
        else:
            print_feedback(feedback, console)
        return
    with Showing(console, asks=reviewer is not None) as shown:
        feedback = coach(answer, _scorer(chosen, encoder, weights), reviewer, shown)
    shown.finished(without_critic(feedback, settings))


def _critic(pack: Pack, directory: Path | None, settings: Settings, rewrite: bool, refresh: bool) -> "Critic":
    from coach.critic.critic import load_critic

    where = directory or resources.default_pack_dir()
    return load_critic(settings, pack, where, rewrite=rewrite, refresh=refresh)


def _scorer(pack: Pack, encoder: str | None, weights: Path | None) -> "Scorer":
    from coach.scoring.scorer import load_scorer

    return load_scorer(pack, chosen_encoder(encoder), weights)
