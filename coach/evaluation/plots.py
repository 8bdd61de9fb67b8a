"""Plots of an evaluation as PNG files; needs matplotlib, and is imported only where plots are wanted."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coach.evaluation.agreement import Agreement
from coach.evaluation.short_answers import ShortEvaluation
from coach.evaluation.study import Evaluation

_BLUE = "#3b6ea5"
_GREY = "#b9c2cc"
_LENGTHS = 6


def draw(found: Evaluation | ShortEvaluation, folder: Path) -> dict[str, str]:
    """Write every plot of an evaluation into `folder`; returns the titles by file name."""
    if isinstance(found, ShortEvaluation):
        plots: dict[str, tuple[str, Callable[[], Figure]]] = {
            "confusion.png": (
                "Confusion of whole marks",
                lambda: confusion_figure({"score": found.overall}),
            ),
        }
    else:
        plots = {
            "confusion.png": (
                "Confusion of whole marks",
                lambda: confusion_figure(
                    {
                        "overall": found.overall,
                        "reasoning": found.reasoning,
                        "expected dimensions": found.expected_dimensions,
                    }
                ),
            ),
            "dimensions.png": ("Agreement by dimension", lambda: dimensions_figure(found)),
            "residuals.png": ("Residuals by length", lambda: residuals_figure(found)),
        }
    for name, (_, plot) in plots.items():
        plot().savefig(folder / name, dpi=120)
    return {name: title for name, (title, _) in plots.items()}


def confusion_figure(shown: dict[str, Agreement]) -> Figure:
    """Heat maps of labels (rows) against whole marks (columns); the shade is the share of the row."""
    figure = Figure(figsize=(4.2 * len(shown), 4.2), layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, len(shown)))
    for axis, (title, one) in zip(axes, shown.items(), strict=True):
        counts = np.asarray(one.confusion)
        axis.imshow(counts / np.maximum(1, counts.sum(axis=1, keepdims=True)), cmap="Blues", vmin=0, vmax=1)
        for label, row in enumerate(counts):
            for mark, count in enumerate(row):
                dark = count > 0.55 * row.sum()
                axis.text(
                    mark, label, str(count), ha="center", va="center", color="white" if dark else "black"
                )
        _label(axis, title, "scorer", "label")
        axis.set_xticks(range(len(counts)))
        axis.set_yticks(range(len(counts)))
    return figure


def dimensions_figure(found: Evaluation) -> Figure:
    """Bars of kappa by dimension, where a question expects it, with 95% intervals; all answers in grey."""
    names = list(found.by.dimension)
    figure = Figure(figsize=(7, 0.42 * len(names) + 1.6), layout="constrained")
    axis = figure.subplots()
    for place, name in enumerate(names):
        of_dimension = found.by.dimension[name]
        bars = [(of_dimension.expected, -0.18, _BLUE), (of_dimension.all, 0.2, _GREY)]
        for one, shift, colour in bars:
            if one is None or one.qwk is None:
                continue
            axis.barh(place + shift, one.qwk, height=0.36, color=colour)
            low, high = one.intervals.get("qwk", (one.qwk, one.qwk))
            axis.plot([low, high], [place + shift] * 2, color="black", linewidth=1)
    axis.set_yticks(range(len(names)), names)
    axis.invert_yaxis()
    axis.set_xlim(0, 1)
    _label(
        axis,
        "agreement by dimension (blue: where expected, grey: all answers)",
        "quadratic weighted kappa",
        "",
    )
    return figure


def residuals_figure(found: Evaluation) -> Figure:
    """Each answer's residual of the overall mark by its length, and the mean of equally many answers."""
    table = np.asarray(found.residuals, dtype=np.float64)
    figure = Figure(figsize=(7, 4), layout="constrained")
    axis = figure.subplots()
    axis.scatter(table[:, 0], table[:, 1], s=8, color=_GREY)
    groups = np.array_split(np.argsort(table[:, 0], kind="stable"), min(_LENGTHS, len(table)))
    axis.plot(
        [table[rows, 0].mean() for rows in groups],
        [table[rows, 1].mean() for rows in groups],
        "o-",
        color=_BLUE,
    )
    axis.axhline(0, color="black", linewidth=0.8)
    _label(axis, "residuals by length (blue: means)", "words", "scorer less label, marks")
    return figure


def _label(axis: Axes, title: str, across: str, down: str) -> None:
    axis.set_title(title, fontsize=10)
    axis.set_xlabel(across)
    axis.set_ylabel(down)
