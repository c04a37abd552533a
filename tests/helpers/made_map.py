"""A map of a library that is kept at once, since making a true one takes seconds."""

from pathlib import Path

import numpy as np

from earmark.library.library import Library
from earmark.similarity.vectors.opening import open_collection
from earmark.web.maps.stored import MapFacts, StoredMap, save_map


def keep_map(folder: Path) -> list[str]:
    """Keep a map with a blob for each label, and return the tracks on it.

    Args:
        folder: The library, with vectors.
    """
    library = Library.open(folder)
    collection = open_collection(library)
    tracks = collection.tracks(collection.columns.audio_ids.tolist())
    labels = sorted({track.label or "" for track in tracks})
    turns = np.array([labels.index(track.label or "") for track in tracks]) / len(labels) * 2 * np.pi
    blobs = 0.7 * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    places = blobs + np.random.default_rng(0).normal(scale=0.1, size=(len(tracks), 2))
    facts = MapFacts(
        source_key=collection.source.key, source=collection.source.shown, tracks=len(tracks), perplexity=10.0, seed=0,
        kept=0.6, nearest=10, chance=0.3, created="2026-01-02T03:04:05+00:00", seconds=2.0, folder="made",
    )  # fmt: skip
    ids = tuple(track.audio_id for track in tracks)
    save_map(library.storage, StoredMap(facts, ids, (places / np.abs(places).max()).astype(np.float32)))
    return list(ids)
