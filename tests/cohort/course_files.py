"""Files as course systems write them, made of the graded answers that ship with the pack."""

import csv
import io
import json
from pathlib import Path

import openpyxl

from coach import resources
from coach.packs import Pack

DRIFT, REGISTRY = "what-is-drift", "why-model-registry"


def graded_answers(question: str, count: int) -> list[dict[str, str]]:
    """The first graded answers to a question."""
    path = resources.default_pack_dir() / "graded" / "answers.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["question"] == question][:count]


def moodle_worksheet(path: Path, count: int = 6) -> Path:
    """A grading worksheet as PHP's writer makes it: a mark at its start, quotation marks where there are spaces."""
    header = [
        *("Identifier", "Full name", "ID number", "Email address", "Status", "Grade", "Maximum Grade"),
        *("Grade can be changed", "Last modified (submission)", "Online text", "Last modified (grade)"),
        "Feedback comments",
    ]
    rows = []
    for place, one in enumerate(graded_answers(DRIFT, count)):
        grade = "85.00" if place == 1 else ""
        rows.append(
            [
                *(
                    f"Participant {7000 + place}",
                    f"Zoë Müller-{place}",
                    f"u{place:04}",
                    f"zoe{place}@example.edu",
                ),
                *("Submitted for grading - ", grade, "100.00", "No" if place == 2 else "Yes"),
                *("Monday, 24 November 2025, 10:41 AM", f"<p>{one['answer']}</p>\n<p>&nbsp;</p>", "-", ""),
            ]
        )
    rows.append(
        [
            "Participant 9000",
            "No Body",
            "u9",
            "n@example.edu",
            "No submission - ",
            "",
            "100.00",
            "Yes",
            "-",
            "",
            "-",
            "",
        ]
    )
    lines = [",".join(_php(cell) for cell in row) for row in [header, *rows]]
    path.write_bytes("\ufeff".encode() + ("\n".join(lines) + "\n").encode())
    return path


def canvas_report(path: Path, pack: Pack, count: int = 4) -> Path:
    """A quiz report with two essay questions, their points beside them, and one student's second attempt."""
    asked = [(str(4000 + place), pack.question(id).text) for place, id in enumerate((DRIFT, REGISTRY))]
    header = ["name", "id", "sis_id", "section", "section_id", "section_sis_id", "submitted", "attempt"]
    for number, text in asked:
        header += [f"{number}: {text}", "5.0"]
    header += ["n correct", "n incorrect", "score"]
    first, second = graded_answers(DRIFT, count + 1), graded_answers(REGISTRY, count + 1)
    rows = []
    for place in range(count + 1):
        student = place % count
        attempt = 1 + place // count
        rows.append(
            [
                *(f"Lee, Ann {student}", str(500 + student), f"sis{student}", "Section A", "9", ""),
                *(f"2025-11-2{attempt} 09:00:00 UTC", str(attempt), first[place]["answer"], "0.0"),
                *(second[place]["answer"], "4.0" if place == 1 else "0.0", "0", "0", "0"),
            ]
        )
    path.write_bytes(_table([header, *rows], ",", "\n").encode())
    return path


def google_form(path: Path, pack: Pack, count: int = 4) -> Path:
    """Responses to a form with two questions, one of them in other words, every cell in quotation marks."""
    header = ["Timestamp", "Email Address", "Score", pack.question(DRIFT).text, "Any comments?"]
    rows = [
        [
            f"11/2{place}/2025 10:00:00",
            f"s{place}@example.edu",
            "0 / 5",
            one["answer"],
            "=1+1" if place == 0 else "",
        ]
        for place, one in enumerate(graded_answers(DRIFT, count))
    ]
    path.write_bytes(_table([header, *rows], ",", "\r\n", csv.QUOTE_ALL).encode())
    return path


def records(path: Path, encoding: str = "utf-8-sig", separator: str = ",") -> list[list[str]]:
    """The rows of a file, the header among them."""
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.reader(file, delimiter=separator))


def _table(rows: list[list[str]], separator: str, end: str, quoting: int = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator=end, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return out.getvalue()


def _php(cell: str) -> str:
    """Quoted as PHP's fputcsv does: also where there is a space."""
    return '"' + cell.replace('"', '""') + '"' if any(one in cell for one in ' ,"\n\t\\') else cell


def book(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    """Write a workbook with these rows on each of its sheets."""
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path
