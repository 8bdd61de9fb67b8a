"""The list of attempts and the chart: marks of two scorers are told apart."""

import io
from datetime import UTC, datetime, timedelta

from rich.console import Console

from coach.history.store import Attempt, DimensionPoint
from coach.render.history import print_attempts, progress

START = datetime(2026, 4, 12, tzinfo=UTC)


def attempt(number: int, scorer: str = "new", critic: str | None = None) -> Attempt:
    return Attempt(
        id=f"attempt-{number}",
        started=START + timedelta(minutes=number),
        question="what-is-drift",
        level="beginner",
        overall=3.0,
        reasoning=2.0,
        scorer=scorer,
        seconds=None,
        recogniser=None,
        critic_overall=4.0 if critic else None,
        critic=critic,
    )


def point(number: int, depth: int, scorer: str = "new") -> DimensionPoint:
    return DimensionPoint(
        attempt=f"attempt-{number}",
        started=START + timedelta(minutes=number),
        question="what-is-drift",
        dimension="drift",
        title="Drift response",
        expected=True,
        depth=depth,
        raw=depth,
        scorer=scorer,
    )


def listed(*attempts: Attempt) -> list[str]:
    console = Console(file=io.StringIO(), width=80, no_color=True)
    print_attempts(attempts, console)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_marks_of_another_scorer_are_marked() -> None:
    header, first, second, note = listed(attempt(1, "old"), attempt(2))
    assert first.split() == ["attempt-1", "3.0*", "2.0*"]
    assert second.split() == ["attempt-2", "3.0", "2.0"]
    assert note.startswith("* by another scorer")
    assert "critic" not in header
    assert len(listed(attempt(1), attempt(2))) == 3


def test_marks_of_a_critic_have_a_column_of_their_own() -> None:
    header, first, second, third, note = listed(attempt(1, critic="a"), attempt(2), attempt(3, critic="b"))
    assert header.split() == ["attempt", "overall", "reasoning", "critic", "seconds"]
    assert [line.split()[3:] for line in (first, second, third)] == [["4.0*"], [], ["4.0"]]
    assert note.startswith("*")


def test_the_chart_draws_one_scorer_and_counts_the_others() -> None:
    assert progress([point(1, 1, "old"), point(2, 2), point(3, 3)]) == (
        "Drift response  23  mean 2.5",
        "1 attempt by another scorer is left out: marks of two scorers do not compare.",
    )
    assert progress([point(number, 2) for number in range(30)]) == (f"Drift response  …{'2' * 24}  mean 2.0",)
    assert progress([]) == ()
