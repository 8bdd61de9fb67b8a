"""The mask test, and that naming tools earns nothing: on graded answers, and on sentences made to tempt."""

import random
from typing import TYPE_CHECKING

import pytest

from coach.domain import Depth, Score
from coach.resources import default_pack_dir
from coach.scoring.graded import GradedAnswer, load_graded
from coach.scoring.mask_test import blanked, mask_test, verdict
from coach.text.masking import BLANK

if TYPE_CHECKING:
    from coach.domain import MaskTest
    from coach.scoring.scorer import Scorer

# Every so many of the graded answers; the step is prime, so that all questions and writers come up.
EVERY = 13
GRADED = load_graded(default_pack_dir() / "graded" / "answers.jsonl")
SOME = GRADED[5::EVERY]
MOST = 0.1


def score(scorer: "Scorer", text: str, question: str) -> Score:
    return scorer.score(scorer.examine(text, scorer.pack.question(question)))


def appended(text: str, names: list[str], chooser: random.Random) -> str:
    first, *others, last = chooser.sample(names, chooser.choice((2, 3, 5, 8)))
    return f"{text} We also use {', '.join([first, *others])} and {last}."


def prepended(text: str, names: list[str], chooser: random.Random) -> str:
    return f"{', '.join(chooser.sample(names, chooser.choice((1, 2, 4, 6))))}. {text}"


def sprinkled(text: str, names: list[str], chooser: random.Random) -> str:
    words = text.split(" ")
    for place in range(chooser.randrange(4, 12), len(words), chooser.randrange(5, 12)):
        words[place] = f"{words[place]} ({chooser.choice(names)})"
    return " ".join(words)


def tool_names(scorer: "Scorer") -> list[str]:
    return sorted(tool.name for tool in scorer.pack.tools if not tool.ambiguous)


def rises(before: Score, after: Score) -> list[str]:
    """What `after` has more of than names may earn."""
    found = []
    if after.overall - before.overall > MOST + 1e-9:
        found.append(f"overall {before.overall} to {after.overall}")
    if after.reasoning - before.reasoning > MOST + 1e-9:
        found.append(f"reasoning {before.reasoning} to {after.reasoning}")
    for one, other in zip(before.dimensions, after.dimensions, strict=True):
        if other.depth > max(one.depth, Depth.NAMED):
            found.append(f"{one.dimension} {one.depth.word} to {other.depth.word}")
    return found


@pytest.mark.parametrize("answer", SOME, ids=lambda answer: answer.id)
def test_naming_tools_raises_nothing_above_named(answer: GradedAnswer, scorer: "Scorer") -> None:
    names = tool_names(scorer)
    before = score(scorer, answer.answer, answer.question)
    for way in (appended, prepended, sprinkled):
        text = way(answer.answer, names, random.Random(answer.id))
        found = rises(before, score(scorer, text, answer.question))
        assert not found, f"{way.__name__}: {found}\n{text}"


def test_taking_the_names_out_of_reasoned_answers_changes_little(scorer: "Scorer") -> None:
    reasoned = [one for one in GRADED if one.labels.reasoning >= 2.5 and len(one.labels.tools) >= 2][::9]
    assert len(reasoned) >= 8
    changes = []
    for answer in reasoned:
        examination = scorer.examine(answer.answer, scorer.pack.question(answer.question))
        found = mask_test(scorer, examination, scorer.score(examination))
        assert found.tools
        changes.append(found.before - found.after)
    assert abs(sum(changes) / len(changes)) <= 0.3


def test_tools_stand_for_a_dimension_as_named_and_no_deeper(scorer: "Scorer") -> None:
    found = score(scorer, "MLflow, Kubeflow, Evidently, Prometheus and Airflow.", "churn-on-azure")
    named = [one for one in found.dimensions if one.depth]
    assert named
    for one in named:
        assert one.depth == Depth.NAMED
        assert one.named_by_tools
    assert found.overall == found.reasoning == 0


def test_names_do_not_hide_what_is_harmful(scorer: "Scorer") -> None:
    """Sprinkled over a short harmful statement, names must not take it out of the reckoning."""
    good = (
        "We compare the live inputs with the training data every day and the outcomes once labels arrive. "
        "The owner looks into each alert first, because a broken feed looks like drift."
    )
    bad = f"{good} Then we retrain and deploy automatically without validation."
    hidden = f"{good} Then (MLflow) we retrain (Kubeflow) and (Airflow) deploy automatically (Docker) without (Jenkins) validation."
    before = score(scorer, bad, "what-is-drift")
    assert before.harmful
    after = score(scorer, hidden, "what-is-drift")
    assert not rises(before, after)
    assert after.harmful


def mask_tested(scorer: "Scorer", text: str, question: str = "what-is-drift") -> "MaskTest":
    examination = scorer.examine(text, scorer.pack.question(question))
    return mask_test(scorer, examination, scorer.score(examination))


