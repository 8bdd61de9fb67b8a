"""What keeps a mark steady: text said again, names in brackets, filler set aside, marks that are calibrated."""

from typing import TYPE_CHECKING

import numpy as np
import pytest

from coach.domain import Tool
from coach.scoring.bank import Groups
from coach.scoring.doubt import SIGNS, doubt
from coach.scoring.head import Reading, calibrated, sharpened, shifted
from coach.scoring.substance import pieces, said_again
from coach.text.lexicon import Lexicon
from coach.text.masking import mask_text, mentions_in

if TYPE_CHECKING:
    from coach.scoring.scorer import Scorer

GOOD = (
    "We compare the live inputs with the training data every day, because labels come months later. "
    "When they differ the owner looks at the feed first, since a broken join looks like drift. "
    "Only a confirmed change leads to a retrain, and the new model must beat the live one before it is released."
)
SPOKEN = GOOD.lower().replace(".", "").replace(",", "")
QUESTION = "what-is-drift"


def overall(scorer: "Scorer", text: str) -> float:
    return scorer.examine(text, scorer.pack.question(QUESTION)).overall


@pytest.mark.parametrize("text", [GOOD, SPOKEN])
@pytest.mark.parametrize("joint", [" ", "\n", "\n\n- "])
def test_an_answer_said_twice_is_the_answer(scorer: "Scorer", text: str, joint: str) -> None:
    assert overall(scorer, f"{text}{joint}{text}") == pytest.approx(overall(scorer, text), abs=1e-5)


def test_only_long_runs_of_the_same_words_are_said_again() -> None:
    text = "one two three four five six seven eight nine ten eleven twelve"
    assert said_again(f"{text}. {text[:-7]} ten.") == []
    (span,) = said_again(f"{text}. So: {text} and on.")
    assert f"{text}. So: {text} and on."[slice(*span)] == f"{text} "


def test_the_pieces_of_what_is_said_twice_stand_where_it_was_said_first() -> None:
    assert [(one.start, one.text) for one in pieces(f"{GOOD} {GOOD}", ())] == [
        (one.start, one.text) for one in pieces(GOOD, ())
    ]


def test_names_in_brackets_leave_other_names_as_they_were() -> None:
    tools = (Tool(name="MLflow", category="tracking"), Tool(name="Airflow", category="orchestration"))
    lexicon = Lexicon(tools, {})
    found = mentions_in(lexicon, "runs go to ML (Airflow) flow and (see below) Airflow")
    assert [one.text for one in found] == ["ML (Airflow) flow", "Airflow"]
    masked = mask_text(lexicon, "runs go to ML (Airflow) flow nightly (Airflow)")
    assert masked.text == "runs go to ____ nightly (____)"
    assert mask_text(lexicon, masked.text).text == masked.text


def test_filler_is_not_read(scorer: "Scorer") -> None:
    padded = "That is a good question. " + GOOD.replace(". ", ". You know what I mean. ")
    plain = scorer.examine(GOOD, scorer.pack.question(QUESTION))
    found = scorer.examine(padded, scorer.pack.question(QUESTION))
    assert [one.text for one in found.scored] == [one.text for one in plain.scored]
    assert found.overall == pytest.approx(plain.overall, abs=1e-5)


def test_where_all_is_filler_something_is_still_read(scorer: "Scorer") -> None:
    found = scorer.examine("That is a good question. I could talk for hours.", scorer.pack.question(QUESTION))
    assert len(found.scored) == 1
    assert found.overall < 1


def test_another_harmful_claim_never_raises_the_mark(scorer: "Scorer") -> None:
    claims = [
        "When drift is found we retrain and deploy at once without any check.",
        "We never look at the labels, because the tests have passed.",
        "There is no need to keep the old model.",
    ]
    text, last = GOOD, overall(scorer, GOOD)
    for claim in claims:
        text = f"{text} {claim}"
        mark = overall(scorer, text)
        assert mark <= last + 1e-5
        last = mark
    assert last < overall(scorer, GOOD) - 0.5


def reading(overall: list[float], reasoning: list[float]) -> Reading:
    return Reading(
        depth=np.full((2, 3), 0.5),
        overall=np.asarray(overall),
        reasoning=np.asarray(reasoning),
        piece_depth=np.full((1, 2, 3), 0.5),
        piece_harm=np.asarray([0.1]),
    )


def test_calibration_shifts_log_odds_and_sharpens_overall_alone() -> None:
    before = reading([0.9, 0.8, 0.5, 0.2, 0.1], [0.9, 0.5, 0.1])
    (same,) = calibrated([before], [0] * 5, [0] * 3)
    np.testing.assert_allclose(same.reasoning, before.reasoning, atol=1e-6)
    assert same.overall[0] > 0.9 and same.overall[2] == pytest.approx(0.5) and same.overall[4] < 0.1
    (up,) = calibrated([before], [1] * 5, [1] * 3)
    assert (up.overall > same.overall).all() and (up.reasoning > same.reasoning).all()
    np.testing.assert_allclose(shifted(np.asarray([0.3]), [0.0]), [0.3], atol=1e-6)
    np.testing.assert_allclose(sharpened(sharpened(np.asarray([0.3]), 2), 0.5), [0.3], atol=1e-5)


def test_doubt_grows_as_the_head_wavers() -> None:
    sure = doubt(reading([0.99, 0.99, 0.99, 0.01, 0.01], [0.99, 0.99, 0.01]))
    torn = doubt(reading([0.9, 0.7, 0.5, 0.4, 0.2], [0.8, 0.5, 0.3]))
    assert sure.shape == torn.shape == (SIGNS,)
    assert (torn[[0, 1, 2, 4]] > sure[[0, 1, 2, 4]]).all()


def test_groups_give_the_mean_of_their_highest() -> None:
    groups = Groups.of([np.asarray([0, 2, 3]), np.asarray([1]), np.asarray([], dtype=np.int64)], 4)
    similar = np.asarray([[0.1, 0.9, 0.5, 0.3]], dtype=np.float32)
    np.testing.assert_allclose(groups.nearest(similar), [[0.5, 0.9, 0]])
    for count, mean in ((1, 0.5), (2, 0.4), (5, 0.3)):
        highest, of_few = groups.nearest_few(similar, count)
        np.testing.assert_allclose(highest, [[0.5, 0.9, 0]])
        np.testing.assert_allclose(of_few, [[mean, 0.9, 0]], atol=1e-6)
