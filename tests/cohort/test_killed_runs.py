"""A run that is killed at any moment and started again ends with the same bytes as one that was not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_fifty_kills_change_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(HERE / "killed_runs.py"), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])])}
        | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["differing"] == []
    assert found["kills"] == 50
    # Most kills must have hit a run that had graded something and was not done.
    assert found["with work done"] >= 10
    # One record for each different answer: nothing was graded twice.
    assert found["records"] == found["grades"] == 4
    assert found["files"] > 15
