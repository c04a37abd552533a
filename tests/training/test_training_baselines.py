from pathlib import Path

import numpy as np
import pytest
from tiny_library import LABELS, make_track, tiny_library, tiny_tracks

from earmark.audio.decode import AudioFacts
from earmark.catalog.track import Track, Values
from earmark.errors import InputError
from earmark.evaluation.attributes import AttributeTable
from earmark.library.library import Library
from earmark.library.rows import FileRecord
from earmark.training.baselines import tabular_baseline, tabular_baselines

CODECS = dict(zip(LABELS, ("mp3", "flac", "vorbis"), strict=True))


def parts(tracks: list[Track]) -> tuple[list[Track], list[Track]]:
    return [one for at, one in enumerate(tracks) if at % 4], tracks[::4]


def add_files(library: Library, tracks: list[Track]) -> None:
    """Files whose codec tells the label."""
    for track in tracks:
        codec = CODECS[str(track.label)]
        facts = AudioFacts("soundfile", codec, codec, 2, 44_100, 10.0, None, 0.9, -12.0, 0.2, False, None)
        record = FileRecord(track.path, 1, 1, track.audio_id, facts, Values(source="tag"))
        library.files_table.merge([record.to_row()])


def test_metadata_and_files_are_told_apart(tmp_path: Path) -> None:
    alike = [make_track(int(one.audio_id, 16), one.label, "Act") for one in tiny_tracks()]
    library = tiny_library(tmp_path / "library", alike)
    add_files(library, alike)
    train, test = parts(alike)
    metadata, shortcut = tabular_baselines(library, train, test, LABELS, seed=0)
    truth = [LABELS.index(str(track.label)) for track in test]
    assert (metadata.name, metadata.note) == ("metadata only", "BPM, key, mode, length")
    assert len(set(metadata.result.estimate.tolist())) == 1, "tempo and key are the same on all labels"
    assert (shortcut.name, shortcut.note) == ("shortcut only", "the files' facts, no music")
    assert shortcut.result.estimate.tolist() == truth


def test_the_tempo_tells_and_files_of_which_nothing_is_known_do_not(tmp_path: Path) -> None:
    tracks = tiny_tracks()
    train, test = parts(tracks)
    library = tiny_library(tmp_path / "library", tracks)
    metadata, shortcut = tabular_baselines(library, train, test, LABELS, seed=0)
    assert metadata.result.estimate.tolist() == [LABELS.index(str(track.label)) for track in test]
    assert metadata.result.known.all()
    assert len(set(shortcut.result.estimate.tolist())) == 1
    assert shortcut.note == "nothing is known of these files"
    assert not shortcut.result.known.any()


def test_a_baseline_is_a_table_of_probabilities() -> None:
    table = AttributeTable(("x",), np.array([[0.0], [0.1], [0.2], [1.0], [1.1], [1.2]]))
    result = tabular_baseline(table, [0, 0, 0, 1, 1, 1], table.take([5, 0]), n_labels=3, seed=0)
    assert result.estimate.tolist() == [1, 0]
    assert result.probabilities.shape == (2, 3)
    np.testing.assert_allclose(result.probabilities.sum(axis=1), 1)


def test_without_training_songs_there_is_no_baseline(tmp_path: Path) -> None:
    tracks = tiny_tracks(1)
    with pytest.raises(InputError, match="at least one; got 0 for 0"):
        tabular_baselines(tiny_library(tmp_path / "library", tracks), [], tracks, LABELS, seed=0)
