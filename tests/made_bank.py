"""A reference bank of random directions, for tests that need its shapes and not its figures."""

import numpy as np

from coach.scoring.bank import Floats, ReferenceBank


def drawn(random: np.random.Generator, rows: int, width: int = 384) -> Floats:
    """Random directions (rows, width) of unit length."""
    vectors = random.normal(size=(rows, width)).astype(np.float32)
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9))


def made_bank(
    random: np.random.Generator, references: int = 60, dimensions: int = 4, questions: int = 3
) -> ReferenceBank:
    """References of random dimensions, depths and questions, and no harmful statements."""
    return ReferenceBank(
        vectors=drawn(random, references),
        dimension=random.integers(0, dimensions, references),
        depth=random.integers(1, 4, references),
        question=random.integers(0, questions, references),
        harmful=drawn(random, 0),
        safer=drawn(random, 0),
        harmful_question=np.zeros(0, dtype=np.int64),
        questions=drawn(random, questions),
        dimensions=dimensions,
    )
