"""Grading on a Ray cluster: the same batches, graded by actors that each hold a scorer."""

import json
import logging
import os
import warnings
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import ray
import ray.data

from coach.cohort.batch_scoring import BatchScorer
from coach.cohort.grading import Graded, Watcher, answer_key, batches, grade_answers, record_of
from coach.cohort.journal import Journal
from coach.cohort.submissions import Submission
from coach.domain import Answer
from coach.errors import CoachError

MakeScorer = Callable[[], BatchScorer]
# Batches that the driver hands out at a time: enough to keep a cluster busy, few enough to hold.
HANDED_OUT = 512
# What changes the last digits of an embedding must be the same on every node.
_SAME_EVERYWHERE = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "HF_HUB_OFFLINE", "COACH_OFFLINE", "PYTHONPATH")


class GradingActor:
    """Holds a scorer on a worker; called with batches of answers as they lie in the data set."""

    def __init__(self, make_scorer: MakeScorer) -> None:
        self._scorer = make_scorer()

    def __call__(self, rows: dict[str, Any]) -> dict[str, list[str]]:
        """Grade the batches of `work` (JSON); returns a JSON list of results for each."""
        graded = []
        for work in rows["work"]:
            task = json.loads(work)
            answers = [Answer.model_validate(one) for one in task["answers"]]
            results = grade_answers(self._scorer, answers, task["wanted"])
            graded.append(json.dumps([one.model_dump(mode="json") for one in results]))
        return {"graded": graded}


class RayEngine:
    """Grades on the cluster at `address` (None starts one here), with `actors` scorers side by side.

    A worker that dies is replaced and its batch graded again; a batch enters the journal whole, from the
    driver alone. Batches are those of a local run, so results are equal to the last digit where the nodes
    compute alike.
    """

    def __init__(self, make_scorer: MakeScorer, address: str | None = None, actors: int = 2) -> None:
        self._make_scorer = make_scorer
        self._address = address
        self._actors = actors

    def __call__(
        self, submissions: Iterator[Submission], scorer: BatchScorer, journal: Journal, watcher: Watcher
    ) -> dict[str, str]:
        """Grade what the journal does not hold yet; returns the reasons of those that failed, by key."""
        failures: dict[str, str] = {}
        self._connect()
        work = self._work(submissions, scorer, journal, watcher)
        while some := list(islice(work, HANDED_OUT)):
            for results in self._results(some):
                failed = 0
                for one in results:
                    if one.feedback is None:
                        failures[one.key] = one.failure
                        failed += 1
                    elif ("grade", one.key) not in journal:
                        journal.append(record_of(one))
                watcher.graded(len(results), failed)
            journal.flush()
        return failures

    def _work(
        self, submissions: Iterator[Submission], scorer: BatchScorer, journal: Journal, watcher: Watcher
    ) -> Iterator[dict[str, str]]:
        """A row for each batch that has something to grade: all of its answers, and which are wanted."""
        for batch in batches(submissions):
            keys = [answer_key(answer.question, answer.text, scorer.id) for answer in batch]
            wanted = [place for place, key in enumerate(keys) if ("grade", key) not in journal]
            watcher.graded(len(batch) - len(wanted), 0)
            if wanted:
                answers = [answer.model_dump(mode="json") for answer in batch]
                yield {"work": json.dumps({"answers": answers, "wanted": wanted})}

    def _results(self, work: list[dict[str, str]]) -> Iterator[list[Graded]]:
        actors = min(self._actors, len(work))
        try:
            data = ray.data.from_items(work, override_num_blocks=len(work)).map_batches(
                GradingActor,
                fn_constructor_args=(self._make_scorer,),
                batch_size=1,
                compute=ray.data.ActorPoolStrategy(size=actors),
                max_restarts=-1,
                max_task_retries=-1,
            )
            for row in data.iter_rows():
                yield [Graded.model_validate(one) for one in json.loads(row["graded"])]
        except ray.exceptions.RayError as error:
            reason = str(error).strip().splitlines()[-1][:200]
            raise CoachError(
                f"the Ray cluster gave up ({reason}); what is graded is kept: run the same command again"
            ) from None

    def _connect(self) -> None:
        if ray.is_initialized():
            return
        # Ray reports its use to its makers unless told otherwise; nothing is to leave this machine.
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        variables = {name: os.environ[name] for name in _SAME_EVERYWHERE if name in os.environ}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                ray.init(
                    address=self._address,
                    logging_level=logging.ERROR,
                    log_to_driver=False,
                    runtime_env={"env_vars": variables},
                )
            except (ConnectionError, ValueError, RuntimeError) as error:
                where = self._address or "this machine"
                reason = str(error).splitlines()[0][:160]
                raise CoachError(f"Ray: no cluster at {where} ({reason}); check --address") from None
        ray.data.DataContext.get_current().enable_progress_bars = False
