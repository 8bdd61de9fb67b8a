"""Evaluating: graded answers, a pack and a head to everything that is reported of them."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from coach.domain import ScorerId
from coach.embedding.encoder import Encoder
from coach.errors import CoachError, UsageError
from coach.evaluation.agreement import agreement
from coach.evaluation.baselines import NAMES, baseline_marks, raw_figures, references_of
from coach.evaluation.reading import WRITTEN_BY_MODELS
from coach.evaluation.remembering import RememberingEncoder
from coach.evaluation.robustness import robustness
from coach.evaluation.study import (
    DEPTH_STEPS,
    Coached,
    Evaluation,
    Generality,
    Labelled,
    Marks,
    Progress,
    breakdown,
    coached,
    evidence_overlap,
    harmful_overlap,
    labelled,
    marks,
    marks_given,
    reliability,
    residuals,
    tools_overlap,
)
from coach.packs import Pack
from coach.scoring.bank import ReferenceBank
from coach.scoring.graded import GradedAnswer, load_graded
from coach.scoring.pack_bank import manipulation_bank, reference_bank
from coach.scoring.scorer import Scorer
from coach.scoring.substance import pieces
from coach.scoring.weights import Manifest
from coach.text.lexicon import Lexicon
from coach.text.masking import mask_text

if TYPE_CHECKING:
    from coach.scoring.training_fit import Recipe

HELD_OUT = "leave-one-writer-out"


def evaluate(
    answers: Sequence[GradedAnswer],
    scorer: Scorer,
    seen_in_training: int | None,
    progress: Progress = lambda what, done, total: None,
    changed: bool = False,
    labels: str = WRITTEN_BY_MODELS,
) -> Evaluation:
    """Coach graded answers with one scorer and compare with their labels.

    `seen_in_training` is what `answers_seen` says; it goes into the notice behind `labels`, a sentence on
    what the labels are. With `changed`, the answers are also changed in every way that must not move a score.
    """
    quick = remembering(answers, scorer.encoder, scorer.pack, progress)
    scorer = scorer.with_encoder(quick)
    seen = coached(answers, lambda graded: scorer, progress)
    moved = robustness(seen, scorer.pack, lambda graded: scorer, progress) if changed else None
    notice = f"{labels} {_training_notice(seen_in_training, len(answers))}"
    return _evaluation(
        seen,
        scorer.pack,
        scorer.encoder,
        scorer.references,
        scorer.id,
        False,
        seen_in_training,
        notice,
        progress,
    ).model_copy(update={"robustness": moved})


def evaluate_leaving_writers_out(
    answers: Sequence[GradedAnswer],
    chosen: Sequence[GradedAnswer],
    pack: Pack,
    encoder: Encoder,
    seeds: Sequence[int] | None = None,
    recipe: "Recipe | None" = None,
    progress: Progress = lambda what, done, total: None,
    changed: bool = False,
    labels: str = WRITTEN_BY_MODELS,
) -> Evaluation:
    """Train on `answers` with each writer held out, and coach the `chosen` ones by that writer with the head.

    Weights, graded bank and thresholds of the head come from the other writers alone. With `changed`, the
    answers are also changed in every way that must not move a score. `labels` is a sentence on what the
    labels are. Raises UsageError where all answers are by one writer.
    """
    from coach.scoring.training import DEFAULT_SEEDS, train

    if len({answer.writer for answer in answers}) < 2:
        raise UsageError("--leave-one-writer-out needs answers by two writers at least; leave it away")

    references, manipulation = reference_bank(pack, encoder), manipulation_bank(encoder)
    trained = train(
        pack, answers, encoder, references, manipulation, seeds or DEFAULT_SEEDS, recipe, progress=progress
    )
    quick = remembering(chosen, encoder, pack, progress)
    scorers = {
        writer: Scorer(pack, quick, head, references, manipulation)
        for writer, head in trained.fold_heads.items()
    }
    seen = coached(chosen, lambda graded: scorers[graded.writer], progress)
    moved = robustness(seen, pack, lambda graded: scorers[graded.writer], progress) if changed else None
    some = next(iter(scorers.values()))
    id = some.id.model_copy(update={"weights": HELD_OUT})
    notice = f"{labels} Each answer was scored by a head that was trained without its writer."
    found = _evaluation(seen, pack, quick, references, id, True, 0, notice, progress)
    return found.model_copy(update={"robustness": moved})


def unseen_dimensions(
    answers: Sequence[GradedAnswer],
    pack: Pack,
    encoder: Encoder,
    seeds: Sequence[int] | None = None,
    recipe: "Recipe | None" = None,
    progress: Progress = lambda what, done, total: None,
) -> Generality:
    """Train with each dimension's labels held out in turn, and compare its depths with the labels."""
    from coach.scoring.training import DEFAULT_SEEDS
    from coach.scoring.training_generality import leave_one_dimension_out

    depths, labels = leave_one_dimension_out(
        pack,
        answers,
        encoder,
        reference_bank(pack, encoder),
        manipulation_bank(encoder),
        seeds or DEFAULT_SEEDS,
        recipe,
        progress,
    )
    by_dimension = {
        dimension.id: agreement(depths[:, place].tolist(), labels[:, place].tolist(), DEPTH_STEPS)
        for place, dimension in enumerate(pack.dimensions)
    }
    kappas = [one.qwk for one in by_dimension.values() if one.qwk is not None]
    return Generality(by_dimension=by_dimension, mean=sum(kappas) / max(1, len(kappas)))


