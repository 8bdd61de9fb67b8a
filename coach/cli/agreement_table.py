"""What a training prints: how far it agrees with graders on writers that it had not seen."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

_FIGURES = {
    "overall_kappa": "overall, quadratic weighted kappa",
    "overall_mean_absolute_error": "overall, mean absolute error in marks",
    "reasoning_kappa": "reasoning, quadratic weighted kappa",
    "dimensions_kappa": "all dimensions, quadratic weighted kappa",
    "expected_dimensions_kappa": "expected dimensions, quadratic weighted kappa",
}


def print_agreement(agreement: Mapping[str, float], written: str) -> None:
    """Print the figures of a manifest, whose labels they are against, and what was `written`."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("each writer held out in turn")
    table.add_column("", justify="right")
    for key, title in _FIGURES.items():
        table.add_row(title, f"{agreement[key]:.3f}")
    console = Console(highlight=False)
    console.print(table)
    console.print("The answers were written and graded by language models, not by people.")
    console.print(written, soft_wrap=True)
