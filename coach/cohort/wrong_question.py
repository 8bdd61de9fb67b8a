"""Wrong question: columns whose answers read like another question's, told before anything is graded."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from coach.cohort.submissions import Submission
from coach.domain import Frozen
from coach.errors import UsageError
from coach.scoring.scorer import Scorer

# Answers of each question that are read; enough to tell most from few.
LOOKED_AT = 40
# Fewer answers, or shorter ones (in words), tell too little.
FEWEST, SHORTEST = 8, 15
# From this share on, most of a column answers another question.
MOST = 0.5


class WrongQuestion(Frozen):
    """Of so many answers looked at (`of`) to `question`, `like` read like answers to `other`."""

    question: str
    other: str
    like: int
    of: int


def wrong_questions(submissions: Iterable[Submission], scorer: Scorer) -> tuple[WrongQuestion, ...]:
    """The questions whose answers mostly read like answers to one other question."""
    samples: dict[str, list[str]] = defaultdict(list)
    for one in submissions:
        taken = samples[one.question]
        if one.state == "counts" and len(taken) < LOOKED_AT and len(one.text.split()) >= SHORTEST:
            taken.append(one.text)
    found = (_judged(question, texts, scorer) for question, texts in samples.items())
    return tuple(one for one in found if one is not None)


def refuse_wrong_questions(submissions: Iterable[Submission], scorer: Scorer) -> None:
    """UsageError where most of a column's answers are to another question; nothing is graded then."""
    for one in wrong_questions(submissions, scorer):
        raise UsageError(
            f"{one.like} of {one.of} answers graded as {one.question} read like answers to {one.other}: name "
            f"the right question with --question {one.other} or --map 'answer:{one.other}=COLUMN', or grade "
            "them all the same with --as-asked"
        )


def _judged(question: str, texts: Sequence[str], scorer: Scorer) -> WrongQuestion | None:
    if len(texts) < FEWEST:
        return None
    asked = scorer.pack.question(question)
    examined = scorer.examine_all([(text, asked) for text in texts])
    others = Counter(
        other for text in texts if (other := scorer.reads_like(examined[question, text])) is not None
    )
    if not others:
        return None
    other, like = others.most_common(1)[0]
    return (
        WrongQuestion(question=question, other=other, like=like, of=len(texts))
        if like > MOST * len(texts)
        else None
    )
