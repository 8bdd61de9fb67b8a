"""The embedded recogniser on a synthetic voice, with the model that ships."""

from pathlib import Path

import pytest
from test_voice_activity import CLIP

from coach.errors import SpeechError
from coach.evaluation.hearing import word_errors
from coach.speech.choice import choose
from coach.speech.decoding import RATE, Samples, decode
from coach.speech.embedded import EmbeddedRecogniser
from coach.speech.model_files import DICTIONARY, DIRECTORY, LANGUAGE_MODEL, MANIFEST
from coach.speech.voice_activity import Span

SAID = (
    "first the owner checks the pipeline because a broken feed looks just like drift "
    "we track the runs in mlflow and deploy with azure devops"
).split()


@pytest.fixture(scope="module")
def clip() -> Samples:
    return decode(CLIP).samples


def test_tool_names_and_terms_are_heard_with_times_and_probabilities(clip: Samples) -> None:
    parts = (Span(9.2, 14.8), Span(30.0, 34.2))
    heard = EmbeddedRecogniser.from_package().recognise(clip, parts)
    words = [word.text for word in heard.words]
    # One word in ten may be wrong on this clear voice; the names must be right.
    assert word_errors(SAID, words) <= 3
    assert "mlflow" in words
    assert words[-2:] == ["azure", "devops"]
    assert heard.lacks == ()
    assert heard.confidence is not None
    assert 0.6 < heard.confidence <= 1
    for word in heard.words:
        assert word.start is not None and word.end is not None and word.probability is not None
        assert any(part.start <= word.start < word.end <= part.end for part in parts)
        assert 0 <= word.probability <= 1


def test_what_is_no_utterance_is_not_recognised(clip: Samples) -> None:
    heard = EmbeddedRecogniser.from_package().recognise(clip, ())
    assert heard.words == ()
    assert heard.confidence is None


def test_a_missing_model_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="coach speech build"):
        EmbeddedRecogniser.from_package(tmp_path)


def test_a_damaged_model_is_said(tmp_path: Path) -> None:
    (tmp_path / LANGUAGE_MODEL).write_bytes(b"nothing")
    (tmp_path / DICTIONARY).write_text("a AH\n", encoding="ascii")
    with pytest.raises(SpeechError, match="cannot be loaded"):
        EmbeddedRecogniser.from_package(tmp_path)


def test_the_choice_says_which_and_why() -> None:
    chosen = choose("embedded")
    assert chosen.recogniser.name.startswith("embedded (pocketsphinx")
    assert "as asked" in chosen.why


def test_the_shipped_model_is_small_and_is_the_one_of_its_manifest() -> None:
    import hashlib
    import json

    manifest = json.loads((DIRECTORY / MANIFEST).read_text(encoding="utf-8"))
    digest = hashlib.sha256((DIRECTORY / LANGUAGE_MODEL).read_bytes()).hexdigest()
    assert digest == manifest["language_model_sha256"]
    assert manifest["held_out"] == ["k"]
    assert sum(path.stat().st_size for path in DIRECTORY.iterdir()) < 4_000_000
    assert RATE == 16_000
