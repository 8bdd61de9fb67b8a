"""The table of figures: for a terminal, and as Markdown."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from coach.evaluation.agreement import Interval
from coach.evaluation.figure import Figure, FigureTable, Target, Unit

_ABOUT = (
    "Kappa is quadratic weighted, on whole marks; MAE is the mean absolute error in marks, bias the mean of "
    "mark less label. Brackets are 95% bootstrap intervals, by resampling texts (those on one context or of "
    "one answer together); a worst case has none. Beside a figure stands the same by writer."
)
_LIMITS = {"at least": ">= ", "at most": "<= ", "within": "+-"}


def figure_page(found: FigureTable) -> RenderableType:
    """The table for a terminal, with what the figures hold for above each group of them."""
    parts: list[RenderableType] = []
    for (group, held), block in groupby(found.figures, lambda one: (one.target.group, holds_for(one))):
        figures, first = list(block), not parts
        parts.append(Text(f"\n{group}: ", "bold") + Text(held, "not bold dim"))
        notes = {one.note for one in figures}
        # A note that all share stands once, and on the whole width.
        shared = notes.pop() if len(notes) == 1 else ""
        if shared:
            parts.append(Text(shared, "dim"))
        table = Table(box=None, expand=True, pad_edge=False, show_header=first, header_style="bold")
        table.add_column("figure", ratio=1)
        for title, width in (("value", 20), ("floor", 7), ("aim", 7), ("", 8), ("cases", 5)):
            table.add_column(title, width=width, justify="right", no_wrap=True)
        for one in figures:
            asides = [line for line in _asides(one) if line != shared]
            name = Text("\n").join([Text(one.target.figure), *(Text(line, "dim") for line in asides)])
            table.add_row(name, *map(Text, _cells(one)))
        parts.append(table)
    return Group(*parts, *(Text(f"\n{line}") for line in _remarks(found)))


def figures_markdown(found: FigureTable) -> str:
    """The table as Markdown, with what each figure holds for in its last column."""
    head = ["group", "figure", "value", "floor", "aim", "", "cases", "by writer, and notes", "holds for"]
    rows = [
        [one.target.group, one.target.figure, *_cells(one), "; ".join(_asides(one)), holds_for(one)]
        for one in found.figures
    ]
    ruler = ["---", "---", "---:", "---:", "---:", "---", "---:", "---", "---"]
    lines = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in (head, ruler, *rows)]
    return "\n\n".join(["\n".join(lines), *_remarks(found)]) + "\n"


def holds_for(figure: Figure) -> str:
    """Which texts a figure holds for, and whether the scorer was trained on them."""
    if not figure.trained_on:
        return figure.data
    if figure.trained_on == figure.writers:
        return f"{figure.data}; the scorer was trained on these texts"
    return f"{figure.data}; the scorer was trained on texts of {', '.join(figure.trained_on)}"


def verdict(figure: Figure) -> str:
    """Whether floor and aim are kept, in a word or two; empty where nothing was set or measured."""
    if figure.reached:
        return "aim kept"
    return {True: "kept", False: "missed", None: ""}[figure.kept]


def shown(value: float | None, unit: Unit, signed: bool = False) -> str:
    """A figure as it is read: shares in whole per cent, all else with two decimals; a dash for none.

    >>> shown(0.834, "share"), shown(-0.004, "marks", signed=True), shown(None, "number")
    ('83%', '+0.00', '-')
    """
    if value is None:
        return "-"
    if unit == "share":
        return f"{round(value * 100) + 0}%"
    return f"{round(value, 2) + 0.0:{'+' if signed else ''}.2f}"


def _cells(one: Figure) -> list[str]:
    """Value with interval, floor, aim, verdict and cases."""
    target = one.target
    signed = target.sense == "within"
    value = shown(one.value, target.unit, signed) + _brackets(one.interval, target.unit, signed)
    if not one.writers:
        value = "not measured"
    limits = [_limit(target, limit) for limit in (target.floor, target.aim)]
    return [value, *limits, verdict(one), str(one.cases) if one.cases else "-"]


def _brackets(interval: Interval | None, unit: Unit, signed: bool) -> str:
    if interval is None:
        return ""
    low, high = (shown(end, unit, signed) for end in interval)
    return f" [{low}, {high}]"


def _limit(target: Target, limit: float | None) -> str:
    return "" if limit is None else f"{_LIMITS[target.sense]}{shown(limit, target.unit)}"


def _asides(one: Figure) -> list[str]:
    """What stands behind a figure: its values by writer, and its note."""
    unit, signed = one.target.unit, one.target.sense == "within"
    parts = ", ".join(f"{writer} {shown(value, unit, signed)}" for writer, value in one.parts.items())
    return [line for line in (parts, one.note) if line]


def _remarks(found: FigureTable) -> Iterator[str]:
    yield _ABOUT
    if any(one.trained_on for one in found.figures):
        yield "Where nothing is said of training, the scorer was not trained on texts of these writers."
    if found.limit is not None:
        yield f"At most {found.limit} texts of each kind were taken: this is a trial, and not the figures."
    yield _scorers(found.scorers)


def _scorers(scorers: dict[str, str]) -> str:
    """Which scorer was used for which writers, those of one scorer together."""
    by_scorer: dict[str, list[str]] = {}
    for writer, scorer in scorers.items():
        by_scorer.setdefault(scorer, []).append(writer)
    if not by_scorer:
        return "Nothing was scored."
    if len(by_scorer) == 1:
        return f"Scorer of all: {next(iter(by_scorer))}."
    return " ".join(f"Scorer of {_listed(writers)}: {scorer}." for scorer, writers in by_scorer.items())


def _listed(writers: Sequence[str]) -> str:
    return ", ".join(sorted(writers))
