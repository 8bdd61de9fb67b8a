"""The substance of an answer: the same pieces with tool names sprinkled over it, and with them blanked."""

import random
from typing import TYPE_CHECKING

import pytest
from growth import grows_with_its_length

from coach.scoring.substance import is_echo, pieces, tidy
from coach.text.lexicon import Lexicon
from coach.text.masking import mask_text

if TYPE_CHECKING:
    from coach.packs import Pack

QUESTION = "When should a model be retrained?"
ANSWERS = [
    "We freeze the data for each run. Then the gate compares both versions, because an average hides a region. "
    "If it fails, the old one stays.",
    "First the owner looks at the alert; nobody retrains on data that nobody has checked. Afterwards we wait for "
    "the labels, which arrive after ninety days.",
    "so uh we look at the inputs and compare them with the training data and if they are off we tell the owner "
    "and she decides whether we train again or wait for the labels that arrive a month later",
    "- Every version has an owner.\n- Every release can be undone within five minutes.\n- Somebody signs it off.",
]


@pytest.fixture(scope="module")
def lexicon(pack: "Pack") -> Lexicon:
    return Lexicon(pack.tools, pack.sounds, frozenset(pack.not_tools))


def substance(lexicon: Lexicon, text: str) -> list[str]:
    """What the scorer reads of `text`."""
    found = pieces(text, mask_text(lexicon, text).spans, QUESTION)
    return [piece.text for piece in found if piece.kind == "substance"]


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("seed", range(5))
def test_names_in_brackets_leave_the_pieces_as_they_were(answer: str, seed: int, lexicon: Lexicon) -> None:
    chooser = random.Random(seed)
    names = ["MLflow", "Kubeflow", "Azure ML", "Prometheus", "Seldon Core"]
    words = answer.split(" ")
    for place in range(1 + seed, len(words), 6):
        words[place] = f"({chooser.choice(names)}) {words[place]}"
    assert substance(lexicon, " ".join(words)) == substance(lexicon, answer) != []


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_sentence_of_names_leaves_the_pieces_as_they_were(answer: str, lexicon: Lexicon) -> None:
    for text in (
        f"{answer} We also use MLflow, Kubeflow, Airflow and Evidently.",
        f"I would use MLflow, Kubeflow, Airflow and Evidently. {answer}",
        f"MLflow, Kubeflow. {answer}",
    ):
        assert substance(lexicon, text) == substance(lexicon, answer)


@pytest.mark.parametrize(
    "text",
    [
        "We log every run to MLflow with its data version, so that it can be rebuilt. Then Evidently compares it.",
        "Kubeflow trains on the frozen snapshot, and Seldon Core serves one tenth of the traffic at first.",
        "We use MLflow, Airflow and Docker. The gate stops a release that is worse in any region.",
        "the runs go to MLflow and uh then evidently checks whether the inputs are like those of last month",
    ],
)
def test_a_masked_answer_has_the_same_pieces(text: str, lexicon: Lexicon) -> None:
    masked = mask_text(lexicon, text)
    assert masked.spans
    assert substance(lexicon, masked.text) == substance(lexicon, text)


def test_pieces_stand_where_they_say_and_count_their_names(lexicon: Lexicon) -> None:
    text = (
        "Every run is logged to MLflow with its data. We use Airflow. Then the gate compares both versions."
    )
    found = pieces(text, mask_text(lexicon, text).spans)
    assert [(text[piece.start : piece.end], piece.tools, piece.kind) for piece in found] == [
        ("Every run is logged to MLflow with its data.", 1, "substance"),
        ("We use Airflow.", 1, "names"),
        ("Then the gate compares both versions.", 0, "substance"),
    ]
    assert found[0].text == "Every run is logged to with its data."


def test_an_answer_of_names_alone_has_no_substance(lexicon: Lexicon) -> None:
    for text in ("MLflow", "MLflow, Kubeflow and Airflow.", "We use MLflow. We use Airflow. Docker!"):
        found = pieces(text, mask_text(lexicon, text).spans)
        assert found
        assert {piece.kind for piece in found} == {"names"}


def test_nothing_has_no_pieces() -> None:
    assert pieces("", ()) == pieces(" \n", ()) == ()


def test_what_repeats_the_question_is_an_echo() -> None:
    found = pieces(f"{QUESTION} When the outcomes fall below the limit that we agreed on.", (), QUESTION)
    assert [piece.kind for piece in found] == ["echo", "substance"]
    assert is_echo("so WHEN should a model be retrained", QUESTION)
    assert not is_echo("A model should be retrained when its outcomes fall.", QUESTION)
    assert not is_echo("be retrained", QUESTION)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("we log to  , for each run", "we log to, for each run"),
        ("the registry () keeps it", "the registry keeps it"),
        ("  , , and", "and"),
        (" ,;() ", ""),
        ("a plain sentence.", "a plain sentence."),
    ],
)
def test_what_names_leave_behind_is_mended(before: str, after: str) -> None:
    assert tidy(before) == after
    assert tidy(after) == after


@pytest.mark.parametrize("unit", [" ", "\n", ", ", "( ", "and ", "-"])
def test_the_time_to_tidy_grows_with_the_text_and_no_faster(unit: str) -> None:
    assert grows_with_its_length(lambda text: tidy(f"we go ({text}on"), unit, 40_000)
