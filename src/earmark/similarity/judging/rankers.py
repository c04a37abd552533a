"""The rankers of a collection that are put beside each other; `earmark.similarity.judging.rivals` says what each is."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from earmark.audio.settings import PRESETS
from earmark.backbones.settings import BackboneSettings
from earmark.backbones.shelf import backbones
from earmark.catalog.track import Track
from earmark.library.library import Library
from earmark.library.rows import StoredFeature
from earmark.similarity.finding.decks import decks_of
from earmark.similarity.finding.mixing import MixRules
from earmark.similarity.finding.scale import sound_scale
from earmark.similarity.judging.rivals import (
    ByMixing,
    ByTempoAndKey,
    ByVectors,
    Chance,
    Ranker,
    mfcc_means,
    standardised_units,
    tempo_and_key,
)
from earmark.similarity.vectors.filters import Columns
from earmark.similarity.vectors.opening import Collection
from earmark.similarity.vectors.space import fit_space


def field(collection: Collection, columns: Columns) -> tuple[list[Ranker], list[str]]:
    """Everyone who ranks by sound or tags: ours damped, ours undamped, then the rivals.

    Args:
        collection: The collection.
        columns: Those of its tracks that have vectors.

    Returns:
        The rankers, and a note on each rival that cannot take part.

    Raises:
        LibraryError: Stored features are damaged.
    """
    ids = columns.audio_ids.tolist()
    name = collection.source.name
    plain = ByVectors(f"{name}, undamped", collection.search.vectors(ids), ours=True)
    damped = replace(plain, name=name, crowding=collection.search.crowding(ids))
    rivals, notes = rivals_of(collection.library, columns)
    # A backbone may itself be what is judged.
    rivals = [replace(one, name=f"{one.name}, plain") if one.name == name else one for one in rivals]
    return [damped, plain, Chance(), *rivals], notes


def rivals_of(library: Library, columns: Columns) -> tuple[list[ByVectors | ByTempoAndKey], list[str]]:
    """The rivals that know something: by BPM and key, by MFCCs, and by each backbone whose embeddings are stored.

    Args:
        library: Where features are.
        columns: The tracks.

    Returns:
        The rivals, and a note on each that cannot take part.

    Raises:
        LibraryError: Stored features are damaged.
    """
    ids, paper = columns.audio_ids.tolist(), PRESETS["paper"]
    rivals: list[ByVectors | ByTempoAndKey] = []
    notes = []
    if (by_tempo := tempo_and_key(columns)) is None:
        notes.append("No track has a BPM or a key, so that this rival is left out; `earmark scan` estimates them.")
    else:
        rivals.append(by_tempo)
    if _stored(library, ids, paper):
        rivals.append(ByVectors("MFCC mean", standardised_units(mfcc_means(library, ids))))
    else:
        notes.append("Some tracks have no stored log-mel, so that the rival MFCC mean is left out.")
    for name, settings in sorted(backbones().items()):
        if _stored(library, ids, settings):
            rivals.append(ByVectors(name, fit_space(means := backbone_means(library, ids, settings)).place(means)))
    return rivals, notes


def mixing_ranker(collection: Collection, tracks: Sequence[Track]) -> ByMixing:
    """What `earmark next` goes by, with its default rules.

    Args:
        collection: The collection.
        tracks: Those of its tracks that have vectors.
    """
    ids = [track.audio_id for track in tracks]
    units = collection.search.vectors(ids)
    return ByMixing(decks_of(tracks, units, collection.library.measures(ids)), MixRules(), sound_scale(units))


def backbone_means(library: Library, audio_ids: Sequence[str], settings: BackboneSettings) -> NDArray[np.float32]:
    """Each track's plain mean of a backbone's embeddings.

    Args:
        library: Where they are stored.
        audio_ids: The tracks.
        settings: The backbone.

    Returns:
        float32 of shape (tracks, size).

    Raises:
        LibraryError: A track has none, or they are damaged.
    """
    return np.stack([library.features(one, settings).mean(axis=0, dtype=np.float32) for one in audio_ids])


def _stored(library: Library, audio_ids: Sequence[str], settings: StoredFeature) -> bool:
    there = {audio_id for audio_id, _ in library.feature_records([settings])}
    return there.issuperset(audio_ids)
