"""How words are said, and how texts are written as they are said."""

from pathlib import Path

import pytest

from coach.domain import Tool
from coach.errors import SpeechError
from coach.packs import Pack
from coach.speech.building import Corpus
from coach.speech.graphones import Graphones, Phones
from coach.speech.model_files import DICTIONARY, DIRECTORY, PRONUNCIATIONS
from coach.speech.pronunciation import Pronouncer, read_dictionary, write_dictionary
from coach.speech.spoken import Spoken, acronyms
from coach.speech.vocabulary import trade_words

STOCK: dict[str, tuple[Phones, ...]] = {
    word: (tuple(phones.split()),)
    for word, phones in {
        "train": "T R EY N",
        "re": "R IY",
        "page": "P EY JH",
        "duty": "D UW T IY",
        "roll": "R OW L",
        "back": "B AE K",
        "organize": "AO R G AH N AY Z",
        "deploy": "D IH P L OY",
        "it": "IH T",
    }.items()
}


def say(word: str, own: dict[str, tuple[Phones, ...]] | None = None) -> tuple[str, ...]:
    pronouncer = Pronouncer(STOCK, own or {}, frozenset({"kpi", "it"}), {"pagerduty": ("page", "duty")})
    return tuple(" ".join(phones) for phones in pronouncer.pronounce(word))


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("train", "T R EY N"),
        ("kpi", "K EY P IY AY"),
        ("pagerduty", "P EY JH D UW T IY"),
        ("retrain", "R IY T R EY N"),
        ("rollback", "R OW L B AE K"),
        ("organise", "AO R G AH N AY Z"),
        ("deployable", "D IH P L OY AH B AH L"),
    ],
)
def test_words_are_composed_of_known_ones(word: str, said: str) -> None:
    assert say(word)[0] == said


def test_our_own_list_comes_first_and_letters_come_with_the_word() -> None:
    assert say("train", {"train": (("T", "R", "AE", "N"),)}) == ("T R AE N",)
    assert say("it") == ("AY T IY", "IH T")


def test_an_unknown_word_is_guessed_from_its_spelling() -> None:
    known = [("cat", ("K", "AE", "T")), ("can", ("K", "AE", "N")), ("man", ("M", "AE", "N"))] * 3
    known += [("mat", ("M", "AE", "T")), ("ship", ("SH", "IH", "P")), ("shin", ("SH", "IH", "N"))] * 3
    learnt = Graphones.from_dictionary(known)
    assert learnt.pronounce("cam"[:2] + "n") == ("K", "AE", "N")
    assert learnt.pronounce("shan") == ("SH", "AE", "N")
    assert learnt.pronounce("") == ()
    assert learnt.pronounce("xyz") == ()


def test_a_dictionary_is_written_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "words.dict"
    entries = {"a": (("AH",), ("EY",)), "b": (("B", "IY"),)}
    write_dictionary(entries.items(), path)
    assert path.read_text(encoding="ascii") == "a AH\na(2) EY\nb B IY\n"
    assert read_dictionary(path) == entries
    path.write_text("a AH\nb\n", encoding="ascii")
    with pytest.raises(SpeechError, match=":2: a word without phones"):
        read_dictionary(path)


def test_the_shipped_dictionary_says_tool_names_with_known_phones() -> None:
    shipped = read_dictionary(DIRECTORY / DICTIONARY)
    phones = {phone for variants in shipped.values() for one in variants for phone in one}
    assert len(phones) == 39
    for name in ("mlflow", "azure", "devops", "kubernetes", "databricks", "grafana", "purview", "kpi"):
        assert name in shipped
    for word, variants in read_dictionary(PRONUNCIATIONS).items():
        assert {phone for one in variants for phone in one} <= phones, word


def test_texts_become_spoken_words() -> None:
    spoken = Spoken(frozenset({"kpi", "ci", "cd"}), {"MLflow": ("mlflow",)})
    assert spoken.sentences("The KPI fell 2.5%. We use C I C D, don't we?") == [
        "the kpi fell two point five percent".split(),
        "we use ci cd don't we".split(),
    ]
    assert spoken.words("24/7 for €1,200") == "twenty four seven for euros one thousand two hundred".split()


def test_acronyms_are_words_that_are_never_written_small() -> None:
    assert acronyms(["The KPIs and a KPI, IT and it, DATA and data"]) == {"kpi"}


def test_names_are_said_in_parts(pack: Pack) -> None:
    small = pack.model_copy(
        update={"tools": (Tool(name="MLflow", category="x"), Tool(name="Azure ML", category="x"))}
    )
    words = trade_words(small, ["the KPI"])
    assert words.names == {"MLflow": ("mlflow",), "Azure ML": ("azure", "ml")}
    assert words.said("mlflow") == ("m", "l", "flow")
    assert words.said("kpi") == ("k", "p", "i")
    assert words.said("model") == ("model",)


def test_a_heard_name_and_a_written_one_are_the_same_words(pack: Pack) -> None:
    corpus = Corpus(pack, ())
    assert corpus.spoken("we log to MLflow") == corpus.spoken("we log to ml flow")
