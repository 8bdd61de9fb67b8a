"""`coach train-statements`: fit the scorer by statements, its adapter and heads, with writers held out."""

from pathlib import Path
from typing import Annotated

import typer

from coach import resources
from coach.cli.agreement_table import print_agreement
from coach.cli.app import app, say
from coach.cli.options import JsonOption, PackOption, chosen_pack
from coach.cli.progress import reported


@app.command("train-statements")
def train_statements_command(
    folds: Annotated[
        Path, typer.Option(help="Folder for the folds and what they leave; a run goes on where one stopped.")
    ],
    out: Annotated[Path, typer.Option(help="Where to write weights, manifest and adapter.")],
    also: Annotated[
        list[Path] | None,
        typer.Option(help="More graded answers to learn from, which stay outside the pack; may be repeated."),
    ] = None,
    people: Annotated[
        list[str] | None, typer.Option(help="A writer whose answers people said or wrote; may be repeated.")
    ] = None,
    fold: Annotated[
        list[int] | None, typer.Option(help="Train this fold alone (0 to 3); may be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="What the training draws by.")] = 0,
    as_json: JsonOption = False,
    pack: PackOption = None,
) -> None:
    """Fit the scorer by statements from graded answers and contrasts; it is in preparation, marks nothing.

    Each fold takes half an hour on two cores, and so does the model of all writers. The same data, pack and
    seed give the same files.

    Example: coach train-statements --folds folds --out statements.npz
    """
    from coach.statements.weights import adapter_path
    from coach.training.data import load_training_data
    from coach.training.fit import Recipe
    from coach.training.train import FOLDS, Training, polished_writers, train

    folder = pack or resources.default_pack_dir()
    data = load_training_data(folder, resources.manipulation_file(), tuple(also or ()))
    recipe = Recipe(seed=seed, polished=polished_writers(data))
    with reported() as progress:
        training = Training(chosen_pack(pack), data, folds, recipe, frozenset(people or ()), progress)
        if fold:
            for number in fold:
                training.fold(number)
                say(f"fold {number} is in {folds}")
            return
        manifest = train(training, out, folds, range(FOLDS))
    if as_json:
        typer.echo(manifest.model_dump_json(indent=2))
        return
    size = sum(one.stat().st_size for one in (out, adapter_path(out)))
    print_agreement(manifest.agreement, f"{out}: {size / 1e6:.2f} MB with its adapter")
