"""`coach answer`: feedback on one answer."""

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from coach.cli.answer_text import answer_text, required
from coach.cli.app import app
from coach.cli.critic_options import (
    CriticOption,
    MaxCostOption,
    ModelOption,
    RecordOption,
    RefreshOption,
    RewriteOption,
    SamplesOption,
    chosen_settings,
    without_critic,
)
from coach.cli.options import EncoderOption, JsonOption, PackOption, WeightsOption, chosen_pack
from coach.cli.reviewing import chosen_critic, chosen_scorer, coached_and_shown, print_document
from coach.domain import Answer, Channel, Feedback
from coach.errors import UsageError
from coach.render.markdown import feedback_markdown

if TYPE_CHECKING:
    from coach.coaching import Watcher


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
    record: RecordOption = None,
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
    reviewer = chosen_critic(chosen, pack, settings, rewrite, refresh, record)

    def coached(watcher: "Watcher") -> Feedback:
        return without_critic(
            coach(answer, chosen_scorer(chosen, encoder, weights), reviewer, watcher), settings
        )

    printed = print_document if as_json else _print_markdown if as_markdown else None
    console = Console(soft_wrap=False, highlight=False)
    coached_and_shown(coached, console, asks=reviewer is not None, printed=printed)


def _print_markdown(feedback: Feedback) -> None:
    typer.echo(feedback_markdown(feedback))
