"""A scorer whose heads are random: for what holds whatever was learned."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from small_head import small_head

from coach.scoring.pack_bank import reference_bank
from coach.statements.scorer import Scorer

if TYPE_CHECKING:
    from coach.embedding.encoder import Encoder
    from coach.packs import Pack

# A scorer whose biases of these layers are raised: `harm2` and `att3` decide what is harmful or an attempt.
Raised = Callable[[Mapping[str, float]], Scorer]


@pytest.fixture(scope="session")
def small_scorer(pack: "Pack", encoder: "Encoder") -> Scorer:
    """The MLOps pack, the real encoder, and random heads."""
    return Scorer(pack, encoder, small_head(3), reference_bank(pack, encoder))


@pytest.fixture(scope="session")
def raised(small_scorer: Scorer) -> Raised:
    """Make a small scorer that holds everything, or nothing, to be harmful or words to the grader."""

    def made(biases: Mapping[str, float]) -> Scorer:
        arrays = dict(small_scorer.head.arrays)
        for layer, bias in biases.items():
            arrays[f"{layer}.bias"] = np.asarray([bias], dtype=np.float32)
        head = replace(small_scorer.head, arrays=arrays)
        return Scorer(small_scorer.pack, small_scorer.encoder, head, small_scorer.references)

    return made
