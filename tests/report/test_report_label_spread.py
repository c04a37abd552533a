import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.evaluation.intervals import bootstrap_interval, grouped_wilson_interval, wilson_interval
from earmark.evaluation.label_counts import f1
from earmark.report.label_spread import LabelSpread, label_spreads

TRUTH, CALLED = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 0, 0])


def spreads(groups: np.ndarray | None = None) -> list[LabelSpread]:
    return label_spreads(TRUTH, CALLED, n_labels=3, rng=np.random.default_rng(0), groups=groups)


def test_songs_that_stand_alone_have_wilsons_intervals() -> None:
    amber, basalt, cobalt = spreads()
    assert amber.recall == wilson_interval(2, 3)
    assert amber.precision == wilson_interval(2, 4)
    assert basalt.recall == wilson_interval(1, 2)
    assert cobalt.precision == wilson_interval(0, 0), "it was never called, so that anything is possible"


def test_songs_that_hang_together_are_worth_fewer() -> None:
    groups = np.array([0, 0, 1, 2, 3, 3])
    amber, _, cobalt = spreads(groups)
    assert amber.recall == grouped_wilson_interval([True, True, False], [0, 0, 1])
    assert cobalt.precision == wilson_interval(0, 0)


@pytest.mark.parametrize("label", [0, 1])
def test_all_labels_share_the_resamples_that_each_would_have_alone(label: int) -> None:
    alone = bootstrap_interval(
        TRUTH, CALLED, lambda counts: f1(counts)[..., label], n_labels=3, rng=np.random.default_rng(0)
    )
    assert spreads()[label].f1 == pytest.approx((alone.low, alone.high))


def test_an_f1_that_never_varies_is_not_known() -> None:
    assert spreads()[2].f1 is None, "no song of it was found, nor will one be in any resample"
    one_group = np.zeros(6, dtype=np.int64)
    assert {one.f1 for one in spreads(one_group)} == {None}


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 4)), min_size=1, max_size=30))
def test_intervals_hold_the_share_and_stay_in_range(songs: list[tuple[int, int, int]]) -> None:
    truth, called, groups = (np.array(column) for column in zip(*songs, strict=True))
    for own in (None, groups):
        found = label_spreads(truth, called, n_labels=3, rng=np.random.default_rng(0), groups=own)
        for label, one in enumerate(found):
            among = truth == label
            assert 0 <= one.recall.low <= one.recall.high <= 1
            if among.any():
                share = (truth == called)[among].mean()
                assert one.recall.low <= share + 1e-9
                assert share <= one.recall.high + 1e-9
