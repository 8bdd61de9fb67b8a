"""A study of made-up answers whose figures can be counted by hand, and of a few real ones."""

from typing import TYPE_CHECKING

import pytest
from graded_samples import TEXT, coached, graded

from coach.evaluation import study
from coach.resources import default_pack_dir
from coach.scoring.graded import load_graded

if TYPE_CHECKING:
    from coach.packs import Pack
    from coach.scoring.scorer import Scorer


def test_evidence_counts_characters_dimension_by_dimension() -> None:
    answer = graded(depths={"training": (2, [(0, 10)]), "drift": (3, [(20, 40), (30, 50)])})
    seen = coached(
        answer, depths={"training": (2, [(5, 15)]), "drift": (1, [(20, 50)]), "data": (1, [(0, 4)])}
    )
    found = study.evidence_overlap([seen])
    # Overlapping labelled spans count once: 10 + 30 labelled, 5 + 30 of them found.
    assert (found.found, found.labelled, found.both) == (40, 40, 35)


def test_evidence_below_named_counts_for_neither_side() -> None:
    answer = graded(depths={"training": (0.5, [(0, 10)])})
    found = study.evidence_overlap([coached(answer, depths={"training": (0, [(0, 10)])})])
    assert (found.found, found.labelled) == (0, 0)


def test_evidence_of_a_dimension_that_is_not_labelled_is_wrong() -> None:
    found = study.evidence_overlap([coached(graded(), depths={"drift": (1, [(0, 8)])})])
    assert (found.found, found.labelled, found.both) == (8, 0, 0)


def test_harmful_statements_overlap_by_characters() -> None:
    start = TEXT.index("Deploy")
    seen = coached(graded(harmful=((start, len(TEXT)),)), harmful=((0, 5), (start, len(TEXT))))
    found = study.harmful_overlap([seen, coached(graded())])
    length = len(TEXT) - start
    assert (found.found, found.labelled, found.both) == (length + 5, length, length)


def test_tool_names_are_sets_without_case_and_spacing() -> None:
    seen = coached(graded(tools=("Azure  ML", "azure\nml", "Evidently")), tools=("azure ml", "Kafka"))
    found = study.tools_overlap([seen])
    assert (found.found, found.labelled, found.both) == (2, 2, 1)


def test_confidence_is_compared_with_what_came_of_it() -> None:
    answers = [graded(id=str(place), overall=3) for place in range(10)]
    # The more confident half is right, the other a mark and a half off.
    seen = [
        coached(answer, overall=3 if place >= 5 else 4.5, confidence=0.1 * place)
        for place, answer in enumerate(answers)
    ]
    found = study.reliability(seen)
    assert found.mae == pytest.approx(0.75)
    assert found.confident_mae == pytest.approx(3 * 1.5 / 8)
    assert [one.answers for one in found.bins] == [2] * 5
    assert [one.near for one in found.bins] == [0, 0, 0.5, 1, 1]
    assert found.bins[0].confidence == pytest.approx(0.05)


def test_groups_hold_the_answers_of_their_kind(pack: "Pack") -> None:
    ids = tuple(dimension.id for dimension in pack.dimensions)
    kinds = [("a", "typed", "solid"), ("a", "speech", "solid"), ("b", "typed", "")]
    answers = [
        graded(id=str(place), writer=writer, channel=channel, intent=intent)
        for place, (writer, channel, intent) in enumerate(kinds)
    ]
    seen = [coached(answer, overall=3 + place, dimensions=ids) for place, answer in enumerate(answers)]
    found = study.breakdown(seen, study.labelled(answers, pack), pack)
    assert {key: one.overall.answers for key, one in found.writer.items()} == {"a": 2, "b": 1}
    assert {key: one.overall.mae for key, one in found.channel.items()} == {"speech": 1, "typed": 1}
    assert found.writer["b"].overall.mae == 2
    assert set(found.archetype) == {"solid", "not given"}
    assert set(found.level) == {"beginner"}
    assert set(found.dimension) == set(ids)
    expects = pack.question("what-is-drift").expects
    assert {key for key, one in found.dimension.items() if one.expected} == set(expects)


def test_only_expected_dimensions_count_where_that_is_asked(pack: "Pack") -> None:
    ids = tuple(dimension.id for dimension in pack.dimensions)
    expects = pack.question("what-is-drift").expects
    other = next(id for id in ids if id not in expects)
    answer = graded(depths={expects[0]: (2, []), other: (3, [])})
    seen = coached(answer, depths={expects[0]: (2, [])}, dimensions=ids)
    found = study.marks(*study.marks_given([seen]), study.labelled([answer], pack))
    assert found.expected_dimensions.mae == 0
    assert found.dimensions.mae == pytest.approx(3 / len(ids))


def test_the_coach_sees_the_answer_and_not_the_labels(scorer: "Scorer") -> None:
    answers = load_graded(default_pack_dir() / "graded" / "answers.jsonl")[:2]
    blind = [
        one.model_copy(update={"intent": "", "labels": graded().labels, "writer": "z"}) for one in answers
    ]
    told: list[tuple[str, int, int]] = []
    seen = study.coached(answers, lambda answer: scorer, lambda *step: told.append(step))
    assert [one.score for one in seen] == [one.score for one in study.coached(blind, lambda answer: scorer)]
    assert told == [("coaching", 0, 2), ("coaching", 1, 2), ("coaching", 2, 2)]