def remembering(
    answers: Sequence[GradedAnswer], encoder: Encoder, pack: Pack, progress: Progress
) -> RememberingEncoder:
    """The encoder, with the pieces of all answers and the answers themselves already encoded."""
    lexicon = Lexicon(pack.tools, pack.sounds, frozenset(pack.not_tools))
    texts = [answer.answer for answer in answers]
    for answer in answers:
        names = mask_text(lexicon, answer.answer).spans
        asked = pack.question(answer.question).text
        texts += [piece.text for piece in pieces(answer.answer, names, asked)]
    quick = RememberingEncoder(encoder)
    quick.learn(texts, progress)
    return quick


def answers_seen(
    answers: Sequence[GradedAnswer], chosen: Sequence[GradedAnswer], manifest: Manifest, training: Path | None
) -> int | None:
    """How many of the `chosen` answers a head was trained on; None where that cannot be told.

    It can where the file read, `answers`, or the one at `training` is what the manifest names.
    """
    if digest(answers) == manifest.data_sha256:
        return len(chosen)
    try:
        learnt_from = load_graded(training) if training else ()
    except CoachError:
        return None
    if digest(learnt_from) != manifest.data_sha256:
        return None
    texts = {answer.answer for answer in learnt_from}
    return sum(1 for answer in chosen if answer.answer in texts)


def digest(answers: Sequence[GradedAnswer]) -> str:
    """The SHA-256 by which a manifest names the answers that a head was trained on."""
    content = json.dumps([answer.model_dump(mode="json") for answer in answers], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _evaluation(
    seen: Sequence[Coached],
    pack: Pack,
    encoder: Encoder,
    references: ReferenceBank,
    scorer: ScorerId,
    held_out: bool,
    seen_in_training: int | None,
    notice: str,
    progress: Progress,
) -> Evaluation:
    labels = labelled([one.graded for one in seen], pack)
    of_all = marks(*marks_given(seen), labels)
    return Evaluation(
        overall=of_all.overall,
        reasoning=of_all.reasoning,
        dimensions=of_all.dimensions,
        expected_dimensions=of_all.expected_dimensions,
        evidence=evidence_overlap(seen),
        harmful=harmful_overlap(seen),
        tools=tools_overlap(seen),
        baselines=_baselines([one.graded for one in seen], labels, pack, encoder, references, progress),
        by=breakdown(seen, labels, pack),
        confidence=reliability(seen),
        residuals=residuals(seen),
        robustness=None,
        generality=None,
        scorer=scorer,
        answers=len(seen),
        leave_one_writer_out=held_out,
        seen_in_training=seen_in_training,
        notice=notice,
        notes=_one_writer([one.graded for one in seen]),
    )


def _one_writer(answers: Sequence[GradedAnswer]) -> tuple[str, ...]:
    """A note where all answers are by one writer, so that there are no baselines."""
    writers = {answer.writer for answer in answers}
    if len(writers) > 1:
        return ()
    return (
        f"All {len(answers)} answers are by one writer ({answers[0].writer}): the baselines are left out, as "
        "they are fitted on other writers' answers.",
    )


def _baselines(
    answers: Sequence[GradedAnswer],
    labels: Labelled,
    pack: Pack,
    encoder: Encoder,
    references: ReferenceBank,
    progress: Progress,
) -> dict[str, Marks]:
    """Each baseline's agreement, its marks fitted on other writers' answers; none for a single writer."""
    writers = [answer.writer for answer in answers]
    if len(set(writers)) < 2:
        return {}
    places = {question.id: place for place, question in enumerate(pack.questions)}
    texts = [answer.answer for answer in answers]
    questions = np.asarray([places[answer.question] for answer in answers])
    raw = raw_figures(texts, encoder.encode(texts), questions, references_of(pack, references))
    graded = (labels.overall, labels.reasoning, labels.depth)
    found = {}
    for done, name in enumerate(NAMES, start=1):
        found[name] = marks(*baseline_marks(raw.get(name), graded, writers), labels)
        progress("baselines", done, len(NAMES))
    return found


def _training_notice(seen: int | None, answers: int) -> str:
    if seen is None:
        return (
            "Whether the scorer was trained on these very answers is not known: its training set is not here."
        )
    if seen:
        return (
            f"The scorer was trained on {seen} of these {answers} answers, so these figures flatter it; "
            "--leave-one-writer-out gives honest ones."
        )
    return "The scorer was trained on none of these answers."
