"""The shipped weights on a fixed part of the graded answers: agreement must not fall behind what was kept.

The head was trained on these answers, so this measures that nothing broke, not how good it is: that is what
`coach evaluate --leave-one-writer-out` does. UPDATE_FIGURES=1 keeps new figures, to be looked at.
"""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from coach.evaluation.evaluating import evaluate
from coach.resources import default_pack_dir
from coach.scoring.graded import load_graded

if TYPE_CHECKING:
    from coach.scoring.scorer import Scorer

KEPT = Path(__file__).parent / "kept_agreement.json"
MOST_LOSS = 0.02
EVERY = 5


def test_agreement_on_a_fixed_part_is_kept(scorer: "Scorer") -> None:
    answers = load_graded(default_pack_dir() / "graded" / "answers.jsonl")[::EVERY]
    found = evaluate(answers, scorer, len(answers))
    kappas = {
        name: getattr(found, name).qwk
        for name in ("overall", "reasoning", "dimensions", "expected_dimensions")
    }
    if os.environ.get("UPDATE_FIGURES"):
        rounded = {name: round(kappa, 4) for name, kappa in kappas.items()}
        KEPT.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    assert set(kept) == set(kappas)
    for name, kappa in kappas.items():
        assert kappa >= kept[name] - MOST_LOSS, f"{name}: kappa fell from {kept[name]} to {kappa:.4f}"
