"""Graded answers to test on: every so manieth, so that all writers and questions have their turn."""

from functools import cache

from coach import resources
from coach.scoring.graded import GradedAnswer, load_graded


@cache
def graded() -> tuple[GradedAnswer, ...]:
    """All graded answers of the MLOps pack."""
    return load_graded(resources.default_pack_dir() / "graded" / "answers.jsonl")


def sample(step: int, start: int = 0) -> tuple[GradedAnswer, ...]:
    """Every `step`-th graded answer from `start` on."""
    return graded()[start::step]
