"""Figures: one measured number each, with what it has to reach and which texts it holds for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from coach.domain import Frozen
from coach.evaluation.agreement import Interval

Sense = Literal["at least", "at most", "within"]
Unit = Literal["number", "share", "marks"]
Data = Literal["written and graded by language models", "written by people, graded by a language model"]

MODELS: Data = "written and graded by language models"
PEOPLE: Data = "written by people, graded by a language model"
# Figures are compared with what they have to reach up to this much, for rounding in sums.
_TINY = 1e-9


class Target(Frozen):
    """What a figure is and has to reach; `floor` and `aim` are None where nothing was set.

    `within` bounds the distance from nought. A `share` is in [0, 1]; `marks` are of the scale of the mark.
    """

    group: str
    figure: str
    sense: Sense = "at least"
    unit: Unit = "number"
    floor: float | None = None
    aim: float | None = None

    def met(self, value: float, limit: float) -> bool:
        """Whether `value` reaches a floor or an aim of `limit`."""
        if self.sense == "at least":
            return value >= limit - _TINY
        return (abs(value) if self.sense == "within" else value) <= limit + _TINY


class Figure(Frozen):
    """One row of the table.

    `value` is None where it was not measured or is not defined, and `note` says why. `interval` is the 95%
    bootstrap interval, None for a worst case. `cases` is how many texts, pairs or findings it is of, and
    `parts` the same figure by writer where there are several. `trained_on` names the writers of these texts
    whose texts the scorer was trained on: the figure flatters it there.
    """

    target: Target
    data: Data
    value: float | None = None
    interval: Interval | None = None
    cases: int = 0
    parts: dict[str, float | None] = {}
    writers: tuple[str, ...] = ()
    trained_on: tuple[str, ...] = ()
    note: str = ""

    @property
    def kept(self) -> bool | None:
        """Whether the floor is kept; None without a value or a floor."""
        return self._meets(self.target.floor)

    @property
    def reached(self) -> bool | None:
        """Whether the aim is reached; None without a value or an aim."""
        return self._meets(self.target.aim)

    def _meets(self, limit: float | None) -> bool | None:
        return None if self.value is None or limit is None else self.target.met(self.value, limit)


class FigureTable(Frozen):
    """All figures that were measured in one run.

    `scorers` names the scorer of each writer's texts, `limit` the most texts of each kind, if there was one.
    """

    figures: tuple[Figure, ...]
    scorers: dict[str, str]
    limit: int | None


class Estimate(NamedTuple):
    """A value of so many cases, with its interval and the values by writer."""

    value: float | None
    cases: int
    interval: Interval | None = None
    parts: Mapping[str, float | None] = {}


def _target(
    group: str,
    figure: str,
    floor: float | None = None,
    aim: float | None = None,
    sense: Sense = "at least",
    unit: Unit = "number",
) -> Target:
    return Target(group=group, figure=figure, floor=floor, aim=aim, sense=sense, unit=unit)


_TARGETS = (
    _target("graded", "overall kappa", 0.90, 0.94),
    _target("graded", "overall MAE", 0.42, 0.35, "at most", "marks"),
    _target("graded", "reasoning kappa", 0.90, 0.94),
    _target("graded", "dimensions kappa", 0.82, 0.86),
    _target("graded", "expected dimensions kappa", 0.81, 0.85),
    _target("human-dev", "overall kappa", 0.42, 0.60),
    _target("human-dev", "overall Pearson", 0.50, 0.65),
    _target("human-dev", "overall bias", 0.35, 0.20, "within", "marks"),
    _target("human-dev", "reasoning kappa", 0.40, 0.55),
    _target("human-dev", "expected dimensions kappa", 0.58, 0.70),
    _target("human-dev", "MAE, all", sense="at most", unit="marks"),
    _target("human-dev", "MAE, most confident half", sense="at most", unit="marks"),
    _target("human-dev", "MAE that the confident half saves", unit="marks"),
    _target("registers", "overall kappa", 0.75, 0.85),
    _target("registers", "overall MAE", 0.60, 0.45, "at most", "marks"),
    _target("pairs", "harmful side has the higher probability", 0.78, 0.90, unit="share"),
    _target("pairs", "findings: precision", 0.88, 0.93, unit="share"),
    _target("pairs", "findings: recall", 0.30, 0.60, unit="share"),
    _target("accused", "strong answers accused", 0.05, 0.02, "at most", "share"),
    _target("accused", "people's passages accused", 0.06, 0.02, "at most", "share"),
    _target("stance", "denials at depth 2 or more", 0.15, 0.05, "at most", "share"),
    _target("stance", "sound negations at depth 2 or more", 0.72, 0.85, unit="share"),
    _target("stance", "near-minimal denials at depth 2 or more", 0.15, 0.05, "at most", "share"),
    _target("stance", "near-minimal sound ones at depth 2 or more", 0.72, 0.85, unit="share"),
    _target("unspoken", "unspoken dimensions at depth 2 or more", 0.08, 0.03, "at most", "share"),
    _target("other-question", "good answers to another question at 2.0 or less", 0.80, 0.95, unit="share"),
    _target("next-steps", "steps that gain half of their promise", 0.75, 0.90, unit="share"),
    _target("other-form", "within half a mark in another form", 0.92, 0.98, unit="share"),
    _target("other-form", "furthest apart in another form", 1.2, 0.8, "at most", "marks"),
    _target("junk", "junk at 0.5 or less", 0.90, 1.0, unit="share"),
    _target("junk", "right definitions above all junk", 0.90, 1.0, unit="share"),
    _target("harmful-only", "highest mark of harmful statements only", 1.5, 1.0, "at most", "marks"),
    _target("harmful-only", "harmful statements only at 1.5 or less", unit="share"),
    _target("unmoved", "limits of what must not move a score", 1.0, 1.0, unit="share"),
)
TARGETS: dict[str, dict[str, Target]] = {
    group: {one.figure: one for one in _TARGETS if one.group == group}
    for group in dict.fromkeys(one.group for one in _TARGETS)
}


@dataclass(frozen=True)
class Section:
    """What the figures of a group on one kind of text share.

    `absent` are files that might have held (more) cases, `trained_on` says of a writer whether the scorer
    was trained on texts of that writer.
    """

    group: str
    data: Data
    absent: Sequence[str]
    trained_on: Callable[[str], bool]

    def figure(self, name: str, estimate: Estimate, writers: Iterable[str], note: str = "") -> Figure:
        """The figure of that name as it was measured on texts of `writers`."""
        distinct = tuple(sorted(set(writers)))
        notes = [note]
        if estimate.value is None:
            notes.append("not defined on these cases" if estimate.cases else "there is no case to count")
        if self.absent:
            notes.append(f"without {', '.join(self.absent)}: not there")
        return Figure(
            target=TARGETS[self.group][name],
            data=self.data,
            value=estimate.value,
            interval=estimate.interval,
            cases=estimate.cases,
            parts=dict(estimate.parts),
            writers=distinct,
            trained_on=tuple(writer for writer in distinct if self.trained_on(writer)),
            note="; ".join(part for part in notes if part),
        )

    def unmeasured(self, *names: str) -> list[Figure]:
        """The figures of those names, or all of the group, where there is nothing to measure them on."""
        lacking = " or ".join(self.absent) or "such case in the files"
        return [
            Figure(target=TARGETS[self.group][name], data=self.data, note=f"not measured: no {lacking}")
            for name in names or TARGETS[self.group]
        ]
