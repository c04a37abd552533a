"""Pairs of contestants that took part in different dealings of the songs."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_comparison import make_comparison
from numpy.typing import ArrayLike

from earmark.comparing.calls import Calls
from earmark.comparing.comparison import Comparison
from earmark.comparing.pairs import differences, every_pair
from earmark.evaluation.differences import all_differences


def calls(right: list[list[int]]) -> Calls:
    """Calls of songs with label 0: for each fold, whether each song was called so."""
    table = np.array(right)
    folds, songs = np.indices(table.shape)
    estimate = np.where(table.reshape(-1) > 0, 0, 1)
    return Calls(
        folds=folds.reshape(-1),
        songs=songs.reshape(-1),
        truth=np.zeros(table.size, dtype=np.int64),
        estimate=estimate,
        probabilities=np.eye(2)[estimate],
        votes=None,
        slice_calls=None,
        n_distinct=table.shape[1],
    )


def slow_crnn() -> Comparison:
    """The made-up comparison in which a CRNN took part in the first dealing only."""
    made = make_comparison()
    return replace(made, results={**made.results, "crnn 3 s": made.results["crnn 3 s"][:1]})


def test_a_pair_is_tested_on_the_dealings_that_both_have() -> None:
    often, once = calls([[1, 1, 0, 0], [0, 0, 0, 0]]), calls([[1, 0, 0, 0]])
    [pair] = differences([("often", "once")], {"often": often, "once": once}, np.arange(4), seed=0)
    assert pair.mean == pytest.approx(0.25), "of the first dealing, in which one had 2 of 4 and the other 1"
    assert (pair.n_songs, pair.n_groups) == (4, 4)


def test_pairs_without_a_fold_in_common_are_left_out() -> None:
    other = replace(calls([[1, 1]]), folds=np.array([5, 5]))
    assert differences([("a", "b")], {"a": calls([[1, 1]]), "b": other}, np.arange(2), seed=0) == ()


def test_where_all_took_part_in_everything_pairs_are_what_they_were() -> None:
    rng = np.random.default_rng(0)
    made = {name: calls(rng.integers(0, 2, (2, 30)).tolist()) for name in "abc"}
    groups = np.arange(30) // 2
    shares: dict[str, ArrayLike] = {name: one.share_right(np.arange(2), n_songs=30) for name, one in made.items()}
    assert differences(every_pair(list(made)), made, groups, seed=3) == all_differences(shares, groups=groups, seed=3)


def test_rows_say_in_how_many_dealings_a_contestant_took_part() -> None:
    comparison = slow_crnn()
    assert (comparison.repeats_of("crnn 3 s"), comparison.repeats_of("mfcc")) == (1, 2)
    notes = {(row.name, row.note) for row in comparison.rows if row.level == "song"}
    assert {("crnn 3 s", "slices' mean, 1 of 2 dealings"), ("crnn 1 s", "slices' mean"), ("mfcc", "")} <= notes
    assert len(comparison.trials("crnn 3 s")) == 1
    rows = {row["name"]: row["repeats"] for row in comparison.to_json()["rows"]}
    assert (rows["crnn 3 s"], rows["mfcc"]) == (1, 2)


def test_a_slow_contestant_is_scored_as_in_a_comparison_of_its_dealings_alone() -> None:
    both, first = slow_crnn(), make_comparison()
    first = replace(
        first, results={name: folds[:1] for name, folds in first.results.items()}, tested=first.tested[:1], repeats=1
    )
    own, alone = ({row.name: row for row in one.song_rows()}["crnn 3 s"] for one in (both, first))
    assert (own.accuracy, own.accuracy_interval, own.n_songs) == (alone.accuracy, alone.accuracy_interval, 60)
    pairs, pairs_alone = ({(one.first, one.second): one for one in compared.differences} for compared in (both, first))
    for pair, difference in pairs.items():
        if "crnn 3 s" in pair:
            assert (difference.mean, difference.p) == (pairs_alone[pair].mean, pairs_alone[pair].p)


def test_a_comparison_of_the_first_version_is_read(tmp_path: Path) -> None:
    made = make_comparison()
    values = made.to_json() | {"format_version": 1}
    for folds in values["results"].values():
        for fold in folds:
            fold["format_version"] = 1
            del fold["confidence"], fold["variants"]
    (tmp_path / "old.json").write_text(json.dumps(values))
    read = Comparison.load(tmp_path / "old.json")
    assert read.rows == made.rows
    assert read.promises == ()
    assert set(read.promises_unknown) == {"crnn 1 s", "crnn 3 s", "mfcc"}
