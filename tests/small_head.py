"""A small head: seeded arrays of the shapes that training makes, where a test needs a scorer but not its figures."""

import numpy as np

from coach.scoring.bank import Floats
from coach.scoring.grader_cues import CUE_NAMES
from coach.statements.weights import FORMAT, Cutoffs, Manifest, MarkModel, TrainedHead

WIDTH = 384
# Columns that the depth head is given of each dimension, beside products and quality; of a question's nearness;
# and of what the worth of a statement is made of beside its vectors.
DEPTH_FIGURES, NEARNESS, WORTH_FIGURES = 30, 4, 8
PRODUCTS, HIDDEN = 8, 16
# Layers by name: rows out, columns in, and whether there is a bias.
SHAPES = {
    "pc": (PRODUCTS, WIDTH, False),
    "pw": (PRODUCTS, WIDTH, False),
    "pd": (PRODUCTS, WIDTH, False),
    "qual": (PRODUCTS, 2 * WIDTH, True),
    "h1": (HIDDEN, DEPTH_FIGURES + 3 * PRODUCTS, True),
    "h2": (HIDDEN, HIDDEN, True),
    "out": (3, HIDDEN, True),
    "harm1": (HIDDEN, WIDTH, True),
    "harm2": (1, HIDDEN, True),
    "fit_f": (1, NEARNESS, True),
    "fc": (PRODUCTS, 2 * WIDTH, False),
    "fq": (PRODUCTS, WIDTH, False),
    "val1": (HIDDEN, 2 * WIDTH + WORTH_FIGURES, True),
    "val2": (2, HIDDEN, True),
    "att1": (HIDDEN, WIDTH, True),
    "att2": (HIDDEN, HIDDEN + len(CUE_NAMES), True),
    "att3": (1, HIDDEN, True),
}
# Named comes before described, described before reasoned; few statements are harmful or address the grader.
BIASES = {"out": (0.5, -1.0, -2.5), "harm2": (-4.0,), "att3": (-4.0,)}
# How much more than one the outputs of a layer spread, so that answers differ.
SPREADS = {"h1": 3.0, "out": 4.0, "val2": 3.0, "fit_f": 2.0}
CUTOFFS = Cutoffs(
    depth=(0.5, 1.2, 2.1),
    evidence=0.6,
    harm=0.6,
    check=0.4,
    filler=0.2,
    attempt=0.7,
    beside_attempt=0.4,
    other_question=0.9,
    unlike=-1.0,
    known_harm=0.6,
)
MARKS = MarkModel(
    fit=(-3.0, -0.5),
    overall={
        "named": 0.6,
        "described, fitting": 1.2,
        "best reasoned, fitting": 0.8,
        "worth, fitting": 1.2,
        "best two, fitting": 1.2,
    },
    reasoning={"described, fitting": 1.2, "reasoned, fitting": 1.0, "reasons, fitting": 0.8},
    harm=(1.5, 0.5),
    harm_limit=2.5,
    step=1.3,
    confidence={"intercept": 1.5, "spread": -2.0, "strangeness": -0.5, "middle": -0.5, "short": -0.5},
)


def small_head(seed: int = 0, encoder_sha256: str = "00" * 32) -> TrainedHead:
    """A head of random weights for vectors of 384 figures, the same for each seed; any pack will do."""
    random = np.random.default_rng(seed)
    arrays: dict[str, Floats] = {}
    for name, (rows, columns, has_bias) in SHAPES.items():
        arrays[f"{name}.weight"] = _drawn(random, rows, columns) * np.float32(
            SPREADS.get(name, 1.0) / np.sqrt(columns)
        )
        if has_bias:
            arrays[f"{name}.bias"] = np.asarray(BIASES.get(name, [0.0] * rows), dtype=np.float32)
    known = _drawn(random, 16, WIDTH)
    return TrainedHead(
        arrays=arrays,
        known=known / np.linalg.norm(known, axis=1, keepdims=True),
        cue_mean=np.zeros(len(CUE_NAMES), dtype=np.float32),
        cue_spread=np.ones(len(CUE_NAMES), dtype=np.float32),
        manifest=Manifest(
            format=FORMAT,
            pack="none",
            pack_sha256="00" * 32,
            encoder="words",
            encoder_sha256=encoder_sha256,
            adapter_sha256=None,
            width=WIDTH,
            data={},
            outside=(),
            answers=0,
            statements=0,
            writers=(),
            held_out=(),
            seed=seed,
            versions={},
            agreement={},
            cutoffs=CUTOFFS,
            marks=MARKS,
            weights_sha256=f"{seed:064x}",
        ),
    )


def _drawn(random: np.random.Generator, rows: int, columns: int) -> Floats:
    return random.normal(size=(rows, columns)).astype(np.float32)
