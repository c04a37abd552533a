import collections
import itertools
import random
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.free_music.manifest import TEMPO_LABEL, TRACKS, neutral_names, read_packages, read_tracks
from hypothesis import given
from hypothesis import strategies as st

from earmark.errors import MetadataError

HEADER = "label,package,path,title,artist,release,licence,seconds,codec,sample_rate,channels,render_with,exclude,note\n"
COLLECTIONS = {
    "Kenta Cho": 37,
    "Wesnoth": 34,
    "Drascula": 28,
    "Warzone 2100": 28,
    "HyperRogue": 17,
    "Nexuiz": 16,
    "Pingus": 16,
    "Singularity": 16,
    "TecnoballZ": 14,
}


def test_the_list_holds_nine_collections_of_206_tracks_and_22_projects() -> None:
    tracks = read_tracks()
    assert collections.Counter(track.label for track in tracks if not track.excluded) == COLLECTIONS
    assert sum(COLLECTIONS.values()) == 206
    projects = [track for track in tracks if track.label == TEMPO_LABEL]
    assert len(projects) == 22
    assert all(track.excluded and track.render_with == "lmms" for track in projects)
    assert [track.row for track in tracks] == list(range(1, len(tracks) + 1))


def test_every_track_has_a_package_and_every_package_a_track() -> None:
    assert set(read_packages()) == {track.package for track in read_tracks()}


def test_a_member_of_a_zip_follows_an_exclamation_mark() -> None:
    [track] = [track for track in read_tracks() if track.title == "Broken Light"]
    assert (track.member, track.inner) == ("usr/share/games/nexuiz/data/music.pk3", "sound/cdtracks/brokenlight.ogg")
    assert track.unpacked_name == f"{track.row:04d}.ogg"


@pytest.mark.parametrize(
    "path", ["../etc/passwd", "/etc/passwd", "usr//a.ogg", "a.pk3!../../b.ogg", "a\\b.ogg", "usr/."]
)
def test_a_path_that_leads_out_of_its_archive_is_refused(tmp_path: Path, path: str) -> None:
    listed = tmp_path / "tracks.csv"
    listed.write_text(f"{HEADER}Label,package,{path},t,a,r,CC0,1.0,vorbis,44100,2,,,\n")
    with pytest.raises(MetadataError, match=r"a path inside an archive, such as 'usr/share/x.ogg', but"):
        read_tracks(listed)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("Label,package,a.ogg,t,a,r,CC0,long,vorbis,44100,2,,,", "track 1: a value is missing or wrong"),
        ("Label,package,a.ogg", "track 1: a value is missing or wrong"),
        (",package,a.ogg,t,a,r,CC0,1.0,vorbis,44100,2,,,", "expected a label and a package"),
    ],
)
def test_a_row_that_lacks_something_is_refused(tmp_path: Path, row: str, message: str) -> None:
    listed = tmp_path / "tracks.csv"
    listed.write_text(HEADER + row + "\n")
    with pytest.raises(MetadataError, match=message):
        read_tracks(listed)


def test_a_package_needs_a_whole_checksum(tmp_path: Path) -> None:
    listed = tmp_path / "packages.csv"
    listed.write_text("package,version,path,size,sha256\nmusic,1,pool/m.deb,12,abc\n")
    with pytest.raises(MetadataError, match="music needs a SHA-256 of 64 hexadecimal digits"):
        read_packages(listed)
    listed.write_text("package,version,path,size,sha256\nmusic,1,pool/m.deb,many," + "a" * 64 + "\n")
    with pytest.raises(MetadataError, match="package 1: a value is missing or wrong"):
        read_packages(listed)


@given(seed=st.integers(0, 2**32 - 1))
def test_neutral_names_number_the_collection_without_gaps_whatever_the_seed(seed: int) -> None:
    tracks = read_tracks(TRACKS)
    names = neutral_names(tracks, seed=seed)
    assert sorted(names.values()) == [f"track-{number:04d}.flac" for number in range(1, 207)]
    assert set(names) == {track.row for track in tracks if not track.excluded}


def test_neutral_names_do_not_follow_the_labels() -> None:
    tracks = read_tracks()
    names = neutral_names(tracks)
    by_name = sorted((track for track in tracks if not track.excluded), key=lambda track: names[track.row])
    neighbours = sum(one.label == other.label for one, other in itertools.pairwise(by_name))
    # By chance a neighbour has the same label with probability sum(n (n - 1)) / (206 * 205) = 0.13: 27 of 205.
    chance = random.Random(1)
    shuffled = []
    for _ in range(200):
        order = chance.sample(by_name, len(by_name))
        shuffled.append(sum(one.label == other.label for one, other in itertools.pairwise(order)))
    assert min(shuffled) <= neighbours <= max(shuffled)


def test_neutral_names_stay_when_what_could_be_fetched_changes() -> None:
    tracks = read_tracks()
    renamed = tuple(replace(track, title="other", seconds=1.0) for track in tracks)
    assert neutral_names(renamed) == neutral_names(tracks)
