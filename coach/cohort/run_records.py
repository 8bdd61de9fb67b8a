"""Run records: what a run was asked, what it is held to when it goes on, and what it says of itself."""

import hashlib
import json
from pathlib import Path
from typing import Any

from coach.cohort.given_marks import marks_by_word
from coach.cohort.matching import QuestionMatcher
from coach.cohort.outcomes import MarkBy
from coach.cohort.outputs import written
from coach.cohort.reading import Cohort, open_source
from coach.domain import Frozen, ScorerId
from coach.errors import UsageError
from coach.packs import Pack

RUN_FILE = "run.json"


class RunOptions(Frozen):
    """What a run was asked to read, and how; the same options read the same submissions."""

    question: str | None = None
    maps: tuple[str, ...] = ()
    group: str | None = None
    marks_of: float = 5.0
    mark_by: MarkBy = "offline"
    sheet: str | None = None
    full_feedback: bool = False
    mark_words: tuple[str, ...] = ()

    @property
    def words(self) -> dict[str, float]:
        """The marks (of 5) of `mark_words`, each written as WORD=MARK; UsageError where one is not so."""
        return marks_by_word(self.mark_words)

    @property
    def named(self) -> dict[str, str]:
        """The columns of `maps` (PART=COLUMN) by their parts; UsageError where one is written otherwise."""
        named = {}
        for text in self.maps:
            role, separator, column = text.partition("=")
            if not separator or not role or not column:
                raise UsageError(f"--map {text[:60]!r}: write it as PART=COLUMN, as in --map answer=Essay")
            named[role.strip()] = column.strip()
        return named


def cohort_of(path: Path, options: RunOptions, matcher: QuestionMatcher, pack: Pack) -> Cohort:
    """The cohort of a file or folder, read as the options say."""
    ids = frozenset(one.id for one in pack.questions)
    return Cohort.from_source(
        open_source(path, ids, options.sheet),
        matcher,
        pack,
        only=options.question,
        named=options.named,
        group=options.group,
        top=options.marks_of,
        words=options.words,
    )


class Manifest(Frozen):
    """What graded what: the input, who scored, the options, the versions, and how many came of it.

    `cost` is what the reviews of all runs took, in US dollars as far as prices are known, those that failed
    among them; `stopped` is why the critic was not asked about all answers, empty where it was, `awaited`
    that a batch is under way, `review_failure` the newest reason of a review that failed.
    """

    input: str
    input_sha256: str
    kind: str
    layout: dict[str, Any]
    pack: str
    scorer: ScorerId
    options: RunOptions
    versions: dict[str, str]
    counts: dict[str, int]
    problems: tuple[str, ...]
    critic: str = ""
    prompts: tuple[str, ...] = ()
    stopped: str = ""
    awaited: bool = False
    review_failure: str = ""
    cost: float = 0.0
    outputs: tuple[str, ...]


def input_sha256(path: Path) -> str:
    """The SHA-256 of a file, or of the names and contents of a folder's files, in hex."""
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    digest = hashlib.sha256()
    for found in sorted(path.rglob("*")):
        if found.is_file() and not found.is_symlink():
            digest.update(found.relative_to(path).as_posix().encode("utf-8", "surrogateescape"))
            digest.update(hashlib.sha256(found.read_bytes()).digest())
    return digest.hexdigest()


def first_scorer(
    out: Path,
    digest: str,
    source: str,
    scorer: ScorerId,
    regrade: tuple[str, ...],
    options: RunOptions,
    new_file: bool = False,
) -> ScorerId:
    """Note what is graded here, or tell who graded it before; UsageError where it is something else.

    `new_file` says that this file takes the place of the one that was graded here.
    """
    path = out / RUN_FILE
    if not path.exists() or new_file:
        mine = {
            "input": str(Path(source).resolve()),
            "input_sha256": digest,
            "scorer": scorer.model_dump(),
            "options": options.model_dump(mode="json"),
        }
        with written(path) as beside:
            beside.write_text(json.dumps(mine, indent=2) + "\n", encoding="utf-8")
        return scorer
    known = json.loads(path.read_text(encoding="utf-8"))
    if known["input_sha256"] != digest:
        raise UsageError(
            f"{out}: holds the grades of {Path(known['input']).name}, not of this file (or it changed); "
            "give another --out, or --new-file if this one takes its place"
        )
    first = ScorerId.model_validate(known["scorer"])
    if first != scorer and not regrade:
        raise UsageError(
            f"{out}: was graded by {first}, not by {scorer}; grades of two scorers do not mix: give another "
            "--out, or grade some answers anew with --regrade"
        )
    return first


def run_of(out: Path) -> tuple[ScorerId, str]:
    """Who graded what lies in a directory, and the hash of the file; UsageError where nothing does."""
    known = _noted(out)
    return ScorerId.model_validate(known["scorer"]), str(known["input_sha256"])


def input_of(out: Path) -> tuple[Path, RunOptions]:
    """The file that was graded into a directory, and how; UsageError where nothing was."""
    known = _noted(out)
    return Path(known["input"]), RunOptions.model_validate(known["options"])


def _noted(out: Path) -> dict[str, Any]:
    try:
        known: dict[str, Any] = json.loads((out / RUN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UsageError(f"{out}: holds no graded answers; give the --out of a run of coach grade") from None
    return known
