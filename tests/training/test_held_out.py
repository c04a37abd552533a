"""Regressions that say what they think of songs they never learnt."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from earmark.errors import InputError
from earmark.training.held_out import (
    HeldOutFit,
    Rows,
    fit_linear,
    fit_with_held_out,
    fused_without,
    held_out_log_probs,
    regression_curves,
    song_means,
    without_labels,
)
from earmark.training.songs import WithoutLabel

N_LABELS = 3


def rows(
    n_songs: int = 30, *, seed: int = 0, n_labels: int = N_LABELS, per_song: tuple[int, int] = (1, 4), tell: float = 2.0
) -> Rows:
    """Songs of some rows each, whose first columns tell the label."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n_songs) % n_labels
    song_of = np.repeat(np.arange(n_songs), rng.integers(*per_song, n_songs, endpoint=True))
    values = rng.normal(size=(len(song_of), 6))
    values[np.arange(len(song_of)), labels[song_of]] += tell
    return Rows(values, song_of, labels)


def fitted(some: Rows, *, penalties: tuple[float, ...] = (0.1, 1.0), parts: int = 4, seed: int = 0) -> HeldOutFit:
    return fit_with_held_out(
        some,
        n_labels=N_LABELS,
        penalties=penalties,
        parts=parts,
        balanced=True,
        rng=np.random.default_rng(seed),
    )


def fingerprints(labels: NDArray[np.int64]) -> Rows:
    """Songs with nothing in common: each has a column of its own, which only having learnt it can tell."""
    return Rows(5 * np.eye(len(labels)), np.arange(len(labels)), labels)


def test_held_out_songs_were_really_not_learnt() -> None:
    some = fingerprints(np.random.default_rng(0).permutation(np.arange(40) % 2))
    found = fitted(some, penalties=(10.0,))
    [trial] = found.trials
    assert trial["train_accuracy"] == 1.0
    assert trial["accuracy"] <= 0.6, "chance: what was never learnt cannot be known"
    np.testing.assert_allclose(np.exp(found.held_out.log_probs[:, :2]), 0.5, atol=0.25)


def test_what_is_said_of_a_song_does_not_hang_on_its_own_label() -> None:
    some, song = rows(tell=1.0), 7
    part_of = np.arange(30) % 4
    changed = some.labels.copy()
    changed[song] = (changed[song] + 1) % N_LABELS
    before, after = (
        held_out_log_probs(one, part_of, n_labels=N_LABELS, penalty=1.0, balanced=False)
        for one in (some, replace(some, labels=changed))
    )
    same = part_of == part_of[song]
    np.testing.assert_array_equal(after[same], before[same])
    assert np.abs(after[~same] - before[~same]).max() > 1e-3, "the others' models learnt it"


def test_the_penalty_with_the_most_likely_held_out_songs_wins() -> None:
    some = rows(40, tell=0.6)
    found = fitted(some, penalties=(1e4, 1e-4, 0.1))
    assert [trial["inverse_penalty"] for trial in found.trials] == [1e-4, 0.1, 1e4]
    losses = [trial["loss"] for trial in found.trials]
    assert found.best == int(np.argmin(losses)) == 1
    truth = found.held_out.truth
    assert -found.held_out.log_probs[np.arange(40), truth].mean() == pytest.approx(losses[1])
    expected = fit_linear(some, n_labels=N_LABELS, penalty=0.1, balanced=True)
    np.testing.assert_array_equal(found.linear.weight, expected.weight)
    assert [record["epoch"] for record in regression_curves(found)] == [1, 2, 3]
    assert [record["val_loss"] for record in regression_curves(found)] == losses


