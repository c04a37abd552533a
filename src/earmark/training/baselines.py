"""The baselines that are fitted: a forest that sees the metadata only, and one that sees the files' facts only."""

from collections.abc import Sequence

from numpy.typing import ArrayLike

from earmark.catalog.track import Track
from earmark.evaluation.attributes import AttributeTable
from earmark.evaluation.baselines import METADATA_ONLY, SHORTCUT_ONLY, BaselineResult
from earmark.evaluation.shortcuts import shortcut_table
from earmark.library.library import Library
from earmark.models.from_library import label_indices
from earmark.models.judging import NamedBaseline
from earmark.models.shortcut_facts import metadata_table, shortcut_facts
from earmark.training.tabular import fit_tabular


def tabular_baseline(
    train: AttributeTable, labels: ArrayLike, test: AttributeTable, *, n_labels: int, seed: int
) -> BaselineResult:
    """Call songs by their attributes alone.

    Args:
        train: Attributes of the training songs, at least one.
        labels: Label index of each training song ``(n,)``.
        test: Attributes of the songs to call, in the same columns.
        n_labels: The number of labels.
        seed: Seed of the forest.

    Returns:
        The calls; ``known`` says of which songs any attribute is known.

    Raises:
        InputError: There is no training song, or the columns or labels do not fit.
    """
    probabilities = fit_tabular(train, labels, n_labels=n_labels, seed=seed).predict_proba(test)
    return BaselineResult(probabilities.argmax(axis=1), probabilities, test.known())


def tabular_baselines(
    library: Library, train: Sequence[Track], test: Sequence[Track], labels: Sequence[str], *, seed: int
) -> tuple[NamedBaseline, ...]:
    """Call a library's songs by their metadata alone, and by their files' facts alone.

    Args:
        library: Where the files' facts are.
        train: Tracks with known labels, at least one.
        test: Tracks to call.
        labels: Names of the labels.
        seed: Seed of the forests.

    Raises:
        InputError: There is no training track, or one of another label.
    """
    own, n_labels, cut = label_indices(train, labels), len(labels), len(train)
    facts = shortcut_facts(library, [*train, *test])
    tables = (
        (METADATA_ONLY, metadata_table(train), metadata_table(test), "BPM, key, mode, length"),
        (SHORTCUT_ONLY, shortcut_table(facts[:cut]), shortcut_table(facts[cut:]), "the files' facts, no music"),
    )
    return tuple(
        NamedBaseline(name, result, note if result.known.any() else "nothing is known of these files")
        for name, learnt, called, note in tables
        for result in [tabular_baseline(learnt, own, called, n_labels=n_labels, seed=seed)]
    )
