"""Whisper on this machine: what it is asked, what of its answers is believed, and the model that is embedded."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sounds import silence, tone
from test_voice_activity import CLIP

from coach.errors import SpeechError
from coach.evaluation.disturbances import voiceless
from coach.evaluation.word_errors import said_words, word_errors
from coach.packs import Pack
from coach.speech import whisper, whisper_files
from coach.speech.choice import choose
from coach.speech.decoding import RATE, Samples, Sound, decode
from coach.speech.keywords import expected_names
from coach.speech.live import LiveTranscription
from coach.speech.passages import Passage
from coach.speech.transcription import transcribe
from coach.speech.voice_activity import Span
from coach.speech.whisper import WhisperRecogniser, missed
from coach.spoken import Word

SAID = (
    "first the owner checks the pipeline because a broken feed looks just like drift "
    "we track the runs in mlflow and deploy with azure devops"
).split()
PASSAGE = Passage(tone(6.0), (Span(10.0, 14.0), Span(20.0, 22.0)), (Span(10.25, 13.75), Span(20.25, 21.75)))


def segment(text: str, start: float = 0.5, ratio: float = 1.0, seek: int = 0, sure: float = 0.75) -> Any:
    step = 0.4
    words = [
        SimpleNamespace(word=f" {word}", start=start + n * step, end=start + (n + 1) * step, probability=sure)
        for n, word in enumerate(text.split())
    ]
    return SimpleNamespace(words=words, start=start, seek=seek, compression_ratio=ratio)


class Whisper:
    """Gives what it was told to, in turn, and remembers how it was asked."""

    # A token is a word.
    hf_tokenizer = SimpleNamespace(encode=lambda text, **how: SimpleNamespace(ids=text.split()))

    def __init__(self, *answers: list[Any], language: str = "en", sure: float = 1.0) -> None:
        self._answers = list(answers)
        self.given: list[Any] = []
        self._about = SimpleNamespace(language=language, language_probability=sure)
        self.asked: list[tuple[Any, dict[str, Any]]] = []

    def transcribe(self, sound: Any, **settings: Any) -> tuple[Iterator[Any], Any]:
        self.asked.append((sound, settings))
        return self._segments(self._answers.pop(0)), self._about

    def _segments(self, answer: list[Any]) -> Iterator[Any]:
        for one in answer:
            self.given.append(one)
            yield one


FULL = segment("a b c d e f g h i j k l m n", start=0.3)


def recogniser(model: Whisper, *keywords: str) -> WhisperRecogniser:
    return WhisperRecogniser(model, "stand-in", keywords)


def test_words_have_the_times_of_the_recording() -> None:
    model = Whisper([segment("MLflow runs", 0.5), segment("end", 5.0)])
    found = recogniser(model).recognise(PASSAGE)
    assert [(word.text, word.start, word.end) for word in found.words] == [
        ("MLflow", 10.5, 10.9),
        ("runs", 10.9, 11.3),
        ("end", 21.0, 21.4),
    ]
    assert found.confidence == 0.75


def test_what_makes_whisper_invent_is_never_asked_for() -> None:
    model = Whisper([FULL])
    recogniser(model, *(f"Tool{n}" for n in range(60))).recognise(PASSAGE)
    sound, settings = model.asked[0]
    assert settings["temperature"] == 0.0
    assert settings["condition_on_previous_text"] is False
    assert "initial_prompt" not in settings
    # Forty names: fewer lost windows. Whisper goes on as the text before it is written: a list without commas
    # and a stop made sentences without, and names behind them.
    assert settings["hotwords"] == f"{', '.join(f'Tool{n}' for n in range(40))}."
    # Half a second of nothing behind the passage.
    assert len(sound) == 6.5 * RATE
    assert not sound[6 * RATE :].any()


def test_what_begins_after_the_last_voice_is_dropped() -> None:
    model = Whisper([FULL, segment("thank you", PASSAGE.last_speech + 0.01)])
    found = recogniser(model).recognise(PASSAGE)
    assert [word.text for word in found.words] == "a b c d e f g h i j k l m n".split()
    assert found.loops == 0


def test_long_names_are_as_many_as_the_model_takes() -> None:
    model = Whisper([FULL], [FULL])
    # Six tokens a name: what is more than 223 would be cut off, with the stop at its end.
    recogniser(model, *(f"A very long name of {n}" for n in range(40))).recognise(PASSAGE)
    assert model.asked[0][1]["hotwords"].endswith(" 36.")
    recogniser(model, "word " * 224).recognise(PASSAGE)
    assert model.asked[1][1]["hotwords"] is None


@pytest.mark.parametrize(("left", "asked"), [(0.29, 1), (0.31, 2)])
def test_nothing_is_asked_of_a_window_without_voice(left: float, asked: int) -> None:
    said = segment("a b c d e f g h i j k l m n", start=0.15)
    said.words[-1].end = PASSAGE.last_speech - left
    model = Whisper([said, segment("XGBo", PASSAGE.last_speech - 0.1, sure=0.6)])
    found = recogniser(model).recognise(PASSAGE)
    assert len(model.given) == asked
    assert ("XGBo" in [word.text for word in found.words]) == (asked == 2)


@pytest.mark.parametrize(
    ("first", "begins", "kept"),
    [(0.29, 0.55, False), (0.31, 0.55, True), (0.29, 0.65, True)],
)
def test_what_is_doubted_and_said_with_next_to_no_voice_is_dropped(
    first: float, begins: float, kept: bool
) -> None:
    said = segment("a b c d e f g h i j k l m n", start=0.15)
    said.words[-1].end = PASSAGE.last_speech - 0.7
    thanks = segment("Thank you.", PASSAGE.last_speech - begins)
    thanks.words[0].probability = first
    found = recogniser(Whisper([said, thanks])).recognise(PASSAGE)
    assert ([word.text for word in found.words][-1] == "you.") is kept
    # A cough alone is heard as thanks, too.
    alone = recogniser(Whisper([thanks])).recognise(PASSAGE)
    assert bool(alone.words) is kept


def test_a_last_word_with_no_chance_is_dropped() -> None:
    model = Whisper([segment("maybe", 0.2, sure=0.04), FULL, segment("Test.", 5.9, sure=0.04)])
    found = recogniser(model).recognise(PASSAGE)
    # One in the middle is marked as doubtful, and stays.
    assert [word.text for word in found.words] == ["maybe", *"a b c d e f g h i j k l m n".split()]


def test_a_loop_is_dropped_and_told() -> None:
    model = Whisper([segment("no no no no", ratio=2.41), segment("fine", 4.0, ratio=2.39, seek=300)])
    found = recogniser(model).recognise(PASSAGE)
    assert ([word.text for word in found.words], found.loops) == (["fine"], 1)


def test_a_passage_that_lost_speech_is_heard_again_without_hotwords() -> None:
    model = Whisper([segment("short", 0.3)], [FULL])
    found = recogniser(model, "MLflow").recognise(PASSAGE)
    assert [settings["hotwords"] for _, settings in model.asked] == ["MLflow.", None]
    assert len(found.words) == 14
    assert found.missed == 0


def test_speech_without_words_is_told() -> None:
    model = Whisper([], [])
    found = recogniser(model, "MLflow").recognise(PASSAGE)
    assert (found.words, found.confidence) == ((), None)
    assert found.missed == pytest.approx(5.0)


def test_the_longest_stretch_without_a_word_counts() -> None:
    assert missed(PASSAGE, []) == pytest.approx(5.0)
    # A word that claims to last until the end covers no more than a word takes.
    words = [Word(text="a", start=10.3, end=22.0)]
    assert missed(PASSAGE, words) == pytest.approx(13.75 - 11.8 + 1.5)


def test_a_multilingual_model_tells_the_language_and_doubts_it() -> None:
    german = Whisper([FULL], language="de", sure=0.9)
    found = WhisperRecogniser(german, "stand-in", is_english=False).recognise(PASSAGE)
    assert (found.language, german.asked[0][1]["language"]) == ("de", None)
    unsure = Whisper([], [FULL], language="cy", sure=0.3)
    WhisperRecogniser(unsure, "stand-in", is_english=False).recognise(PASSAGE)
    assert [settings["language"] for _, settings in unsure.asked] == [None, "en"]


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(whisper, "import_module", missing)
    assert not whisper.is_ready()
    with pytest.raises(SpeechError, match=r"mlops-answer-coach\[speech\]"):
        WhisperRecogniser.from_cache()
    monkeypatch.setattr(whisper_files, "find_spec", lambda name: None)
    with pytest.raises(SpeechError, match=r"mlops-answer-coach\[speech\]"):
        choose("embedded")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("turbo", "with a network run: hf download somebody/whisper-turbo"),
        ("somebody/whisper-mlops", "with a network run: hf download somebody/whisper-mlops"),
        ("enormous", "there is no whisper model 'enormous'; known are turbo"),
    ],
)
def test_a_model_that_is_not_here_is_told_in_one_line(
    model: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*arguments: Any, **settings: Any) -> None:
        raise FileNotFoundError("nothing in the cache\nand no network")

    package = SimpleNamespace(WhisperModel=fails, _MODELS={"turbo": "somebody/whisper-turbo"})
    monkeypatch.setattr(whisper, "import_module", lambda name: package)
    with pytest.raises(SpeechError) as told:
        WhisperRecogniser.from_cache(model)
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def test_a_folder_that_is_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match=r"holds no tokenizer\.json"):
        WhisperRecogniser.from_cache(str(tmp_path))
    for name in ("tokenizer.json", "config.json", "vocabulary.txt"):
        shutil.copy(whisper_files.embedded_folder() / name, tmp_path / name)
    (tmp_path / "model.bin").write_bytes(b"nothing")
    with pytest.raises(SpeechError, match="holds no whisper model"):
        WhisperRecogniser.from_cache(str(tmp_path))


def test_an_altered_file_of_the_embedded_model_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(whisper_files.embedded_folder(), folder)
    assert whisper_files.checked(folder).startswith("1a5afae06a4d")
    with (folder / "model.bin").open("r+b") as file:
        file.seek(40_000_000)
        file.write(b"\0")
    with pytest.raises(SpeechError, match=r"model\.bin has SHA-256 .* reinstall"):
        whisper_files.checked(folder)
    (folder / "tokenizer.json").unlink()
    (folder / "model.bin").unlink()
    with pytest.raises(SpeechError, match="No such file"):
        whisper_files.checked(folder)


@pytest.fixture(scope="module")
def clip() -> Samples:
    return decode(CLIP).samples


@pytest.fixture(scope="module")
def embedded(pack: Pack) -> WhisperRecogniser:
    return WhisperRecogniser.embedded(expected_names(pack))


def test_tool_names_and_terms_are_heard_with_times_and_probabilities(
    clip: Samples, embedded: WhisperRecogniser
) -> None:
    sound = Sound(np.concatenate([clip[int(9.2 * RATE) : int(14.8 * RATE)], clip[int(30.0 * RATE) :]]))
    found = transcribe(sound, embedded)
    # One word in ten may be wrong on this voice; the names must be right.
    assert word_errors(SAID, said_words(found.text)) <= 3
    assert "mlflow" in found.text.lower().replace(" ", "")
    assert "azure devops" in found.text.lower()
    assert (found.loops, found.missed, found.language) == (0, 0, "en")
    assert found.confidence is not None
    assert 0.7 < found.confidence <= 1
    for word in found.words:
        assert word.start is not None and word.end is not None and word.probability is not None
        assert 0 <= word.start <= word.end <= sound.seconds
        assert 0 <= word.probability <= 1


def test_the_text_is_the_same_while_somebody_speaks_and_from_the_file(
    clip: Samples, embedded: WhisperRecogniser
) -> None:
    shown: list[str] = []
    live = LiveTranscription(embedded, shown.append)
    for start in range(0, len(clip), 800):
        live.feed(clip[start : start + 800])
    spoken = live.transcript()
    assert spoken == transcribe(Sound(clip), embedded)
    assert spoken is not None
    # The first half stood before the end of the recording.
    assert spoken.text.startswith(shown[0])


@pytest.mark.parametrize("name", ["librispeech-1", "librivox-1", "voxpopuli-1"])
def test_no_name_is_made_up_behind_what_people_say(name: str, embedded: WhisperRecogniser) -> None:
    # A list of names without commas and stop put "XGBo", "Azure Azure" and "cloud-based" into these.
    folder = Path(os.environ.get("COACH_SHARED", Path(__file__).parents[3] / "shared")) / "clips"
    if not (folder / f"{name}.wav").is_file():
        pytest.skip(f"needs {name}.wav of the shared clips (COACH_SHARED)")
    said = said_words((folder / f"{name}.txt").read_text(encoding="utf-8"))
    heard = said_words(transcribe(decode(folder / f"{name}.wav"), embedded).text)
    assert heard[-1] == said[-1]
    # One word in twenty may be wrong.
    assert word_errors(said, heard) <= len(said) / 20


def test_nothing_is_written_down_where_nobody_speaks(embedded: WhisperRecogniser) -> None:
    assert transcribe(Sound(silence(3)), embedded).text == ""
    heard = {name: transcribe(Sound(samples), embedded).text for name, samples in voiceless()}
    assert len(heard) == 20
    assert {name: text for name, text in heard.items() if text} == {}


def test_the_choice_says_which_and_why() -> None:
    chosen = choose("embedded")
    assert chosen.why == "embedded (whisper tiny.en): as asked"
    assert chosen.recogniser.name.startswith("embedded (whisper tiny.en, faster-whisper")


def test_what_loading_finds_wrong_is_raised_by_the_first_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coach.speech.whisper_files.embedded_folder", lambda: tmp_path)
    monkeypatch.setattr("coach.speech.whisper.embedded_folder", lambda: tmp_path)
    chosen = choose("embedded")
    with pytest.raises(SpeechError, match="reinstall"):
        chosen.recogniser.recognise(PASSAGE)
