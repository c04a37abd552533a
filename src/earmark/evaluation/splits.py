"""Splits songs into training, validation and test so that a score means what it says.

Four modes (see `earmark.evaluation.groups`): song-disjoint as the reference study did it,
release-disjoint (the album split of arXiv 1901.04555), artist-disjoint, the default of
Earmark, since a look-up of artists' names alone solves most of a song split, and label by label,
where labels differ in what is known of their songs. Every split is stratified by label: exactly
for songs, as well as whole groups allow otherwise (`earmark.evaluation.assignment`).
The answer depends on the songs, the mode, the fractions and the seed, not on the order in which the songs come.
"""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError, SplitError
from earmark.evaluation.assignment import assign_groups
from earmark.evaluation.groups import SPLIT_MODES, Song, SplitMode, group_ids
from earmark.evaluation.song_table import GROUP_WORDS, TEST, TRAIN, VALIDATION, SongTable
from earmark.evaluation.split_file import PART_NAMES, Fold, PartCounts, PartName, Split, split_from_json

__all__ = [
    "PART_NAMES",
    "SPLIT_MODES",
    "Fold",
    "PartCounts",
    "PartName",
    "Song",
    "Split",
    "SplitMode",
    "folds",
    "group_ids",
    "make_split",
    "split_from_json",
]

ABSENCE = (1e4, 1e2, 1e3)
"""What a label's absence from training, validation, test costs: training first, then test, then
validation, each far above what deviations from the target shares can cost."""
ABSENCE_FROM_FOLD = 1e2

Parts = NDArray[np.int64]


def make_split(
    songs: Sequence[Song],
    *,
    mode: SplitMode,
    seed: int,
    test_fraction: float = 0.1,
    validation_fraction: float = 0.1,
) -> Split:
    """Split songs into training, validation and test.

    Args:
        songs: The songs, ids distinct, in any order.
        mode: What the parts must not share.
        seed: Non-negative; another seed gives another split, the same seed the same.
        test_fraction: Share of all songs for the test, in (0, 1).
        validation_fraction: Share of the rest for validation, in (0, 1).

    Returns:
        A split with each label in training and in test, and in validation where it has songs or
        groups enough; ``notes`` says where it could not be what was asked for.

    Raises:
        InputError: The seed or a fraction is out of range.
        SplitError: An id came twice, or some label cannot be both in training and in test: it has
            only one song, release or group of artists. The message says which and what to do.
        UnknownNameError: There is no such mode.
    """
    _check_settings(seed, test_fraction=test_fraction, validation_fraction=validation_fraction)
    table = SongTable.of(songs, mode)
    rng = np.random.default_rng(seed)
    if table.mode == "song":
        parts = np.full(len(songs), TRAIN)
        _deal_songs(parts, table.label_of, to=TEST, fraction=test_fraction, rng=rng)
        _deal_songs(parts, table.label_of, to=VALIDATION, fraction=validation_fraction, rng=rng)
    else:
        held = (1 - test_fraction) * validation_fraction
        parts = _deal_groups(
            table.label_of,
            table.group_of,
            shares=(1 - test_fraction - held, held, test_fraction),
            absence=ABSENCE,
            rng=rng,
        )
    return table.split(parts, seed=seed, test_fraction=test_fraction, validation_fraction=validation_fraction)


def folds(
    songs: Sequence[Song],
    *,
    mode: SplitMode,
    k: int,
    seed: int,
    validation_fraction: float = 0.1,
    repeats: int = 1,
) -> list[Split]:
    """Split songs ``k`` ways, so that each song is in the test part of exactly one fold.

    Args:
        songs: The songs, ids distinct, in any order.
        mode: What the parts of a fold must not share.
        k: How many folds, >= 2 and at most the number of groups.
        seed: Non-negative.
        validation_fraction: Share of what is not test that becomes validation, in (0, 1).
        repeats: How many times to deal anew, >= 1; each song is then tested ``repeats`` times.

    Returns:
        ``k * repeats`` splits, the folds of one dealing after another. A label with fewer groups
        than ``k`` has no test song in some folds (their ``notes`` say so), but is always trained on.

    Raises:
        InputError: ``k``, ``repeats``, the seed or the fraction is out of range.
        SplitError: There are fewer groups than folds, or as `make_split`.
        UnknownNameError: There is no such mode.
    """
    if k < 2 or repeats < 1:
        raise InputError(f"expected k of at least 2 and repeats of at least 1, got k={k}, repeats={repeats}")
    _check_settings(seed, test_fraction=1 / k, validation_fraction=validation_fraction)
    table = SongTable.of(songs, mode)
    n_groups = int(table.group_of.max()) + 1
    if n_groups < k:
        raise SplitError(
            f"expected at least {k} groups for {k} folds, got {n_groups} (a group is one "
            f"{GROUP_WORDS[table.mode]}); ask for fewer folds"
        )
    return [
        split
        for repeat in range(repeats)
        for split in _deal_folds(table, k, repeat=repeat, seed=seed, validation_fraction=validation_fraction)
    ]


