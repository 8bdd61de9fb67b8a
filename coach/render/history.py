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
_OTHER = "*"
_FOOTNOTE = f"{_OTHER} by another scorer than the newest: does not compare with the other marks."


def print_attempts(attempts: Sequence[Attempt], console: Console) -> None:
    """Print attempts as a table, oldest first; a mark by another scorer than the newest one's is marked."""
    reviewed = [one for one in attempts if one.critic is not None]
    titles = ["attempt", "overall", "reasoning", *(["critic"] if reviewed else []), "seconds"]
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title, justify="left" if title == "attempt" else "right", overflow="fold")
    scorer = attempts[-1].scorer if attempts else ""
    critic = reviewed[-1].critic if reviewed else None
    for one in attempts:
        compares = one.scorer == scorer
        by_critic = "" if one.critic_overall is None else _mark(one.critic_overall, one.critic == critic)
        table.add_row(
            Text(one_line(one.id)),
            _mark(one.overall, compares),
            _mark(one.reasoning, compares),
            *([by_critic] if reviewed else []),
            "" if one.seconds is None else f"{one.seconds:.0f}",
        )
    console.print(table)
    if any(one.scorer != scorer for one in attempts) or any(one.critic != critic for one in reviewed):
        console.print(Text(_FOOTNOTE))


def _mark(value: float, compares: bool) -> str:
    return f"{numbers.mark(value)}{' ' if compares else _OTHER}"


def progress(points: Sequence[DimensionPoint]) -> tuple[str, ...]:
    """A line for each dimension: its depth in each attempt that was asked for it, oldest first, and the mean.

    Only the marks of the newest attempt's offline scorer are drawn: marks of two scorers do not compare.
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
        chart = f"{'…' if len(depths) > _LAST else ''}{chart}"
        lines.append((title.ljust(width), chart, sum(depths) / len(depths)))
    cells = max((len(chart) for _, chart, _ in lines), default=0)
    shown = [f"{title}  {chart.ljust(cells)}  mean {mean:.1f}" for title, chart, mean in lines]
    others = len({point.attempt for point in points if point.scorer != scorer})
    if others:
        whose = "1 attempt by another scorer is" if others == 1 else f"{others} attempts by other scorers are"
        shown.append(f"{whose} left out: marks of two scorers do not compare.")
    return tuple(shown)
