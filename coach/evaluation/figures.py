"""Figures by group: which there are, in the order of the table, and what measures each."""

from collections.abc import Callable, Iterator, Sequence

from coach.errors import UsageError
from coach.evaluation.answer_figures import junk_figures, next_step_figures, other_question_figures
from coach.evaluation.contrast_figures import (
    form_figures,
    harmful_only_figures,
    pair_figures,
    stance_figures,
    unspoken_figures,
)
from coach.evaluation.examiner import Examiner
from coach.evaluation.figure import Figure, FigureTable
from coach.evaluation.figure_data import FigureData
from coach.evaluation.mark_figures import (
    accused_figures,
    graded_figures,
    human_figures,
    register_figures,
    unmoved_figures,
)

GROUPS: dict[str, Callable[[FigureData, Examiner], list[Figure]]] = {
    "graded": graded_figures,
    "human-dev": human_figures,
    "registers": register_figures,
    "pairs": pair_figures,
    "accused": accused_figures,
    "stance": stance_figures,
    "unspoken": unspoken_figures,
    "other-question": other_question_figures,
    "next-steps": next_step_figures,
    "other-form": form_figures,
    "junk": junk_figures,
    "harmful-only": harmful_only_figures,
    "unmoved": unmoved_figures,
}


def chosen_groups(names: Sequence[str]) -> tuple[str, ...]:
    """The groups of those names in the order of the table, or all; UsageError for one that there is not."""
    for name in names:
        if name not in GROUPS:
            raise UsageError(f"--only {name}: there is {', '.join(GROUPS)}")
    return tuple(group for group in GROUPS if group in names or not names)


def figure_tables(
    data: FigureData, examiner: Examiner, groups: Sequence[str] = tuple(GROUPS)
) -> Iterator[FigureTable]:
    """Measure group after group; yields the table so far after each, the last one whole."""
    figures: list[Figure] = []
    for group in groups:
        figures += GROUPS[group](data, examiner)
        yield FigureTable(figures=tuple(figures), scorers=dict(examiner.scorers), limit=data.limit)
