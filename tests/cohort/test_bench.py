"""The bench measures what it says: its parts run, and its slow service is as slow as it claims."""

from pathlib import Path

import pytest
from course_files import DRIFT, graded_answers
from quick_scorer import quick_scorer

from coach import resources
from coach.cohort.bench import Ratio, bench_similarity, ratios_json
from coach.cohort.slow_critic import SlowService
from coach.domain import Answer
from coach.packs import Pack
from coach.scoring.graded import load_graded


def test_like_pairs_are_timed(pack: Pack) -> None:
    graded = load_graded(resources.default_pack_dir() / "graded" / "answers.jsonl")
    whole, _, half, _ = bench_similarity(pack, graded, 120)
    assert 0 < half.beside < 60
    assert whole.measured == half.measured
    assert '"ratio"' in ratios_json([whole, half])


def test_the_slow_service_sets_the_pace(pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_CACHE_DIR", str(tmp_path))
    answers = [Answer(text=one["answer"], question=DRIFT) for one in graded_answers(DRIFT, 4)]
    with SlowService() as service:
        taken = service.review(quick_scorer(pack), answers, tmp_path)
        # One call an answer: no student's page shows a follow-up question of the critic's.
        assert service.calls == 4
    assert taken >= service.SECONDS
    lines = (tmp_path / "journal.jsonl").read_text(encoding="ascii").splitlines()
    assert len(lines) == 4


def test_a_ratio_is_of_what_was_measured() -> None:
    assert Ratio(what="x", measured=3, beside=2, unit="s", aim="").ratio == 1.5
