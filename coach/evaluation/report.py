"""The report of an evaluation: Markdown with tables, and on request a folder of it with plots."""

import math
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from coach.errors import CoachError, UsageError
from coach.evaluation.agreement import Agreement, Overlap
from coach.evaluation.short_answers import ShortEvaluation
from coach.evaluation.study import Evaluation, Marks

REPORT = "report.md"
FIGURES = "evaluation.json"
_BASELINES = {
    "length": "answer length",
    "tfidf": "TF-IDF cosine to the references",
    "encoder": "encoder cosine to the references",
    "keywords": "keywords of the references",
    "majority": "majority",
}
_MARKS = {
    "overall": "overall, 0-5",
    "reasoning": "reasoning, 0-3",
    "dimensions": "dimensions, 0-3",
    "expected_dimensions": "expected dimensions, 0-3",
}
_ABOUT = (
    "Kappa is quadratic weighted, on marks rounded half up to whole ones; exact and adjacent are the shares "
    "of answers with the same and with the same or a neighbouring whole mark. MAE is the mean absolute error "
    "in marks, SMD the mean difference (scorer less label) over the root of the mean variance. Brackets are "
    "95% bootstrap intervals, by resampling answers."
)


def check_report(folder: Path) -> None:
    """Refuse, before any work, a folder that cannot become a report.

    Raises UsageError when it is there already and not empty or its parent is missing, and CoachError when
    matplotlib, which draws the plots, is not installed.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"--report {folder}: is there already; give a new or empty folder")
    if not folder.absolute().parent.is_dir():
        raise UsageError(f"--report {folder}: {folder.absolute().parent} is no folder; make it first")
    try:
        import matplotlib  # noqa: F401 - asked for here so that it is missed before minutes of work
    except ImportError:
        raise CoachError(
            "plots need matplotlib, which is not installed; run: pip install 'mlops-answer-coach[plots]'"
        ) from None


def write_report(found: Evaluation | ShortEvaluation, folder: Path) -> None:
    """Write report.md, its plots and evaluation.json into `folder`, all or nothing.

    Raises what `check_report` raises, and CoachError where the folder cannot be written.
    """
    check_report(folder)
    from coach.evaluation.plots import draw

    try:
        with tempfile.TemporaryDirectory(dir=folder.absolute().parent, prefix=".coach-report-") as beside:
            made = Path(beside) / "report"
            made.mkdir()
            images = draw(found, made)
            text = evaluation_markdown(found)
            if images:
                pictures = "\n\n".join(f"![{title}]({name})" for name, title in images.items())
                text = f"{text}\n## Plots\n\n{pictures}\n"
            (made / REPORT).write_text(text, encoding="utf-8")
            (made / FIGURES).write_text(found.model_dump_json(indent=2) + "\n", encoding="utf-8")
            if folder.is_dir():
                folder.rmdir()
            made.rename(folder)
    except OSError as error:
        raise CoachError(
            f"--report {folder}: cannot be written ({error.strerror}); give another folder"
        ) from None


def evaluation_markdown(found: Evaluation | ShortEvaluation) -> str:
    """An evaluation as a Markdown document."""
    sections = _short(found) if isinstance(found, ShortEvaluation) else _graded(found)
    return "\n\n".join(sections) + "\n"


def _graded(found: Evaluation) -> list[str]:
    way = "each writer held out in turn" if found.leave_one_writer_out else "one scorer for all"
    main = {title: getattr(found, key) for key, title in _MARKS.items()}
    return [
        "# Agreement with graded answers",
        found.notice,
        *found.notes,
        f"{found.answers} answers, {way}. Scorer: {found.scorer}.",
        _agreements("", main),
        _ABOUT,
        *_beside_baselines(found),
        *_generality(found),
        "## Evidence, harmful statements and tool names",
        _table(
            ["", "precision", "recall", "F1", "found", "labelled"],
            [
                _overlap_row("evidence, characters", found.evidence),
                _overlap_row("harmful statements, characters", found.harmful),
                _overlap_row("tool names", found.tools),
            ],
        ),
        *_robustness(found),
        "## Confidence",
        f"MAE of overall: {_figure(found.confidence.mae)} for all answers, "
        f"{_figure(found.confidence.confident_mae)} for the most confident 80 of 100.",
        _table(
            ["confidence", "answers", "mean confidence", "within half a mark", "MAE"],
            [
                [
                    f"{one.lowest:.2f} to {one.highest:.2f}",
                    str(one.answers),
                    _figure(one.confidence),
                    _figure(one.near),
                    _figure(one.mae),
                ]
                for one in found.confidence.bins
            ],
        ),
        "## By dimension",
        _table(
            [
                "",
                "kappa, all answers",
                "kappa where expected",
                "answers that expect it",
                "MAE where expected",
            ],
            [
                [
                    name,
                    _with_interval(one.all, "qwk"),
                    _with_interval(one.expected, "qwk") if one.expected else "-",
                    str(one.expected.answers) if one.expected else "0",
                    _figure(one.expected.mae) if one.expected else "-",
                ]
                for name, one in found.by.dimension.items()
            ],
        ),
        *_groups("By level", found.by.level),
        *_groups("By channel", found.by.channel),
        *_groups("By writer", found.by.writer),
        *_groups("By archetype: what the writer set out to write", found.by.archetype),
        "## Confusion: labels down, scorer across",
        *(
            f"{title}\n\n{_confusion(getattr(found, key).confusion)}"
            for key, title in _MARKS.items()
            if key != "dimensions"
        ),
    ]


def _generality(found: Evaluation) -> list[str]:
    if found.generality is None:
        return []
    rows = [
        [id, _figure(one.qwk), _figure(one.pearson), _figure(one.mae)]
        for id, one in found.generality.by_dimension.items()
    ]
    return [
        "## Dimensions that the head never saw",
        "Each dimension in turn was read by a head trained without its labels, evidence and graded pieces: "
        "it knew the dimension by its reference answers alone.",
        _table(
            ["dimension", "kappa", "Pearson", "MAE"],
            [*rows, ["mean", _figure(found.generality.mean), "", ""]],
        ),
    ]


def _beside_baselines(found: Evaluation) -> list[str]:
    if not found.baselines:
        return []
    compared: dict[str, Evaluation | Marks] = {"this scorer": found}
    compared |= {_BASELINES[name]: one for name, one in found.baselines.items()}
    return [
        "## Beside baselines",
        "Kappa, and MAE of overall. Each baseline is turned into marks by the best rising curve on other "
        "writers' answers.",
        _table(
            ["", *_MARKS.values(), "overall MAE"],
            [
                [name, *(_figure(getattr(one, key).qwk) for key in _MARKS), _figure(one.overall.mae)]
                for name, one in compared.items()
            ],
        ),
    ]


def _robustness(found: Evaluation) -> list[str]:
    if found.robustness is None:
        return []
    return [
        "## What must not move the score",
        "Answers changed in form, or for the worse, and scored again. The limit is the highest that is "
        "allowed, for shares the lowest.",
        _table(
            ["change", "figure", "cases", "value", "limit", ""],
            [
                [
                    one.change,
                    one.figure,
                    str(one.cases),
                    _figure(one.value),
                    f"{one.limit:g}",
                    "kept" if one.kept else "**not kept**",
                ]
                for one in found.robustness
            ],
        ),
    ]


def _short(found: ShortEvaluation) -> list[str]:
    names = {_BASELINES[name]: one for name, one in found.baselines.items()}
    compared = {
        "this scorer, as it is": found.overall,
        "this scorer, on a rising curve": found.fitted,
        **names,
    }
    return [
        "# Agreement with short answers graded against one reference",
        found.notice,
        *found.notes,
        f"{found.answers} answers to {found.questions} questions. Scorer: {found.scorer}.",
        _table(
            ["", "Pearson", "RMSE, 0-1", "kappa", "MAE, 0-1", "exact", "adjacent"],
            [
                [
                    name,
                    _with_interval(one, "pearson"),
                    _figure(one.rmse),
                    _with_interval(one, "qwk"),
                    _figure(one.mae),
                    _figure(one.exact),
                    _figure(one.adjacent),
                ]
                for name, one in compared.items()
            ],
        ),
        "Pearson is of the plain figure. For RMSE, MAE, kappa and the shares a baseline is turned into marks "
        "by the best rising curve on other questions' answers; so is the scorer in its second row, in its "
        "first nothing is fitted. Kappa is quadratic weighted, on marks rounded half up on the scale of "
        "max_score. Brackets are 95% bootstrap intervals, by resampling answers.",
        "## Confusion: scores down, scorer across",
        _confusion(found.overall.confusion),
    ]


def _agreements(corner: str, rows: Mapping[str, Agreement]) -> str:
    return _table(
        [corner, "kappa", "Pearson", "MAE", "exact", "adjacent", "SMD"],
        [
            [
                name,
                *(_with_interval(one, key) for key in ("qwk", "pearson", "mae")),
                _figure(one.exact),
                _figure(one.adjacent),
                _figure(one.smd),
            ]
            for name, one in rows.items()
        ],
    )


def _groups(title: str, groups: Mapping[str, Marks]) -> Iterable[str]:
    yield f"## {title}"
    yield _table(
        ["", "answers", "overall kappa", "overall MAE", "overall SMD", "reasoning kappa", "expected kappa"],
        [
            [
                name,
                str(one.overall.answers),
                _with_interval(one.overall, "qwk"),
                _figure(one.overall.mae),
                _figure(one.overall.smd),
                _figure(one.reasoning.qwk),
                _figure(one.expected_dimensions.qwk),
            ]
            for name, one in groups.items()
        ],
    )


def _overlap_row(name: str, one: Overlap) -> list[str]:
    shares = [_figure(one.precision), _figure(one.recall)]
    low_high = one.intervals.get("f1")
    f1 = _figure(one.f1) + (f" [{_figure(low_high[0])}, {_figure(low_high[1])}]" if low_high else "")
    return [name, *shares, f1, str(one.found), str(one.labelled)]


def _confusion(counts: tuple[tuple[int, ...], ...]) -> str:
    rows = [[str(label), *map(str, row)] for label, row in enumerate(counts)]
    return _table(["", *map(str, range(len(counts)))], rows)


def _with_interval(one: Agreement, name: str) -> str:
    """A figure with its interval in brackets, where it has one."""
    shown = _figure(getattr(one, name))
    if name not in one.intervals:
        return shown
    low, high = one.intervals[name]
    return f"{shown} [{_figure(low)}, {_figure(high)}]"


def _figure(value: float | None) -> str:
    """Two digits; a dash where the figure is not defined.

    >>> _figure(-0.001), _figure(None)
    ('0.00', '-')
    """
    if value is None or math.isnan(value):
        return "-"
    return f"{round(value, 2) + 0.0:.2f}"


def _table(head: list[str], rows: list[list[str]]) -> str:
    def line(cells: list[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

    return "\n".join([line(head), line(["---"] + ["---:"] * (len(head) - 1)), *map(line, rows)])
