"""Hostile and broken files: clear errors, the good rows graded, nothing written elsewhere."""

import io
import json
import zipfile
from pathlib import Path

import openpyxl
import polars
import pytest
from course_files import DRIFT, records
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from quick_scorer import graded_into, opened, quick_scorer

from coach.cohort.batch_scoring import BatchScorer
from coach.cohort.run_records import RunOptions
from coach.cohort.spreadsheets import guarded
from coach.errors import CoachError, InputError
from coach.packs import Pack

ONE = RunOptions(question=DRIFT)
HIDDEN = "\u202eWe watch\u200b the inputs\x00 and \x1b[31mact\ufeff on them."
FORMULAS = ("=cmd|' /C calc'!A0", "+HYPERLINK(1)", "-2+3+cmd", "@SUM(A1)", "\t=1", " =1+1", "＝1+1")


@pytest.fixture(scope="module")
def quick() -> BatchScorer:
    return quick_scorer()


@pytest.mark.parametrize("formula", FORMULAS)
def test_formulas_come_back_guarded(formula: str, quick: BatchScorer, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f'id,answer,"note"\n=7,"{formula}","{formula}"\n', encoding="utf-8")
    graded_into(tmp_path / "out", path, quick, question=DRIFT)
    for name in ("graded-t.csv", "grades.csv", "review.csv", "key.csv"):
        for row in records(tmp_path / "out" / name)[1:]:
            acting = [cell for cell in row if cell.lstrip().startswith(("=", "@", "＝", "+H", "-2"))]
            # The id that a course system looks for stays as it was.
            assert acting in ([], ["=7"] if name == "graded-t.csv" else [])


@given(st.text(max_size=30))
def test_a_guarded_cell_never_acts_and_is_guarded_once(cell: str) -> None:
    safe = guarded(cell)
    assert guarded(safe) == safe
    assert safe in (cell, "'" + cell)


def test_hidden_characters_are_graded_and_shown(quick: BatchScorer, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps({"id": HIDDEN, "answer": HIDDEN}) + "\n", encoding="utf-8")
    manifest = graded_into(tmp_path / "out", path, quick, question=DRIFT)
    assert manifest.counts["graded"] == 1
    for page in [tmp_path / "out" / "report.html", *(tmp_path / "out" / "feedback").iterdir()]:
        text = page.read_text(encoding="utf-8")
        assert not set("\u202e\u200b\x00\x1b\ufeff") & set(text)


def test_a_zip_bomb_is_refused(pack: Pack, tmp_path: Path) -> None:
    for name in ("bomb.zip", "bomb.xlsx"):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.txt", b"0" * (40 * 1024 * 1024))
        with pytest.raises(InputError, match="a bomb, not read"):
            opened(path, pack, ONE)


def test_an_entry_that_lies_about_its_size_is_not_graded(quick: BatchScorer, tmp_path: Path) -> None:
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("big.txt", b"word " * (1024 * 1024))
        archive.writestr("good.txt", "We watch the inputs.")
    manifest = graded_into(tmp_path / "out", path, quick, question=DRIFT)
    assert manifest.counts["graded"] == 1
    assert "more than 1 MB" in manifest.problems[0]


def test_names_that_lead_out_of_an_archive_write_nothing_elsewhere(
    quick: BatchScorer, tmp_path: Path
) -> None:
    path = tmp_path / "in" / "t.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("../../evil.txt", "/etc/evil.txt", "a\\..\\evil.txt", "C:evil.txt"):
            archive.writestr(name, "We watch the inputs.")
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("../good.txt"[3:], "We watch the inputs.")
    before = {one for one in tmp_path.rglob("*")}
    manifest = graded_into(tmp_path / "out", path, quick, question=DRIFT)
    assert manifest.counts["graded"] == 1
    assert len(manifest.problems) == 5
    new = {one for one in tmp_path.rglob("*")} - before
    assert all(one.is_relative_to(tmp_path / "out") for one in new)


def test_a_student_id_is_never_a_path(quick: BatchScorer, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    rows = [{"id": "../../../evil", "answer": "We watch."}, {"id": "a/b\x00c", "answer": "We act on it."}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    graded_into(tmp_path / "out", path, quick, question=DRIFT)
    assert {one.name for one in (tmp_path / "out" / "feedback").iterdir()} == {
        f"S0000{number}.{suffix}" for number in (1, 2) for suffix in ("md", "html")
    }


def test_links_in_a_workbook_are_not_followed(quick: BatchScorer, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["id", "answer"])
    sheet.append(["1", "We watch the inputs."])
    sheet.append(["2", "='[http://127.0.0.1:9/x.xlsx]S'!A1"])
    path = tmp_path / "t.xlsx"
    book.save(path)
    manifest = graded_into(tmp_path / "out", path, quick, question=DRIFT)
    # A formula that was never computed has no value: a person has to look.
    assert manifest.counts == {**manifest.counts, "graded": 1, "unread": 1}


def test_nested_parquet_and_nulls_are_read(quick: BatchScorer, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    polars.DataFrame(
        {"id": [1, None], "answer": ["We watch.", None], "deep": [{"a": [1]}, {"a": []}]}
    ).write_parquet(path)
    manifest = graded_into(tmp_path / "out", path, quick, question=DRIFT)
    assert (manifest.counts["graded"], manifest.counts["empty"]) == (1, 1)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    content=st.one_of(
        st.binary(max_size=300), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
    )
)
@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".xlsx", ".parquet", ".zip"])
def test_any_bytes_are_read_or_refused_in_one_line(
    suffix: str, content: bytes, pack: Pack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / f"t{suffix}"
    header = {
        ".csv": b"id,answer\n",
        ".jsonl": b'{"id": 1, "answer": "x"}\n',
        ".xlsx": b"PK\x03\x04",
        ".parquet": b"PAR1",
        ".zip": b"PK\x03\x04",
    }
    path.write_bytes(header[suffix] + content)
    try:
        cohort = opened(path, pack, ONE)
        for one, _ in cohort.submissions():
            assert one.question == DRIFT
    except CoachError as error:
        assert "\n" not in str(error)
        assert "Traceback" not in str(error)


@settings(max_examples=40)
@given(
    rows=st.lists(
        st.lists(st.text(st.characters(codec="utf-8"), max_size=12), min_size=2, max_size=2),
        min_size=1,
        max_size=5,
    )
)
def test_every_row_of_a_well_formed_file_is_read_as_it_is(
    rows: list[list[str]], pack: Pack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    import csv

    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([["note", "answer"], *rows])
    path = tmp_path_factory.mktemp("rows") / "t.csv"
    path.write_bytes(text.getvalue().encode())
    kept = [(place, row) for place, row in enumerate(rows, start=1) if any(row)]
    if not kept:
        return
    cohort = opened(path, pack, ONE)
    assert [row.number for row in cohort.source.rows()] == [place for place, _ in kept]
    assert [list(row.cells) for row in cohort.source.rows()] == [row for _, row in kept]
