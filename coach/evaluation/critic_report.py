"""Reports on critics: the figures of a study as Markdown."""

from collections.abc import Sequence

from coach.evaluation.agreement import Agreement
from coach.evaluation.critic_study import CriticEvaluation, CriticFigures, SimulatedTable, failures_told

_HEADER = ("| who marks | error (marks of 5) | 95% | kappa |", "| --- | --- | --- | --- |")


def critic_markdown(found: CriticEvaluation) -> str:
    """A critic's figures beside the offline scorer's, and what they mean for its reviews."""
    figures = found.figures
    rows = (
        ("offline scorer", figures.offline),
        ("critic, as it said", figures.said),
        ("critic, verified", figures.verified),
        (f"both, blended (the critic's part is {figures.weight:.2f})", figures.blended),
    )
    lines = [
        f"# {found.model} as critic",
        f"{found.answers} answers, {found.prompt}, {found.samples} samples an answer. {found.labels}",
        _table(rows),
        trust(figures),
    ]
    if found.excluded:
        lines.append(
            f"{found.excluded} answers were left out: prompts show them to the critic with their marks."
        )
    if found.failed:
        lines.append(f"{failures_told(found.failed)}.")
    if found.differing:
        lines.append(
            f"{found.differing} recorded requests read otherwise than this version of the coach would send "
            "them: the figures are of the prompts as they were recorded."
        )
    if found.cost:
        lines.append(f"It cost ${found.cost:.2f}.")
    return "\n\n".join(lines)


def trust(figures: CriticFigures) -> str:
    """Which mark came nearest to the labels, in one sentence."""
    named = {
        "the offline mark": figures.offline.mae,
        "the critic's verified mark": figures.verified.mae,
        "the blend of both": figures.blended.mae,
    }
    best = min(named, key=lambda name: named[name])
    return f"Nearest to the labels is {best}: {named[best]:.2f} marks off on average."


def simulated_markdown(found: SimulatedTable) -> str:
    """What verification makes of simulated critics, a row each."""
    lines = ["| critic | as it said | verified | change | blended | depths withdrawn |", "|" + " --- |" * 6]
    for name, figures in found.rows.items():
        said, verified = figures.said.mae, figures.verified.mae
        lines.append(
            f"| {name} | {said:.2f} | {verified:.2f} | {verified - said:+.2f} | {figures.blended.mae:.2f} | "
            f"{found.withdrawn[name]:,} |"
        )
    offline = next(iter(found.rows.values())).offline.mae
    told = (
        f"Mean absolute errors of the overall mark on {found.answers} answers; the offline scorer's is "
        f"{offline:.2f} ({found.scorer}). Critics are simulated from the labels. {found.labels}"
    )
    return "\n\n".join(["# Simulated critics", told, "\n".join(lines)])


def _table(rows: Sequence[tuple[str, Agreement]]) -> str:
    lines = list(_HEADER)
    for name, found in rows:
        interval = found.intervals.get("mae")
        shown = f"{interval[0]:.2f} to {interval[1]:.2f}" if interval else ""
        kappa = "" if found.qwk is None else f"{found.qwk:.3f}"
        lines.append(f"| {name} | {found.mae:.2f} | {shown} | {kappa} |")
    return "\n".join(lines)