def deal_parts(
    labels: NDArray[np.int64], *, k: int, rng: np.random.Generator, groups: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Deal songs into even parts, each of which is once held back from a model's training.

    Unlike `folds` this is for inside of training: every label must be learnt by every model, so that the songs of a
    label whose songs all hang together are dealt one by one.

    Args:
        labels: Label index of each song, shape (songs,).
        k: How many parts, >= 2.
        rng: The source of chance.
        groups: Number of the group of each song, which stays whole; None where songs stand alone.

    Returns:
        The part of each song from 0, int64 of shape (songs,). Some parts are empty where there are fewer songs.
    """
    if groups is None:
        return _deal_round(labels, k, rng)
    apart = groups.copy()
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        if len(np.unique(groups[own])) == 1 and (labels[groups == groups[own[0]]] == label).all():
            apart[own] = groups.max() + 1 + own
    return _deal_groups(labels, apart, shares=[1 / k] * k, absence=[ABSENCE_FROM_FOLD] * k, rng=rng)


def _check_settings(seed: int, *, test_fraction: float, validation_fraction: float) -> None:
    if seed < 0:
        raise InputError(f"expected a seed of 0 or more, got {seed}")
    for name, value in (("test_fraction", test_fraction), ("validation_fraction", validation_fraction)):
        if not 0 < value < 1:
            raise InputError(f"expected {name} between 0 and 1, both excluded, got {value}")


def _deal_folds(table: SongTable, k: int, *, repeat: int, seed: int, validation_fraction: float) -> list[Split]:
    rng = np.random.default_rng([seed, repeat])
    by_song = table.mode == "song"
    if by_song:
        fold_of = _deal_round(table.label_of, k, rng)
    else:
        fold_of = _deal_groups(
            table.label_of,
            table.group_of,
            shares=[1 / k] * k,
            absence=[ABSENCE_FROM_FOLD] * k,
            rng=rng,
        )
    splits = []
    for index in range(k):
        parts = np.where(fold_of == index, TEST, TRAIN)
        if by_song:
            _deal_songs(parts, table.label_of, to=VALIDATION, fraction=validation_fraction, rng=rng)
        else:
            _hold_groups_back(parts, table, fraction=validation_fraction, rng=rng)
        splits.append(
            table.split(
                parts,
                seed=seed,
                test_fraction=1 / k,
                validation_fraction=validation_fraction,
                fold=Fold(index, k, repeat),
            )
        )
    return splits


def _hold_groups_back(parts: Parts, table: SongTable, *, fraction: float, rng: np.random.Generator) -> None:
    """Move whole groups from training to validation, in place."""
    rest = np.flatnonzero(parts == TRAIN)
    parts[rest] = _deal_groups(
        table.label_of[rest],
        table.group_of[rest],
        shares=(1 - fraction, fraction),
        absence=(ABSENCE[TRAIN], ABSENCE[VALIDATION]),
        rng=rng,
    )


def _deal_groups(
    label_of: Parts,
    group_of: Parts,
    *,
    shares: Sequence[float],
    absence: Sequence[float],
    rng: np.random.Generator,
) -> Parts:
    """Each song's part, groups whole."""
    _, labels = np.unique(label_of, return_inverse=True)
    names, groups = np.unique(group_of, return_inverse=True)
    members: list[Counter[int]] = [Counter() for _ in names]
    for group, label in zip(groups.tolist(), labels.tolist(), strict=True):
        members[group][label] += 1
    assigned = assign_groups(members, shares=shares, absence=absence, rng=rng)
    return np.take(np.array(assigned, dtype=np.int64), groups)


def _deal_songs(parts: Parts, label_of: Parts, *, to: int, fraction: float, rng: np.random.Generator) -> None:
    """Move a share of each label's training songs to a part, in place."""
    rest = np.flatnonzero(parts == TRAIN)
    available = np.bincount(label_of[rest], minlength=int(label_of.max()) + 1)
    # Rounded up as in scikit-learn's train_test_split, which the reference study used: 28 of 273.
    total = math.ceil(round(rest.size * fraction, 9))
    for label, seats in enumerate(_apportion(available, total, rng).tolist()):
        parts[rng.permutation(rest[label_of[rest] == label])[:seats]] = to


def _apportion(available: Parts, total: int, rng: np.random.Generator) -> Parts:
    """Seats per label in proportion to its songs, by largest remainders, ties by chance.

    A label with two songs or more gets a seat at least, and keeps a song at least; ``total`` gives
    way to that.
    """
    quota = available * (total / available.sum())
    most = np.maximum(available - 1, 0)
    seats: Parts = np.clip(np.floor(quota).astype(np.int64), np.minimum(1, most), most)
    order = rng.permutation(available.size)
    by_remainder = order[np.argsort(-(quota - seats)[order], kind="stable")]
    for label in by_remainder.tolist():
        if seats.sum() < total and seats[label] < min(quota[label], most[label]):
            seats[label] += 1
    return seats


def _deal_round(label_of: Parts, k: int, rng: np.random.Generator) -> Parts:
    """Each song's fold: every label dealt round in turn, so that labels and folds are even within one."""
    shuffled = rng.permutation(label_of.size)
    by_label = shuffled[np.argsort(label_of[shuffled], kind="stable")]
    folds_of = np.empty(label_of.size, dtype=np.int64)
    folds_of[by_label] = np.arange(label_of.size) % k
    return folds_of
