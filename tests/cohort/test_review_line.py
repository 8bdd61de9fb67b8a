"""The line that `coach grade --critic` ends with, and its exit code."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from coach.cli.grade import _end
from coach.cli.grade_critic import reviews_told


def manifest(counts: dict[str, int], **more: Any) -> Any:
    given = {
        "stopped": "",
        "awaited": False,
        "review_failure": "",
        "cost": 0.0,
        "problems": (),
        "outputs": (),
    }
    return SimpleNamespace(counts=Counter(counts), **(given | more))


@pytest.mark.parametrize(
    ("counts", "more", "line"),
    [
        (
            {"to review": 40, "reviewed": 38, "review failed": 2},
            {"review_failure": "reply cut", "cost": 0.314},
            "critic: 38 of 40 reviewed, 2 failed (reply cut), $0.31",
        ),
        ({"to review": 3, "reviewed": 3}, {}, "critic: 3 of 3 reviewed, 0 failed, $0.00"),
        (
            {"to review": 9, "batch replies": 8, "batch replies unusable": 2},
            {"review_failure": "it does not fit"},
            "critic: 0 of 9 reviewed, 0 failed, 2 of 8 replies of batches could not be used (it does not fit), $0.00",
        ),
    ],
)
def test_the_line_says_how_the_reviews_went(counts: dict[str, int], more: dict[str, Any], line: str) -> None:
    assert reviews_told(manifest(counts, **more)) == line


@pytest.mark.parametrize(
    ("counts", "more", "fails"),
    [
        ({"to review": 3, "review failed": 3}, {}, True),
        ({"to review": 3}, {"stopped": "no such model"}, True),
        ({"to review": 3}, {"stopped": "batch b is handed in", "awaited": True}, False),
        ({"to review": 3, "reviewed": 1, "review failed": 2}, {}, False),
        ({}, {}, False),
    ],
)
def test_a_run_without_a_single_review_is_no_success(
    counts: dict[str, int], more: dict[str, Any], fails: bool, tmp_path: Any
) -> None:
    shown = manifest(counts, **more)
    if not fails:
        _end(shown, tmp_path / "x.csv", tmp_path, False, reviewed=True)
        return
    with pytest.raises(typer.Exit) as caught:
        _end(shown, tmp_path / "x.csv", tmp_path, False, reviewed=True)
    assert caught.value.exit_code == 1
    _end(shown, tmp_path / "x.csv", tmp_path, False, reviewed=False)
