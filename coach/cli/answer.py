"""`coach answer`: feedback on one answer."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from coach.cli.answer_text import answer_text, required
from coach.cli.app import app
from coach.cli.options import (
    EncoderOption,
    JsonOption,
    PackOption,
    WeightsOption,
    chosen_encoder,
    chosen_pack,
)
from coach.domain import Answer, Channel, Feedback
from coach.errors import UsageError
from coach.packs import Pack
from coach.render.markdown import feedback_markdown
from coach.render.terminal import print_feedback


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
    feedback = _coached(answer, chosen, encoder, weights)
    if as_json:
        # Escaped to ASCII: an answer's control and direction characters must not reach a terminal raw.
        document = json.dumps(feedback.model_dump(mode="json"), indent=2)
        typer.echo(document.replace("\x7f", "\\u007f"))
    elif as_markdown:
        typer.echo(feedback_markdown(feedback))
    else:
        print_feedback(feedback, Console(soft_wrap=False, highlight=False))


def _coached(answer: Answer, pack: Pack, encoder: str | None, weights: Path | None) -> Feedback:
    """Load what scoring takes, and coach; a spinner on stderr while a person waits."""
    from coach.coaching import coach

    console = Console(stderr=True)
    if not console.is_terminal:
        return coach(answer, _scorer(pack, encoder, weights))
    with console.status("Reading your answer"):
        return coach(answer, _scorer(pack, encoder, weights))


def _scorer(pack: Pack, encoder: str | None, weights: Path | None):  # type: ignore[no-untyped-def]
    from coach.scoring.scorer import load_scorer

    return load_scorer(pack, chosen_encoder(encoder), weights)
