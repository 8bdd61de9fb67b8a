"""What the overall mark is made of, in one line, and statements to check: said quietly, and never as harm."""

import pytest
from feedback_samples import SAMPLES
from test_terminal import coloured_page, page

from coach.domain import Depth, Feedback, MarkPart
from coach.render.markdown import feedback_markdown
from coach.render.sentences import made_of

STRONG, HARMFUL = SAMPLES["strong"], SAMPLES["harmful"]


def marked(base: Feedback, overall: float, **points: float) -> Feedback:
    """The feedback with another mark, and with parts of so many points."""
    parts = tuple(MarkPart.model_validate({"kind": kind, "points": value}) for kind, value in points.items())
    score = base.score.model_copy(update={"overall": overall, "parts": parts})
    return base.model_copy(update={"score": score})


def test_every_part_is_said_in_plain_words() -> None:
    told = marked(HARMFUL, 1.6, coverage=1.7, reasons=0.8, statements=0.4, beside=0.2, harm=-1.5)
    assert made_of(told) == (
        "Made of 1.7 for what is said on 1 of 3 expected dimensions, 0.8 for reasons, 0.4 for single statements "
        "and 0.2 for dimensions not asked for, less 1.5 for one harmful statement."
    )


def test_one_part_stands_alone() -> None:
    assert made_of(marked(HARMFUL, 0.4, statements=0.4)) == "Made of 0.4 for single statements."


def test_several_harmful_statements_are_counted() -> None:
    told = marked(HARMFUL, 0.5, statements=2.5, harm=-2.0)
    twice = told.score.model_copy(update={"harmful": HARMFUL.score.harmful * 2})
    assert made_of(told.model_copy(update={"score": twice})).endswith(", less 2.0 for 2 harmful statements.")


@pytest.mark.parametrize(
    ("statements", "largest"), [(0.1, "2.4"), (0.3, "2.2"), (0.4, "2.1"), (0.5, "2.0"), (0.7, "1.8")]
)
def test_the_largest_figure_takes_what_rounding_leaves_over(statements: float, largest: str) -> None:
    line = made_of(marked(STRONG, 3.4, coverage=2.1, reasons=0.9, statements=statements))
    assert line.startswith(
        f"Made of {largest} for what is said on 10 of 11 expected dimensions, 0.9 for reasons"
    )


@pytest.mark.parametrize("statements", [0.0, 0.8])
def test_more_than_rounding_is_not_explained_away(statements: float) -> None:
    assert made_of(marked(STRONG, 3.4, coverage=2.1, reasons=0.9, statements=statements)) == ""


def test_points_that_are_not_rounded_add_up_too() -> None:
    line = made_of(marked(STRONG, 3.1, coverage=1.94, reasons=0.74, statements=0.44))
    assert line.startswith("Made of 2.0 for what is said")
    assert "0.7 for reasons and 0.4 for single statements" in line


def test_parts_that_do_not_explain_the_mark_are_not_shown() -> None:
    assert made_of(marked(STRONG, 3.4, coverage=2.1)) == ""
    assert made_of(marked(STRONG, 3.4)) == ""
    assert made_of(marked(STRONG, 0.0, harm=-0.1)) == ""


def test_a_mark_that_words_to_the_grader_took_away_says_so() -> None:
    told = marked(HARMFUL, 0.0, coverage=1.5, statements=0.4)
    assert made_of(told) == "No mark: an answer with words to the grader must be acceptable without them."
    assert made_of(told.model_copy(update={"manipulation": ()})) == ""
    # What harm alone takes away is told by its parts.
    harm = marked(HARMFUL, 0.0, statements=1.1, harm=-1.1)
    assert made_of(harm) == "Made of 1.1 for single statements, less 1.1 for one harmful statement."


def test_a_dimension_that_only_tools_stand_for_is_not_said() -> None:
    told = marked(SAMPLES["name_dropping"], 1.0, coverage=1.0)
    named = [one for one in told.score.expected if one.depth > Depth.ABSENT]
    by_tools = [one for one in named if one.named_by_tools]
    assert by_tools
    assert f"on {len(named) - len(by_tools)} of 11 expected dimensions" in made_of(told)


def test_less_than_a_name_is_traces() -> None:
    told = marked(HARMFUL, 0.3, coverage=0.3)
    absent = tuple(one.model_copy(update={"depth": Depth.ABSENT}) for one in told.score.dimensions)
    told = told.model_copy(update={"score": told.score.model_copy(update={"dimensions": absent})})
    assert made_of(told) == "Made of 0.3 for traces of what is expected."


def test_one_expected_dimension_is_not_counted() -> None:
    told = marked(HARMFUL, 0.9, coverage=0.9)
    one = told.score.expected[0]
    told = told.model_copy(update={"score": told.score.model_copy(update={"dimensions": (one,)})})
    assert made_of(told) == "Made of 0.9 for what is said on the expected dimension."


def test_a_statement_to_check_is_grey_and_has_no_safer_text() -> None:
    quote = STRONG.score.doubtful[0].quote
    said = f"Check this sentence: “{quote}” It may be unsafe or false; it costs nothing."
    assert said in " ".join(page(STRONG).split())
    assert said in feedback_markdown(STRONG)
    lines = coloured_page(STRONG).splitlines()
    first = next(place for place, line in enumerate(lines) if "Check this sentence:" in line)
    last = next(place for place, line in enumerate(lines) if "costs nothing." in line)
    for line in lines[first : last + 1]:
        assert "\x1b[2m" in line
        assert "\x1b[31m" not in line
    for shown in (page(STRONG), feedback_markdown(STRONG)):
        assert "Harmful" not in shown
        assert "Safer" not in shown
        assert "You said" not in shown
