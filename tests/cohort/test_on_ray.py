"""Grading on a cluster of two nodes gives what grading here gives, even when a worker is killed on the way.

Opt in with `-m cluster`: it starts a cluster, which takes half a minute.
"""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import polars
import pytest
from course_files import DRIFT, REGISTRY, graded_answers
from quick_scorer import graded_into, quick_scorer

from coach.cohort import grading
from coach.cohort.batch_scoring import BatchScorer

ray = pytest.importorskip("ray", reason="needs the extra coach[ray]")
pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a cluster of two nodes with a CPU each."""
    from ray.cluster_utils import Cluster

    here = Path(__file__).parent
    os.environ["PYTHONPATH"] = os.pathsep.join([str(here), str(here.parents[1])])
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    made.add_node(num_cpus=1)
    yield made.address
    ray.shutdown()
    made.shutdown()


def write_class(path: Path) -> Path:
    rows = [
        {"id": f"s{place}", "question": question, "answer": one["answer"]}
        for question in (DRIFT, REGISTRY)
        for place, one in enumerate(graded_answers(question, 10))
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def noting_scorer(folder: Path) -> BatchScorer:
    """A scorer whose process leaves its number in a folder."""
    made = quick_scorer()
    (folder / f"{os.getpid()}.pid").touch()
    return made


def test_two_nodes_grade_as_one_machine_does(
    cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coach.cohort.on_ray import RayEngine

    monkeypatch.setattr(grading, "AT_ONCE", 4)
    path = write_class(tmp_path / "class.jsonl")
    scorer = quick_scorer()
    graded_into(tmp_path / "here", path, scorer)
    graded_into(tmp_path / "there", path, scorer, engine=RayEngine(quick_scorer, cluster, actors=2))
    here, there = (polars.read_parquet(tmp_path / name / "grades.parquet") for name in ("here", "there"))
    assert here.equals(there)
    assert (tmp_path / "here" / "grades.csv").read_bytes() == (tmp_path / "there" / "grades.csv").read_bytes()


def test_a_worker_that_is_killed_costs_no_rows(
    cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coach.cohort.on_ray import RayEngine

    monkeypatch.setattr(grading, "AT_ONCE", 2)
    path = write_class(tmp_path / "class.jsonl")
    killed: list[int] = []

    def kill_one() -> None:
        for _ in range(400):
            for noted in tmp_path.glob("*.pid"):
                # Half a second in, it is in the midst of its batches.
                time.sleep(0.5)
                killed.append(int(noted.stem))
                os.kill(killed[0], signal.SIGKILL)
                return
            time.sleep(0.1)

    watching = threading.Thread(target=kill_one)
    watching.start()
    engine = RayEngine(partial(noting_scorer, tmp_path), cluster, actors=2)
    manifest = graded_into(tmp_path / "out", path, quick_scorer(), engine=engine)
    watching.join()
    assert killed
    assert manifest.counts["graded"] == 20
