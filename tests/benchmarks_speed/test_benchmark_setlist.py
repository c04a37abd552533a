from pathlib import Path

import numpy as np
from benchmarks.setlist import greedy_value, make_library, timed_sets, write_up
from tiny_library import tiny_library, tiny_tracks

from earmark.similarity.sets.energy_curves import CURVES, EnergyCurve
from earmark.similarity.sets.set_puzzle import SetPlan, SetPuzzle
from earmark.similarity.sets.set_search import find_set


def test_sets_are_made_from_a_made_up_library_and_written_up(tmp_path: Path) -> None:
    real = tiny_library(tmp_path / "real", tiny_tracks(2))
    made = make_library(tmp_path / "made", real, tracks=120)
    assert len(made.tracks()) == 120
    results = list(timed_sets(made, sets=1, curves=("rise",)))
    assert [one.curve for one in results] == ["rise"]
    assert abs(results[0].made.seconds - 3600) <= 108
    assert results[0].made.value > results[0].greedy
    page = "\n".join(write_up(results, [(1.0, 0.5)], 120))
    assert "the 120 tracks" in page
    assert "| rise |" in page
    assert "0.5 s of processor time" in page


def test_the_greedy_set_is_one_of_those_that_the_search_could_find() -> None:
    rng = np.random.default_rng(0)
    puzzle = SetPuzzle(
        plan=SetPlan(seconds=1500, tolerance=75, overlap=30, curve=EnergyCurve("rise", CURVES["rise"])),
        scores=rng.random((12, 12)).astype(np.float32),
        broken=np.zeros((12, 12), dtype=np.uint8),
        levels=rng.random(12),
        seconds=rng.uniform(280, 320, 12),
        songs=np.arange(12),
        artists=np.eye(12, dtype=np.bool_),
        start=0,
        end=1,
    )
    found = find_set(puzzle)
    assert found is not None
    assert np.isfinite(greedy_value(puzzle))
    assert greedy_value(puzzle) <= found.value
