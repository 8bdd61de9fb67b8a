"""`coach grade`: a file of answers to marks, feedback, a picture of the class and a list to look at."""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from coach import resources
from coach.cli.app import app, say
from coach.cli.critic_options import (
    MaxCostOption,
    ModelOption,
    RecordOption,
    SamplesOption,
    chosen_settings,
)
from coach.cli.grade_bar import GradingBar
from coach.cli.grade_critic import ReviewBar, cohort_reviewer, reviews_told
from coach.cli.grade_engine import chosen_engine
from coach.cli.options import (
    EncoderOption,
    JsonOption,
    PackOption,
    WeightsOption,
    chosen_encoder,
    chosen_pack,
)
from coach.errors import UsageError
from coach.render import numbers
from coach.render.plain import one_line

if TYPE_CHECKING:
    from coach.cohort.outcomes import MarkBy
    from coach.cohort.reading import Cohort
    from coach.cohort.run_records import Manifest, RunOptions


@app.command("grade")
def grade_command(
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE|DIR",
            help="CSV, TSV, XLSX, JSONL, Parquet, folder or zip of texts; that of --out if not given.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for everything that comes of it.")] = Path(
        "graded"
    ),
    question: Annotated[
        str | None, typer.Option("--question", "-q", help="Id of the question, where the file answers one.")
    ] = None,
    maps: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="PART=COLUMN", help="What a column is: answer:what-is-drift=Q3, or @FILE."
        ),
    ] = None,
    save_map: Annotated[
        Path | None,
        typer.Option("--save-map", metavar="FILE", help="Keep what the columns are for --map @FILE."),
    ] = None,
    group: Annotated[
        str | None, typer.Option("--group", metavar="COLUMN", help="Compare subgroups by this column.")
    ] = None,
    marks_of: Annotated[
        float, typer.Option("--marks-of", min=0.1, help="Highest of the instructor's own marks.")
    ] = 5.0,
    mark_words: Annotated[
        list[str] | None,
        typer.Option(
            "--mark-word",
            metavar="WORD=MARK",
            help="What a word among the marks is worth (of 5), as in A-=4.5; for a scale, its least mark.",
        ),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", help="Name or number of the workbook's sheet that is read.")
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--override", metavar="ANSWER=MARK", help="Set a mark by hand, as in S00012/what-is-drift=3.5."
        ),
    ] = None,
    regrade: Annotated[
        list[str] | None,
        typer.Option(
            "--regrade", metavar="ANSWER", help="Grade this answer anew with the scorer as it is now."
        ),
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", help="Why, for --override and --regrade; kept for you alone.")
    ] = None,
    note: Annotated[
        str, typer.Option("--note", help="What the students of --override and --regrade are told.")
    ] = "",
    new_file: Annotated[
        bool, typer.Option("--new-file", help="FILE takes the place of the one in --out; decisions stay.")
    ] = False,
    full_feedback: Annotated[
        bool, typer.Option("--full-feedback", help="Students' pages with everything, not the short form.")
    ] = False,
    example: Annotated[
        bool, typer.Option("--example", help="Grade a class of twelve that ships with the coach, to look at.")
    ] = False,
    critic: Annotated[
        bool, typer.Option("--critic", help="Have a language model review every answer too; names stay here.")
    ] = False,
    model: ModelOption = None,
    samples: SamplesOption = None,
    max_cost: MaxCostOption = None,
    mark_by: Annotated[
        str, typer.Option("--mark-by", metavar="offline|critic", help="Whose overall mark is given back.")
    ] = "offline",
    uncalibrated: Annotated[
        bool, typer.Option("--uncalibrated", help="Let the critic mark though it was never measured.")
    ] = False,
    record: RecordOption = None,
    batch: Annotated[
        bool, typer.Option("--batch", help="Hand reviews in at half the price, and take them up a day later.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before the critic is paid.")] = False,
    engine: Annotated[
        str, typer.Option("--engine", metavar="local|ray", help="Where to grade; ray needs coach[ray].")
    ] = "local",
    address: Annotated[
        str | None,
        typer.Option("--address", help="Address of a Ray cluster; one is started here if not given."),
    ] = None,
    look: Annotated[
        bool, typer.Option("--look", help="Show what is recognised in the file, and stop.")
    ] = False,
    as_json: JsonOption = False,
    pack: PackOption = None,
    encoder: EncoderOption = None,
    weights: WeightsOption = None,
) -> None:
    """Grade a cohort: the file comes back with marks, beside feedback pages, a report and a review list.

    Run it again after any interruption, and it goes on where it stopped. Nothing leaves this machine, unless
    --critic sends the answers, without names, to the service that is set up.

    Example: coach grade worksheet.csv --question what-is-drift --out graded
    """
    from coach.cohort.column_maps import mapped, save_map_of
    from coach.cohort.decisions import override_marks, required_reason

    chosen = chosen_pack(pack)
    marks = override_marks(overrides or ())
    anew = tuple(one for text in regrade or () for one in text.replace(",", " ").split())
    why = required_reason(reason, "--override" if marks else "--regrade") if marks or anew else ""
    from coach.cohort.run_records import RunOptions

    options = RunOptions(
        question=question,
        maps=mapped(maps or ()),
        group=group,
        marks_of=marks_of,
        mark_by=_marker(mark_by, critic or batch),
        sheet=sheet,
        mark_words=tuple(mark_words or ()),
        full_feedback=full_feedback,
    )
    if example:
        source, out, options = _example(source, out, options)
    path, options = _remembered(source, out, options)
    load = cache(lambda: chosen_encoder(encoder))

    from coach.cohort.matching import QuestionMatcher
    from coach.cohort.run_records import cohort_of

    cohort = cohort_of(path, options, QuestionMatcher(chosen, load), chosen)
    _show(cohort)
    told = cohort.notes
    if save_map is not None:
        save_map_of(save_map, cohort.layout, cohort.source.header)
        say(f"  kept in {save_map}, for --map @{save_map}")
    if look:
        return
    from coach.cohort.batch_scoring import BatchScorer
    from coach.cohort.runs import grade_cohort

    settings = chosen_settings(True, model, samples, max_cost) if critic or batch else None
    scorer = BatchScorer.load(chosen, load(), weights)
    reviewer = None
    if settings is not None:
        measured = options.mark_by == "critic" and not uncalibrated
        reviewer = cohort_reviewer(settings, chosen, pack, cohort, yes, batch, record, measured)
    try:
        with ExitStack() as bars:
            bar = bars.enter_context(GradingBar(cohort.rows * max(1, len(cohort.layout.answers))))
            if reviewer is not None and isinstance(reviewer.watcher, ReviewBar):
                bars.callback(reviewer.watcher.close)
            manifest = grade_cohort(
                cohort,
                scorer,
                out,
                bar,
                options,
                overrides=marks,
                regrade=anew,
                reason=why,
                note=note,
                new_file=new_file,
                reviewer=reviewer,
                engine=chosen_engine(engine, address, pack, encoder, weights),
            )
    except KeyboardInterrupt:
        say("coach: stopped; what is graded is kept: run the same command again to go on")
        raise typer.Exit(130) from None
    _end(manifest, path, out, as_json, reviewed=reviewer is not None, told=told)


