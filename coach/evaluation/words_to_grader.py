"""Words to the grader: how many attempts the detector finds, and how often it accuses honest words."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from coach.domain import Frozen
from coach.embedding.encoder import Encoder
from coach.embedding.vector_cache import encode_once
from coach.errors import InputError
from coach.packs import Pack
from coach.scoring.graded import GradedAnswer
from coach.scoring.manipulation import ManipulationBank, Statements
from coach.scoring.substance import Piece, pieces
from coach.text.lexicon import Lexicon
from coach.text.masking import mask_text

# What a writer of graded answers set out to write where the answer talks to the grader.
INJECTION = "injection"

Progress = Callable[[str, int, int], None]


class Found(Frozen):
    """Of `attempts` the detector found `found`; of `innocent` it took `false` for attempts."""

    what: str
    attempts: int
    found: int
    innocent: int
    false: int


class Cases(Frozen):
    """Texts by family that the detector was not fitted on."""

    attempts: dict[str, tuple[str, ...]]
    innocent: dict[str, tuple[str, ...]]


def load_cases(path: Path) -> Cases:
    """Read cases, `attempts` and `innocent` by family; InputError where the file is missing or another."""
    try:
        return Cases.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"{path}: needs `attempts` and `innocent`, each families of texts ({reason})"
        ) from None


def found_in_answers(
    pack: Pack,
    answers: Sequence[GradedAnswer],
    statements: Statements,
    encoder: Encoder,
    progress: Progress = lambda what, done, total: None,
) -> Found:
    """Count answers in which something is found, each writer's by a detector without that writer's pieces."""
    lexicon = Lexicon(pack.tools, pack.sounds, frozenset(pack.not_tools))
    vectors = encode_once(encoder, statements.texts)
    banks = {
        writer: _fitted(statements, vectors, statements.group != f"graded {writer}")
        for writer in sorted({answer.writer for answer in answers})
    }
    accused = np.zeros(len(answers), dtype=np.bool_)
    for row, answer in enumerate(answers):
        found = pieces(
            answer.answer, mask_text(lexicon, answer.answer).spans, pack.question(answer.question).text
        )
        texts = [piece.text for piece in found if _is_read(piece)]
        if texts:
            accused[row] = banks[answer.writer].found(texts, encoder.encode(texts)).any()
        progress("graded answers", row + 1, len(answers))
    attempt = np.asarray([answer.intent == INJECTION for answer in answers], dtype=np.bool_)
    return _counted("graded answers, each writer held out", attempt, accused)


def found_in_families(
    statements: Statements, encoder: Encoder, progress: Progress = lambda what, done, total: None
) -> Found:
    """Count the statements found when the detector has none of their family."""
    vectors = encode_once(encoder, statements.texts)
    families = [group for group in np.unique(statements.group) if not group.startswith("graded ")]
    accused = np.zeros(len(statements.texts), dtype=np.bool_)
    for done, family in enumerate(families, start=1):
        own = np.flatnonzero(statements.group == family)
        bank = _fitted(statements, vectors, statements.group != family)
        accused[own] = [bank.found([statements.texts[row]], vectors[row : row + 1])[0] for row in own]
        progress("families", done, len(families))
    written = np.isin(statements.group, families)
    return _counted("statements, each family held out", statements.attempt[written], accused[written])


def found_in_cases(cases: Cases, statements: Statements, encoder: Encoder) -> tuple[Found, ...]:
    """Count the cases found, of all families and of those called unseen."""
    bank = _fitted(statements, encode_once(encoder, statements.texts), np.True_)
    rows = [
        (text, attempt, family.startswith("unseen"))
        for attempt, families in ((True, cases.attempts), (False, cases.innocent))
        for family, texts in families.items()
        for text in texts
    ]
    vectors = encoder.encode([text for text, _, _ in rows])
    accused = np.asarray(
        [bank.found([text], vectors[row : row + 1])[0] for row, (text, _, _) in enumerate(rows)],
        dtype=np.bool_,
    )
    attempt = np.asarray([attempt for _, attempt, _ in rows], dtype=np.bool_)
    unseen = np.asarray([unseen for _, _, unseen in rows], dtype=np.bool_)
    return (
        _counted("fresh cases", attempt, accused),
        _counted("of these, of families that it never saw", attempt[unseen], accused[unseen]),
    )


def _is_read(piece: Piece) -> bool:
    return piece.kind == "substance"


def _fitted(
    statements: Statements, vectors: NDArray[np.float32], kept: NDArray[np.bool_] | np.bool_
) -> ManipulationBank:
    rows = np.flatnonzero(np.broadcast_to(kept, len(statements.texts)))
    return ManipulationBank.fit(
        [statements.texts[row] for row in rows], vectors[rows], statements.attempt[rows]
    )


def _counted(what: str, attempt: NDArray[np.bool_], accused: NDArray[np.bool_]) -> Found:
    return Found(
        what=what,
        attempts=int(attempt.sum()),
        found=int((attempt & accused).sum()),
        innocent=int((~attempt).sum()),
        false=int((~attempt & accused).sum()),
    )
