"""`coach history`: earlier attempts, listed, shown and deleted."""

from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.text import Text

from coach.cli.app import app, say
from coach.cli.options import JsonOption
from coach.domain import Feedback
from coach.errors import UsageError
from coach.history.store import FOLLOW_UP, Attempt, Begun, History, data_folder
from coach.render.history import print_attempts, progress
from coach.render.plain import one_line
from coach.render.terminal import print_feedback

history = typer.Typer(no_args_is_help=False, help="List, show and delete earlier attempts.")
app.add_typer(history, name="history")


@history.callback(invoke_without_command=True)
def list_attempts(
    ctx: typer.Context,
    question: Annotated[str | None, typer.Option("--question", "-q", help="Only this question.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List earlier attempts with the progress by dimension; they are kept on this machine only.

    Example: coach history --question what-is-drift
    """
    if ctx.invoked_subcommand is not None:
        return
    kept = History(data_folder())
    attempts = kept.attempts(question)
    if as_json:
        typer.echo(TypeAdapter(tuple[Attempt, ...]).dump_json(attempts, indent=2).decode())
        return
    unfinished = [one for one in kept.unfinished() if question in (None, one.question)]
    if not attempts and not unfinished:
        say("Nothing is kept yet; coach rehearse keeps its attempts")
        return
    if attempts:
        print_attempts(attempts, Console(highlight=False))
    chosen = {one.id for one in attempts}
    lines = progress([point for point in kept.points() if point.attempt in chosen])
    if lines:
        typer.echo("\nDepth by dimension, as scored offline, oldest attempt first")
        for line in lines:
            typer.echo(f"  {line}")
        typer.echo("  0 absent, 1 named, 2 described, 3 reasoned")
    if unfinished:
        typer.echo(
            "\n" * bool(attempts) + "Recorded and not scored; coach rehearse offers to go on from them"
        )
        for one in unfinished:
            typer.echo(f"  {one_line(one.id)}{' (follow-up)' if one.is_follow_up else ''}")
    typer.echo(f"\nKept in {kept.folder}")


@history.command("show")
def show_attempt(
    id: Annotated[str, typer.Argument(help="Id of the attempt, or how it begins.")],
    as_json: JsonOption = False,
) -> None:
    """Show the feedback of an attempt again, with its transcript and where its files are.

    Example: coach history show 20260412
    """
    kept = History(data_folder())
    attempt = kept.find(id)
    feedback = kept.feedback(attempt)
    if as_json:
        typer.echo(feedback.model_dump_json(indent=2))
        return
    console = Console(soft_wrap=False, highlight=False)
    folder = kept.folder_of(attempt)
    _print(feedback, console)
    if (folder / FOLLOW_UP).exists():
        console.print(Text("\nFollow-up", "bold"))
        _print(kept.feedback_in(folder, FOLLOW_UP), console)
    typer.echo(f"Kept in {folder}")


def _print(feedback: Feedback, console: Console) -> None:
    print_feedback(feedback, console)
    console.print(Text(f"\nYou said: {one_line(feedback.answer.text)}"))


@history.command("delete")
def delete_attempts(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of attempts, or how they begin.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Delete every attempt.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete attempts for good: recording, transcript, feedback and their lines in the index.

    Example: coach history delete 20260412-183000-what-is-drift
    """
    kept = History(data_folder())
    if bool(ids) == everything:
        raise UsageError("which attempts? Give ids, or --all for every one; coach history lists them")
    if everything:
        begun = [one for one in kept.unfinished() if not one.is_follow_up]
        chosen: tuple[Attempt | Begun, ...] = (*kept.attempts(), *begun)
    else:
        chosen = tuple(dict.fromkeys(kept.find_any(id) for id in ids or ()))
    if not chosen:
        say("Nothing is kept, so nothing is deleted")
        return
    if not yes:
        names = ", ".join(one.id for one in chosen[:3]) + (", ..." if len(chosen) > 3 else "")
        typer.confirm(f"Delete {len(chosen)} ({names}) for good?", abort=True, err=True)
    if everything:
        kept.delete_all()
    else:
        kept.delete(chosen)
    say(f"Deleted: {len(chosen)}")
