"""The class report: one HTML page that opens from disk, loads nothing and prints."""

import html
from pathlib import Path

import numpy as np
import polars

from coach.cohort import drawings
from coach.cohort.class_figures import (
    STEPS,
    ClassPicture,
    MissedReference,
    agreement_with,
    depth_counts,
    graded_rows,
    group_gaps,
    length_means,
)
from coach.cohort.student_pages import POLICY
from coach.domain import Depth, ScorerId
from coach.evaluation.agreement import Agreement
from coach.render.numbers import mark, percent
from coach.render.plain import one_line

# Points drawn of each chart with one point an answer; of more, every so many.
MOST_POINTS = 1_500
MISSED_SHOWN = 4
_REASONS = {
    "low-confidence": "the scorer is unsure",
    "critic-apart": "critic and scorer are far apart",
    "critic-failed": "not reviewed by the critic",
    "words-to-the-grader": "words to the grader",
    "not-scored": "nothing could be scored",
    "harmful": "a harmful statement",
    "similar": "like another answer",
    "failed": "not graded",
    "changed": "changed by a person",
    "other-question": "reads like an answer to another question",
    "identity": "whose answer it is, is not sure",
    "order": "which answer is newest, is not sure",
    "newest-empty": "the newest holds no answer",
    "elsewhere": "says only where the answer is",
    "mark-not-read": "a mark that cannot be read",
    "file-not-read": "a file that cannot be read",
    "superseded": "gives way to another answer",
    "draft": "a draft, not handed in",
}
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#1d2530;max-width:52rem;margin:2rem auto;padding:0 1.2rem}
h1{font-size:1.6rem;margin-bottom:.2rem}h2{font-size:1.15rem;margin:2.2rem 0 .3rem}p{margin:.4rem 0}
.quiet{color:#6b7684;font-size:.9rem}.tiles{display:flex;gap:.8rem;flex-wrap:wrap;margin:1.2rem 0}
.tile{border:1px solid #d5dbe2;border-radius:8px;padding:.6rem 1rem;min-width:6.2rem}
.tile b{display:block;font-size:1.5rem}svg{width:100%;height:auto;font-family:system-ui,sans-serif}
table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.5rem 0}
td,th{border-bottom:1px solid #d5dbe2;padding:.35rem .5rem;text-align:left;vertical-align:top}
td.n,th.n{text-align:right}q{color:#47525f}.warning{background:#fff4dc;padding:.4rem .7rem;border-radius:6px}
section{break-inside:avoid}@media print{body{margin:0;max-width:none;font-size:12px}.tile b{font-size:1.2rem}}
"""


def write_report(picture: ClassPicture, grades: Path, scorer: ScorerId, path: Path) -> None:
    """Write the report of the table of `grades` to `path`."""
    rows = graded_rows(grades)
    students = polars.scan_parquet(grades).select(polars.col("student").n_unique()).collect().item()
    parts = [_head(rows, students, picture)]
    if len(rows):
        parts += [
            _marks(rows),
            _depths(rows, picture),
            _map(rows),
            _missed(list(picture.missed())),
            _lengths(rows),
            _agreement("the critic", agreement_with(rows, "critic_overall")),
            _agreement("the instructor's own marks", agreement_with(rows, "instructor_mark")),
            _groups(rows),
        ]
    parts += [_review(picture), _about(scorer)]
    body = "\n".join(part for part in parts if part)
    path.write_text(
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(POLICY)}">'
        f'<meta name="viewport" content="width=device-width"><title>Cohort report</title>'
        f"<style>{_STYLE}</style></head><body>\n{body}\n</body></html>\n",
        encoding="utf-8",
    )


def _head(rows: polars.DataFrame, students: int, picture: ClassPicture) -> str:
    marks = rows["mark"].drop_nulls()
    tiles = [
        ("students", f"{students:,}"),
        ("answers graded", f"{len(rows):,}"),
        ("mean mark of 5", mark(_figure(marks.mean())) if len(marks) else "–"),
        ("middle mark", mark(_figure(marks.median())) if len(marks) else "–"),
        ("to look at", f"{picture.flagged:,}"),
    ]
    shown = "".join(f'<div class="tile"><b>{value}</b>{name}</div>' for name, value in tiles)
    questions = rows["question"].n_unique() if len(rows) else 0
    return (
        f"<h1>Cohort report</h1><p class=quiet>{_text(picture.pack.title)}, {questions} "
        f"question{'' if questions == 1 else 's'} answered. Nobody is named on this page.</p>"
        f'<div class="tiles">{shown}</div>'
    )


def _marks(rows: polars.DataFrame) -> str:
    marks = rows["mark"].drop_nulls().to_numpy()
    counts = np.bincount(np.floor(marks * 2 + 0.5).astype(np.int64), minlength=11)[:11].tolist()
    labels = [mark(half / 2) for half in range(11)]
    return _section(
        "Marks",
        "Overall marks to the nearest half; 3 is acceptable, 4 good.",
        drawings.histogram(counts, labels, "Distribution of overall marks", "overall mark of 5"),
    )


def _depths(rows: polars.DataFrame, picture: ClassPicture) -> str:
    counts = depth_counts(rows, picture.pack)
    if not counts:
        return ""
    named = max(counts, key=lambda pair: pair[1][Depth.NAMED] / max(1, sum(pair[1])))
    share = named[1][Depth.NAMED] / max(1, sum(named[1]))
    remark = (
        f"{_text(named[0])} is only named, not explained, in {percent(share)} of the answers to cover it."
        if share
        else "No dimension is only named."
    )
    names = [depth.word for depth in Depth]
    chart = drawings.stacked_bars(counts, names, "Depth by dimension")
    return _section(
        "Depth by dimension", f"Least explained first, where a question expects it. {remark}", chart
    )


def _map(rows: polars.DataFrame) -> str:
    columns = ("0", "1", "2", "3", "4–5", "6–8", "9+")
    edges = np.asarray([1, 2, 3, 4, 6, 9])
    place = np.searchsorted(edges, rows["tools"].to_numpy(), side="right")
    level = np.floor(rows["reasoning"].to_numpy() + 0.5).astype(np.int64)
    cells = [
        [int(((level == 3 - line) & (place == column)).sum()) for column in range(7)] for line in range(4)
    ]
    chart = drawings.heat_map(
        cells,
        columns,
        ("3 reasons", "2 process", "1 vocabulary", "0 names only"),
        "Reasoning against names",
        ("tools named in the answer", "reasoning"),
    )
    remark = "Bottom right: many names, little reasoning. Top left: reasons that need no names."
    return _section("Reasoning or name-dropping", remark, chart)


def _missed(found: list[MissedReference]) -> str:
    if not found:
        return ""
    parts = []
    for question in dict.fromkeys(one.question for one in found):
        of_question = [one for one in found if one.question == question][:MISSED_SHOWN]
        lines = "".join(
            f"<tr><td>{_text(one.dimension)}</td><td class=n>{percent(one.share)}</td>"
            f"<td>{_text(one.reference)}"
            + "".join(f"<br><q>{_text(words)}</q>" for words in one.excerpts)
            + "</td></tr>"
            for one in of_question
        )
        parts.append(
            f"<section><p><b>{_text(question)}</b></p><table><tr><th>dimension</th><th class=n>missed by</th>"
            f"<th>a reference answer, and what was said instead</th></tr>{lines}</table></section>"
        )
    return (
        "<h2>Most missed</h2><p class=quiet>Not explained in so many of the answers; quotations are from "
        f"answers that name the matter only.</p>{''.join(parts)}"
    )


def _lengths(rows: polars.DataFrame) -> str:
    pairs = rows.select("words", "mark").drop_nulls()
    pairs = pairs.gather_every(max(1, len(pairs) // MOST_POINTS))
    points = [(float(words), float(given)) for words, given in pairs.iter_rows()]
    chart = drawings.dots(points, length_means(rows), "Length against mark", ("words", "mark"), STEPS)
    return _section(
        "Length against mark", "Length earns nothing by itself; what it goes with is shown here.", chart
    )


def _agreement(other: str, found: Agreement | None) -> str:
    if found is None:
        return ""
    rows = [("answers", f"{found.answers:,}"), ("mean absolute error, marks of 5", f"{found.mae:.2f}")]
    for name, title in (
        ("qwk", "quadratic weighted kappa"),
        ("exact", "same whole mark"),
        ("adjacent", "within one"),
    ):
        value = getattr(found, name)
        interval = found.intervals.get(name)
        span = f" (95% from {interval[0]:.2f} to {interval[1]:.2f})" if interval else ""
        rows.append((title, "not defined" if value is None else f"{value:.2f}{span}"))
    lines = "".join(f"<tr><td>{name}</td><td class=n>{value}</td></tr>" for name, value in rows)
    labels = [str(step) for step in range(STEPS + 1)]
    chart = drawings.heat_map(
        found.confusion,
        labels,
        labels,
        f"Confusion with {other}",
        ("the scorer's mark", other.removeprefix("the ")),
    )
    return f"<section><h2>Agreement with {_text(other)}</h2><table>{lines}</table>{chart}</section>"


def _groups(rows: polars.DataFrame) -> str:
    gaps = group_gaps(rows)
    if not gaps:
        return ""
    small = [gap.group for gap in gaps if gap.small]
    warning = (
        f"<p class=warning>Fewer than 20 answers in {_text(', '.join(small))}: "
        "these gaps may be chance alone.</p>"
        if small
        else ""
    )
    lines = [(f"{one_line(gap.group)[:24]} ({gap.answers})", gap.gap, gap.low, gap.high) for gap in gaps]
    chart = drawings.intervals(
        lines, "Gaps between groups", "mean mark less that of all others, with 95% interval"
    )
    return _section("Groups", "A gap is a question to ask, not an answer.", warning + chart)


def _review(picture: ClassPicture) -> str:
    if not picture.reasons:
        return _section("To look at", "No answer needs a person's eye by the scorer's reckoning.", "")
    lines = "".join(
        f"<tr><td>{_REASONS.get(reason, reason)}</td><td class=n>{count:,}</td></tr>"
        for reason, count in sorted(picture.reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    )
    remark = (
        "Listed one by one in review.csv; pairs of like answers are in similarity.csv, and cost no marks."
    )
    return _section("To look at", remark, f"<table>{lines}</table>")


def _about(scorer: ScorerId) -> str:
    return _section(
        "How this was made",
        f"Scored by {_text(str(scorer))}. Trained on answers that language models wrote and graded; "
        "marks are a first reading, and a person decides.",
        "",
    )


def _section(title: str, remark: str, content: str) -> str:
    return f"<section><h2>{_text(title)}</h2><p class=quiet>{remark}</p>{content}</section>"


def _text(text: str) -> str:
    return html.escape(one_line(text))


def _figure(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