def test_groups_stay_together_and_a_label_of_one_group_is_dealt_by_song() -> None:
    some = rows(36)
    groups = np.arange(36) // 2 * 100
    of_one_group = some.labels == 2
    groups[of_one_group] = 7
    # The pairs of label 2 are in group 7 now; the others hang together with the rest of their pair.
    found = fitted(replace(some, groups=groups))
    for group in np.unique(groups[~of_one_group]):
        assert len(np.unique(found.part_of[(groups == group) & ~of_one_group])) == 1
    counts = np.bincount(found.part_of[of_one_group], minlength=4)
    assert counts.min() >= 2, "every model must learn the label"
    assert found.held_out.groups is not None
    assert found.held_out.groups.tolist() == groups.tolist()


@pytest.mark.parametrize("balanced", [True, False])
def test_a_long_song_weighs_no_more_than_a_short_one(balanced: bool) -> None:
    short = rows(30, per_song=(1, 1), tell=1.0)
    repeats = np.where(np.arange(30) == 4, 200, 1)
    long = Rows(np.repeat(short.values, repeats, axis=0), np.repeat(short.song_of, repeats), short.labels)
    one, other = (fit_linear(some, n_labels=N_LABELS, penalty=1.0, balanced=balanced) for some in (short, long))
    np.testing.assert_allclose(other.weight, one.weight, atol=2e-3)
    np.testing.assert_allclose(other.bias, one.bias, atol=2e-3)


def test_balance_makes_labels_count_the_same() -> None:
    labels = np.array([0] * 40 + [1] * 8 + [2] * 2)
    nothing = Rows(np.zeros((50, 1)), np.arange(50), labels)
    even = fit_linear(nothing, n_labels=N_LABELS, penalty=1.0, balanced=True).log_probs(np.zeros((1, 1)))
    np.testing.assert_allclose(np.exp(even), 1 / 3, atol=1e-3)
    as_they_come = fit_linear(nothing, n_labels=N_LABELS, penalty=1.0, balanced=False).log_probs(np.zeros((1, 1)))
    np.testing.assert_allclose(np.exp(as_they_come), [[0.8, 0.16, 0.04]], atol=1e-3)


@pytest.mark.parametrize("n_labels", [2, 3])
def test_it_is_scikit_learns_regression(n_labels: int) -> None:
    some = rows(40, n_labels=n_labels, per_song=(1, 1))
    ours = fit_linear(some, n_labels=n_labels, penalty=0.5, balanced=False).log_probs(some.values)
    theirs = LogisticRegression(C=0.5, tol=1e-6, max_iter=500).fit(some.values, some.labels)
    np.testing.assert_allclose(ours, theirs.predict_log_proba(some.values), atol=0.02)


def test_a_label_without_songs_is_never_said() -> None:
    some = rows(30, n_labels=2)
    linear = fit_linear(some, n_labels=4, penalty=1.0, balanced=True)
    said = linear.log_probs(some.values)
    assert np.isfinite(said).all()
    assert said[:, 2:].max() < -50
    np.testing.assert_allclose(np.exp(said).sum(axis=1), 1)


def test_a_label_of_a_single_song_costs_that_song_only() -> None:
    some = rows(21)
    labels = np.where(some.labels == 2, 0, some.labels)
    labels[5] = 2
    found = fitted(replace(some, labels=labels))
    assert found.held_out.log_probs[5, 2] < -50, "no other song of its label was learnt"
    assert np.isfinite(found.held_out.log_probs).all()
    assert found.linear.log_probs(some.values).shape == (len(some.values), 3)


def test_one_label_is_nothing_to_learn() -> None:
    some = rows(10, n_labels=1)
    with pytest.raises(InputError, match="at least 2 labels in every part; take more songs or another split"):
        fitted(some)


