from dataclasses import replace

import numpy as np
import pytest
from made_collection import made_measures, made_track

from earmark.catalog.credits import Credits
from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.similarity.finding.decks import decks_of
from earmark.similarity.finding.mixing import MixRules
from earmark.similarity.finding.scale import sound_scale
from earmark.similarity.sets.energy_curves import parse_curve
from earmark.similarity.sets.set_songs import song_numbers
from earmark.similarity.sets.setlist import SetMaterial, SetRequest, make_setlist


def tracks(n: int = 40) -> list[Track]:
    """Tracks round the wheel, of ten artists; three of them are mixes of one song."""
    made = [
        made_track(f"t{i}", key=f"{1 + i % 12}A", bpm=126.0 + i % 5, artist=f"Artist {i % 10}", seconds=330.0 + i)
        for i in range(n)
    ]
    for i in (20, 30):
        made[i] = replace(made[i], title="t10", mix=f"Mix {i}")
    return made


def material(found: list[Track] | None = None, **values: object) -> SetMaterial:
    found = found or tracks()
    rng = np.random.default_rng(0)
    units = rng.normal(size=(len(found), 5))
    units = (units / np.linalg.norm(units, axis=1, keepdims=True)).astype(np.float32)
    measures = {track.audio_id: made_measures(-20 + 14 * i / len(found)) for i, track in enumerate(found)}
    plain = {
        "tracks": found,
        "decks": decks_of(found, units, measures),
        "scale": sound_scale(units),
        "allowed": np.ones(len(found), dtype=np.bool_),
        "same_recording": lambda first, second: first == second,
    }
    return SetMaterial(**{**plain, **values})  # type: ignore[arg-type]  # a test's own keywords


def request(found: list[Track], start: int = 0, end: int | None = 39, **values: object) -> SetRequest:
    plain = {
        "start": found[start].audio_id,
        "end": None if end is None else found[end].audio_id,
        "minutes": 45.0,
        "curve": parse_curve("rise", minutes=45),
    }
    return SetRequest(**{**plain, **values})  # type: ignore[arg-type]  # as above


MATERIAL = material()
FOUND = list(MATERIAL.tracks)


def test_a_set_goes_from_one_track_to_another_and_explains_every_step() -> None:
    made = make_setlist(MATERIAL, request(FOUND))
    assert made.steps[0].track is FOUND[0]
    assert made.steps[-1].track is FOUND[39]
    assert made.steps[0].transition is None
    for step in made.steps[1:]:
        assert step.transition is not None
        assert step.transition.broken == ()
        assert "nearer" in step.transition.words
    assert made.seconds == pytest.approx(45 * 60, abs=0.03 * 45 * 60)
    assert made.notes == ()
    assert made.mixing == pytest.approx(np.mean([s.transition.score for s in made.steps if s.transition]))
    starts = [step.start_seconds for step in made.steps]
    assert starts == sorted(starts)
    assert starts[1] == FOUND[0].seconds - 32


def test_energy_follows_the_curve() -> None:
    rising = make_setlist(MATERIAL, request(FOUND, end=None))
    falling = make_setlist(MATERIAL, request(FOUND, 39, None, curve=parse_curve("fall", minutes=45)))

    def slope(made_steps: tuple[object, ...]) -> float:
        levels = [step.level for step in made_steps]  # type: ignore[attr-defined]  # steps of a set
        return float(np.polyfit(range(len(levels)), levels, 1)[0])

    assert slope(rising.steps) > 0.02
    assert slope(falling.steps) < -0.02
    assert rising.fit > 0.65
    assert rising.notes == ()


def test_no_song_comes_twice_and_artists_are_spaced() -> None:
    made = make_setlist(MATERIAL, request(FOUND, spacing=3))
    titles = [step.track.title for step in made.steps]
    assert len(set(titles)) == len(titles)
    artists = [step.track.artist_credit for step in made.steps]
    assert all(artists[i] not in artists[i + 1 : i + 4] for i in range(len(artists)))


def test_versions_that_only_the_sound_tells_are_not_both_in_it() -> None:
    plain = make_setlist(MATERIAL, request(FOUND))
    inner = [step.track.audio_id for step in plain.steps[1:-1]]
    twins = {inner[1], inner[3]}

    def same(first: str, second: str) -> bool:
        return first == second or {first, second} == twins

    # Versions sound alike, so that they lie together.
    units = MATERIAL.decks.units.copy()
    rows = [row for row, track in enumerate(FOUND) if track.audio_id in twins]
    units[rows[1]] = units[rows[0]]
    alike = replace(MATERIAL.decks, units=units)
    made = make_setlist(material(FOUND, decks=alike, same_recording=same), request(FOUND))
    assert len(twins & {step.track.audio_id for step in made.steps}) < 2


