"""The critic of `coach grade`: set up, its cost told beforehand, its progress shown."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from coach import resources
from coach.cli.app import say
from coach.errors import UsageError

if TYPE_CHECKING:
    from coach.cohort.reading import Cohort
    from coach.cohort.run_records import Manifest
    from coach.cohort.run_reviews import Reviewer
    from coach.packs import Pack
    from coach.settings import Settings


def cohort_reviewer(
    settings: "Settings",
    pack: "Pack",
    directory: Path | None,
    cohort: "Cohort",
    yes: bool,
    batch: bool,
    record: Path | None = None,
    measured: bool = False,
) -> "Reviewer":
    """The critic for a cohort, once what it may cost is told and, at a terminal, agreed to.

    `measured` asks that the model was measured with this prompt. Raises UsageError where it was not, and
    where the critic is turned down; SettingsError for a setting that cannot be used.
    """
    from coach.cohort.estimates import estimated_cost
    from coach.cohort.run_reviews import Reviewer
    from coach.critic.batching import SHARE, load_batch_critic
    from coach.critic.calibrations import calibration_for
    from coach.critic.choosing import with_a_model
    from coach.critic.critic import load_critic
    from coach.critic.pricing import load_prices
    from coach.critic.recording import Recorder
    from coach.prompts import load_prompt

    settings = asyncio.run(with_a_model(settings))
    model = settings.chosen_model
    prompt = load_prompt("critique.v2")
    if measured and calibration_for(model, prompt, settings.samples) is None:
        raise UsageError(
            f"--mark-by critic: {model} was not measured with {prompt.name} and {settings.samples} samples; "
            "measure it with coach evaluate FILE --critic, or pass --uncalibrated"
        )
    answers = sum(1 for _ in _counting(cohort))
    share = SHARE if batch else 1.0
    price = load_prices(settings).price(model)
    if price is None:
        cost = "at a price that is not known"
    else:
        cost = f"for about ${estimated_cost(_counting(cohort), pack, price, settings.samples, share):.2f}"
    limit = "" if settings.max_cost is None else f", never more than ${settings.max_cost:.2f}"
    say(f"critic: up to {answers:,} answers go to {model}, without names, {cost}{limit}")
    console = Console(stderr=True)
    if console.is_terminal and not yes and not typer.confirm("Go on?", err=True):
        raise UsageError("the critic was turned down; leave --critic away to grade offline")
    address = settings.azure_endpoint or settings.base_url or "openai"
    name = f"{model} at {address}, {prompt}, {settings.samples} samples"
    where = directory or resources.default_pack_dir()
    recorder = Recorder(record) if record else None
    if batch:
        batching = load_batch_critic(settings, pack, where, recorder=recorder)
        bar = ReviewBar(answers, console)
        return Reviewer(batching, name, bar, settings.concurrency, batching, batching.budget.begin)
    critic = load_critic(settings, pack, where, follow_up=False, recorder=recorder)
    return Reviewer(
        critic, name, ReviewBar(answers, console), settings.concurrency, spent=critic.budget.begin
    )


def reviews_told(manifest: "Manifest") -> str:
    """How the reviews went, as in "critic: 38 of 40 reviewed, 2 failed (reply cut), $0.31"."""
    counts = manifest.counts
    failed = counts.get("review failed", 0)
    unusable = counts.get("batch replies unusable", 0)
    reason = f" ({manifest.review_failure})" if manifest.review_failure else ""
    parts = [
        f"{counts.get('reviewed', 0):,} of {counts.get('to review', 0):,} reviewed",
        f"{failed:,} failed{reason if failed else ''}",
    ]
    if counts.get("batch replies"):
        told = reason if unusable and not failed else ""
        parts.append(
            f"{unusable:,} of {counts['batch replies']:,} replies of batches could not be used{told}"
        )
    return f"critic: {', '.join(parts)}, ${manifest.cost:.2f}"


class ReviewBar:
    """A progress bar for the reviews: done, time left, failures and what they cost so far."""

    def __init__(self, total: int, console: Console) -> None:
        columns = (TextColumn("reviewing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(
            *columns, TextColumn("{task.fields[note]}"), console=console, disable=not console.is_terminal
        )
        self._task = self._bar.add_task("reviewing", total=total, note="")
        self._cost = 0.0
        self._failures = 0

    def reviewed(self, cost: float | None, failed: bool) -> None:
        """Move the bar on."""
        if not self._bar.live.is_started:
            self._bar.start()
        self._cost += cost or 0.0
        self._failures += failed
        failures = f", {self._failures:,} failed" if self._failures else ""
        self._bar.update(self._task, advance=1, note=f"${self._cost:.2f}{failures}")

    def close(self) -> None:
        """Leave the last state on the screen."""
        self._bar.stop()


def _counting(cohort: "Cohort") -> Iterator[tuple[str, str]]:
    """The question and text of every answer that may be reviewed."""
    for submission, _ in cohort.submissions():
        if submission.state == "counts":
            yield submission.question, submission.text
