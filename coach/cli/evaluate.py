"""`coach evaluate`: how far the scorer agrees with graded answers, beside plain baselines."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from coach import resources
from coach.cli.app import app, say
from coach.cli.critic_options import MaxCostOption, ModelOption, RecordOption, SamplesOption
from coach.cli.evaluate_critic import CriticStudy, evaluated_critic
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
    changed: Annotated[
        bool,
        typer.Option(
            "--changed",
            help="Also change every answer in ways that must not move its score, and measure; takes minutes.",
        ),
    ] = False,
    leave_one_dimension_out: Annotated[
        bool,
        typer.Option(
            "--leave-one-dimension-out",
            help="Also train with each dimension's labels held out, and read it from its references alone.",
        ),
    ] = False,
    labels: Annotated[
        str | None,
        typer.Option(
            "--labels",
            metavar="TEXT",
            help="What the labels of FILE are, such as: graded by two tutors. If not given, the text of FILE "
            "with .labels.txt for its ending, where that is there.",
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Evaluate this many answers only, evenly from first to last.")
    ] = None,
    critic: Annotated[
        bool,
        typer.Option("--critic", help="Measure a language model as critic instead, and keep the figures."),
    ] = False,
    model: ModelOption = None,
    samples: SamplesOption = None,
    max_cost: MaxCostOption = None,
    record: RecordOption = None,
    replay: Annotated[
        Path | None,
        typer.Option("--replay", metavar="FILE", help="Take the critic's replies from FILE; needs no key."),
    ] = None,
    simulated: Annotated[
        bool,
        typer.Option(
            "--simulated-critics", help="Show what verification makes of critics made from the labels."
        ),
    ] = False,
    pack: PackOption = None,
    encoder: EncoderOption = None,
    weights: WeightsOption = None,
) -> None:
    """Compare the scorer with graded answers: kappa, correlation and errors, beside plain baselines.

    Two kinds of file are read. Graded answers to a pack's questions have the keys writer and labels;
    short answers have the keys reference, score and max_score, and need no pack. Other keys are passed over.
    Baselines need answers by two writers and are left out where there is one.

    With --critic, a language model reviews the answers: the figures of the offline scorer, the critic as it
    said and verified, and both blended. They are kept, shown beside its later reviews, and needed for
    --mark-by critic.

    Example: coach evaluate graded.jsonl --leave-one-writer-out --report figures
    """
    from coach.evaluation.reading import is_short

    if critic or simulated or replay is not None:
        others = leave_one_writer_out or changed or leave_one_dimension_out or report is not None
        _check_judged_alone(others or (critic and simulated))
        study = None if simulated else CriticStudy(model, samples, max_cost, record, replay)
        _judges(file, study, labels, limit, pack, encoder, weights, as_json)
        return

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
        if changed or leave_one_dimension_out:
            raise UsageError(
                f"--changed and --leave-one-dimension-out do not fit {file}: they are for graded answers "
                "to a pack's questions; leave them away"
            )
        if pack is not None:
            raise UsageError(f"--pack does not fit {file}: its references make the pack; leave it away")
        found = _short(file, labels, limit, encoder, weights)
    else:
        if leave_one_writer_out and weights is not None:
            raise UsageError("--leave-one-writer-out trains its own weights; leave --weights away")
        studies = _Studies(leave_one_writer_out, changed, leave_one_dimension_out)
        found = _graded(file, studies, labels, limit, pack, encoder, weights)
    if report is not None:
        from coach.evaluation.report import write_report

        write_report(found, report)
        say(f"report: {report / 'report.md'}")
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        from coach.evaluation.report import evaluation_markdown

        typer.echo(evaluation_markdown(found))


def _check_judged_alone(more: bool) -> None:
    if more:
        raise UsageError(
            "--critic and --simulated-critics go alone, without --report and the studies of the scorer"
        )


class _Studies(NamedTuple):
    """What is asked for beside plain agreement."""

    writers_held_out: bool
    changed: bool
    dimensions_held_out: bool


def _judges(
    file: Path,
    study: CriticStudy | None,
    labels: str | None,
    limit: int | None,
    pack: Path | None,
    encoder: str | None,
    weights: Path | None,
    as_json: bool,
) -> None:
    """Measure and print a critic, or simulated ones where there is no `study`."""
    from coach.evaluation.critic_report import critic_markdown, simulated_markdown
    from coach.evaluation.critic_study import simulate
    from coach.evaluation.reading import labels_said, load_graded_for, spread
    from coach.scoring.scorer import load_scorer

    chosen = chosen_pack(pack)
    said = labels_said(file, labels)
    answers, notes = load_graded_for(file, chosen)
    for note in notes:
        say(f"{file.name}: {note}")
    some = sorted(spread(answers, limit), key=lambda one: one.writer)
    scorer = load_scorer(chosen, chosen_encoder(encoder), weights)
    if study is not None:
        found = evaluated_critic(study, some, said, lambda writer: scorer, chosen, pack)
        typer.echo(found.model_dump_json(indent=2) if as_json else critic_markdown(found))
        return
    with reported() as shown:
        table = simulate(some, lambda one: scorer, said, progress=shown)
    typer.echo(table.model_dump_json(indent=2) if as_json else simulated_markdown(table))


def _graded(
    file: Path,
    studies: _Studies,
    labels: str | None,
    limit: int | None,
    pack: Path | None,
    encoder: str | None,
    weights: Path | None,
) -> "Evaluation":
    from coach.evaluation.evaluating import (
        answers_seen,
        evaluate,
        evaluate_leaving_writers_out,
        unseen_dimensions,
    )
    from coach.evaluation.reading import labels_said, load_graded_for, spread
    from coach.scoring.scorer import load_scorer

    chosen_questions = chosen_pack(pack)
    said = labels_said(file, labels)
    answers, notes = load_graded_for(file, chosen_questions)
    chosen = spread(answers, limit)
    model = chosen_encoder(encoder)
    with reported() as report:
        if studies.writers_held_out:
            found = evaluate_leaving_writers_out(
                answers,
                chosen,
                chosen_questions,
                model,
                progress=report,
                changed=studies.changed,
                labels=said,
            )
        else:
            scorer = load_scorer(chosen_questions, model, weights)
            training = (pack or resources.default_pack_dir()) / "graded" / "answers.jsonl"
            seen = answers_seen(answers, chosen, scorer.head.manifest, training)
            found = evaluate(chosen, scorer, seen, report, studies.changed, said)
        if studies.dimensions_held_out:
            general = unseen_dimensions(answers, chosen_questions, model, progress=report)
            found = found.model_copy(update={"generality": general})
    return found.model_copy(update={"notes": (*notes, *found.notes)})


def _short(
    file: Path, labels: str | None, limit: int | None, encoder: str | None, weights: Path | None
) -> "ShortEvaluation":
    from coach.evaluation.reading import labels_said, load_short, short_spread
    from coach.evaluation.short_answers import evaluate_short
    from coach.scoring.scorer import load_scorer

    said = labels_said(file, labels)
    answers, notes = load_short(file)
    chosen = short_spread(answers, limit)
    # The head and its check against the encoder come with a scorer; that one's pack plays no part.
    scorer = load_scorer(chosen_pack(None), chosen_encoder(encoder), weights)
    with reported() as report:
        found = evaluate_short(chosen, scorer.head, scorer.encoder, report, said)
    return found.model_copy(update={"notes": notes})