def test_the_same_generator_gives_the_same_fit() -> None:
    one, same, other = (fitted(rows(tell=1.0), seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.held_out.log_probs, same.held_out.log_probs)
    assert one.part_of.tolist() != other.part_of.tolist()


@settings(deadline=None, max_examples=30)
@given(counts=st.lists(st.integers(0, 5), min_size=1, max_size=8), seed=st.integers(0, 999))
def test_means_over_a_songs_rows_are_normalised(counts: list[int], seed: int) -> None:
    song_of = np.repeat(np.arange(len(counts)), counts)
    log_probs = np.random.default_rng(seed).uniform(-9, 0, (len(song_of), 3))
    means = song_means(log_probs, song_of, len(counts))
    np.testing.assert_allclose(np.exp(means).sum(axis=1), 1)
    for song in np.unique(song_of):
        own = log_probs[song_of == song].mean(axis=0)
        np.testing.assert_allclose(means[song] - means[song, 0], own - own[0], atol=1e-9)


def test_a_round_without_a_label_never_learnt_it_nor_the_song() -> None:
    some = fingerprints(np.arange(36) % 3)
    found = fitted(some, penalties=(10.0,))
    rounds = without_labels(some, found, n_labels=N_LABELS, balanced=True)
    assert [one.label for one in rounds] == [0, 1, 2]
    for one in rounds:
        known = np.arange(3) != one.label
        assert (one.log_probs[:, one.label] == -np.inf).all()
        asked = np.exp(one.log_probs[one.asked])
        np.testing.assert_allclose(asked.sum(axis=1), 1)
        np.testing.assert_allclose(asked[:, known], 0.5, atol=0.3, err_msg="nobody had learnt them")
        assert one.truth.tolist() == some.labels.tolist()
        assert one.asked[one.truth == one.label].all(), "the whole label is unknown"
        others = one.asked & (one.truth != one.label)
        assert 0 < others.sum() < (one.truth != one.label).sum(), "of the others one part, which was held out"
        assert len(np.unique(found.part_of[others])) == 1


def test_a_song_like_no_other_label_is_told_by_a_round_without_its_label() -> None:
    some = rows(90, per_song=(1, 1), tell=6.0)
    for one in without_labels(some, fitted(some), n_labels=N_LABELS, balanced=True):
        most = one.log_probs.max(axis=1)
        unknown = one.truth == one.label
        known = one.asked & ~unknown
        assert np.median(most[unknown]) < np.median(most[known])
        assert (one.log_probs[known].argmax(axis=1) == one.truth[known]).mean() > 0.9


def test_two_labels_alone_have_no_round_without_one() -> None:
    some = rows(20, n_labels=2)
    assert without_labels(some, fitted(some), n_labels=N_LABELS, balanced=True) == ()


def test_at_most_so_many_labels_are_left_out() -> None:
    some = rows(30)
    assert [one.label for one in without_labels(some, fitted(some), n_labels=3, balanced=True, most=2)] == [0, 1]


def test_a_round_in_which_a_single_label_would_be_left_to_learn_is_left_out() -> None:
    # Label 2 has one song: without label 0 and without that song's part, label 1 stands alone.
    some = rows(21)
    labels = np.where(some.labels == 2, 0, some.labels)
    labels[5] = 2
    lone = replace(some, labels=labels)
    left_out = 0
    for seed in range(6):
        found = fitted(lone, seed=seed)
        rounds = without_labels(lone, found, n_labels=N_LABELS, balanced=True)
        turns = {label: label != 2 and found.part_of[5] == label for label in range(3)}
        assert [one.label for one in rounds] == [label for label, impossible in turns.items() if not impossible]
        left_out += sum(turns.values())
    assert left_out > 0, "some seed deals the song into the part that is held out"


def test_fused_rounds_by_hand() -> None:
    truth = np.array([0, 1])
    one, two = (
        WithoutLabel(1, np.column_stack([np.log(p), [-np.inf] * 2, np.log(q)]), truth, np.array([True, False]))
        for p, q in (([0.8, 0.5], [0.2, 0.5]), ([0.25, 0.9], [0.75, 0.1]))
    )
    fused = fused_without([one, two], np.array([1.0, 0.5]))
    assert fused.asked.tolist() == [True, False]
    assert fused.label == 1
    assert (fused.log_probs[:, 1] == -np.inf).all()
    expected = np.array([0.8 * 0.25**0.5, 0.2 * 0.75**0.5])
    np.testing.assert_allclose(np.exp(fused.log_probs[0, [0, 2]]), expected / expected.sum())