def _end(
    manifest: "Manifest", path: Path, out: Path, as_json: bool, reviewed: bool, told: Sequence[str] = ()
) -> None:
    """Say what came of a run and was not `told` yet; exit code 1 where a critic `reviewed` none at all."""
    problems = [one for one in manifest.problems if one not in told]
    if manifest.stopped and reviewed:
        say(f"critic: {manifest.stopped}; run the same command again to go on")
    for problem in problems[:5]:
        say(f"{path.name}: {problem}")
    if len(problems) > 5:
        say(f"{path.name}: and {len(problems) - 5:,} more; manifest.json lists them")
    if as_json:
        typer.echo(manifest.model_dump_json(indent=2))
    else:
        _print(manifest, out)
    if reviewed:
        say(reviews_told(manifest))
        counts = manifest.counts
        if counts.get("to review") and not counts.get("reviewed") and not manifest.awaited:
            raise typer.Exit(1)


def _example(source: Path | None, out: Path, options: "RunOptions") -> tuple[Path, Path, "RunOptions"]:
    """The class that ships with the coach, and the question that it answers."""
    if source is not None:
        raise UsageError("--example brings its own class; leave FILE away")
    path = resources.default_pack_dir() / "examples" / "class.csv"
    if out == Path("graded"):
        out = Path("example-class")
    return path, out, options.model_copy(update={"question": options.question or "what-is-drift"})


