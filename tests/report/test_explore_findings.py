import datetime as dt

import pytest
from tiny_library import make_track

from earmark.catalog.keys import Key
from earmark.catalog.survey import KEYS, survey
from earmark.catalog.track import Track
from earmark.report import explore_findings as findings


def tracks(label: str, count: int, *, first: int = 0, **values: object) -> list[Track]:
    return [make_track(first + n, label, f"{label} {n}", **values) for n in range(count)]


def joined(sentences: list[str]) -> str:
    return " ".join(sentences).replace("\N{NO-BREAK SPACE}", " ")


def test_labels_are_told_with_the_majority_guess() -> None:
    told = joined(findings.about_labels(survey(tracks("Amber", 3) + tracks("Basalt", 1, first=9))))
    assert told == (
        "2 labels with 4 tracks. Amber is the largest with 3, Basalt the smallest with 1. "
        "Whoever always guesses Amber is right for 75 % of them."
    )
    assert "same number of tracks, 2" in joined(
        findings.about_labels(survey(tracks("Amber", 2) + tracks("Basalt", 2, first=9)))
    )
    assert joined(findings.about_labels(survey(tracks("Amber", 1)))) == "1 label with 1 track."


def test_tempo_and_length_name_both_ends() -> None:
    found = survey(
        tracks("Amber", 3, bpm=128.0, seconds=61.0) + tracks("Basalt", 3, first=9, bpm=138.0, seconds=3599.7)
    )
    assert joined(findings.about_tempo(found)) == (
        "The median tempo is 133 BPM. Amber is slowest at 128 BPM, Basalt fastest at 138 BPM."
    )
    assert joined(findings.about_length(found)).endswith("Amber is shortest at 1:01 min, Basalt longest at 60:00 min.")
    same = survey(tracks("Amber", 3) + tracks("Basalt", 3, first=9))
    assert joined(findings.about_tempo(same)).endswith("The labels' medians are alike.")
    assert findings.about_tempo(survey(tracks("Amber", 1, bpm=None))) == ["No track has a tempo."]


def test_keys_are_told_where_labels_differ() -> None:
    found = survey(tracks("Amber", 10, key=Key(9, "minor")) + tracks("Basalt", 10, first=20, key=Key(0, "major")))
    assert joined(findings.about_keys(found)) == (
        "A minor (8A) is the most frequent key: 10 of 20 tracks. 50 % of the tracks are in a minor key. "
        "The share is highest at Amber (100 %) and lowest at Basalt (0 %)."
    )
    assert "highest" not in joined(findings.about_keys(survey(tracks("Amber", 10) + tracks("Basalt", 10, first=20))))


def test_time_is_told_with_its_gaps() -> None:
    found = survey(
        [
            *tracks("Amber", 2, released=dt.date(2018, 5, 1)),
            *tracks("Amber", 1, first=5, released=dt.date(2018, 6, 1)),
            *tracks("Amber", 1, first=7),
        ]
    )
    assert joined(findings.about_time(found)) == (
        "The tracks were released from May 2018 to June 2018. The busiest month was May 2018 with 2. "
        "1 track without a release date is not shown."
    )
    assert findings.about_time(survey([])) == ["No track has a release date."]


def test_artists_on_one_label_only_give_it_away() -> None:
    found = survey(tracks("Amber", 2) + tracks("Basalt", 2, first=9))
    assert "a name alone gives its label away" in joined(findings.about_artists(found))
    shared = survey([*tracks("Amber", 1), make_track(9, "Basalt", "Amber 0")])
    assert "1 of them is on more than one label; Amber 0 is on 2." in joined(findings.about_artists(shared))


def test_gaps_and_duplicates() -> None:
    found = survey(
        [
            *tracks("Amber", 2, genre="Trance", released=dt.date(2018, 1, 1), bpm=None),
            make_track(8, "Amber", "Ann", title="Dawn", genre="Trance", released=dt.date(2018, 1, 1)),
            make_track(9, "Basalt", "Ann", title="Dawn", genre="Trance"),
        ]
    )
    assert findings.about_gaps(found) == ["Of 4 tracks, some lack a value: BPM (2), release date (1)."]
    assert joined(findings.about_duplicates(found)) == (
        "1 song is likely there more than once. It is on several labels."
    )


def test_misread_tempos_are_named_up_to_five() -> None:
    found = survey(tracks("Amber", 20) + tracks("Amber", 7, first=30, bpm=65.0))
    told = joined(findings.warnings(found))
    assert "7 tracks have a tempo of about half or double what is usual for the label: Amber 0 - Song 30 (65); " in told
    assert "Amber 4 - Song 34 (65); and 2 more." in told
    assert "Song 35" not in told
    assert "correct the tags or pass --csv" in told


@pytest.mark.parametrize(
    ("collection", "warning"),
    [
        (tracks("Amber", 9), "fewer than 10 tracks (Amber)"),
        (
            [make_track(n, label, f"{label} act") for n, label in enumerate(["Amber"] * 10 + ["Basalt"] * 10)],
            "100 % of the tracks with an artist share one",
        ),
        (
            tracks("Amber", 10, released=dt.date(2015, 1, 1))
            + tracks("Basalt", 10, first=20, released=dt.date(2018, 1, 1)),
            "Amber and Basalt released nothing in the same time",
        ),
        (tracks("Amber", 10) + tracks("Amber", 1, first=20, bpm=65.0), "1 track has a tempo of about half or double"),
        (
            [*tracks("Amber", 10), make_track(50, "Basalt", "Amber 1", title="Song 1")],
            "1 song is likely on several labels at once",
        ),
        ([*tracks("Amber", 10), make_track(50, None, "Ann")], "1 track has no label"),
        (tracks("Amber", 12), "There is one label only"),
        ([make_track(n, None, "Ann") for n in range(3)], "No track has a label, and a model needs at least two"),
        (
            [make_track(n, "Amber", "Ann" if n < 5 else "") for n in range(12)],
            "7 of 12 tracks have no artist. A split cannot keep artists apart",
        ),
    ],
)
def test_what_would_mislead_is_warned_of(collection: list[Track], warning: str) -> None:
    assert warning in joined(findings.warnings(survey(collection)))


def test_a_sound_collection_has_no_warnings() -> None:
    good = tracks("Amber", 12, released=dt.date(2018, 1, 1)) + tracks(
        "Basalt", 12, first=20, released=dt.date(2018, 1, 1)
    )
    assert findings.warnings(survey(good)) == []


def test_half_of_the_artists_are_few_enough_to_be_told_by_the_gaps_alone() -> None:
    half = [make_track(n, "Amber", "Ann" if n % 2 else "") for n in range(12)]
    assert "no artist" not in joined(findings.warnings(survey(half)))


def test_one_artist_is_credited() -> None:
    assert "1 artist is credited." in joined(findings.about_artists(survey(tracks("Amber", 1))))


def test_the_share_of_minor_keys() -> None:
    assert findings.minor_share([1 if key.mode == "minor" else 3 for key in KEYS]) == 0.25
