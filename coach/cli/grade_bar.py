"""The bar of a run of `coach grade`: how far it is, how fast, and how many failed."""

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class _Rate(ProgressColumn):
    """Answers a second, and how many failed."""

    def render(self, task: Task) -> Text:
        """The rate of the last minutes."""
        failures = task.fields.get("failures", 0)
        failed = f", {failures:,} failed" if failures else ""
        return Text(f"{task.speed or 0:.1f}/s{failed}")


class GradingBar:
    """A progress bar on stderr: done, rate, time left and failures."""

    def __init__(self, total: int) -> None:
        columns = (
            *(TextColumn("grading"), BarColumn(), MofNCompleteColumn()),
            *(_Rate(), TimeRemainingColumn()),
        )
        console = Console(stderr=True)
        self._bar = Progress(*columns, console=console, disable=not console.is_terminal)
        self._total = total
        self._failures = 0
        self._task: TaskID | None = None

    def __enter__(self) -> "GradingBar":
        self._bar.start()
        self._task = self._bar.add_task("grading", total=self._total)
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def graded(self, answers: int, failures: int) -> None:
        """Move the bar on."""
        assert self._task is not None
        self._failures += failures
        self._bar.update(self._task, advance=answers, failures=self._failures)
