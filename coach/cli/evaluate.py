"""`coach evaluate`: how far the scorer agrees with graded answers, beside plain baselines."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coach import resources
from coach.cli.app import app, say
from coach.cli.options import (
    EncoderOption,
    JsonOption,
    PackOption,
    WeightsOption,
    chosen_encoder,
    chosen_pack,
)
from coach.cli.progress import reported
from coach.errors import UsageError

if TYPE_CHECKING:
    from coach.evaluation.short_answers import ShortEvaluation
    from coach.evaluation.study import Evaluation


@app.command("evaluate")
def evaluate_command(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="JSONL file of graded answers, or of short answers with one reference each."
        ),
    ],
    as_json: JsonOption = False,
    report: Annotated[
        Path | None,
        typer.Option(help="Folder to write a Markdown report with plots into; it must not exist yet."),
    ] = None,
    leave_one_writer_out: Annotated[
        bool,
        typer.Option(
            "--leave-one-writer-out",
            help="Train on the file with each writer held out in turn; takes some minutes.",
        ),
    ] = False,
    limit: Annotated[
        int | None, typer.Option(min=2, help="Evaluate this many answers only, evenly from first to last.")
    ] = None,
    pack: PackOption = None,
    encoder: EncoderOption = None,
    weights: WeightsOption = None,
) -> None:
    """Compare the scorer with graded answers: kappa, correlation and errors, beside plain baselines.

    Two kinds of file are read. Graded answers to a pack's questions have the keys writer and labels;
    short answers have the keys reference, score and max_score, and need no pack.

    Example: coach evaluate graded.jsonl --leave-one-writer-out --report figures
    """
    from coach.evaluation.reading import is_short

    if report is not None:
        from coach.evaluation.report import check_report

        check_report(report)
    found: Evaluation | ShortEvaluation
    if is_short(file):
        if leave_one_writer_out:
            raise UsageError(
                f"--leave-one-writer-out does not fit {file}: short answers have no writers, and nothing is "
                "trained on them; leave it away"
            )
        if pack is not None:
            raise UsageError(f"--pack does not fit {file}: its references make the pack; leave it away")
        found = _short(file, limit, encoder, weights)
    else:
        if leave_one_writer_out and weights is not None:
            raise UsageError("--leave-one-writer-out trains its own weights; leave --weights away")
        found = _graded(file, leave_one_writer_out, limit, pack, encoder, weights)
    if report is not None:
        from coach.evaluation.report import write_report

        write_report(found, report)
        say(f"report: {report / 'report.md'}")
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        from coach.evaluation.report import evaluation_markdown

        typer.echo(evaluation_markdown(found))


def _graded(
    file: Path,
    held_out: bool,
    limit: int | None,
    pack: Path | None,
    encoder: str | None,
    weights: Path | None,
) -> "Evaluation":
    from coach.evaluation.evaluating import answers_seen, evaluate, evaluate_leaving_writers_out
    from coach.evaluation.reading import load_graded_for, spread
    from coach.scoring.scorer import load_scorer

    chosen_questions = chosen_pack(pack)
    answers = load_graded_for(file, chosen_questions)
    chosen = spread(answers, limit, lambda answer: answer.writer, "writer")
    model = chosen_encoder(encoder)
    with reported() as report:
        if held_out:
            return evaluate_leaving_writers_out(answers, chosen, chosen_questions, model, progress=report)
        scorer = load_scorer(chosen_questions, model, weights)
        training = (pack or resources.default_pack_dir()) / "graded" / "answers.jsonl"
        seen = answers_seen(answers, chosen, scorer.head.manifest, training)
        return evaluate(chosen, scorer, seen, report)


def _short(file: Path, limit: int | None, encoder: str | None, weights: Path | None) -> "ShortEvaluation":
    from coach.evaluation.reading import load_short, spread
    from coach.evaluation.short_answers import evaluate_short
    from coach.scoring.scorer import load_scorer

    answers = spread(load_short(file), limit, lambda answer: answer.question_id, "question")
    # The head and its check against the encoder come with a scorer; that one's pack plays no part.
    scorer = load_scorer(chosen_pack(None), chosen_encoder(encoder), weights)
    with reported() as report:
        return evaluate_short(answers, scorer.head, scorer.encoder, report)
