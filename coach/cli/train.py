"""`coach train`: fit the head of the offline scorer from graded answers."""

from pathlib import Path
from typing import Annotated

import typer

from coach import resources
from coach.cli.agreement_table import print_agreement
from coach.cli.app import app
from coach.cli.options import EncoderOption, JsonOption, PackOption, chosen_encoder, chosen_pack
from coach.cli.progress import reported


@app.command("train")
def train_command(
    graded: Annotated[
        Path | None, typer.Option(help="JSONL file of graded answers; the pack's own if not given.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where to write the weights; the shipped file if not given.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, max=9, help="How many networks to train and average.")] = 2,
    as_json: JsonOption = False,
    pack: PackOption = None,
    encoder: EncoderOption = None,
) -> None:
    """Fit the head, measure it with each writer held out, and write weights and manifest.

    Takes some minutes on two cores. The same answers, pack, encoder and seeds give the same file.

    Example: coach train --out my-weights.npz
    """
    from coach.scoring.graded import load_graded
    from coach.scoring.pack_bank import manipulation_bank, reference_bank
    from coach.scoring.training import train
    from coach.scoring.weights import save_head

    chosen = chosen_pack(pack)
    answers = load_graded(graded or (pack or resources.default_pack_dir()) / "graded" / "answers.jsonl")
    model = chosen_encoder(encoder)
    with reported() as progress:
        trained = train(
            chosen,
            answers,
            model,
            reference_bank(chosen, model),
            manipulation_bank(model),
            seeds=range(seeds),
            progress=progress,
        )
    path = out or resources.weights_file()
    manifest = save_head(trained.head, path)
    if as_json:
        typer.echo(manifest.model_dump_json(indent=2))
        return
    size = f"{path.stat().st_size / 1e6:.2f} MB, SHA-256 {manifest.weights_sha256}"
    print_agreement(manifest.agreement, f"{path}: {size}")
