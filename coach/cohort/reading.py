"""Reading: a file or folder of answers opened, its columns recognised, its submissions told apart."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from coach.cohort.delimited import DelimitedSource
from coach.cohort.folders import FolderSource, ZipSource
from coach.cohort.given_marks import TOP_MARK
from coach.cohort.json_lines import JsonLinesSource
from coach.cohort.layouts import layout_of
from coach.cohort.matching import Match, QuestionMatcher
from coach.cohort.parquet import ParquetSource
from coach.cohort.submissions import Layout, RowProblem, Source, Student, Submission
from coach.cohort.survey import LOOKED_AT, Survey
from coach.cohort.workbooks import WorkbookSource
from coach.errors import InputError, UsageError
from coach.packs import Pack


def open_source(path: Path, questions: frozenset[str], sheet: str | None = None) -> Source:
    """Open a file or folder by what it is; `questions` are the pack's ids, which file names may hold.

    `sheet` names the sheet of a workbook. Raises InputError where the file is missing, unreadable or of a
    kind that is not known, UsageError where there is no such sheet.
    """
    source = _opened(path, questions, sheet)
    if sheet is not None and not isinstance(source, WorkbookSource):
        raise UsageError(f"--sheet {sheet[:60]}: {path} is no workbook; leave --sheet away")
    return source


def _opened(path: Path, questions: frozenset[str], sheet: str | None) -> Source:
    if path.is_dir():
        return FolderSource(path, questions)
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; give a file of answers")
    if not path.is_file():
        raise InputError(f"{path}: is no ordinary file; give a file of answers")
    try:
        with path.open("rb") as file:
            start = file.read(80)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a file you may read") from None
    return _by_form(path, start, questions, sheet)


def _by_form(path: Path, start: bytes, questions: frozenset[str], sheet: str | None) -> Source:
    """Open a file by how it begins and what it is called."""
    suffix = path.suffix.lower()
    if start.startswith(b"PAR1"):
        return ParquetSource.from_file(path)
    if suffix == ".ods" or b"opendocument.spreadsheet" in start:
        return WorkbookSource.from_file(path, sheet, "ods")
    if suffix == ".zip":
        return ZipSource.from_file(path, questions)
    if start.startswith(b"PK\x03\x04") or suffix == ".xlsx":
        return WorkbookSource.from_file(path, sheet)
    if start.startswith((b"\xd0\xcf\x11\xe0", b"%PDF")):
        if suffix == ".xls":
            return WorkbookSource.from_file(path, sheet, "xls")
        raise InputError(f"{path}: is an old Word, Excel or PDF file; save it as XLSX or CSV")
    if suffix in (".jsonl", ".ndjson", ".json"):
        return JsonLinesSource.from_file(path)
    if suffix in (".csv", ".tsv", ".tab", ".txt", ".xls", ""):
        return DelimitedSource.from_file(path)
    raise InputError(f"{path}: {suffix} is not known; give CSV, TSV, XLSX, JSONL, Parquet, a zip or a folder")


class Cohort:
    """The submissions of one file, which is read once; `layout` tells its columns.

    `problems` are what was left out or is in doubt, row by row; `notes` what was chosen in reading the file.
    """

    def __init__(self, source: Source, layout: Layout, survey: Survey) -> None:
        self.source = source
        self.layout = layout
        self.rows = survey.rows
        self.students = survey.students
        self.superseded = survey.superseded
        self.questions: Mapping[str, Match] = survey.questions
        self.problems: list[RowProblem] = sorted(survey.problems, key=lambda problem: problem.row)
        self.notes = (*source.notes, *survey.notes)
        self._survey = survey

    @classmethod
    def from_source(
        cls,
        source: Source,
        matcher: QuestionMatcher,
        pack: Pack,
        only: str | None = None,
        named: Mapping[str, str] | None = None,
        group: str | None = None,
        top: float = TOP_MARK,
        words: Mapping[str, float] | None = None,
    ) -> "Cohort":
        """Recognise the columns and read the file.

        `top` is the highest of the instructor's marks, `words` are marks in [0, 5] by what stands for them.
        Raises InputError where no answer can be graded, UsageError for an option that does not fit.
        """
        sample = list(islice(source.rows(), LOOKED_AT))
        layout = layout_of(source.header, matcher, pack, source.name, only, named, group, sample)
        if isinstance(source, ZipSource | FolderSource) and source.is_moodle:
            layout = layout.model_copy(update={"kind": "moodle-submissions"})
        survey = Survey(layout, top, words or {})
        survey.read(source, matcher)
        if layout.kind == "moodle-worksheet" and layout.scale is not None:
            survey.notes.append(
                f"the assignment is graded by a scale ({source.header[layout.scale]!r}): only words that "
                "--mark-word WORD=LEAST MARK (of 5) names are written, other marks stay empty"
            )
        if not survey.answers:
            first = f" ({survey.problems[0]})" if survey.problems else ""
            raise InputError(
                f"{source.name}: holds no answers{first}; give a file with one row or file an answer"
            )
        return cls(source, layout, survey)

    def submissions(self) -> Iterator[tuple[Submission, Student]]:
        """Every answer with its student, in the order of the file."""
        return self._survey.submissions()
