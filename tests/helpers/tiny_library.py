"""A library without music: tracks as a scan would leave them, with made-up features that tell the labels apart."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from earmark.audio.settings import PRESETS, FeatureSettings
from earmark.backbones.settings import BackboneSettings
from earmark.catalog.credits import parse_credits
from earmark.catalog.keys import Key
from earmark.catalog.track import Track
from earmark.library.library import Library
from earmark.library.rows import FeatureRecord, feature_name, track_to_row

PAPER = PRESETS["paper"]
LABELS = ("Amber", "Basalt", "Cobalt")


def make_track(number: int, label: str | None, artists: str, **values: object) -> Track:
    """A track by number; the number is its audio id."""
    plain: dict[str, object] = {"title": f"Song {number}", "release": f"EP {number}", "bpm": 130.0, "seconds": 10.0}
    plain |= {"key": Key(9, "minor")} | values
    return Track(
        audio_id=f"{number:032x}",
        path=f"/nowhere/{number}.mp3",
        label=label,
        artists=parse_credits(artists),
        artist_credit=artists,
        **plain,  # type: ignore[arg-type]
    )


def tiny_tracks(per_label: int = 8) -> list[Track]:
    """Tracks of three labels, each by an artist of its own; the tempo tells the label."""
    return [
        make_track(100 * place + number, label, f"{label} Act {number}", bpm=120.0 + 8 * place + number % 2)
        for place, label in enumerate(LABELS)
        for number in range(per_label)
    ]


def tiny_library(address: Path, tracks: Sequence[Track], *, settings: FeatureSettings = PAPER) -> Library:
    """A library that holds the tracks and stored features of 100 frames for each."""
    library = Library.create(address)
    library.tracks_table.merge(track_to_row(track) for track in tracks)
    library.features_table.merge(_store(library, track, settings).to_row() for track in tracks)
    return library


def store_embeddings(library: Library, tracks: Sequence[Track], backbone: BackboneSettings) -> None:
    """Store what a backbone would say of the tracks: its first values tell the label."""
    records = []
    for track in tracks:
        patches = np.random.default_rng(int(track.audio_id, 16)).normal(size=(4, backbone.embedding_size))
        patches[:, LABELS.index(track.label) if track.label in LABELS else 0] += 3
        size = library.storage.write_array(feature_name(track.audio_id, backbone), patches.astype(np.float16))
        records.append(FeatureRecord(track.audio_id, backbone.key, 4, backbone.embedding_size, size))
    library.features_table.merge(record.to_row() for record in records)


def _store(library: Library, track: Track, settings: FeatureSettings) -> FeatureRecord:
    rng = np.random.default_rng(int(track.audio_id, 16))
    place = LABELS.index(track.label) if track.label in LABELS else 0
    features = rng.normal(-40, 4, size=(100, settings.n_mels))
    features[:, 40 * place : 40 * place + 20] += 25
    size = library.storage.write_array(feature_name(track.audio_id, settings), features.astype(np.float16))
    return FeatureRecord(track.audio_id, settings.key, 100, settings.n_mels, size)