def _marker(mark_by: str, critic: bool) -> "MarkBy":
    """Whose marks count; UsageError for anybody else, and for a critic that is not asked."""
    if mark_by == "critic" and critic:
        return "critic"
    if mark_by != "offline":
        raise UsageError(f"--mark-by {mark_by}: give offline, or critic together with --critic")
    return "offline"


def _remembered(source: Path | None, out: Path, options: "RunOptions") -> tuple[Path, "RunOptions"]:
    """The file and the options of this call, or those of the run that `out` holds where no file is given."""
    if source is not None:
        return source, options
    try:
        run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UsageError(
            "which file is to be graded? Give FILE, or the --out of a run that was begun"
        ) from None
    return Path(run["input"]), type(options).model_validate(run["options"])


# What is said of the columns that were recognised, in this order.
_ROLES = (
    *("id", "name", "last_name", "email", "status", "submitted", "attempt", "mark", "grade", "most", "scale"),
    *("may_change", "feedback", "group"),
)


def _show(cohort: "Cohort") -> None:
    """Say on stderr what was recognised."""
    layout, header = cohort.layout, cohort.source.header
    say(
        f"{cohort.source.name}: {cohort.source.kind}, {layout.kind}; "
        f"{numbers.counted(cohort.rows, 'row')}, {numbers.counted(cohort.students, 'student')}"
    )
    for one in layout.answers:
        asked = f"each row's own question, such as {one.question}" if one.shuffled else one.question
        say(f"  {one.name[:60]!r} answers {asked} ({_how(one.how, one.similarity)})")
    if layout.answer is not None:
        asked = layout.only or f"the question in {header[layout.question or 0]!r}"
        say(f"  {header[layout.answer]!r} answers {asked}")
    for text, match in list(cohort.questions.items())[:20]:
        found = "is" if match.found else "is NOT GRADED, nearest to"
        say(f"  {text[:60]!r} {found} {match.question} ({_how(match.how, match.similarity)})")
    parts = [
        f"{role.replace('_', ' ')} {header[place]!r}"
        for role in _ROLES
        if (place := getattr(layout, role)) is not None
    ]
    if parts:
        say(f"  {', '.join(parts)}")
    for note in cohort.notes:
        say(f"  {note}")
    if layout.ignored:
        shown = ", ".join(repr(name[:30]) for name in layout.ignored[:8])
        say(f"  not read, given back as they are: {shown}{' ...' if len(layout.ignored) > 8 else ''}")
    if cohort.superseded:
        say(f"  {cohort.superseded:,} answers give way to another of the same student; review.csv says why")


def _how(how: str, similarity: float) -> str:
    return f"similarity {similarity:.2f}" if how == "similar" else {"named": "by --map"}.get(how, how)


def _print(manifest: "Manifest", out: Path) -> None:
    counts = manifest.counts
    console = Console(highlight=False, soft_wrap=True)
    console.print(
        f"{numbers.counted(counts.get('graded', 0), 'answer')} graded; "
        f"{counts.get('review', 0):,} to look at, "
        f"{counts.get('failed', 0):,} failed, {counts.get('empty', 0):,} empty",
        markup=False,
    )
    for name in manifest.outputs:
        console.print(f"  {one_line(str(out / name))}", markup=False)
