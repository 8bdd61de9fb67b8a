"""Kills grading runs at random moments until fifty were killed, and compares what the survivors wrote.

Run as a script with a folder to work in. It loads everything once and forks for each run, so that a run costs
what grading costs; it starts no thread before, as a forked process has only the one.
"""

import hashlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from course_files import DRIFT, REGISTRY, graded_answers
from quick_scorer import graded_into, quick_scorer

from coach.cohort import grading
from coach.text.language import language_of

KILLS = 50
ANSWERS = 2


def write_class(path: Path) -> Path:
    """A small class: two questions, one answer handed in twice."""
    rows = [
        {"id": f"s{place}", "name": f"Student {place}", "question": question, "answer": one["answer"][:180]}
        for question in (DRIFT, REGISTRY)
        for place, one in enumerate(graded_answers(question, ANSWERS))
    ]
    rows.append(dict(rows[0], id="s9"))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def digests(out: Path) -> dict[str, str]:
    """The hash of every file below a folder, by name."""
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def started(out: Path, source: Path) -> int:
    """Fork a run; returns its process id."""
    child = os.fork()
    if child:
        return child
    try:
        graded_into(out, source, SCORER)
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - a forked copy of this script must not go on
        print(f"a run failed: {type(error).__name__}: {error}", file=sys.stderr)
        os._exit(3)


def main(folder: Path) -> None:
    """Kill runs, and print how many, how many records were left behind, and what differs."""
    grading.AT_ONCE = 2
    source = write_class(folder / "class.jsonl")
    undisturbed = folder / "undisturbed"
    assert os.waitpid(started(undisturbed, source), 0)[1] == 0
    begun = time.monotonic()
    assert os.waitpid(started(folder / "timed", source), 0)[1] == 0
    whole = time.monotonic() - begun
    expected = digests(undisturbed)
    chance = random.Random(6)
    kills = survivors = interrupted = 0
    differing: list[str] = []
    while kills < KILLS:
        out = folder / f"run{survivors}"
        killed_here = 0
        while True:
            child = started(out, source)
            # Late as well as early: the moments spread over the whole of a run.
            time.sleep(chance.uniform(0.02, 1.0) * whole)
            os.kill(child, signal.SIGKILL)
            status = os.waitpid(child, 0)[1]
            if os.WIFSIGNALED(status):
                kills += 1
                killed_here += 1
                journal = out / "journal.jsonl"
                interrupted += journal.exists() and 0 < journal.stat().st_size
                if killed_here < 8 and kills < KILLS:
                    continue
                assert os.waitpid(started(out, source), 0)[1] == 0
            elif os.WEXITSTATUS(status):
                sys.exit(3)
            break
        survivors += 1
        found = digests(out)
        differing += [name for name in expected | found if expected.get(name) != found.get(name)]
    lines = (undisturbed / "journal.jsonl").read_text(encoding="ascii").splitlines()
    print(
        json.dumps(
            {
                "kills": kills,
                "with work done": interrupted,
                "survivors": survivors,
                "differing": sorted(set(differing)),
                "files": len(expected),
                "records": len(lines),
                "grades": len({json.loads(line[9:])["key"] for line in lines}),
            }
        )
    )


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    SCORER = quick_scorer()
    # Read once here, not in every run: a model of languages takes longer than all the grading.
    language_of("We compare what comes in with what the model learnt from.")
    main(Path(sys.argv[1]))