def test_sentences_cover_the_answer_and_say_what_is_left(scorer: "Scorer") -> None:
    text = (
        "We use MLflow, Kubeflow and Evidently. The live inputs are compared with the training data in Evidently "
        "every day, because labels arrive too late to wait for them."
    )
    found = mask_tested(scorer, text)
    assert [tool.canonical for tool in found.tools] == ["MLflow", "Kubeflow", "Evidently", "Evidently"]
    names, substance = found.sentences
    assert (names.tools, names.kept, names.substance) == (3, False, 0)
    assert (substance.tools, substance.kept) == (1, True)
    assert [text[one.start : one.end].count("Evidently") for one in found.sentences] == [1, 1]
    assert found.masked.count(BLANK) == 4
    assert not any(tool.name in found.masked for tool in found.tools)
    assert "".join(one.masked for one in found.sentences).count(BLANK) == 4


def test_without_names_nothing_changes(scorer: "Scorer") -> None:
    text = "The live inputs are compared with the training data every day, because labels arrive late."
    found = mask_tested(scorer, text)
    assert found.masked == text
    assert (found.before, found.reasoning_before) == (found.after, found.reasoning_after)
    assert found.tools == found.changed == ()


def test_the_depth_that_only_names_earned_goes_with_them(scorer: "Scorer") -> None:
    found = mask_tested(scorer, "We use MLflow, Kubeflow, Evidently and Prometheus.", "churn-on-azure")
    assert found.changed
    assert {(change.before, change.after) for change in found.changed} == {(Depth.NAMED, Depth.ABSENT)}
    assert found.verdict.startswith("No: ")


def test_a_masked_answer_stays_as_it_is(scorer: "Scorer") -> None:
    once = mask_tested(
        scorer, "The runs go to MLflow with their data versions. Evidently compares the inputs daily."
    )
    twice = mask_tested(scorer, once.masked)
    assert twice.masked == once.masked
    assert twice.before == twice.after == once.after


def test_the_verdict_follows_what_is_left(scorer: "Scorer") -> None:
    empty = score(scorer, "", "what-is-drift")
    assert verdict(empty, (), 0) == "There is no answer to take names out of."
    strong = next(one for one in GRADED if one.intent == "strong-with-tools" and one.labels.overall == 5)
    found = mask_tested(scorer, strong.answer, strong.question)
    assert found.tools
    assert found.verdict.startswith("Yes")
    dropping = next(one for one in GRADED if one.intent == "name-dropping" and one.labels.overall <= 1)
    assert mask_tested(scorer, dropping.answer, dropping.question).verdict.startswith("No: ")
    bare = next(one for one in GRADED if one.intent == "strong-no-tools" and not one.labels.tools)
    assert mask_tested(scorer, bare.answer, bare.question).verdict.startswith("No tool is named, and")


def test_blanks_replace_spans_inside_a_sentence() -> None:
    assert blanked("a MLflow b Feast c", 0, 18, [(2, 8), (11, 16)]) == f"a {BLANK} b {BLANK} c"
    assert blanked("a MLflow b", 0, 10, []) == "a MLflow b"


def test_a_list_of_names_leaves_headings_and_a_sentence_with_one_name_is_not_lost_to_it(
    scorer: "Scorer",
) -> None:
    listed = "We use MLflow for tracking, Feast for features, Airflow for pipelines, Evidently for drift and Seldon for serving."
    spoken = "Over the weekend I like to walk along the river with my two old dogs and talk about Docker."
    (first,) = mask_tested(scorer, listed, "churn-on-azure").sentences
    assert first.tools >= 4
    assert not first.kept
    found = mask_tested(scorer, spoken, "churn-on-azure")
    assert [(one.tools, one.kept) for one in found.sentences] == [(1, True)]
    assert found.verdict == "No: with or without the tool names, it says nothing that answers the question."


@pytest.mark.parametrize(
    "answer", [one for one in GRADED if one.intent == "name-dropping"][::11], ids=lambda one: one.id
)
def test_no_word_is_shown_twice(answer: GradedAnswer, scorer: "Scorer") -> None:
    found = mask_tested(scorer, answer.answer, answer.question)
    for one, other in zip(found.sentences, found.sentences[1:], strict=False):
        assert one.end <= other.start


def test_a_list_inside_a_longer_piece_is_cut_out_of_it(scorer: "Scorer") -> None:
    text = "We compare the inputs daily. Monitoring with Arize, Fiddler and Datadog. Vault for secrets."
    found = mask_tested(scorer, text)
    assert [text[one.start : one.end].strip() for one in found.sentences] == [
        "We compare the inputs daily.",
        "Monitoring with Arize, Fiddler and Datadog.",
        "Vault for secrets.",
    ]


def test_the_verdict_on_unsafe_practice_is_not_about_names(scorer: "Scorer") -> None:
    harmful = scorer.pack.question("drift-alert-fires").harmful[0].statement
    assert mask_tested(scorer, harmful, "drift-alert-fires").verdict.endswith("but safe practice.")
