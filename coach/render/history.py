"""Earlier attempts as a table and as a small chart of progress by dimension."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from coach.history.store import Attempt, DimensionPoint
from coach.render import numbers
from coach.render.plain import one_line

# One character for each depth, absent to reasoned; digits, so that it reads aloud and in any character set.
_LAST = 24


def print_attempts(attempts: Sequence[Attempt], console: Console) -> None:
    """Print attempts as a table, oldest first."""
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for title in ("id", "question", "overall", "reasoning", "seconds"):
        table.add_column(title, justify="left" if title in ("id", "question") else "right", overflow="fold")
    for one in attempts:
        table.add_row(
            Text(one_line(one.id)),
            Text(one_line(one.question)),
            numbers.mark(one.overall),
            numbers.mark(one.reasoning),
            "" if one.seconds is None else f"{one.seconds:.0f}",
        )
    console.print(table)


def progress(points: Sequence[DimensionPoint]) -> tuple[str, ...]:
    """A line for each dimension: its depth in each attempt that was asked for it, oldest first, and the mean.

    Only the marks of the newest attempt's scorer are drawn: marks of two scorers do not compare.
    """
    if not points:
        return ()
    scorer = points[-1].scorer
    drawn = [point for point in points if point.expected and point.scorer == scorer]
    titles = {point.dimension: one_line(point.title) for point in drawn}
    width = max((len(title) for title in titles.values()), default=0)
    lines = []
    for dimension, title in titles.items():
        depths = [point.depth for point in drawn if point.dimension == dimension]
        chart = "".join(str(depth) for depth in depths[-_LAST:])
        more = "…" if len(depths) > _LAST else ""
        lines.append(f"{title.ljust(width)}  {more}{chart}  mean {sum(depths) / len(depths):.1f}")
    others = {point.attempt for point in points if point.scorer != scorer}
    if others:
        lines.append(f"{len(others)} attempts by other scorers are left out: their marks do not compare.")
    return tuple(lines)
