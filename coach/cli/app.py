"""The application that all commands register with. Errors are rendered here and nowhere else."""

import os
import sys
from errno import ENOSPC
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from coach import __version__
from coach.errors import CoachError
from coach.render.plain import one_line

OFFLINE_VARIABLE = "COACH_OFFLINE"
# Options of the program itself that may also stand behind a command.
_ANYWHERE = ("--offline", "--debug")


class CoachGroup(TyperGroup):
    """The group of all commands; turns errors into one line on stderr and an exit code."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the program's own options wherever they stand, up to a `--`."""
        if os.environ.get("COLUMNS", "").strip().strip("0") == "":
            # No page is no columns wide: the width is that of the terminal, or 80.
            os.environ.pop("COLUMNS", None)
        end = args.index("--") if "--" in args else len(args)
        own = [one for one in args[:end] if one in _ANYWHERE]
        others = [one for one in args[:end] if one not in _ANYWHERE]
        return super().parse_args(ctx, [*own, *others, *args[end:]])

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a traceback is shown only with --debug."""
        try:
            return super().invoke(ctx)
        except CoachError as error:
            if ctx.params.get("debug"):
                raise
            say(f"coach: {error}")
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt as stopped:
            # A command that keeps something says so itself.
            say(f"coach: {stopped or 'stopped; nothing was written'}")
            raise typer.Exit(130) from None
        except BrokenPipeError:
            # The reader of a pipe went away, as `head` does: that is not an error.
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - must outlive this function
            raise typer.Exit(0) from None
        except (typer.Exit, typer.Abort, SystemExit):
            raise
        except Exception as error:
            if ctx.params.get("debug") or type(error).__module__.startswith("typer"):
                raise
            if isinstance(error, OSError) and error.errno == ENOSPC and _is_of_printing(error):
                # What is left in its buffer would fail once more when the program ends.
                sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - must outlive this function
                say(f"coach: standard output is full ({error.strerror}); send it elsewhere")
                raise typer.Exit(1) from None
            found = f"{type(error).__name__}: {error}"
            say(f"coach: unexpected {found}; run it again with --debug and report what it prints")
            raise typer.Exit(1) from None


app = typer.Typer(
    name="coach",
    cls=CoachGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _is_of_printing(error: OSError) -> bool:
    """Whether an error arose where something was printed, and not where a file was written."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    name = str(frame.tb_frame.f_globals.get("__name__", "")) if frame is not None else ""
    return name.partition(".")[0] in ("rich", "click", "typer")


def say(text: str) -> None:
    """Print one line on stderr, whatever characters are in it."""
    line = one_line(text)
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    print(line.encode(encoding, "replace").decode(encoding), file=sys.stderr)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"coach {__version__}")
        raise typer.Exit


@app.callback()
def main_options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Open no network connection, whatever is asked.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """Coach answers to MLOps interview questions: how deep each dimension goes, and what to say next.

    Example: coach answer my-answer.txt --question what-is-drift
    """
    if offline:
        os.environ[OFFLINE_VARIABLE] = "1"
