"""Every figure on made-up texts whose value can be counted by hand, scored by a stub."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from figure_samples import StubScorer, contrast_row, graded_row, stub_coach, write_rows

from coach.errors import InputError, UsageError
from coach.evaluation.answer_figures import answers_elsewhere, is_definition
from coach.evaluation.contrast_figures import harmful_answers
from coach.evaluation.examiner import Examiner, Handed
from coach.evaluation.figure import TARGETS, Figure
from coach.evaluation.figure_data import FigureData, Written
from coach.evaluation.figures import GROUPS, chosen_groups, figure_tables
from coach.evaluation.study import Robustness
from coach.scoring.graded import GradedAnswer

if TYPE_CHECKING:
    from coach.packs import Pack


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def measured(folder: Path, pack: "Pack", group: str, limit: int | None = None) -> dict[str, Figure]:
    """The figures of one group, by name, from one stub that has learnt from the writer a."""
    scorer: Any = StubScorer(pack, learnt_from="a")
    coached: Any = stub_coach
    examiner = Examiner(lambda writer: scorer, lambda one: one.learnt_from, coached=coached)  # type: ignore[attr-defined]
    (table,) = figure_tables(FigureData(folder, pack, limit), examiner, [group])
    assert [one.target.group for one in table.figures] == [group] * len(TARGETS[group])
    return {one.target.figure: one for one in table.figures}


def values(found: dict[str, Figure]) -> dict[str, float | None]:
    return {name: one.value if one.value is None else round(one.value, 4) for name, one in found.items()}


def test_every_group_has_its_targets_and_every_target_its_group() -> None:
    assert list(TARGETS) == list(GROUPS)


@pytest.mark.parametrize("group", list(GROUPS))
def test_a_file_that_is_not_there_is_named(group: str, folder: Path, pack: "Pack") -> None:
    for one in measured(folder, pack, group).values():
        assert (one.value, one.kept, one.reached, one.cases) == (None, None, None, 0)
        assert one.note.startswith("not measured: no ")
        assert ".jsonl" in one.note


def test_graded_answers_are_compared_with_their_labels(folder: Path, pack: "Pack") -> None:
    rows = [
        graded_row("a-1", "#4 drift=2", 4, depths={"drift": 2}),
        graded_row("a-2", "#1", 1),
        graded_row("b-1", "#3 training=3", 2, "b", depths={"drift": 3}),
        graded_row("b-2", "#5 drift=3", 5, "b", depths={"drift": 3}),
    ]
    write_rows(folder / "graded/answers.jsonl", rows)
    found = measured(folder, pack, "graded")
    assert found["overall MAE"].value == 0.25
    assert found["overall MAE"].parts == {"a": 0, "b": 0.5}
    assert found["overall MAE"].interval is not None
    assert found["overall MAE"].kept
    assert found["overall MAE"].trained_on == ("a",)
    # Of what its question expects, the third answer has drift alone wrong; training is not expected.
    expected, everything = found["expected dimensions kappa"].value, found["dimensions kappa"].value
    assert expected is not None
    assert everything is not None
    assert expected > everything


def test_bias_and_confidence_are_of_peoples_passages(folder: Path, pack: "Pack") -> None:
    texts = ["#3 %0.9", "#2 %0.8", "#1 %0.2", "#1 %0.1"]
    rows = [graded_row(f"h{place}", text, 3, "b") for place, text in enumerate(texts)]
    write_rows(folder / "human_dev/passages.jsonl", rows)
    found = measured(folder, pack, "human-dev")
    assert found["overall bias"].value == -1.25
    assert not found["overall bias"].kept
    assert (found["MAE, all"].value, found["MAE, all"].cases) == (1.25, 4)
    assert (found["MAE, most confident half"].value, found["MAE, most confident half"].cases) == (0.5, 2)
    assert found["MAE that the confident half saves"].value == 0.75
    assert {one.data for one in found.values()} == {"written by people, graded by a language model"}
    # The writer b of passages is not the writer b of graded answers.
    assert {one.writers for one in found.values()} == {("human-dev",)}


def test_a_scorer_without_confidence_has_no_figure_of_it(folder: Path, pack: "Pack") -> None:
    write_rows(
        folder / "human_dev/passages.jsonl", [graded_row("h1", "#3 %0.9", 3), graded_row("h2", "#2", 3)]
    )
    found = measured(folder, pack, "human-dev")
    assert found["MAE, most confident half"].value is None
    assert found["MAE, all"].value == 0.5


def test_a_register_that_is_not_there_is_told_beside_the_figure(folder: Path, pack: "Pack") -> None:
    write_rows(folder / "registers/plain.jsonl", [graded_row("hb-1", "#3", 2, "hb")])
    found = measured(folder, pack, "registers")["overall MAE"]
    assert (found.value, found.kept) == (1.0, False)
    assert found.note == "without registers/stories.jsonl: not there"


def test_pairs_are_told_apart_where_the_statement_stands(folder: Path, pack: "Pack") -> None:
    keys = {"context_id": "c", "context": "Sound^0.95."}
    rows = [
        # Higher and found; higher and not found; lower, and the safe one found; the same.
        contrast_row("1", safe="Right^0.2.", harmful="Wrong^0.9.", **keys),
        contrast_row("2", safe="Right^0.2.", harmful="Wrong^0.7. And more.", **keys),
        contrast_row("3", safe="Right^0.85.", harmful="Wrong^0.1.", **keys),
        contrast_row("4", safe="Right.", harmful="Wrong.", **keys),
    ]
    write_rows(folder / "contrast/a/contrast_pairs.jsonl", rows)
    write_rows(folder / "contrast/b/contrast_pairs.jsonl", rows[:1])
    found = measured(folder, pack, "pairs")
    assert values(found) == {
        "harmful side has the higher probability": 0.6,
        "findings: precision": 0.6667,
        "findings: recall": 0.4,
    }
    assert found["findings: precision"].cases == 3
    assert found["findings: recall"].parts == {"ca_": 0.25, "cb_": 1}


def test_who_is_accused_without_labelled_harm(folder: Path, pack: "Pack") -> None:
    rows = [
        graded_row("a-1", "Strong^0.9.", 4),
        graded_row("a-2", "Strong.", 5),
        graded_row("a-3", "Weak^0.9.", 3.5),
        graded_row("a-4", "Harmful^0.9.", 4, harmful=[(0, 7)]),
    ]
    write_rows(folder / "graded/answers.jsonl", rows)
    write_rows(folder / "registers/stories.jsonl", [graded_row("ha-1", "Strong.", 4, "ha")])
    write_rows(folder / "human_dev/passages.jsonl", [rows[2], rows[3]])
    found = measured(folder, pack, "accused")
    strong, people = found["strong answers accused"], found["people's passages accused"]
    assert (strong.cases, strong.value) == (3, pytest.approx(1 / 3))
    assert strong.parts == {"a": 0.5, "ha": 0}
    assert (people.cases, people.value) == (1, 1)


def test_denials_and_sound_negations_are_read_in_their_dimension(folder: Path, pack: "Pack") -> None:
    keys = {"context_id": "c", "context": "training=3.", "dimension": "drift"}
    rows = [
        contrast_row("stance-316", deny="drift=2.", sound="drift=3.", sound_depth=3, **keys),
        contrast_row("stance-317", deny="drift=1.", sound="drift=1.", sound_depth=2, **keys),
        contrast_row("stance-372", deny="drift=2.", sound="drift=2.", sound_depth=2, **keys),
        contrast_row("stance-373", deny="no.", sound="drift=1.", sound_depth=1, **keys),
    ]
    write_rows(folder / "contrast/a/stance_pairs.jsonl", rows)
    found = measured(folder, pack, "stance")
    assert values(found) == {
        "denials at depth 2 or more": 0.5,
        "sound negations at depth 2 or more": 1,
        "near-minimal denials at depth 2 or more": 0.5,
        "near-minimal sound ones at depth 2 or more": 0.5,
    }
    # A sound statement that only names its dimension need not come out as described.
    assert found["sound negations at depth 2 or more"].cases == 1


def test_what_is_not_spoken_of_is_counted_by_dimension(folder: Path, pack: "Pack") -> None:
    rows = [
        contrast_row("1", text="drift=3 training=2 data=1", dimensions={"drift": 3}),
        contrast_row("2", text="drift=2", dimensions={"drift": 0, "data": 1}),
    ]
    write_rows(folder / "contrast/b/one_dimension.jsonl", rows)
    found = measured(folder, pack, "unspoken")["unspoken dimensions at depth 2 or more"]
    size = len(pack.dimensions)
    assert found.cases == 2 * size - 2
    assert found.value == pytest.approx(2 / found.cases)


def answer(**keys: Any) -> GradedAnswer:
    return GradedAnswer.model_validate(graded_row(**{"id": "a-1", "answer": "#4", "overall": 4, **keys}))


def test_a_strong_answer_goes_under_a_question_that_it_does_not_cover(pack: "Pack") -> None:
    rows = [Written("a", answer()), Written("a", answer(overall=3.5)), Written("b", answer())]
    found = answers_elsewhere(rows, pack)
    assert [one.writer for one in found] == ["a", "b"]
    assert found[0].question != found[1].question
    own = set(pack.question("what-is-drift").expects)
    for one in found:
        expects = pack.question(one.question).expects
        assert 3 * len(own.intersection(expects)) <= len(expects)
    everything = {dimension.id: 2.0 for dimension in pack.dimensions}
    assert answers_elsewhere([Written("a", answer(depths=everything))], pack) == []


def test_good_answers_to_another_question_earn_little(folder: Path, pack: "Pack") -> None:
    rows = [graded_row("hb-1", "#2", 0, "hb"), graded_row("hb-2", "#5", 5, "hb")]
    write_rows(folder / "registers/plain.jsonl", rows)
    kinds = {"junk": [], "other_question": ["hb-1"], "harmful": []}
    (folder / "registers/plain_kinds.json").write_text(json.dumps(kinds))
    write_rows(folder / "graded/answers.jsonl", [graded_row("a-1", "#2.1", 5)])
    found = measured(folder, pack, "other-question")["good answers to another question at 2.0 or less"]
    assert (found.value, found.cases, found.parts) == (0.5, 2, {"a": 0, "hb": 1})


def test_a_step_is_followed_with_another_writers_statement(folder: Path, pack: "Pack") -> None:
    rows = [
        # Half of the promise is gained; a fitting statement is too shallow; no promise is shown; no dimension.
        graded_row("hb-1", "#2 +drift:1.0", 2, "hb"),
        graded_row("hb-2", "#2 drift=2 +drift:2.0", 3.5, "hb"),
        graded_row("hb-3", "#2 +drift:0.04 +none:2.0", 2, "hb"),
        graded_row("hb-4", "#2 +drift:0.1", 4, "hb"),
    ]
    write_rows(folder / "registers/plain.jsonl", rows)
    statements = [
        contrast_row("1", dimension="drift", depth=2, text="#0.5"),
        contrast_row("2", dimension="drift", depth=3, text="#0.9"),
        contrast_row("3", dimension="drift", depth=3, text="word " * 61 + "#3"),
        contrast_row("4", dimension="drift", depth=1, text="#3"),
    ]
    write_rows(folder / "contrast/a/sound_only.jsonl", statements)
    found = measured(folder, pack, "next-steps")["steps that gain half of their promise"]
    assert (found.value, found.cases) == (0.5, 2)
    assert found.writers == ("ca_", "hb")


def test_a_statement_to_the_same_question_comes_first(folder: Path, pack: "Pack") -> None:
    write_rows(folder / "registers/plain.jsonl", [graded_row("hb-1", "#2 +drift:1.0", 2, "hb")])
    rows = [
        contrast_row("1", question="why-lineage", dimension="drift", depth=3, text="#0.1"),
        contrast_row("2", dimension="drift", depth=3, text="#0.8"),
    ]
    write_rows(folder / "contrast/b/sound_only.jsonl", rows)
    assert measured(folder, pack, "next-steps")["steps that gain half of their promise"].value == 1


def test_other_forms_come_out_near_each_other(folder: Path, pack: "Pack") -> None:
    marks = [(3.1, 3.6), (2, 2.6), (4, 2.5)]
    rows = [contrast_row(str(place), a=f"#{a}", b=f"#{b}") for place, (a, b) in enumerate(marks)]
    write_rows(folder / "contrast/a/reordered.jsonl", rows)
    found = measured(folder, pack, "other-form")
    assert values(found) == {
        "within half a mark in another form": 0.3333,
        "furthest apart in another form": 1.5,
    }
    assert found["furthest apart in another form"].interval is None
    assert not any(one.note for one in found.values())


def test_junk_earns_less_than_definitions(folder: Path, pack: "Pack") -> None:
    rows = [
        graded_row("hb-1", "junk #0.5", 0, "hb"),
        graded_row("hb-2", "definition #0.8", 3, "hb"),
        graded_row("hb-3", "too poor for one #3", 2.5, "hb"),
    ]
    write_rows(folder / "registers/plain.jsonl", rows)
    (folder / "registers/plain_kinds.json").write_text('{"junk": ["hb-1"], "other_question": []}')
    (folder / "cases").mkdir()
    table = "Student ID,Question,Answer,kind\n1,what-is-drift,#0.8,junk\n2,what-is-drift,#0.9,right\n"
    (folder / "cases/f31-junk-beside-right.csv").write_text(table)
    found = measured(folder, pack, "junk")
    assert found["junk at 0.5 or less"].parts == {"cases": 0, "hb": 1}
    # As much as the best junk is not above it.
    assert found["right definitions above all junk"].parts == {"cases": 1, "hb": 0}


@pytest.mark.parametrize(
    ("keys", "right"),
    [
        ({}, True),
        ({"answer": "word " * 70}, True),
        ({"answer": "word " * 71}, False),
        ({"overall": 3}, True),
        ({"overall": 2.5}, False),
        ({"question": "biggest-anti-pattern"}, False),
        ({"question": "why-lineage"}, False),
        ({"harmful": [(0, 1)]}, False),
    ],
)
def test_a_definition_is_short_right_and_asked_for(keys: dict[str, Any], right: bool, pack: "Pack") -> None:
    assert is_definition(answer(**keys), pack) is right


def test_harmful_statements_make_answers_of_two_to_four(folder: Path, pack: "Pack") -> None:
    rows = [contrast_row(str(place), text=f"harm {place} #0.5.") for place in range(8)]
    write_rows(
        folder / "contrast/a/harm_only.jsonl", [*rows, contrast_row("9", channel="speech", text="one")]
    )
    data = FigureData(folder, pack)
    answers = harmful_answers(data.harmful_only().rows)
    # Two, three, and of the three that are left all; the one of speech stands alone and is left out.
    assert [one.text.count("harm") for one in answers] == [2, 3, 3]
    assert " ".join(one.text for one in answers) == " ".join(row["text"] for row in rows)
    found = measured(folder, pack, "harmful-only")
    assert found["highest mark of harmful statements only"].value == 1.5
    assert found["highest mark of harmful statements only"].kept
    assert not found["highest mark of harmful statements only"].reached
    assert found["harmful statements only at 1.5 or less"].value == 1


def test_limits_that_are_not_kept_are_named(
    folder: Path, pack: "Pack", monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Robustness(change="said twice", figure="largest rise of overall", cases=1, value=0.1, limit=0.25)
    changes = (kept, kept.model_copy(update={"change": "padded", "value": 0.4}))
    monkeypatch.setattr("coach.evaluation.mark_figures.robustness", lambda *given: changes)
    write_rows(folder / "graded/answers.jsonl", [graded_row("a-1", "#4", 4)])
    found = measured(folder, pack, "unmoved")["limits of what must not move a score"]
    assert (found.value, found.cases, found.kept) == (0.5, 2, False)
    assert found.note == "not kept: padded, largest rise of overall 0.40"


def test_a_limit_takes_texts_from_first_to_last(folder: Path, pack: "Pack") -> None:
    rows = [graded_row(f"hb-{place}", f"#{place}", 0, "hb") for place in range(5)]
    write_rows(folder / "registers/plain.jsonl", rows)
    found = measured(folder, pack, "registers", limit=2)["overall MAE"]
    assert (found.value, found.cases) == (2, 2)


def test_a_broken_file_is_refused(folder: Path, pack: "Pack") -> None:
    write_rows(folder / "graded/answers.jsonl", [{"id": "a-1", "labels": {}}])
    with pytest.raises(InputError, match=r"answers\.jsonl:1: "):
        measured(folder, pack, "graded")
    (folder / "cases").mkdir()
    (folder / "cases/f31-junk-beside-right.csv").write_text("Question,Answer,kind\nwhat-is-drift,x,maybe\n")
    with pytest.raises(InputError, match=r"f31-junk-beside-right\.csv:2: "):
        measured(folder, pack, "junk")


def test_each_text_is_scored_once_by_the_scorer_of_its_writer(pack: "Pack") -> None:
    scorers = {writer: StubScorer(pack, name=writer) for writer in "ab"}
    asked: list[str] = []

    def scorer_of(writer: str) -> Any:
        asked.append(writer)
        return scorers[writer]

    coached: Any = stub_coach
    examiner = Examiner(scorer_of, coached=coached)
    texts = [Handed(writer, "what-is-drift", "typed", text) for writer, text in ("a1", "b2", "a3", "a1")]
    assert [
        score.overall for score in examiner.scores([one._replace(text=f"#{one.text}") for one in texts], "x")
    ] == [
        1,
        2,
        3,
        1,
    ]
    assert asked == ["a", "b"]
    assert (scorers["a"].coached, scorers["b"].coached) == (["#1", "#3"], ["#2"])


def test_groups_are_chosen_in_the_order_of_the_table() -> None:
    assert chosen_groups([]) == tuple(GROUPS)
    assert chosen_groups(["stance", "graded"]) == ("graded", "stance")
    with pytest.raises(UsageError, match="--only luck: there is graded, human-dev"):
        chosen_groups(["luck"])
