"""Figures of marks: agreement with graders, confidence, accusations, and what must not move a mark."""

from collections.abc import Callable, Sequence

import numpy as np

from coach.evaluation.estimates import Floats, Rows, agreed, estimated, mean
from coach.evaluation.examiner import Examiner
from coach.evaluation.figure import MODELS, PEOPLE, Data, Estimate, Figure, Section
from coach.evaluation.figure_data import FigureData, Texts, Written
from coach.evaluation.robustness import robustness
from coach.evaluation.study import (
    DEPTH_STEPS,
    OVERALL_STEPS,
    REASONING_STEPS,
    labelled,
    marks_given,
)
from coach.scoring.graded import GradedAnswer

# From this overall mark on graders call an answer good.
STRONG = 4.0
_OF_HALF, _SAVED = "MAE, most confident half", "MAE that the confident half saves"


def graded_figures(data: FigureData, examiner: Examiner) -> list[Figure]:
    """Agreement with the graders of polished answers."""

    def estimates(marked: "_Marked") -> dict[str, Estimate]:
        return {
            "overall kappa": marked.of_overall("qwk"),
            "overall MAE": marked.of_overall("mae"),
            "reasoning kappa": marked.of_reasoning(),
            "dimensions kappa": marked.of_dimensions(expected_only=False),
            "expected dimensions kappa": marked.of_dimensions(expected_only=True),
        }

    return _agreement("graded", MODELS, data.graded(), data, examiner, estimates)


def register_figures(data: FigureData, examiner: Examiner) -> list[Figure]:
    """Agreement with the graders of answers in people's registers, junk and wrong questions among them."""

    def estimates(marked: "_Marked") -> dict[str, Estimate]:
        return {"overall kappa": marked.of_overall("qwk"), "overall MAE": marked.of_overall("mae")}

    return _agreement("registers", MODELS, data.registers(), data, examiner, estimates)


def human_figures(data: FigureData, examiner: Examiner) -> list[Figure]:
    """Agreement with the grader of people's passages, and what confidence is worth there."""

    def estimates(marked: "_Marked") -> dict[str, Estimate]:
        return {
            "overall kappa": marked.of_overall("qwk"),
            "overall Pearson": marked.of_overall("pearson"),
            "overall bias": mean(marked.gaps, marked.writers),
            "reasoning kappa": marked.of_reasoning(),
            "expected dimensions kappa": marked.of_dimensions(expected_only=True),
            **marked.of_confidence(),
        }

    return _agreement("human-dev", PEOPLE, data.human_dev(), data, examiner, estimates)


def _agreement(
    group: str,
    of: Data,
    texts: Texts[GradedAnswer],
    data: FigureData,
    examiner: Examiner,
    estimates: Callable[["_Marked"], dict[str, Estimate]],
) -> list[Figure]:
    section = Section(group, of, texts.absent, examiner.trained_on)
    if not texts.rows:
        return section.unmeasured()
    marked = _Marked(data, examiner, texts.rows, group)
    return [section.figure(name, one, marked.writers) for name, one in estimates(marked).items()]


def accused_figures(data: FigureData, examiner: Examiner) -> list[Figure]:
    """How many answers without labelled harm get a harmful finding: strong ones, and people's passages."""
    graded, registers, people = data.graded(), data.registers(), data.human_dev()
    of_models = Section("accused", MODELS, (*graded.absent, *registers.absent), examiner.trained_on)
    of_people = Section("accused", PEOPLE, people.absent, examiner.trained_on)
    strong = [one for one in (*graded.rows, *registers.rows) if is_strong(one.row)]
    sound = [one for one in people.rows if not one.row.labels.harmful]
    found = []
    for section, name, texts in (
        (of_models, "strong answers accused", strong),
        (of_people, "people's passages accused", sound),
    ):
        rows = data.some(texts)
        if not rows:
            found += section.unmeasured(name)
            continue
        marked = _Marked(data, examiner, rows, "accused")
        accused = mean([bool(one.score.harmful) for one in marked.seen], marked.writers)
        found.append(section.figure(name, accused, marked.writers))
    return found


def unmoved_figures(data: FigureData, examiner: Examiner) -> list[Figure]:
    """How many limits are kept by answers that are changed in ways that must not move a score.

    The note names those that are not.
    """
    texts = data.graded()
    section = Section("unmoved", MODELS, texts.absent, examiner.trained_on)
    if not texts.rows:
        return section.unmeasured()
    # Those of one writer stand together, so that each scorer is asked for once.
    rows = sorted(data.some(texts.rows), key=lambda one: one.writer)
    marked = _Marked(data, examiner, rows, "unmoved")
    changes = robustness(
        marked.seen, data.pack, lambda graded: examiner.scorer(graded.writer), examiner.progress
    )
    missed = [f"{one.change}, {one.figure} {one.value:.2f}" for one in changes if not one.kept]
    kept = Estimate(1 - len(missed) / len(changes), len(changes))
    note = f"not kept: {'; '.join(missed)}" if missed else ""
    return [section.figure("limits of what must not move a score", kept, marked.writers, note)]


def is_strong(answer: GradedAnswer) -> bool:
    """Whether graders call an answer good and see no harm in it."""
    return answer.labels.overall >= STRONG and not answer.labels.harmful


def confident_half(rows: Rows, confidence: Floats) -> Rows:
    """The half of the rows (the larger if they are odd) with the highest confidence, ties in their order."""
    order = np.argsort(-confidence[rows], kind="stable")
    return np.asarray(rows[order[: (len(rows) + 1) // 2]])


class _Marked:
    """Graded answers with their scores, and the estimates that are made of them."""

    def __init__(
        self, data: FigureData, examiner: Examiner, texts: Sequence[Written[GradedAnswer]], what: str
    ) -> None:
        rows = data.some(texts)
        self.writers = [one.writer for one in rows]
        self.seen = examiner.coached([one.row for one in rows], self.writers, what)
        self.overall, self.reasoning, self.depth = marks_given(self.seen)
        self.labels = labelled([one.row for one in rows], data.pack)
        self.gaps: Floats = self.overall - self.labels.overall

    def of_overall(self, name: str) -> Estimate:
        return agreed(name, self.overall, self.labels.overall, OVERALL_STEPS, self.writers)

    def of_reasoning(self) -> Estimate:
        return agreed("qwk", self.reasoning, self.labels.reasoning, REASONING_STEPS, self.writers)

    def of_dimensions(self, expected_only: bool) -> Estimate:
        chosen = self.labels.expected if expected_only else None
        return agreed("qwk", self.depth, self.labels.depth, DEPTH_STEPS, self.writers, chosen)

    def of_confidence(self) -> dict[str, Estimate]:
        """Mean absolute error of overall: of all, of the most confident half, and the difference."""
        error = np.abs(self.gaps)

        def of_all(rows: Rows) -> float:
            return float(error[rows].mean())

        found = {"MAE, all": estimated(of_all, self.writers)}
        given = [one.score.confidence for one in self.seen]
        known = np.asarray([one for one in given if one is not None])
        if len(known) < len(given):
            return found | {name: Estimate(None, 0) for name in (_OF_HALF, _SAVED)}

        def of_half(rows: Rows) -> float:
            return of_all(confident_half(rows, known))

        def saved(rows: Rows) -> float:
            return of_all(rows) - of_half(rows)

        half = len(confident_half(np.arange(len(known)), known))
        found[_OF_HALF] = estimated(of_half, self.writers, cases=half)
        found[_SAVED] = estimated(saved, self.writers)
        return found
