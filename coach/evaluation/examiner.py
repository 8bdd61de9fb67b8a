"""The examiner: has each text scored by a scorer that has not learnt from its writer, and each only once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from coach.coaching import coach
from coach.domain import Answer, Channel, Feedback, NextStep, Score
from coach.evaluation.study import Coached, Progress
from coach.scoring.graded import GradedAnswer
from coach.scoring.scorer import Scorer

ScorerOf = Callable[[str], Scorer]


class Handed(NamedTuple):
    """A text that is handed in as an answer, by its writer."""

    writer: str
    question: str
    channel: Channel
    text: str


class Seen(NamedTuple):
    """What the coach said of a text."""

    score: Score
    next_steps: tuple[NextStep, ...]


class HarmSeen(NamedTuple):
    """A statement, characters [start, end) of a text, and the probability that it is harmful or false."""

    start: int
    end: int
    probability: float


class Examiner:
    """Hands texts to scorers, those of one writer together.

    `scorer_of` gives the scorer for texts of a writer, by the name that the data have or that `figure_data`
    gives to a set; `learnt_from` the writers that a scorer was trained on. `coached` is the way to a score.
    """

    def __init__(
        self,
        scorer_of: ScorerOf,
        learnt_from: Callable[[Scorer], Iterable[str]] = lambda scorer: (),
        progress: Progress = lambda what, done, total: None,
        coached: Callable[[Answer, Scorer], Feedback] = coach,
    ) -> None:
        self.progress = progress
        self.scorers: dict[str, str] = {}
        self._scorer_of = scorer_of
        self._learnt_from = learnt_from
        self._learnt: dict[str, frozenset[str]] = {}
        self._coached = coached
        self._seen: dict[tuple[str, str, Channel, str], Seen] = {}
        self._current: tuple[str, Scorer] | None = None

    def scorer(self, writer: str) -> Scorer:
        """The scorer for texts of a writer; the one that was asked for last is kept."""
        if self._current is None or self._current[0] != writer:
            self._current = writer, self._scorer_of(writer)
            self.scorers[writer] = str(self._current[1].id)
            self._learnt[writer] = frozenset(self._learnt_from(self._current[1]))
        return self._current[1]

    def trained_on(self, writer: str, scored_as: str | None = None) -> bool:
        """Whether the scorer that was asked for a writer, or for `scored_as`, was trained on that writer."""
        return writer in self._learnt.get(scored_as or writer, ())

    def seen(self, texts: Sequence[Handed], what: str) -> list[Seen]:
        """What the coach says of each of n texts, in their order; `what` names them in progress."""
        found: dict[int, Seen] = {}
        for row in self._by_writer(texts, what):
            text = texts[row]
            scorer = self.scorer(text.writer)
            key = self.scorers[text.writer], text.question, text.channel, text.text
            if key not in self._seen:
                answer = Answer(text=text.text, question=text.question, channel=text.channel)
                feedback = self._coached(answer, scorer)
                self._seen[key] = Seen(feedback.score, feedback.next_steps)
            found[row] = self._seen[key]
        return [found[row] for row in range(len(texts))]

    def scores(self, texts: Sequence[Handed], what: str) -> list[Score]:
        """The score of each of n texts, in their order."""
        return [one.score for one in self.seen(texts, what)]

    def harm(self, texts: Sequence[Handed], what: str) -> list[list[HarmSeen]]:
        """The statements of each of n texts with their probabilities of being harmful, shown or not."""
        found: dict[int, list[HarmSeen]] = {}
        for row in self._by_writer(texts, what):
            scorer = self.scorer(texts[row].writer)
            examination = scorer.examine(texts[row].text, scorer.pack.question(texts[row].question))
            reading = examination.reading
            found[row] = (
                []
                if reading is None
                else [
                    HarmSeen(statement.start, statement.end, float(probability))
                    for statement, probability in zip(examination.scored, reading.harm, strict=True)
                ]
            )
        return [found[row] for row in range(len(texts))]

    def coached(self, answers: Sequence[GradedAnswer], writers: Sequence[str], what: str) -> list[Coached]:
        """Graded answers with their scores; `writers` (n,) are the names by which scorers are found."""
        texts = [
            Handed(writer, answer.question, answer.channel, answer.answer)
            for writer, answer in zip(writers, answers, strict=True)
        ]
        return [
            Coached(graded=answer, score=score, tools=frozenset())
            for answer, score in zip(answers, self.scores(texts, what), strict=True)
        ]

    def _by_writer(self, texts: Sequence[Handed], what: str) -> Iterator[int]:
        """The rows of the texts, those of one writer together, with progress as they are taken."""
        rows = sorted(range(len(texts)), key=lambda row: texts[row].writer)
        self.progress(what, 0, len(rows))
        for done, row in enumerate(rows, start=1):
            yield row
            self.progress(what, done, len(rows))
