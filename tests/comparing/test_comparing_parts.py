"""What parts add to an ensemble, and what models took."""

from dataclasses import replace

import numpy as np
import pytest
from made_comparison import make_comparison
from made_promises import make_promising
from numpy.typing import NDArray

from earmark.comparing.costs import costs
from earmark.comparing.folding import fewer_parts
from earmark.models.fusion import Fusion
from earmark.models.song import SongPrediction, Verdict

A, B, C = (np.log([0.7, 0.3]), np.log([0.2, 0.8]), np.log([0.5, 0.5]))
FUSION = Fusion(
    {
        ("a",): (1.0,), ("b",): (2.0,), ("c",): (1.0,),
        ("a", "b"): (1.0, 0.0), ("a", "c"): (1.0, 1.0), ("b", "c"): (0.5, 0.5),
        ("a", "b", "c"): (0.4, 0.4, 0.4),
    },
    tags_needed=False,
)  # fmt: skip


def prediction(**parts: NDArray[np.float64]) -> SongPrediction:
    """A song of which these parts said something."""
    nothing = np.zeros((1, 2), dtype=np.float32)
    verdict = Verdict(0, np.array([0.5, 0.5]))
    return SongPrediction(nothing, np.zeros(1), verdict, verdict, nothing[0], nothing, False, parts)


def test_fewer_parts_go_by_weights_of_their_own() -> None:
    fewer = fewer_parts(FUSION, [prediction(a=A, b=B, c=C)])
    assert list(fewer) == ["without a", "without b", "without c", "only a", "only b", "only c"]
    assert fewer["without c"][0] == pytest.approx([0.7, 0.3]), "a counts once and b not at all"
    assert fewer["only b"][0] == pytest.approx(np.array([0.04, 0.64]) / 0.68), "b counts twice"
    assert fewer["without a"][0] == pytest.approx(np.sqrt([0.1, 0.4]) / np.sqrt([0.1, 0.4]).sum())
    assert all(values.sum(axis=1) == pytest.approx(1) for values in fewer.values())


def test_a_part_that_is_silent_on_a_song_leaves_the_others_and_nothing_says_nothing() -> None:
    fewer = fewer_parts(FUSION, [prediction(a=A, b=B, c=C), prediction(a=A)])
    assert fewer["without b"][1] == pytest.approx([0.7, 0.3])
    assert fewer["only b"][1] == pytest.approx([0.5, 0.5]), "of a song that it says nothing of"


def test_of_two_parts_leaving_one_out_is_asking_the_other() -> None:
    assert list(fewer_parts(FUSION, [prediction(a=A, b=B)])) == ["without a", "without b"]


def test_gains_are_the_ensemble_minus_itself_without_the_part() -> None:
    comparison = make_promising()
    gains = {gain.part: gain for gain in comparison.gains}
    row = comparison.song_rows()[0]
    assert list(gains) == ["metadata", "probe", "earmark"]
    for gain in gains.values():
        assert gain.difference.mean == pytest.approx(row.accuracy - gain.without.accuracy)
    assert gains["probe"].difference.better == "ensemble"
    assert gains["metadata"].difference.mean == 0
    assert gains["metadata"].difference.better is None


def test_the_family_of_parts_is_corrected_by_itself() -> None:
    gains = make_promising().gains
    smallest = min(gains, key=lambda gain: gain.difference.p)
    assert smallest.difference.p_corrected == pytest.approx(len(gains) * smallest.difference.p)


def test_contestants_without_parts_have_no_gains() -> None:
    assert make_comparison().gains == ()
    assert make_comparison().variant_rows("mfcc") == ()


def test_costs_are_shares_of_the_same_folds() -> None:
    made = make_comparison().results
    crnn = tuple(replace(one, seconds=seconds) for one, seconds in zip(made["mfcc"], (100.0, 300.0), strict=True))
    mine = tuple(replace(one, seconds=seconds) for one, seconds in zip(made["mfcc"], (10.0, 50.0), strict=True))
    by_name = {one.name: one for one in costs({"earmark": mine, "crnn": crnn[:1]})}
    assert by_name["earmark"].seconds == 30.0, "of all its folds"
    assert by_name["earmark"].share == pytest.approx(0.1), "of the fold that both have"
    assert by_name["crnn"].share == 1.0
    [alone] = costs({"earmark": mine})
    assert (alone.share, alone.reference) == (None, None)
