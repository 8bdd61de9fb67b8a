"""Misheard tool names: suggested by sound, masked in both forms, never put into the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcript_samples import transcript

from coach.domain import Tool
from coach.packs import Pack
from coach.speech.repairs import ALIKE, NameEar, SuggestedLexicon, likeness
from coach.spoken import NameSuggestion, Transcript
from coach.text.lexicon import Lexicon
from coach.text.masking import mask_text

LEXICON = Lexicon((Tool(name="Kubeflow", category="orchestration"), Tool(name="Grafana", category="x")), {})
EAR = NameEar(("Kubeflow", "Grafana"))


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
    (found,) = EAR.suggestions(heard("we watch on graph anna it", on=0.1, graph=0.1, anna=0.1), LEXICON)
    assert (found.heard, found.name) == ("graph anna", "Grafana")


def test_both_forms_are_masked_and_the_text_stays() -> None:
    text = "it runs on cue flow and on kubeflow"
    suggestion = NameSuggestion(start=11, end=19, heard="cue flow", name="Kubeflow", likeness=0.9)
    lexicon = SuggestedLexicon(LEXICON, text, (suggestion,), {"Kubeflow": "orchestration"})
    assert mask_text(lexicon, text).text == "it runs on ____ and on ____"
    assert [(one.name, one.guessed) for one in lexicon.find(text)] == [
        ("Kubeflow", True),
        ("Kubeflow", False),
    ]
    # What was suggested for another text says nothing about this one.
    assert lexicon.find("we cue flow") == LEXICON.find("we cue flow")
    stale = SuggestedLexicon(LEXICON, "another text that is long enough", (suggestion,), {})
    assert stale.find("another text that is long enough") == ()


def test_ordinary_doubtful_words_are_no_names(pack: Pack) -> None:
    text = "first we look at the pipeline and the last change of the schema before anybody retrains the model"
    lexicon = Lexicon(pack.tools, pack.sounds, frozenset(pack.not_tools))
    everything = {word: 0.1 for word in text.split()}
    assert NameEar.from_pack(pack).suggestions(heard(text, **everything), lexicon) == ()


@pytest.mark.parametrize(
    ("left", "right", "least", "most"),
    [
        ("kubeflow", "kubeflow", 1.0, 1.0),
        ("cubeflow", "kubeflow", 0.85, 0.99),
        ("drift", "grafana", 0.0, 0.4),
    ],
)
def test_likeness(left: str, right: str, least: float, most: float) -> None:
    assert least <= likeness(left, right) <= most


@given(st.text("abcdefgk", max_size=12), st.text("abcdefgk", max_size=12))
def test_likeness_has_no_order(left: str, right: str) -> None:
    assert likeness(left, right) == likeness(right, left)
    assert 0 <= likeness(left, right) <= 1