def test_a_collection_of_many_copies_gives_each_recording_once() -> None:
    found = [made_track(f"t{i}", key="8A", artist=f"Artist {i}") for i in range(200)]
    units = np.repeat(np.random.default_rng(0).normal(size=(20, 5)), 10, axis=0)
    units = (units / np.linalg.norm(units, axis=1, keepdims=True)).astype(np.float32)
    home = {track.audio_id: i // 10 for i, track in enumerate(found)}
    copies = material(
        found,
        decks=decks_of(found, units, {}),
        scale=sound_scale(units),
        same_recording=lambda first, second: home[first] == home[second],
    )
    made = make_setlist(copies, request(found, 0, 199))
    recordings = [home[step.track.audio_id] for step in made.steps]
    assert len(set(recordings)) == len(recordings) > 5


def test_filters_hold_for_all_but_the_ends() -> None:
    allowed = np.array([i % 2 == 1 for i in range(len(FOUND))])
    made = make_setlist(material(FOUND, allowed=allowed), request(FOUND, 0, 38, minutes=30.0))
    assert made.steps[0].track is FOUND[0]
    places = [FOUND.index(step.track) for step in made.steps[1:-1]]
    assert all(place % 2 == 1 for place in places)


def test_a_rule_that_has_to_be_bent_is_told() -> None:
    found = tracks()
    found[39] = replace(found[39], bpm=180.0)
    made = make_setlist(material(found), request(found))
    assert made.notes[1:] == ("No set that was found keeps all rules.",)
    assert made.notes[0].startswith(f"Rule bent before track {len(made.steps)}: tempo: ")
    assert "beyond the pitch range of 6 %" in made.notes[0]
    assert all(not step.transition.broken for step in made.steps[1:-1] if step.transition)


def test_the_same_seed_gives_the_same_set_and_another_one_another() -> None:
    def names(seed: int) -> list[str]:
        return [step.track.audio_id for step in make_setlist(MATERIAL, request(FOUND, seed=seed)).steps]

    assert names(0) == names(0)
    assert names(5) == names(5)
    assert len({tuple(names(seed)) for seed in range(4)}) > 1


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(InputError, match="both are the same recording"):
        request(FOUND, 0, 0)
    with pytest.raises(InputError, match=r"alone last 11\.\d minutes, longer than the 5 asked for; ask for more"):
        make_setlist(MATERIAL, request(FOUND, minutes=5.0))
    with pytest.raises(
        InputError, match=r"tracks that may be played \(40\) give at most \d+ minutes, less than the 600"
    ):
        make_setlist(MATERIAL, request(FOUND, minutes=600.0))
    with pytest.raises(InputError, match="versions of one recording"):
        make_setlist(material(same_recording=lambda _first, _second: True), request(FOUND))
    with pytest.raises(InputError, match="at most a day, not 0 minutes"):
        request(FOUND, minutes=0.0)
    with pytest.raises(InputError, match="has no vector"):
        make_setlist(MATERIAL, replace(request(FOUND), start="elsewhere"))
    with pytest.raises(InputError, match="from 0 to 600 seconds"):
        request(FOUND, overlap=-1.0)


def test_few_songs_in_many_mixes_are_no_long_set() -> None:
    found = [replace(track, title=f"song {i % 3}", artists=tracks()[0].artists) for i, track in enumerate(tracks())]
    with pytest.raises(InputError, match="without repeating a song"):
        make_setlist(material(found), request(found, 0, 38))


def test_unknown_energy_is_told() -> None:
    bare = material(decks=decks_of(FOUND, MATERIAL.decks.units, {}))
    made = make_setlist(bare, request(FOUND, rules=MixRules()))
    assert all(step.level is None for step in made.steps)
    assert f"The energy of {len(made.steps)} tracks is not known; `earmark scan` measures it." in made.notes


def test_songs_are_numbered_by_title_and_a_shared_artist() -> None:
    found = [
        made_track("a", title="Dawn", artist="One"),
        made_track("b", title="dawn", mix="Dub Mix", artist="One"),
        made_track("c", title="Dawn", artist="Another"),
        made_track("d", title=None, artist="One"),
        made_track("e", title=None, artist="One"),
    ]
    numbers = song_numbers(found, [track.artist_keys for track in found]).tolist()
    assert numbers[0] == numbers[1]
    assert len(set(numbers)) == 4
    both = replace(made_track("f", title="Dawn"), artists=Credits(performers=("One", "Another")))
    for order in ([0, 2, 5], [2, 0, 5], [5, 0, 2]):  # whichever comes first, a mix by both joins the two
        some = [[*found, both][row] for row in order]
        assert set(song_numbers(some, [track.artist_keys for track in some]).tolist()) == {0}
