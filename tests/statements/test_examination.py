"""Examining answers, by random heads: what is read, what is set aside, and that nothing hangs on the batch."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from graded_sample import sample

from coach.domain import Depth
from coach.statements.marks import Marks
from coach.statements.scorer import Scorer
from coach.text.lexicon import Lexicon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coach.embedding.encoder import Encoder
    from coach.packs import Pack

QUESTION = "what-is-drift"
TEXT = (
    "We compare the live inputs with the training data in Evidently every day, because labels come months later. "
    "When they differ the owner looks at the feed first. MLflow, Airflow and Docker. "
    "Only a confirmed change leads to a retrain, and the new model must beat the live one. "
    "The old version stays warm, so that we can go back within minutes."
)


class Asked:
    """The encoder, which remembers the passages that it was asked for."""

    def __init__(self, encoder: "Encoder") -> None:
        self._encoder = encoder
        self.name, self.fingerprint = encoder.name, encoder.fingerprint
        self.passages: list[tuple[str, ...]] = []
        self.calls = 0

    def encode(self, texts: "Sequence[str]") -> np.ndarray:
        return self._encoder.encode(texts)

    def encode_passages(self, passages: "Sequence[Sequence[str]]") -> list[tuple[np.ndarray, np.ndarray]]:
        self.calls += 1
        self.passages += [tuple(passage) for passage in passages]
        return self._encoder.encode_passages(passages)


def asking(scorer: Scorer) -> tuple[Scorer, Asked]:
    asked = Asked(scorer.encoder)
    return Scorer(scorer.pack, asked, scorer.head, scorer.references), asked


def test_no_passage_is_encoded_twice_and_the_masked_form_costs_nothing(small_scorer: Scorer) -> None:
    scorer, asked = asking(small_scorer)
    question = scorer.pack.question(QUESTION)
    found = scorer.examine(TEXT, question)
    assert found.masked.spans
    before = asked.calls
    masked = scorer.examine(found.masked.text, question)
    assert asked.calls == before
    assert len(asked.passages) == len(set(asked.passages))
    assert [one.text for one in masked.scored] == [one.text for one in found.scored]
    assert masked.overall == found.overall
    assert scorer.examine(TEXT, question) is found


def test_statements_are_encoded_by_themselves_and_with_their_neighbours(small_scorer: Scorer) -> None:
    scorer, asked = asking(small_scorer)
    scored = [one.text for one in scorer.examine(TEXT, scorer.pack.question(QUESTION)).scored]
    assert len(scored) == 4
    assert {(text,) for text in scored} <= set(asked.passages)
    assert {tuple(scored[:3]), tuple(scored[2:])} <= set(asked.passages)


def test_answers_examined_together_are_read_as_they_are_alone(small_scorer: Scorer, pack: "Pack") -> None:
    answers = [(one.answer, pack.question(one.question)) for one in sample(76, 4)]
    together = small_scorer.examine_all(answers)
    for text, question in answers:
        one, other = (
            small_scorer.examine_all([(text, question)])[question.id, text],
            together[question.id, text],
        )
        assert small_scorer.score(one) == small_scorer.score(other)
        assert one.reading is not None and other.reading is not None
        np.testing.assert_array_equal(one.reading.depth, other.reading.depth)
        np.testing.assert_array_equal(one.vectors, other.vectors)
        assert (question.id, one.masked.text) in together


def test_another_lexicon_masks_other_words(small_scorer: Scorer) -> None:
    scorer = small_scorer.hearing(Lexicon((), {}, frozenset()))
    found = scorer.examine(TEXT, scorer.pack.question(QUESTION))
    assert found.masked.text == TEXT
    assert found.mentions == ()
    assert small_scorer.examine(TEXT, scorer.pack.question(QUESTION)).mentions


def test_the_order_of_a_packs_dimensions_is_no_matter(small_scorer: Scorer, encoder: "Encoder") -> None:
    from coach.scoring.pack_bank import reference_bank

    pack = small_scorer.pack
    turned = pack.model_copy(update={"dimensions": pack.dimensions[::-1]})
    other = Scorer(turned, encoder, small_scorer.head, reference_bank(turned, encoder))
    question = pack.question(QUESTION)
    one, two = (scorer.score(scorer.examine(TEXT, question)) for scorer in (small_scorer, other))
    assert two.overall == pytest.approx(one.overall, abs=0.1)
    by_id = {found.dimension: found for found in two.dimensions}
    for found in one.dimensions:
        assert by_id[found.dimension].raw == pytest.approx(found.raw, abs=1e-4)
        assert by_id[found.dimension].depth == found.depth


def certain(scorer: Scorer, chance: float) -> Scorer:
    """The scorer where every statement is harmful with the same probability."""
    arrays = dict(scorer.head.arrays)
    arrays["harm2.weight"] = np.zeros_like(arrays["harm2.weight"])
    arrays["harm2.bias"] = np.asarray([np.log(chance / (1 - chance))], dtype=np.float32)
    arrays["att3.bias"] = np.asarray([-20], dtype=np.float32)
    return Scorer(scorer.pack, scorer.encoder, replace(scorer.head, arrays=arrays), scorer.references)


@pytest.mark.parametrize(
    ("chance", "harmful", "doubtful"), [(0.601, 4, 0), (0.599, 0, 3), (0.401, 0, 3), (0.399, 0, 0)]
)
def test_harm_is_shown_costs_or_is_worth_a_second_look_by_its_cut_offs(
    chance: float, harmful: int, doubtful: int, small_scorer: Scorer
) -> None:
    scorer = certain(small_scorer, chance)
    found = scorer.examine(TEXT, scorer.pack.question(QUESTION))
    score = scorer.score(found)
    assert len(found.harmful) == harmful
    assert len(score.doubtful) == doubtful
    assert bool(score.harmful) == bool(harmful)
    assert ("harm" in {part.kind for part in score.parts}) <= bool(harmful)
    for one in score.doubtful:
        assert TEXT[one.start : one.end] == one.quote


def test_three_words_are_no_harmful_claim_and_four_are(small_scorer: Scorer) -> None:
    scorer = certain(small_scorer, 0.9)
    question = scorer.pack.question(QUESTION)
    assert scorer.examine("We never look.", question).harmful == ()
    assert scorer.examine("We never look there.", question).harmful == (0,)


@pytest.mark.parametrize(("attempts", "mark", "overall"), [((), 2.4, 2.4), ((1,), 2.5, 2.5), ((1,), 2.4, 0)])
def test_beside_words_to_the_grader_an_acceptable_answer_stands(
    attempts: tuple[int, ...], mark: float, overall: float, small_scorer: Scorer
) -> None:
    found = small_scorer.examine(TEXT, small_scorer.pack.question(QUESTION))
    assert found.marks is not None
    marks = replace(found.marks, overall=mark)
    changed = replace(found, attempts=attempts, marks=marks)
    assert changed.overall == overall
    # The parts add up to the mark, so there are none where it is void.
    assert bool(small_scorer.score(changed).parts) == (overall > 0)
    assert isinstance(marks, Marks)


def test_evidence_is_a_true_quote_of_a_sound_statement(small_scorer: Scorer) -> None:
    quotes = 0
    for answer in sample(76, 7):
        found = small_scorer.examine(answer.answer, small_scorer.pack.question(answer.question))
        score = small_scorer.score(found)
        sound = {(found.scored[row].start, found.scored[row].end) for row in found.sound}
        for dimension in score.dimensions:
            assert bool(dimension.evidence) == (dimension.depth > Depth.ABSENT)
            for evidence in dimension.evidence:
                quotes += 1
                assert answer.answer[evidence.start : evidence.end] == evidence.quote != ""
                assert dimension.named_by_tools or (evidence.start, evidence.end) in sound
        for finding in score.harmful:
            assert answer.answer[finding.start : finding.end] == finding.quote
            assert finding.safer and finding.why
    assert quotes > 20


def test_the_parts_that_are_shown_add_up_to_the_mark(small_scorer: Scorer) -> None:
    for answer in sample(76, 9):
        found = small_scorer.examine(answer.answer, small_scorer.pack.question(answer.question))
        score = small_scorer.score(found)
        # Each part is rounded, and one of less than a twentieth of a mark is left out.
        assert sum(part.points for part in score.parts) == pytest.approx(score.overall, abs=0.3)
        assert score.parts or score.overall < 0.25
