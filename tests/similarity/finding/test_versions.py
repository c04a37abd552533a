from pathlib import Path

import numpy as np
import pytest
from made_collection import made_collection, made_print, made_prints, made_track

from earmark.audio.fingerprint import FINGERPRINT_SETTINGS, Match
from earmark.library.library import Library
from earmark.library.rows import feature_name
from earmark.similarity.finding import versions
from earmark.similarity.finding.versions import FOLDER, Fingerprints, find_version, fold, version_words

WHOLE = Match(300.0, 1.0, 0.95, 0.0, 1)
PART = Match(180.0, 0.6, 0.9, 0.0, 2)
TRACKS = [made_track(name) for name in ("a", "b", "c", "d")]
A, B, C, D = TRACKS


def collected(twins: list[tuple[str, str]]) -> Fingerprints:
    return made_prints(made_collection(TRACKS, np.eye(4)), twins)


def test_versions_are_folded_under_the_best_and_others_keep_their_place() -> None:
    prints = collected([(A.audio_id, C.audio_id), (B.audio_id, D.audio_id)])
    folded = fold(prints, TRACKS)
    assert [one.track for one in folded] == [A, B]
    assert [[version.track for version in one.versions] for one in folded] == [[C], [D]]
    assert fold(prints, [C, A])[0].track is C
    assert fold(prints, [D], fold(prints, [B]))[0].versions[0].track is D


def test_strangers_are_not_folded() -> None:
    prints = collected([])
    assert [one.track for one in fold(prints, TRACKS)] == TRACKS
    assert find_version(prints, A, [B, C]) is None
    assert prints.same_recording(A.audio_id, A.audio_id)
    assert not prints.same_recording(A.audio_id, B.audio_id)
    assert prints.notes() == []


def test_tracks_without_a_fingerprint_are_kept_and_told() -> None:
    collection = made_collection(TRACKS, np.eye(4))
    prints = Fingerprints(collection.library)
    prints.add(A.audio_id, made_print(0))
    assert [one.track for one in fold(prints, TRACKS)] == TRACKS
    assert prints.lacking == {B.audio_id, C.audio_id, D.audio_id}
    assert prints.notes()[0].startswith("3 tracks could not be compared")


@pytest.mark.parametrize(
    ("seconds", "path", "mix", "match", "words"),
    [
        (361.0, "/m/a.flac", None, WHOLE, "copy (6:01)"),
        (360.0, "/m/a.mp3", None, WHOLE, "MP3 copy (6:00)"),
        (192.0, "/m/a.mp3", "Radio Edit", WHOLE, "shorter version, Radio Edit (3:12)"),
        (480.0, "/m/a.flac", "Extended Mix", PART, "longer version, Extended Mix (8:00)"),
        (360.0, "/m/a.flac", "Instrumental", PART, "other edit, Instrumental (6:00)"),
    ],
)
def test_versions_in_words(seconds: float, path: str, mix: str | None, match: Match, words: str) -> None:
    track = made_track("a2", seconds=seconds, path=path, mix=mix)
    assert version_words(track, made_track("a"), match) == words


def test_fingerprints_are_made_from_stored_features_and_kept(tmp_path: Path) -> None:
    library = Library.create(tmp_path / "library")
    rng = np.random.default_rng(0)
    for place, audio_id in enumerate(("aa" * 16, "bb" * 16)):
        log_mel = rng.normal(-30, 8, size=(1500 + place, 128)).astype(np.float16)
        library.storage.write_array(feature_name(audio_id, FINGERPRINT_SETTINGS), log_mel)
    found = Fingerprints(library).match("aa" * 16, "bb" * 16)
    assert found is not None
    assert not found.same_recording
    kept = library.storage.size(feature_name("aa" * 16, FOLDER))
    assert kept is not None
    assert kept < 5000
    # What is kept is read again, even where the log-mel has gone.
    Path(library.address, feature_name("aa" * 16, FINGERPRINT_SETTINGS)).unlink()
    assert Fingerprints(library).same_recording("aa" * 16, "aa" * 16)
    assert Fingerprints(library).match("aa" * 16, "bb" * 16) == found
    # A file that was cut off by a power failure is made again.
    Path(library.address, feature_name("bb" * 16, FOLDER)).write_bytes(b"half")
    assert Fingerprints(library).match("aa" * 16, "bb" * 16) == found


def test_more_tracks_than_are_held_ready_are_compared_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library.create(tmp_path / "library")
    ids = [f"{place:02x}" * 16 for place in range(5)]
    for place, audio_id in enumerate(ids):
        made = made_print(0 if place == 4 else place)
        library.storage.write_array(feature_name(audio_id, FOLDER), made.to_array())
    monkeypatch.setattr(versions, "MATCHERS_KEPT", 2)
    monkeypatch.setattr(versions, "MATCHES_KEPT", 3)
    prints = Fingerprints(library)
    for _ in range(2):
        same = [(one, other) for one in ids for other in ids if one < other and prints.same_recording(one, other)]
        assert same == [(ids[0], ids[4])]
