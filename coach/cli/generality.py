"""`coach generality`: how well dimensions and questions are read that training did not see."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from coach import resources
from coach.cli.app import app
from coach.cli.options import PackOption, chosen_pack
from coach.cli.progress import reported


@app.command("generality")
def generality_command(
    folds: Annotated[
        Path, typer.Option(help="Folder for the models; a run goes on where an earlier one stopped.")
    ],
    dimension: Annotated[
        list[str] | None, typer.Option(help="Hold out the labels of this dimension; may be repeated.")
    ] = None,
    question: Annotated[
        list[str] | None, typer.Option(help="Hold out the answers to this question; may be repeated.")
    ] = None,
    pack: PackOption = None,
) -> None:
    """Train the scorer by statements without the labels of a dimension or question, and measure on these.

    All dimensions and questions if none is named. Each takes about twenty minutes on two cores.

    Example: coach generality --folds folds --dimension drift --question what-is-drift
    """
    from coach.training.data import load_training_data
    from coach.training.fit import Recipe
    from coach.training.generality import kappa_of, unseen_dimension, unseen_question
    from coach.training.train import Training, polished_writers

    chosen = chosen_pack(pack)
    for id in dimension or ():
        chosen.dimension(id)
    for id in question or ():
        chosen.question(id)
    every = not dimension and not question
    data = load_training_data(pack or resources.default_pack_dir(), resources.manipulation_file())
    table = Table("held out", "kappa of its depths", "depths", box=None, pad_edge=False, header_style="bold")
    with reported() as progress:
        recipe = Recipe(polished=polished_writers(data))
        training = Training(chosen, data, folds, recipe, progress=progress)
        for id in (one.id for one in chosen.dimensions) if every else dimension or ():
            levels, labels = unseen_dimension(training, id)
            table.add_row(f"dimension {id}", f"{kappa_of(levels, labels):.3f}", str(len(labels)))
        for id in (one.id for one in chosen.questions) if every else question or ():
            levels, labels = unseen_question(training, id)
            table.add_row(f"question {id}", f"{kappa_of(levels, labels):.3f}", str(len(labels)))
    Console(highlight=False).print(table)
    typer.echo("The answers were written and graded by language models, not by people.")
