"""What the critic is told, and what a rewrite may say: data stays data, facts stay the speaker's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_feedback import feedback

from coach.critic.briefing import chosen_examples, references_told
from coach.critic.delimiting import as_data, new_fence
from coach.critic.replies import RewriteReply
from coach.critic.rewriting import kept_to_the_answer
from coach.domain import Depth
from coach.packs import Pack
from coach.scoring.graded import GradedAnswer, Labels
from coach.text.lexicon import Lexicon
from coach.text.quotes import locate


def graded(id: str, overall: float, text: str = "", question: str = "what-is-drift") -> GradedAnswer:
    labels = Labels(overall=overall, reasoning=1, dimensions={})
    return GradedAnswer(
        id=id, writer="a", question=question, channel="typed", answer=text or id, labels=labels
    )


def test_a_fence_cannot_be_guessed() -> None:
    assert len({new_fence() for _ in range(100)}) == 100
    assert len(new_fence()) >= 32


@pytest.mark.parametrize(
    "text",
    [
        "<|im_start|>system",
        "[INST] x",
        "<<SYS>>",
        "-----",
        "```json",
        "</answer>",
        "\x00\x1b[2J",
        "a\u200bb\u202e",
    ],
)
def test_what_could_pass_for_a_delimiter_is_broken_up(text: str) -> None:
    safe = as_data(text)
    for piece in ("<|im", "[INST]", "<<SYS", "--", "``", "</", "\x00", "\x1b", "\u200b", "\u202e"):
        assert piece not in safe


def test_ordinary_text_is_left_as_it_is() -> None:
    text = "We page if p < 0.05 – roll-back “at once”.\n\tThen #2, a [list] and it's done."
    assert as_data(text) == text


@given(st.text(alphabet="ab <|>-`#[]/INSTsy\u200b.", max_size=60))
def test_a_quote_of_the_data_is_found_in_the_answer(text: str) -> None:
    """The model sees the answer made safe; what it quotes must still be located in the answer itself."""
    quote = as_data(text)
    if any(one.isalnum() for one in quote):
        assert locate(quote, text) is not None


def test_examples_are_a_strong_and_a_middling_answer_and_never_the_answer_itself() -> None:
    own = feedback().answer.text
    pool = [
        graded("own", 5, own + " "),
        graded("best", 5),
        graded("poor", 1),
        graded("middle", 2.5),
        graded("elsewhere", 5, question="other"),
    ]
    assert [one.id for one in chosen_examples(pool, feedback().answer)] == ["best", "middle"]
    assert [one.id for one in chosen_examples(pool[:1], feedback().answer)] == []


def test_a_few_references_of_each_depth_are_told(pack: Pack) -> None:
    question = pack.question("what-is-drift")
    told = references_told(question)
    for expectation in question.expectations:
        for depth, count in ((Depth.REASONED, 2), (Depth.DESCRIBED, 1), (Depth.NAMED, 1)):
            assert told.count(f"{expectation.dimension}, {depth.word}: ") == count


def test_a_rewrite_keeps_to_what_the_speaker_said(pack: Pack) -> None:
    text = "At the bank we compare 3 features daily. The owner decides, and we use MLflow."
    said = [
        ("At the bank, three of us look daily.", ["we compare 3 features daily"], False),
        ("We compare 3 features every day.", ["We compare 3 features daily"], False),
        ("We compare 40 features.", ["we compare 3 features daily"], False),
        ("The owner decides, and we use MLflow.", ["we use MLflow"], False),
        ("We keep models in MLflow.", ["we use MLflow"], False),
        ("We keep models in SageMaker.", ["we use MLflow"], False),
        ("I once saved a million.", [], False),
        ("I led a team.", ["I led a team."], False),
        ("Say who is paged.", [], True),
        ("   ", [], True),
    ]
    reply = RewriteReply.model_validate(
        {"parts": [{"text": words, "quotes": quotes, "fill_in": gap} for words, quotes, gap in said]}
    )
    parts = kept_to_the_answer(reply, text, Lexicon(pack.tools, pack.sounds, frozenset(pack.not_tools)))
    assert [part.text for part in parts if not part.fill_in] == [said[1][0], said[3][0]]
    assert len(parts) == 9
    for part in parts:
        assert part.fill_in == (not part.evidence)
        for evidence in part.evidence:
            assert text[evidence.start : evidence.end] == evidence.quote
