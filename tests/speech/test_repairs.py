"""Misheard tool names: suggested by sound, masked in both forms, never put into the text."""

import pytest
from transcript_samples import transcript

from coach.domain import Tool
from coach.speech.graphones import Phones
from coach.speech.repairs import ALIKE, NameEar, SuggestedLexicon, likeness
from coach.spoken import NameSuggestion, Transcript
from coach.text.lexicon import Lexicon
from coach.text.masking import mask_text

PHONES: dict[str, Phones] = {
    word: tuple(phones.split())
    for word, phones in {
        "kubeflow": "K Y UW B F L OW",
        "cube": "K Y UW B",
        "flow": "F L OW",
        "low": "L OW",
        "grafana": "G R AH F AA N AH",
        "graph": "G R AE F",
        "anna": "AE N AH",
        "runs": "R AH N Z",
        "on": "AA N",
        "we": "W IY",
        "watch": "W AA CH",
        "it": "IH T",
    }.items()
}
LEXICON = Lexicon((Tool(name="Kubeflow", category="orchestration"), Tool(name="Grafana", category="x")), {})
EAR = NameEar(("Kubeflow", "Grafana"), PHONES)


def heard(text: str, **doubtful: float) -> Transcript:
    spoken = transcript(text)
    words = tuple(
        word.model_copy(update={"probability": doubtful.get(word.text, 0.9)}) for word in spoken.words
    )
    return spoken.model_copy(update={"words": words})


def test_doubtful_words_that_sound_like_a_name_are_suggested() -> None:
    spoken = heard("we watch it on graph anna", graph=0.2)
    (found,) = EAR.suggestions(spoken, LEXICON)
    assert (found.heard, found.name) == ("graph anna", "Grafana")
    assert spoken.text[found.start : found.end] == "graph anna"
    assert found.likeness >= ALIKE


def test_words_that_the_recogniser_is_sure_of_are_left_alone() -> None:
    assert EAR.suggestions(heard("we watch it on graph anna"), LEXICON) == ()
    assert EAR.suggestions(heard("we watch it on it", it=0.1), LEXICON) == ()


def test_a_name_that_the_lexicon_knows_needs_no_suggestion() -> None:
    assert EAR.suggestions(heard("it runs on kubeflow", kubeflow=0.1), LEXICON) == ()


def test_the_nearest_of_overlapping_windows_wins() -> None:
    (found,) = EAR.suggestions(heard("it runs on cube low", cube=0.1, low=0.1), LEXICON)
    assert (found.heard, found.name) == ("cube low", "Kubeflow")


def test_both_forms_are_masked_and_the_text_stays() -> None:
    text = "it runs on cube low and on kubeflow"
    suggestion = NameSuggestion(start=11, end=19, heard="cube low", name="Kubeflow", likeness=0.9)
    lexicon = SuggestedLexicon(LEXICON, text, (suggestion,), {"Kubeflow": "orchestration"})
    assert mask_text(lexicon, text).text == "it runs on ____ and on ____"
    assert [(one.name, one.guessed) for one in lexicon.find(text)] == [
        ("Kubeflow", True),
        ("Kubeflow", False),
    ]
    # What was suggested for another text says nothing about this one.
    assert lexicon.find("we cube low") == LEXICON.find("we cube low")
    stale = SuggestedLexicon(LEXICON, "another text that is long enough", (suggestion,), {})
    assert stale.find("another text that is long enough") == ()


@pytest.mark.parametrize(
    ("left", "right", "expected"), [("K AE T", "K AE T", 1.0), ("K AE T", "", 0.0), ("B", "P", 0.5)]
)
def test_likeness(left: str, right: str, expected: float) -> None:
    assert likeness(tuple(left.split()), tuple(right.split())) == expected
    assert likeness(tuple(right.split()), tuple(left.split())) == expected
