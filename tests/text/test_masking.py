"""Masking against its case table, and what holds of any text."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from growth import grows_with_its_length
from hypothesis import given, settings
from test_lexicon import lexicon, texts

from coach.domain import ToolMention
from coach.text.lexicon import Lexicon
from coach.text.masking import BLANK, Masked, mask, mask_text, strip_blanks

CASES = yaml.safe_load((Path(__file__).parent / "masking_cases.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["text"][:40]))
def test_case(case: dict[str, Any]) -> None:
    masked = mask_text(lexicon(), case["text"])
    assert masked.text == case["masked"]
    assert strip_blanks(masked.text) == case["stripped"]


def test_an_offset_leads_back_to_the_original() -> None:
    masked = Masked(text="log to ____ or ____ daily", spans=((7, 13), (17, 19)))
    original = "log to MLflow or S3 daily"
    daily = masked.text.index("daily")
    assert [masked.original(offset) for offset in (0, 7, 9, daily)] == [0, 7, 7, original.index("daily")]


def test_what_only_shows_once_other_names_are_gone_is_masked_too() -> None:
    class Shy(Lexicon):
        def find(self, text: str) -> tuple[ToolMention, ...]:
            name = "Zeta" if "Zeta" in text else "Alphabet"
            start = text.find(name)
            return (mention(start, name),) if start >= 0 else ()

    def mention(start: int, name: str) -> ToolMention:
        return ToolMention(start=start, end=start + len(name), text=name, name=name, category="none")

    masked = mask_text(Shy((), {}), "Alphabet, then Zeta, then Alphabet.")
    assert masked == Masked(text="____, then ____, then ____.", spans=((0, 8), (15, 19), (26, 34)))


@given(texts)
@settings(max_examples=400, deadline=None)
def test_masking_twice_is_masking_once(text: str) -> None:
    masked = mask_text(lexicon(), text).text
    assert lexicon().find(masked) == ()
    assert mask_text(lexicon(), masked).text == masked
    assert mask(masked, lexicon().find(masked)) == masked


@given(texts)
@settings(max_examples=300, deadline=None)
def test_one_blank_for_each_mention_and_the_rest_intact(text: str) -> None:
    masked = mask_text(lexicon(), text)
    assert masked.text.count(BLANK) >= len(masked.spans)
    at, rest = 0, masked.text
    for start, end in masked.spans:
        assert rest.startswith(text[at:start] + BLANK)
        rest = rest[start - at + len(BLANK) :]
        at = end
    assert rest == text[at:]
    for offset, character in enumerate(masked.text):
        assert character == "_" or text[masked.original(offset)] == character


@given(texts)
@settings(max_examples=300, deadline=None)
def test_stripping_leaves_no_blank_and_no_dangling_commas(text: str) -> None:
    masked = mask_text(lexicon(), text.replace("_", " ")).text
    stripped = strip_blanks(masked)
    assert BLANK not in stripped
    if BLANK in masked:
        assert re.search(r",\s*,", stripped) is None or re.search(r"\n", stripped)
    assert strip_blanks(stripped) == stripped


@pytest.mark.parametrize("unit", [" ", "\n", "\N{NO-BREAK SPACE}", "( ", "____ ", "____ (", "[[", ", "])
def test_time_grows_with_the_text_and_no_faster(unit: str) -> None:
    known = lexicon()

    def blanked(text: str) -> str:
        return strip_blanks(mask_text(known, f"We track in MLflow{text}, and stop.").text)

    assert grows_with_its_length(blanked, unit, 40_000)
