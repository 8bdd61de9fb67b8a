"""A pack's banks: what its answers are compared with, encoded once and kept."""

import numpy as np

from coach import resources
from coach.domain import HarmfulStatement, Question, ReferenceAnswer
from coach.embedding.encoder import Encoder
from coach.embedding.vector_cache import encode_once
from coach.packs import Pack
from coach.scoring.bank import ReferenceBank
from coach.scoring.manipulation import ManipulationBank, load_statements


def reference_bank(pack: Pack, encoder: Encoder) -> ReferenceBank:
    """Encode what a pack's answers are compared with."""
    texts: list[str] = []
    rows: list[tuple[int, int, int]] = []
    places = {dimension.id: place for place, dimension in enumerate(pack.dimensions)}
    harmful: list[HarmfulStatement] = []
    harmful_question: list[int] = []
    for number, question in enumerate(pack.questions):
        for reference in question_references(question):
            texts.append(reference.text)
            rows.append((places[reference.dimension], int(reference.depth), number))
        harmful += question.harmful
        harmful_question += [number] * len(question.harmful)
    groups = [
        texts,
        [statement.statement for statement in harmful],
        [statement.safer for statement in harmful],
        [question.text for question in pack.questions],
    ]
    vectors = encode_once(encoder, [text for group in groups for text in group])
    parts = np.split(vectors, np.cumsum([len(group) for group in groups])[:-1])
    table = np.asarray(rows, dtype=np.int64).reshape(-1, 3)
    return ReferenceBank(
        vectors=parts[0],
        dimension=table[:, 0],
        depth=table[:, 1],
        question=table[:, 2],
        harmful=parts[1],
        safer=parts[2],
        harmful_question=np.asarray(harmful_question, dtype=np.int64),
        questions=parts[3],
        dimensions=len(pack.dimensions),
    )


def manipulation_bank(encoder: Encoder) -> ManipulationBank:
    """Fit the detector of attempts to talk the grader into a mark, from the statements that ship."""
    known = load_statements(resources.manipulation_file())
    return ManipulationBank.fit(known.texts, encode_once(encoder, known.texts), known.attempt)


def question_references(question: Question) -> tuple[ReferenceAnswer, ...]:
    """All reference answers of a question, in the order of its dimensions."""
    return tuple(reference for expectation in question.expectations for reference in expectation.references)
