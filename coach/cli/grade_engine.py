"""The engine of `coach grade`: this machine, or a Ray cluster."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from coach.cli.options import chosen_encoder, chosen_pack
from coach.errors import UsageError

if TYPE_CHECKING:
    from coach.cohort.batch_scoring import BatchScorer
    from coach.cohort.runs import Engine


def chosen_engine(
    engine: str, address: str | None, pack: Path | None, encoder: str | None, weights: Path | None
) -> "Engine":
    """The engine of that name; UsageError where there is none, or its extra is not installed."""
    from coach.cohort.grading import grade_all

    if engine == "local":
        if address is not None:
            raise UsageError("--address is of a Ray cluster; give --engine ray with it")
        return grade_all
    if engine != "ray":
        raise UsageError(f"--engine {engine}: there is local and ray")
    try:
        from coach.cohort.on_ray import RayEngine
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise UsageError("--engine ray needs Ray; run: pip install 'mlops-answer-coach[ray]'") from None
    return RayEngine(partial(load_batch_scorer, pack, encoder, weights), address)


def load_batch_scorer(pack: Path | None, encoder: str | None, weights: Path | None) -> "BatchScorer":
    """Load a scorer on the node where it is called; packs and weights must lie there too."""
    from coach.cohort.batch_scoring import BatchScorer

    return BatchScorer.load(chosen_pack(pack), chosen_encoder(encoder), weights)
