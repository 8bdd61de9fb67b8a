"""Figures of situations: a good answer under another question, a next step taken, junk handed in."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from coach.domain import Depth, NextStep, Question, Score
from coach.evaluation.contrast_sets import inserted
from coach.evaluation.estimates import mean
from coach.evaluation.examiner import Examiner, Handed
from coach.evaluation.figure import MODELS, Figure, Section
from coach.evaluation.figure_data import KINDS, FigureData, Written
from coach.evaluation.mark_figures import is_strong
from coach.packs import Pack
from coach.scoring.graded import GradedAnswer

# The highest overall mark of a good answer under a question that it does not answer.
OTHER_MOST = 2.0
# It may cover at most this share of what the other question expects.
OTHER_SHARE = Fraction(1, 3)
# Answers of these labelled marks have something to gain and something to build on.
IMPROVABLE = (1.5, 3.5)
# Somebody who follows a step adds a sentence or two.
STEP_WORDS = 60
# The highest overall mark of junk.
JUNK_MOST = 0.5
# A definition is a sentence or two on a question that asks what something is, and right from this label on.
DEFINITION_WORDS = 70
DEFINITION_LEAST = 3.0
ASKS_WHAT_IS = "what is "


def other_question_figures(data: FigureData, examiner: Examiner) -> list[Figure]:
    """The share of good answers that earn 2.0 or less under a question that they do not answer.

    These are answers that were written to another question, and strong graded answers under one.
    """
    graded, registers, kinds = data.graded(), data.registers(), data.kinds()
    absent = (*graded.absent, *registers.absent, *([KINDS] if kinds is None else []))
    section = Section("other-question", MODELS, absent, examiner.trained_on)
    written = [one for one in registers.rows if kinds and one.row.id in kinds.other_question]
    handed = [
        *(
            Handed(one.writer, one.row.question, one.row.channel, one.row.answer)
            for one in data.some(written)
        ),
        *data.some(answers_elsewhere(graded.rows, data.pack)),
    ]
    if not handed:
        return section.unmeasured()
    writers = [one.writer for one in handed]
    low = [score.overall <= OTHER_MOST for score in examiner.scores(handed, "other-question")]
    return [section.figure("good answers to another question at 2.0 or less", mean(low, writers), writers)]


def answers_elsewhere(rows: Sequence[Written[GradedAnswer]], pack: Pack) -> list[Handed]:
    """Strong answers, each under another question of which it covers at most a third.

    An answer covers what its own question expects, and what graders found described in it. Those that cover
    more of every other question are left out. Which of several questions is taken goes round.
    """
    found = []
    for place, (writer, answer) in enumerate(one for one in rows if is_strong(one.row)):
        described = {
            dimension
            for dimension, label in answer.labels.dimensions.items()
            if label.depth >= Depth.DESCRIBED
        }
        covered = described.union(pack.question(answer.question).expects)
        others = [
            question
            for question in pack.questions
            if question.id != answer.question
            and len(covered.intersection(question.expects)) <= OTHER_SHARE * len(question.expects)
        ]
        if others:
            other = others[place % len(others)]
            found.append(Handed(writer, other.id, answer.channel, answer.answer))
    return found


class Statement(NamedTuple):
    """A sound statement on one dimension, how deep it goes, and the question that it was written to."""

    writer: str
    question: str
    dimension: str
    depth: float
    text: str


class Followed(NamedTuple):
    """A next step of an answer, and the answer with a statement added that follows it."""

    before: Score
    promised: float
    after: Handed


def next_step_figures(data: FigureData, examiner: Examiner) -> list[Figure]:
    """The share of next steps that gain at least half of their promise when a plain statement follows them.

    The promise is the gain as a page shows it, with one decimal; steps that show none, and those that are not
    on one dimension, are left out. The statement is another writer's, whose texts the scorer does not know.
    Steps of one answer are drawn together.
    """
    registers = data.registers()
    sources = (data.few_dimensions(), data.stance(), data.sound_only())
    absent = (*registers.absent, *(file for source in sources for file in source.absent))
    statements = sound_statements(data)
    helpers = sorted({one.writer for one in statements})
    section = Section(
        "next-steps",
        MODELS,
        absent,
        lambda writer: any(examiner.trained_on(writer, scored_as=helper) for helper in helpers),
    )
    low, high = IMPROVABLE
    answers = data.some([one for one in registers.rows if low <= one.row.labels.overall <= high])
    if not answers or not helpers:
        return section.unmeasured()
    # Each answer is scored by the scorer that does not know the statements that are added to it.
    handed = [
        Handed(helpers[place % len(helpers)], one.row.question, one.row.channel, one.row.answer)
        for place, one in enumerate(answers)
    ]
    seen = examiner.seen(handed, "next-steps: before")
    followed: list[Followed] = []
    clusters: list[str] = []
    for (writer, answer), text, one in zip(answers, handed, seen, strict=True):
        own = [statement for statement in statements if statement.writer == text.writer != writer]
        added = list(steps_followed(text, one.score, one.next_steps, own, len(followed)))
        followed += added
        clusters += [answer.id] * len(added)
    if not followed:
        return section.unmeasured()
    after = examiner.scores([one.after for one in followed], "next-steps: after")
    kept = [
        round(score.overall - one.before.overall, 4) >= one.promised / 2
        for one, score in zip(followed, after, strict=True)
    ]
    writers = [one.after.writer for one in followed]
    known = {*writers, *(one.writer for one in answers)}
    return [section.figure("steps that gain half of their promise", mean(kept, writers, clusters), known)]


def sound_statements(data: FigureData) -> list[Statement]:
    """All sound statements of the contrast sets that describe one dimension, or give its reason."""
    few, stance, sound = data.few_dimensions(), data.stance(), data.sound_only()
    found = [
        Statement(writer, row.question, dimension, depth, row.text)
        for writer, row in few.rows
        if len(row.dimensions) == 1
        for dimension, depth in row.dimensions.items()
    ]
    found += [
        Statement(writer, row.question, row.dimension, row.sound_depth, row.sound)
        for writer, row in stance.rows
    ]
    found += [
        Statement(writer, row.question, row.dimension, row.depth, row.text) for writer, row in sound.rows
    ]
    return [one for one in found if one.depth >= Depth.DESCRIBED and len(one.text.split()) <= STEP_WORDS]


def steps_followed(
    answer: Handed, score: Score, steps: Sequence[NextStep], statements: Sequence[Statement], turn: int
) -> Iterator[Followed]:
    """Each promising step of an answer with a statement that follows it.

    Where the dimension is described already, the statement gives a reason. One on the same question is taken
    where there is one; `turn` says which of several.
    """
    depths = {one.dimension: one.depth for one in score.dimensions}
    for step in steps:
        promised = round(step.gain, 1)
        if step.dimension is None or promised <= 0:
            continue
        described = depths.get(step.dimension, Depth.ABSENT) >= Depth.DESCRIBED
        least = Depth.REASONED if described else Depth.DESCRIBED
        fitting = [one for one in statements if one.dimension == step.dimension and one.depth >= least]
        fitting = [one for one in fitting if one.question == answer.question] or fitting
        if fitting:
            chosen = fitting[turn % len(fitting)]
            turn += 1
            text = inserted(answer.text, chosen.text, answer.channel).text
            yield Followed(score, promised, answer._replace(text=text))


def junk_figures(data: FigureData, examiner: Examiner) -> list[Figure]:
    """How much junk earns next to nothing, and how many right definitions earn more than all of it."""
    registers, kinds, beside = data.registers(), data.kinds(), data.junk_beside_right()
    absent = (*registers.absent, *([KINDS] if kinds is None else []), *beside.absent)
    section = Section("junk", MODELS, absent, examiner.trained_on)
    special = kinds.junk | kinds.other_question if kinds else frozenset[str]()
    junk = [_handed(one) for one in registers.rows if kinds and one.row.id in kinds.junk]
    right = [
        _handed(one)
        for one in registers.rows
        if kinds and one.row.id not in special and is_definition(one.row, data.pack)
    ]
    for writer, row in beside.rows:
        (right if row.right else junk).append(Handed(writer, row.question, "typed", row.answer))
    some_junk, some_right = data.some(junk), data.some(right)
    if not some_junk:
        return section.unmeasured()
    junk_marks = [score.overall for score in examiner.scores(some_junk, "junk")]
    writers = [one.writer for one in some_junk]
    low = mean([mark <= JUNK_MOST for mark in junk_marks], writers)
    figures = [section.figure("junk at 0.5 or less", low, writers)]
    name = "right definitions above all junk"
    if not some_right:
        return [*figures, *section.unmeasured(name)]
    right_marks = [score.overall for score in examiner.scores(some_right, "junk: definitions")]
    writers = [one.writer for one in some_right]
    above = mean([mark > max(junk_marks) for mark in right_marks], writers)
    return [*figures, section.figure(name, above, writers)]


def is_definition(answer: GradedAnswer, pack: Pack) -> bool:
    """Whether an answer is a right definition of a sentence or two, to a beginner's "What is ...?"."""
    question: Question = pack.question(answer.question)
    return (
        question.level == "beginner"
        and question.text.lower().startswith(ASKS_WHAT_IS)
        and len(answer.answer.split()) <= DEFINITION_WORDS
        and answer.labels.overall >= DEFINITION_LEAST
        and not answer.labels.harmful
    )


def _handed(one: Written[GradedAnswer]) -> Handed:
    return Handed(one.writer, one.row.question, one.row.channel, one.row.answer)
