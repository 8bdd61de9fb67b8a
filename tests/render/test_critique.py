"""The critique in each of its forms: what it must say, and that nothing in it breaks out of its place."""

import io

import pytest
from feedback_samples import SAMPLES
from made_critique import critique
from markdown_it import MarkdownIt
from rich.console import Console

from coach.domain import (
    Ceiling,
    Claim,
    Depth,
    DimensionScore,
    Disagreement,
    Evidence,
    Feedback,
    RewritePart,
    Spread,
    Usage,
    Withdrawal,
)
from coach.render.critique_sentences import usage
from coach.render.markdown import feedback_markdown
from coach.render.terminal import print_feedback

BASE = next(one for one in SAMPLES.values() if len(one.score.expected) > 1)
FIRST, SECOND = BASE.score.expected[:2]


def full(words: str = "Plain words.") -> Feedback:
    """A feedback whose critique has every part; `words` stand wherever the model or the speaker chose them."""
    base = critique(words)
    text = BASE.answer.text
    span = Evidence(start=0, end=min(20, len(text)), quote=words)
    dimensions = tuple(
        DimensionScore(
            dimension=one.dimension,
            title=one.title,
            expected=True,
            depth=Depth.NAMED,
            raw=1,
            evidence=(span,),
            missing=words,
        )
        for one in (FIRST, SECOND)
    )
    claim = Claim(start=0, end=3, quote=words, kind="name-drop", dimensions=(), comment=words, better=words)
    whole = base.model_copy(
        update={
            "score": base.score.model_copy(update={"dimensions": dimensions}),
            "claims": (claim,) * 6,
            "unlocated": 2,
            "withdrawn": (Withdrawal(dimension=FIRST.dimension, depth=Depth.REASONED, reason=words),),
            "ceiling": Ceiling(wanted=5, limit=2, reason=words),
            "disagreements": (
                Disagreement(dimension=None, offline=2, critic=5, offline_reason=words, critic_reason=words),
                Disagreement(
                    dimension=SECOND.dimension, offline=0, critic=3, offline_reason=words, critic_reason=""
                ),
            ),
            "spread": Spread(overall=(4, 5), reasoning=(1, 1)),
            "follow_up": words,
            "rewrite": (
                RewritePart(text=words, evidence=(span,), fill_in=False),
                RewritePart(text=words, evidence=(), fill_in=True),
            ),
        }
    )
    return BASE.model_copy(update={"critique": whole})


def page(feedback: Feedback, width: int = 90) -> str:
    out = io.StringIO()
    print_feedback(feedback, Console(file=out, width=width))
    return out.getvalue()


@pytest.mark.parametrize("form", [page, feedback_markdown])
def test_every_form_says_all_of_it(form) -> None:  # type: ignore[no-untyped-def]
    shown = " ".join(form(full()).split())
    for words in (
        "The critic",
        "Weak, 2.0 of 5 (offline",
        "Median of 2 samples: 4.0, 5.0; they differ by 1.0.",
        "Limited to 2.0; the critic gave 5.0",
        "Look here",
        "Overall: offline 2.0, critic 5.0",
        "offline 0, critic 3 of 3",
        "it gave no reason",
        "reasoned was withdrawn",
        "Name-drop",
        "and 1 more passage",
        "2 quotes were not in the answer and dropped.",
        "fill in: Plain words.",
        "This model was not measured with this prompt",
        "critic 0 (model m, pack p)",
    ):
        assert words in shown, words


def test_an_arrow_stands_apart_from_the_better_words() -> None:
    assert "→ Plain words." in page(full())


def test_words_of_the_model_are_neither_markup_nor_control() -> None:
    hostile = "[bold red]x[/] \x1b[2J <script> | # `a` ![i](http://x)"
    shown = page(full(hostile))
    assert "\x1b" not in shown
    assert "[bold red]x" in shown
    plain, nasty = feedback_markdown(full()), feedback_markdown(full(hostile))
    kinds = [[token.type for token in MarkdownIt().parse(document)] for document in (plain, nasty)]
    assert kinds[0] == kinds[1]
    assert "<script>" not in nasty


@pytest.mark.parametrize("width", [40, 60, 120])
def test_a_page_keeps_to_its_width(width: int) -> None:
    assert max(map(len, page(full("Some plain words here. " * 6), width).splitlines())) <= width


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Usage(calls=0, remembered=0, prompt_tokens=0, completion_tokens=0, cost=0), "no call"),
        (
            Usage(calls=0, remembered=2, prompt_tokens=0, completion_tokens=0, cost=0),
            "2 from the cache, free",
        ),
        (
            Usage(calls=1, remembered=1, prompt_tokens=3100, completion_tokens=80, cost=0.00421),
            "1 call, 1 from the cache, free, 3,100 tokens in and 80 out, $0.0042",
        ),
        (
            Usage(calls=2, remembered=0, prompt_tokens=None, completion_tokens=None, cost=None),
            "2 calls, not all tokens were counted, price unknown",
        ),
    ],
)
def test_what_it_took_is_said_without_a_made_up_price(value: Usage, text: str) -> None:
    assert usage(value) == text
