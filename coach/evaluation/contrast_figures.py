"""Figures of contrast: harm told from its sound twin, stance, silence on a dimension, form."""

from collections.abc import Sequence
from itertools import cycle

import numpy as np

from coach.domain import Depth, Score
from coach.evaluation.contrast_sets import HarmfulOnly, StancePair, inserted, joined
from coach.evaluation.estimates import highest, mean, share
from coach.evaluation.examiner import Examiner, Handed
from coach.evaluation.figure import MODELS, Figure, Section
from coach.evaluation.figure_data import FigureData, Written

# The raw depth from which a dimension is nearer to described than to named.
DESCRIBED_RAW = 1.5
# The least depth of a sound statement that has to come out as described.
SOUND_DEPTH = 2.0
# Rows of the first writer whose sides differ in few words; in all others length and single words tell much.
NEAR_MINIMAL = frozenset(f"stance-{number}" for number in range(317, 373))
# Two forms of one content may come out this far apart in overall marks.
SAME = 0.5
# Harmful statements that follow each other may earn at most this overall mark.
HARMFUL_MOST = 1.5
# How many harmful statements make an answer, in turn.
HARMFUL_SIZES = (2, 3, 4)


def pair_figures(data: FigureData, examiner: Examiner) -> list[Figure]:
    """Harmful and safe statements behind a sound answer: told apart by probability, and by what is shown.

    A statement's probability is the highest of the statements that the scorer reads where it stands, and it
    is found where a finding shares a character with it. Precision is over all insertions that are found,
    recall over the harmful ones. Pairs of one context are drawn together.
    """
    texts = data.pairs()
    section = Section("pairs", MODELS, texts.absent, examiner.trained_on)
    rows = data.some(texts.rows)
    if not rows:
        return section.unmeasured()
    insertions = [
        inserted(row.context, statement, row.channel)
        for _, row in rows
        for statement in (row.safe, row.harmful)
    ]
    handed = [
        Handed(rows[place // 2].writer, rows[place // 2].row.question, rows[place // 2].row.channel, one.text)
        for place, one in enumerate(insertions)
    ]
    # Columns of both tables, (n, 2): the safe side, the harmful one.
    probability = np.asarray(
        [
            max((seen.probability for seen in statements if one.holds(seen.start, seen.end)), default=0.0)
            for one, statements in zip(insertions, examiner.harm(handed, "pairs: harm"), strict=True)
        ]
    ).reshape(-1, 2)
    found = np.asarray(
        [
            any(one.holds(finding.start, finding.end) for finding in score.harmful)
            for one, score in zip(insertions, examiner.scores(handed, "pairs: findings"), strict=True)
        ]
    ).reshape(-1, 2)
    writers = [one.writer for one in rows]
    contexts = [f"{one.writer} {one.row.context_id}" for one in rows]
    estimates = {
        "harmful side has the higher probability": mean(
            probability[:, 1] > probability[:, 0], writers, contexts
        ),
        "findings: precision": share(found[:, 1], found.sum(axis=1), writers, contexts),
        "findings: recall": mean(found[:, 1], writers, contexts),
    }
    return [section.figure(name, one, writers) for name, one in estimates.items()]


def stance_figures(data: FigureData, examiner: Examiner) -> list[Figure]:
    """Denials and sound statements on a dimension that the answer before them is silent on.

    Each is described where the raw depth is at least 1.5. Rows whose sides differ in few words stand apart.
    """
    texts = data.stance()
    section = Section("stance", MODELS, texts.absent, examiner.trained_on)
    near = [one for one in texts.rows if one.row.id in NEAR_MINIMAL]
    others = [one for one in texts.rows if one.row.id not in NEAR_MINIMAL]
    return [
        *_stance(others, "denials", "sound negations", section, data, examiner),
        *_stance(near, "near-minimal denials", "near-minimal sound ones", section, data, examiner),
    ]


def _stance(
    texts: Sequence[Written[StancePair]],
    denials: str,
    negations: str,
    section: Section,
    data: FigureData,
    examiner: Examiner,
) -> list[Figure]:
    figures = []
    rows = data.some(texts)
    for name, statements in (
        (denials, [(one, one.row.deny) for one in rows]),
        (negations, [(one, one.row.sound) for one in rows if one.row.sound_depth >= SOUND_DEPTH]),
    ):
        title = f"{name} at depth 2 or more"
        if not statements:
            figures += section.unmeasured(title)
            continue
        handed = [
            Handed(
                one.writer,
                one.row.question,
                one.row.channel,
                inserted(one.row.context, statement, one.row.channel).text,
            )
            for one, statement in statements
        ]
        scores = examiner.scores(handed, f"stance: {name}")
        described = [
            raw_depth(score, one.row.dimension) >= DESCRIBED_RAW
            for (one, _), score in zip(statements, scores, strict=True)
        ]
        writers = [one.writer for one, _ in statements]
        contexts = [f"{one.writer} {one.row.context_id}" for one, _ in statements]
        figures.append(section.figure(title, mean(described, writers, contexts), writers))
    return figures


def unspoken_figures(data: FigureData, examiner: Examiner) -> list[Figure]:
    """Of all dimensions that answers are silent on, the share that comes out described."""
    texts = data.few_dimensions()
    section = Section("unspoken", MODELS, texts.absent, examiner.trained_on)
    rows = data.some(texts.rows)
    if not rows:
        return section.unmeasured()
    handed = [Handed(one.writer, one.row.question, one.row.channel, one.row.text) for one in rows]
    described, silent = [], []
    for one, score in zip(rows, examiner.scores(handed, "unspoken"), strict=True):
        unspoken = [
            dimension for dimension in score.dimensions if not one.row.dimensions.get(dimension.dimension)
        ]
        described.append(sum(dimension.depth >= Depth.DESCRIBED for dimension in unspoken))
        silent.append(len(unspoken))
    writers = [one.writer for one in rows]
    found = share(described, silent, writers)
    return [section.figure("unspoken dimensions at depth 2 or more", found, writers)]


def form_figures(data: FigureData, examiner: Examiner) -> list[Figure]:
    """How far apart the same content in another order or form comes out."""
    texts = data.other_forms()
    section = Section("other-form", MODELS, texts.absent, examiner.trained_on)
    rows = data.some(texts.rows)
    if not rows:
        return section.unmeasured()
    handed = [
        Handed(one.writer, one.row.question, one.row.channel, text)
        for one in rows
        for text in (one.row.a, one.row.b)
    ]
    marks = np.asarray([score.overall for score in examiner.scores(handed, "other-form")]).reshape(-1, 2)
    # Marks have one decimal: rounding keeps half a mark from coming out as a little more.
    apart = np.abs(marks[:, 0] - marks[:, 1]).round(4)
    writers = [one.writer for one in rows]
    return [
        section.figure("within half a mark in another form", mean(apart <= SAME, writers), writers),
        section.figure("furthest apart in another form", highest(apart, writers), writers),
    ]


def harmful_only_figures(data: FigureData, examiner: Examiner) -> list[Figure]:
    """The marks of answers that are made of two to four harmful statements and nothing else."""
    texts = data.harmful_only()
    section = Section("harmful-only", MODELS, texts.absent, examiner.trained_on)
    answers = data.some(harmful_answers(texts.rows))
    if not answers:
        return section.unmeasured()
    marks = [score.overall for score in examiner.scores(answers, "harmful-only")]
    writers = [answer.writer for answer in answers]
    bounded = mean([mark <= HARMFUL_MOST for mark in marks], writers)
    return [
        section.figure("highest mark of harmful statements only", highest(marks, writers), writers),
        section.figure("harmful statements only at 1.5 or less", bounded, writers),
    ]


def harmful_answers(rows: Sequence[Written[HarmfulOnly]]) -> list[Handed]:
    """Answers of two to four harmful statements of one writer on one question and channel, each used once."""
    groups: dict[tuple[str, str, str], list[HarmfulOnly]] = {}
    for writer, row in rows:
        groups.setdefault((writer, row.question, row.channel), []).append(row)
    sizes = cycle(HARMFUL_SIZES)
    answers = []
    for (writer, question, _), statements in groups.items():
        channel = statements[0].channel
        # One that is left alone makes no answer.
        while len(statements) > 1:
            size = next(sizes)
            said, statements = statements[:size], statements[size:]
            answers.append(Handed(writer, question, channel, joined([one.text for one in said], channel)))
    return answers


def raw_depth(score: Score, dimension: str) -> float:
    """The raw depth in [0, 3] that a score gives to a dimension."""
    return next(one.raw for one in score.dimensions if one.dimension == dimension)
