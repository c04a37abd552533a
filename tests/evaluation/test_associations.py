"""The measures against worked examples and scipy; the p-values against the rate of false findings."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from earmark.errors import InputError
from earmark.evaluation.associations import Association, associations, cramers_v, eta_squared
from earmark.evaluation.attributes import AttributeTable

labels_and_numbers = st.lists(st.tuples(st.integers(0, 3), st.integers(-5, 5)), min_size=2, max_size=40)


def test_eta_squared_of_a_worked_example() -> None:
    # Means 2 and 5 about 3.5: between 6 * 2.25 = 13.5, within 2 + 2 = 4, 13.5 / 17.5.
    assert eta_squared([1, 2, 3, 4, 5, 6], [0, 0, 0, 1, 1, 1], n_labels=2) == pytest.approx(13.5 / 17.5)


@given(labels_and_numbers)
def test_eta_squared_is_what_analysis_of_variance_says(rows: list[tuple[int, int]]) -> None:
    labels, numbers = np.array(rows).T
    found = eta_squared(numbers, labels, n_labels=4)
    assert 0 <= found <= 1
    groups = [numbers[labels == label] for label in np.unique(labels)]
    if len(groups) < 2 or len(rows) == len(groups) or found > 1 - 1e-9 or len(set(numbers.tolist())) == 1:
        return
    f = float(scipy.stats.f_oneway(*groups).statistic)
    between, within = len(groups) - 1, len(rows) - len(groups)
    assert found == pytest.approx(f * between / (f * between + within), abs=1e-9)


def test_eta_squared_leaves_out_what_is_unknown() -> None:
    assert eta_squared([1, 2, 3, 4, 5, 6, np.nan], [0, 0, 0, 1, 1, 1, 0], n_labels=2) == pytest.approx(13.5 / 17.5)
    assert math.isnan(eta_squared([np.nan, 1.0], [0, 1], n_labels=2))
    assert eta_squared([0.1] * 7, [0, 0, 1, 1, 2, 2, 2], n_labels=3) == 0.0


def test_cramers_v_of_a_worked_example() -> None:
    # The table [[30, 10], [10, 30]]: chi squared 20, phi squared 20 / 80 = 0.25; corrected 0.25 - 1/79 over 1 - 1/79.
    categories = ["mp3"] * 30 + ["wav"] * 10 + ["mp3"] * 10 + ["wav"] * 30
    labels = [0] * 40 + [1] * 40
    assert cramers_v(categories, labels, n_labels=2) == pytest.approx(math.sqrt((0.25 - 1 / 79) / (1 - 1 / 79)))


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["a", "b", "c", None])), min_size=2, max_size=60))
def test_cramers_v_is_scipys_after_bergsmas_correction(rows: list[tuple[int, str | None]]) -> None:
    labels, categories = [label for label, _ in rows], [category for _, category in rows]
    found = cramers_v(categories, labels, n_labels=4)
    table = scipy.stats.contingency.crosstab(labels, [str(one) for one in categories]).count
    if min(table.shape) < 2:
        assert found == 0.0
        return
    n, (rows_n, columns_n) = len(labels), table.shape
    phi = scipy.stats.chi2_contingency(table, correction=False).statistic / n
    corrected = max(0.0, phi - (rows_n - 1) * (columns_n - 1) / (n - 1))
    fewest = min(rows_n - (rows_n - 1) ** 2 / (n - 1), columns_n - (columns_n - 1) ** 2 / (n - 1))
    expected = min(1.0, math.sqrt(corrected / (fewest - 1))) if fewest > 1 + 1e-12 else 0.0
    assert found == pytest.approx(expected, abs=1e-6)


def test_a_label_that_fixes_the_category_has_v_1_and_an_independent_one_about_0() -> None:
    labels = np.arange(300) % 3
    assert cramers_v([str(label) for label in labels], labels, n_labels=3) == pytest.approx(1.0)
    assert cramers_v([str(at // 3 % 2) for at in range(300)], labels, n_labels=3) == 0.0
    assert math.isnan(cramers_v(["a"], [0], n_labels=2))


def table_of(rng: np.random.Generator, labels: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> AttributeTable:
    """Codec follows the label in four of five songs; loudness a little; peak and channels not at all."""
    n = len(labels)
    codec = np.where(rng.random(n) < 0.8, labels, rng.integers(0, 3, n))
    numbers = np.stack([rng.normal(size=n) + 0.5 * labels, rng.normal(size=n), np.full(n, 7.0)], axis=1)
    return AttributeTable(
        ("loudness", "peak", "bandwidth"),
        numbers,
        ("codec", "channels"),
        (tuple(("mp3", "aac", "wav")[one] for one in codec), ("2",) * n),
    )


def test_columns_are_ranked_by_what_they_tell() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(120) % 3
    found = associations(table_of(rng, labels), labels, n_labels=3, rng=rng, resamples=999)
    by_name = {one.column: one for one in found}
    assert [one.column for one in found[:2]] == ["codec", "loudness"]
    assert by_name["codec"].p == pytest.approx(1 / 1000)
    assert by_name["codec"].p_corrected == pytest.approx(3 / 1000), "three columns vary"
    assert by_name["codec"].strength > 0.6
    assert not by_name["codec"].weak
    assert by_name["peak"].p > 0.05
    for constant in ("bandwidth", "channels"):
        one = by_name[constant]
        assert (one.varies, one.strength, one.p, one.p_corrected, one.weak) == (False, 0.0, 1.0, 1.0, True)


def test_permutation_p_values_agree_with_the_classical_tests() -> None:
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 2, 60)
    numbers = rng.normal(size=60) + 0.45 * labels
    table = AttributeTable(("x",), numbers[:, None])
    [one] = associations(table, labels, n_labels=2, rng=rng, resamples=4000)
    expected = scipy.stats.f_oneway(numbers[labels == 0], numbers[labels == 1]).pvalue
    assert 0.005 < expected < 0.5
    assert one.p == pytest.approx(expected, abs=0.03)


def test_unknown_numbers_are_counted_out_and_an_unknown_category_is_one() -> None:
    labels = [0] * 10 + [1] * 10
    numbers = np.full((20, 2), np.nan)
    numbers[:8, 0] = 1.0
    table = AttributeTable(("x", "y"), numbers, ("codec",), (("mp3",) * 10 + (None,) * 10,))
    found = {one.column: one for one in associations(table, labels, n_labels=2, rng=np.random.default_rng(1))}
    assert (found["x"].n_songs, found["x"].varies) == (8, False)
    assert found["y"].n_songs == 0
    assert found["y"].to_json()["strength"] is None
    assert found["y"].weak
    assert (found["codec"].n_songs, found["codec"].p) == (10, 1 / 2001)


def test_one_artists_songs_do_not_make_an_association() -> None:
    """Six artists with ten songs each, each with a codec and a label of its own: songs look certain, artists do not."""
    artists = np.repeat(np.arange(6), 10)
    labels, codec = np.array([0, 1, 0, 1, 1, 0])[artists], np.array(list("aabbba"))[artists]
    table = AttributeTable((), np.zeros((60, 0)), ("codec",), (tuple(codec.tolist()),))

    def p(groups: "np.ndarray[tuple[int], np.dtype[np.int64]] | None") -> float:
        rng = np.random.default_rng(0)
        [one] = associations(table, labels, n_labels=2, rng=rng, groups=groups, resamples=1000)
        return one.p

    assert p(None) < 0.03
    assert p(artists) > 0.3


def test_what_does_not_fit_is_refused() -> None:
    table = AttributeTable(("x",), np.zeros((3, 1)))
    with pytest.raises(InputError, match=r"one label per song, shape \(3,\), got shape \(2,\)"):
        associations(table, [0, 1], n_labels=2, rng=np.random.default_rng(0))
    with pytest.raises(InputError, match="one label per song"):
        eta_squared([1.0], [0, 1], n_labels=2)
    with pytest.raises(InputError, match="one label per song"):
        cramers_v(["a"], [0, 1], n_labels=2)


def test_an_association_as_plain_values() -> None:
    one = Association("codec", "Cramér's V", 0.5, 12, True, 0.01, 0.04)
    assert one.to_json() == {
        "column": "codec",
        "measure": "Cramér's V",
        "strength": 0.5,
        "n_songs": 12,
        "varies": True,
        "p": 0.01,
        "p_corrected": 0.04,
    }
