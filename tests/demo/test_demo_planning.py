"""The plan: labels, circles of artists, formats and tags, over drawn seeds and without a sound."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earmark.demo.labels import LABELS
from earmark.demo.names import ARTISTS, PROJECTS, TITLE_FIRST, TITLE_SECOND
from earmark.demo.planning import CataloguePlan, PlannedTrack, plan_catalogue
from earmark.demo.tags import FLAWS
from earmark.errors import InputError

SEEDS = st.integers(0, 2**32)


def circles(plan: CataloguePlan) -> list[list[PlannedTrack]]:
    """Connected components of tracks that share a credited artist, by repeated merging."""
    merged: list[tuple[set[str], list[PlannedTrack]]] = []
    for track in plan.tracks:
        names, tracks = set(track.artists), [track]
        for other in [entry for entry in merged if entry[0] & names]:
            merged.remove(other)
            names |= other[0]
            tracks += other[1]
        merged.append((names, tracks))
    return [tracks for _, tracks in merged]


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_labels_are_equally_large_and_artists_are_six_to_ten(seed: int) -> None:
    plan = plan_catalogue(seed, tracks_per_label=16)
    assert Counter(track.label for track in plan.tracks) == {label.name: 16 for label in LABELS}
    assert [track.index for track in plan.tracks] == list(range(96))
    on_labels = defaultdict(set)
    for track in plan.tracks:
        for artist in track.artists:
            on_labels[artist].add(track.label)
    for label in LABELS:
        artists = [name for name in on_labels if label.name in on_labels[name] and name not in PROJECTS]
        assert 6 <= len(artists) <= 10
    assert sum(len(labels) == 2 for labels in on_labels.values()) == 6
    assert max(len(labels) for labels in on_labels.values()) == 2


@given(SEEDS, st.sampled_from([14, 16, 20, 24]))
@settings(max_examples=25, deadline=None)
def test_artist_groups_are_many_and_small(seed: int, tracks_per_label: int) -> None:
    groups = circles(plan_catalogue(seed, tracks_per_label=tracks_per_label))
    assert max(len(group) for group in groups) <= 6
    per_label = Counter(label for group in groups for label in {track.label for track in group})
    assert all(per_label[label.name] == 6 for label in LABELS)
    assert sum(len({track.label for track in group}) == 2 for group in groups) == 3


@given(SEEDS)
@settings(max_examples=15, deadline=None)
def test_formats_do_not_tell_labels(seed: int) -> None:
    plan = plan_catalogue(seed, tracks_per_label=16)
    for label in LABELS:
        formats = Counter(track.format for track in plan.tracks if track.label == label.name)
        assert formats == {"mp3": 4, "flac": 4, "m4a": 4, "ogg": 2, "wav": 2}


def test_a_tiny_catalogue_still_shows_every_format() -> None:
    plan = plan_catalogue(0, tracks_per_label=1)
    assert {track.format for track in plan.tracks} == {"mp3", "flac", "m4a", "ogg", "wav"}


@given(SEEDS, st.integers(1, 32))
@settings(max_examples=25, deadline=None)
def test_every_track_is_well_formed(seed: int, tracks_per_label: int) -> None:
    plan = plan_catalogue(seed, tracks_per_label=tracks_per_label)
    assert len({track.path for track in plan.tracks}) == 6 * tracks_per_label
    for track in plan.tracks:
        assert track.path.startswith(f"labels/{track.label}/")
        assert track.path.endswith(f"{track.tags.artist} - {track.tags.title}.{track.format}")
        assert len(set(track.artists)) == len(track.artists) >= 1
        told = f"{track.tags.artist} {track.tags.title}"
        assert all(name in told for name in track.artists)
        assert {name for name in (*ARTISTS, *PROJECTS) if name in told} == set(track.artists)
        assert "2017-11-01" <= track.tags.date <= "2019-06-30"
        assert 120 <= track.sound.bpm <= 146
        assert 52 <= track.sound.length <= 106


@given(SEEDS)
@settings(max_examples=15, deadline=None)
def test_flaws_are_what_they_say(seed: int) -> None:
    plan = plan_catalogue(seed, tracks_per_label=16)
    counts = Counter(flaw for track in plan.tracks for flaw in track.flaws)
    assert counts == dict.fromkeys(FLAWS, 4)
    for track in plan.tracks:
        key = track.sound.song.key
        true_keys = {key.written(notation) for notation in ("camelot", "open_key", "short", "long")}
        assert (track.tags.bpm is None) == ("no bpm" in track.flaws)
        assert (track.tags.key is None) == ("no key" in track.flaws)
        if "bpm halved" in track.flaws:
            assert track.tags.bpm == track.sound.bpm // 2
        elif track.tags.bpm is not None:
            assert track.tags.bpm == track.sound.bpm
        if track.tags.key is not None:
            assert (track.tags.key not in true_keys) == ("wrong key" in track.flaws)


@given(SEEDS)
@settings(max_examples=15, deadline=None)
def test_releases_share_date_number_and_song(seed: int) -> None:
    plan = plan_catalogue(seed, tracks_per_label=16)
    releases = defaultdict(list)
    for track in plan.tracks:
        releases[track.tags.catalog_number].append(track)
    assert max(map(len, releases.values())) in (2, 3)
    for tracks in releases.values():
        assert len({track.tags.date for track in tracks}) == 1
        assert len({track.tags.album for track in tracks}) == 1
        assert len({track.sound.song for track in tracks}) == 1
    for label in LABELS:
        own = [track for track in plan.tracks if track.label == label.name]
        numbers = sorted({(t.tags.catalog_number or "", t.tags.date) for t in own})
        assert [date for _, date in numbers] == sorted(date for _, date in numbers)


@given(SEEDS)
@settings(max_examples=15, deadline=None)
def test_held_back_track_is_an_outsiders(seed: int) -> None:
    plan = plan_catalogue(seed, tracks_per_label=16)
    kept = plan.held_back
    assert kept.path == "held-back/unreleased-demo.mp3"
    assert kept.tags.label is kept.tags.album is kept.tags.catalog_number is None
    assert kept.tags.bpm == kept.sound.bpm
    assert kept.tags.key is not None
    assert not {name for track in plan.tracks for name in track.artists} & set(kept.artists)
    assert not any(label.name in kept.path for label in LABELS)


def test_a_plan_follows_from_its_seed() -> None:
    assert plan_catalogue(7, tracks_per_label=16) == plan_catalogue(7, tracks_per_label=16)
    assert plan_catalogue(7, tracks_per_label=16) != plan_catalogue(8, tracks_per_label=16)


def test_credits_come_in_every_form() -> None:
    plans = [plan_catalogue(seed, tracks_per_label=16) for seed in range(4)]
    credits = " | ".join(f"{t.tags.artist} ({t.tags.title})" for plan in plans for t in plan.tracks)
    for mark in (" & ", " feat. ", " pres. ", " Remix)", " Extended Remix)", "(Club Mix)", "(Dub Mix)"):
        assert mark in credits
    paths = [track.path.rsplit("/", 1)[1] for plan in plans for track in plan.tracks]
    assert 20 <= sum(path[:2].strip("AB").isdigit() and " - 1" in path[:8] for path in paths) <= 100


@pytest.mark.parametrize("tracks", [0, -1, 33])
def test_track_counts_out_of_range_are_refused(tracks: int) -> None:
    with pytest.raises(InputError, match=f"1 to 32 tracks per label, but {tracks} came"):
        plan_catalogue(0, tracks_per_label=tracks)


def test_negative_seeds_are_refused() -> None:
    with pytest.raises(InputError, match="0 or more, but -3 came"):
        plan_catalogue(-3, tracks_per_label=2)


def test_names_are_distinct_and_free_of_joining_words() -> None:
    names = (*ARTISTS, *PROJECTS)
    assert len(set(names)) == len(names)
    assert len({f"{a} {b}" for a in TITLE_FIRST for b in TITLE_SECOND}) >= 6 * 32
    for name in names:
        assert not {"&", "feat.", "pres.", "vs.", "and", "x", "with"} & set(name.lower().split())
        # No name may lie inside another: credits are searched for names above.
        assert not any(name in other for other in names if other != name)


def test_no_title_is_anybodys_name() -> None:
    titles = {f"{first} {second}" for first in TITLE_FIRST for second in TITLE_SECOND}
    assert not titles & {*ARTISTS, *PROJECTS}
