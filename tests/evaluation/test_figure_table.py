"""The table of figures as it is shown, and the command that prints it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from figure_samples import StubScorer
from rich.console import Console
from typer.testing import CliRunner

from coach.cli import app
from coach.evaluation.figure import MODELS, PEOPLE, TARGETS, Figure, FigureTable, Target
from coach.evaluation.figure_table import figure_page, figures_markdown, holds_for, shown, verdict

if TYPE_CHECKING:
    from coach.packs import Pack

KAPPA = TARGETS["graded"]["overall kappa"]
BIAS = TARGETS["human-dev"]["overall bias"]
ACCUSED = TARGETS["accused"]["strong answers accused"]


def figure(target: Target, value: float | None = None, **keys: Any) -> Figure:
    return Figure(target=target, data=keys.pop("data", MODELS), value=value, **keys)


def table(*figures: Figure, **keys: Any) -> FigureTable:
    return FigureTable(figures=figures, **{"scorers": {"a": "stub 1"}, "limit": None, **keys})


def printed(found: FigureTable) -> str:
    console = Console(width=80, color_system=None)
    with console.capture() as capture:
        console.print(figure_page(found))
    return capture.get()


@pytest.mark.parametrize(
    ("target", "value", "word"),
    [
        (KAPPA, 0.94, "aim kept"),
        (KAPPA, 0.9399, "kept"),
        (KAPPA, 0.90, "kept"),
        (KAPPA, 0.8999, "missed"),
        (ACCUSED, 0.02, "aim kept"),
        (ACCUSED, 0.05, "kept"),
        (ACCUSED, 0.0501, "missed"),
        (BIAS, -0.20, "aim kept"),
        (BIAS, -0.35, "kept"),
        (BIAS, -0.36, "missed"),
        (BIAS, 0.36, "missed"),
        (KAPPA, None, ""),
        (TARGETS["human-dev"]["MAE, all"], 0.5, ""),
    ],
)
def test_the_verdict_is_of_the_value_and_not_of_what_is_shown(
    target: Target, value: float | None, word: str
) -> None:
    assert verdict(figure(target, value)) == word


def test_what_a_figure_holds_for_tells_of_training() -> None:
    assert holds_for(figure(BIAS, 0, data=PEOPLE)) == "written by people, graded by a language model"
    trained = figure(KAPPA, 0.9, writers=("a", "b"), trained_on=("a", "b"))
    assert (
        holds_for(trained) == "written and graded by language models; the scorer was trained on these texts"
    )
    partly = trained.model_copy(update={"trained_on": ("b",)})
    assert holds_for(partly).endswith("; the scorer was trained on texts of b")


def test_figures_are_shown_in_their_units() -> None:
    assert [shown(one, "share") for one in (0.0, 0.005, 0.994, 1.0)] == ["0%", "0%", "99%", "100%"]
    assert [shown(one, "marks", signed=True) for one in (-0.75, 0.2)] == ["-0.75", "+0.20"]
    assert shown(None, "share") == "-"


SOME = table(
    figure(KAPPA, 0.931, interval=(0.92, 0.941), cases=684, parts={"a": 0.9, "b": None}, writers=("a", "b")),
    figure(BIAS, -0.75, interval=(-0.9, -0.6), cases=98, data=PEOPLE, writers=("human-dev",)),
    figure(ACCUSED, note="not measured: no graded/answers.jsonl"),
)


def test_the_page_has_every_figure_with_its_text() -> None:
    page = printed(SOME)
    assert max(map(len, page.splitlines())) <= 80
    for line in (
        ["graded: written and graded by language models"],
        ["overall kappa", "0.93 [0.92, 0.94]", ">= 0.90", ">= 0.94", "kept", "684"],
        ["a 0.90, b -"],
        ["human-dev: written by people, graded by a language model"],
        ["overall bias", "-0.75 [-0.90, -0.60]", "+-0.35", "+-0.20", "missed", "98"],
    ):
        assert any(all(part in shown_line for part in line) for shown_line in page.splitlines()), line
    assert "not measured: no graded/answers.jsonl" in " ".join(page.split())
    assert "Scorer of all: stub 1." in page
    assert "trial" not in page


def test_the_markdown_has_a_row_for_each_figure() -> None:
    text = figures_markdown(SOME)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 3
    assert len({row.count("|") for row in rows}) == 1
    assert (
        "| graded | overall kappa | 0.93 [0.92, 0.94] | >= 0.90 | >= 0.94 | kept | 684 | a 0.90, b - | "
        "written and graded by language models |" in rows
    )


def test_a_trial_and_several_scorers_are_told() -> None:
    text = figures_markdown(table(limit=5, scorers={"b": "two", "a": "one", "ca_": "two"}))
    assert "At most 5 texts of each kind were taken" in text
    assert "Scorer of b, ca_: two. Scorer of a: one." in text


def run(*arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["figures", *map(str, arguments)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def stub(pack: "Pack", monkeypatch: pytest.MonkeyPatch) -> None:
    """The command gets a stub for every writer."""
    monkeypatch.setattr("coach.cli.figures.chosen_encoder", lambda name: None)
    monkeypatch.setattr("coach.scoring.scorer.load_scorer", lambda *given: StubScorer(pack))


def test_the_command_prints_and_writes_what_can_be_measured(stub: None, tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    status, out, err = run(tmp_path, "--json", file, "--only", "stance", "--only", "graded")
    assert (status, err) == (0, "")
    assert "not measured: no contrast/a/stance_pairs.jsonl or contrast/b/stance_pairs.jsonl" in " ".join(
        out.split()
    )
    found = FigureTable.model_validate(json.loads(file.read_text(encoding="utf-8")))
    assert {one.target.group for one in found.figures} == {"graded", "stance"}
    assert [path.name for path in tmp_path.iterdir()] == ["figures.json"]
    status, out, _ = run(tmp_path, "--only", "graded", "--markdown")
    assert status == 0
    assert out.startswith("| group | figure |")


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [(["--only", "luck"], 2, "--only luck"), (["--limit", "0"], 2, "--limit")],
)
def test_bad_use_is_refused(arguments: list[str], status: int, says: str, stub: None, tmp_path: Path) -> None:
    found = run(tmp_path, *arguments)
    assert (found[0], found[1]) == (status, "")
    assert says in found[2]


def test_a_folder_or_file_that_cannot_be_used_is_one_line(stub: None, tmp_path: Path) -> None:
    status, out, err = run(tmp_path / "none")
    assert (status, out) == (1, "")
    assert "is no folder" in err
    status, out, err = run(tmp_path, "--only", "graded", "--json", tmp_path / "none" / "figures.json")
    assert (status, out) == (1, "")
    assert "cannot be written" in err
