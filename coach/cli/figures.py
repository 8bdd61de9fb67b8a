"""`coach figures`: every figure that the scorer has to reach, measured on a folder of texts."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from coach.cli.app import app
from coach.cli.options import (
    EncoderOption,
    PackOption,
    WeightsOption,
    chosen_encoder,
    chosen_pack,
)
from coach.cli.progress import reported
from coach.errors import CoachError, InputError

if TYPE_CHECKING:
    from coach.scoring.scorer import Scorer


@app.command("figures")
def figures_command(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="Folder with graded/, registers/, contrast/a, contrast/b, human_dev/ and cases/; what is "
            "not there is not measured.",
        ),
    ],
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Also write the figures as JSON, group after group."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Measure this group of figures; may be given again. All if not."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Take this many texts of each kind only, for a trial.")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown.")] = False,
    pack: PackOption = None,
    encoder: EncoderOption = None,
    weights: WeightsOption = None,
) -> None:
    """Measure every figure of the scorer, beside its floor and its aim, with whose texts it holds for.

    Example: coach figures texts --only pairs --only stance
    """
    from coach.evaluation.examiner import Examiner
    from coach.evaluation.figure import FigureTable
    from coach.evaluation.figure_data import FigureData
    from coach.evaluation.figure_table import figure_page, figures_markdown
    from coach.evaluation.figures import chosen_groups, figure_tables
    from coach.scoring.scorer import load_scorer

    groups = chosen_groups(only or ())
    if not folder.is_dir():
        raise InputError(
            f"{folder}: is no folder; give one with graded/, registers/, contrast/ and human_dev/"
        )
    chosen = chosen_pack(pack)
    scorer = load_scorer(chosen, chosen_encoder(encoder), weights)
    found: FigureTable | None = None
    with reported() as progress:
        examiner = Examiner(lambda writer: scorer, _learnt_from, progress)
        for found in figure_tables(FigureData(folder, chosen, limit), examiner, groups):
            if json_file is not None:
                _write(json_file, found.model_dump_json(indent=2) + "\n")
    assert found is not None
    if markdown:
        typer.echo(figures_markdown(found), nl=False)
    else:
        Console(highlight=False).print(figure_page(found))


def _learnt_from(scorer: "Scorer") -> Iterable[str]:
    """The writers that a scorer was trained on."""
    return scorer.head.manifest.writers


def _write(path: Path, text: str) -> None:
    """Put `text` into a file as a whole, so that a run that is stopped leaves the groups before it."""
    try:
        with tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=".coach-figures-") as beside:
            written = Path(beside) / "figures.json"
            written.write_text(text, encoding="utf-8")
            written.replace(path)
    except OSError as error:
        raise CoachError(f"--json {path}: cannot be written ({error.strerror}); give another file") from None
