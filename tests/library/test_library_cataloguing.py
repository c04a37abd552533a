from pathlib import Path

import pytest
from library_sounds import labels, move, retouch, scan_serially, write_sound, write_tags

from earmark.errors import InputError, MetadataError
from earmark.library.cataloguing import Place, settle_places
from earmark.library.library import Library
from earmark.library.rows import Root

FOUR = "8A - 132 - Eve - Four.wav"


def settle(known: list[Root], *places: str, label_from: str | None = None, csv: str | None = None) -> list[Place]:
    return settle_places(known, places, label_from=label_from, csv=csv)  # type: ignore[arg-type]  # also wrong ones


class TestWhichRulesCount:
    def test_a_new_place_settles_later(self) -> None:
        assert settle([], "/m") == [Place("/m", Root("/m", "auto", None))]

    def test_what_is_asked_counts(self) -> None:
        known = [Root("/m", "tag", "/old.csv")]
        assert settle(known, "/m", label_from="folder") == [Place("/m", Root("/m", "folder", "/old.csv"))]
        assert settle(known, "/m", csv="/new.csv") == [Place("/m", Root("/m", "auto", "/new.csv"))]
        assert settle([], "/m", csv="/new.csv") == [Place("/m", Root("/m", "auto", "/new.csv"))]

    def test_otherwise_those_of_the_last_scan(self) -> None:
        known = [Root("/m", "folder", None), Root("/n", "csv", "/n.csv")]
        assert settle(known) == [Place("/m", known[0]), Place("/n", known[1])]
        assert settle(known, "/n") == [Place("/n", known[1])]

    def test_a_part_of_a_known_folder_is_read_by_the_folders_rules(self) -> None:
        known = [Root("/m", "folder", None), Root("/m/deep", "tag", None)]
        assert settle(known, "/m/Alpha/one.flac") == [Place("/m/Alpha/one.flac", known[0])]
        assert settle(known, "/m/deep/er") == [Place("/m/deep/er", known[1])]
        assert settle(known, "/m/Alpha", label_from="tag") == [Place("/m/Alpha", Root("/m/Alpha", "tag", None))]
        assert settle(known, "/mother") == [Place("/mother", Root("/mother", "auto", None))]

    def test_known_folders_within_a_place_keep_their_rules(self, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        within = Root(str(tmp_path / "in"), "csv", "/in.csv")
        known = [within, Root(str(tmp_path / "gone"), "tag", None)]
        outer = Place(str(tmp_path), Root(str(tmp_path), "folder", None))
        assert settle(known, str(tmp_path), label_from="folder") == [outer, Place(within.path, within)]

    def test_a_place_named_twice_is_one(self) -> None:
        assert len(settle([], "/m", "/m")) == 1

    def test_a_csv_has_to_be_named(self) -> None:
        with pytest.raises(InputError, match="labels should come from a CSV, but none is named; add --csv FILE"):
            settle([], "/m", label_from="csv")

    def test_an_unknown_way_is_refused(self) -> None:
        with pytest.raises(InputError, match="labels come from one of auto, tag, folder, csv, not from 'guess'"):
            settle([], "/m", label_from="guess")


class TestLabels:
    def test_from_tags(self, library: Library, music: Path) -> None:
        done = scan_serially(library, music, label_from="tag").catalogued
        assert labels(library) == {
            "one.flac": "Alpha Records",
            "two.mp3": "Alpha Records",
            "three.ogg": "Beta Records",
            FOUR: None,
        }
        assert (done.tracks, done.changed, done.unlabelled) == (4, 4, 1)

    def test_from_folders(self, library: Library, music: Path) -> None:
        write_sound(music / "loose.wav", 9, label="A tag that does not count")
        done = scan_serially(library, music, label_from="folder").catalogued
        assert labels(library) == {
            "one.flac": "Alpha",
            "two.mp3": "Alpha",
            "three.ogg": "Beta",
            FOUR: "Beta",
            "loose.wav": None,
        }
        assert done.label_from == {str(music): "folder"}

    def test_from_a_csv_which_stands_above_tags(self, library: Library, music: Path, tmp_path: Path) -> None:
        csv = tmp_path / "shop.csv"
        csv.write_text("file,title,label,mood\none.flac,Uno,Gamma\nnowhere.flac,Nil,Nil\n", encoding="utf-8")
        done = scan_serially(library, music, csv=csv, label_from="csv").catalogued
        assert labels(library) == {"one.flac": "Gamma", "two.mp3": None, "three.ogg": None, FOUR: None}
        assert done.label_from == {str(music): "csv"}
        assert any(path == str(csv) and "'mood' is not known" in problem for path, problem in done.problems)
        one = next(track for track in library.tracks() if track.path.endswith("one.flac"))
        assert (one.title, one.artist_credit, one.release) == ("Uno", "Ann", "First")
        assert (one.sources["title"], one.sources["label"], one.sources["artists"]) == ("csv", "csv", "tag")

    def test_auto_takes_a_csv_that_tells_most_labels(self, library: Library, music: Path, tmp_path: Path) -> None:
        csv = tmp_path / "shop.csv"
        names = ("one.flac", "two.mp3", "three.ogg", "8A - 132 - Eve - Four.wav")
        csv.write_text("file,label\n" + "".join(f"{name},Gamma\n" for name in names[:1]), encoding="utf-8")
        assert scan_serially(library, music, csv=csv).catalogued.label_from == {str(music): "tag"}
        csv.write_text("file,label\n" + "".join(f"{name},Gamma\n" for name in names[:3]), encoding="utf-8")
        assert scan_serially(library, music, csv=csv).catalogued.label_from == {str(music): "csv"}
        assert set(labels(library).values()) == {"Gamma", None}

    def test_a_csv_may_tell_the_rest_and_tags_the_label(self, library: Library, music: Path, tmp_path: Path) -> None:
        csv = tmp_path / "shop.csv"
        csv.write_text("file,title,label\none.flac,Uno,Gamma\n", encoding="utf-8")
        scan_serially(library, music, csv=csv, label_from="tag")
        assert labels(library)["one.flac"] == "Alpha Records"
        assert "Uno" in {track.title for track in library.tracks()}

    def test_a_csv_that_cannot_be_read_stops_the_scan(self, library: Library, music: Path, tmp_path: Path) -> None:
        csv = tmp_path / "shop.csv"
        csv.write_text("a,b\n1,2\n", encoding="utf-8")
        with pytest.raises(MetadataError, match="neither a column for the file"):
            scan_serially(library, music, csv=csv)

    @pytest.mark.parametrize(("tagged", "decision"), [(2, "tag"), (1, "folder")])
    def test_auto_takes_tags_where_half_of_the_files_have_one(
        self, library: Library, tmp_path: Path, tagged: int, decision: str
    ) -> None:
        root = tmp_path / "mixed"
        for number in range(4):
            path = write_sound(root / "Folder" / f"{number}.wav", number)
            if number < tagged:
                write_tags(path, label="Tagged")
        assert scan_serially(library, root).catalogued.label_from == {str(root): decision}
        assert [one.label_from for one in library.roots()] == [decision]

    def test_a_later_scan_keeps_to_the_decision(self, library: Library, music: Path) -> None:
        assert scan_serially(library, music).catalogued.label_from == {str(music): "tag"}
        for number in range(10, 20):
            write_sound(music / "Untagged" / f"{number}.wav", number)
        assert scan_serially(library, music).catalogued.label_from == {str(music): "tag"}
        assert scan_serially(library, music, label_from="folder").catalogued.label_from == {str(music): "folder"}
        assert scan_serially(library).catalogued.label_from == {str(music): "folder"}
        assert scan_serially(library, music, label_from="auto").catalogued.label_from == {str(music): "folder"}

    def test_a_change_of_rules_decodes_nothing(self, library: Library, music: Path) -> None:
        scan_serially(library, music, label_from="tag")
        again = scan_serially(library, music, label_from="folder")
        assert (again.analysed, again.unchanged) == (0, 4)
        assert again.catalogued.changed == 4
        assert set(labels(library).values()) == {"Alpha", "Beta"}

    def test_scanning_one_file_again_keeps_its_folders_rules(self, library: Library, music: Path) -> None:
        scan_serially(library, music, label_from="folder")
        retouch(music / "Alpha" / "one.flac")
        done = scan_serially(library, music / "Alpha" / "one.flac")
        assert (done.found, done.analysed, done.catalogued.changed) == (1, 1, 0)
        assert labels(library)["one.flac"] == "Alpha"
        scan_serially(library, music / "Beta")
        assert labels(library)["three.ogg"] == "Beta"
        assert [root.path for root in library.roots()] == [str(music)]

    def test_a_file_by_itself_has_the_label_of_its_tag(self, library: Library, music: Path) -> None:
        scan_serially(library, music / "Alpha" / "one.flac", music / "Beta" / FOUR)
        assert labels(library) == {"one.flac": "Alpha Records", FOUR: None}
        assert library.roots() == [], "only folders are scanned again by themselves"

    def test_sources_are_kept(self, library: Library, music: Path) -> None:
        scan_serially(library, music, label_from="folder")
        tracks = {Path(track.path).name: track for track in library.tracks()}
        assert dict(tracks["two.mp3"].sources) == {
            "title": "tag",
            "artists": "tag",
            "label": "folder",
            "seconds": "analysis",
        }
        four = tracks[FOUR]
        assert (four.title, four.artist_credit, four.bpm) == ("Four", "Eve", 132.0)
        assert {four.sources[name] for name in ("title", "artists", "bpm", "key")} == {"file-name"}


class TestOneRecordingInSeveralFiles:
    def test_duplicates_are_one_track(self, library: Library, music: Path) -> None:
        copy = music / "Alpha" / "a copy.flac"
        copy.write_bytes((music / "Alpha" / "one.flac").read_bytes())
        done = scan_serially(library, music, label_from="tag").catalogued
        assert (done.tracks, done.duplicates, done.problems) == (4, 1, ())
        assert len(library.tracks()) == 4
        assert len(library.files()) == 5

    def test_the_file_that_counted_counts_on(self, library: Library, music: Path) -> None:
        scan_serially(library, music)
        copy = music / "Alpha" / "a copy.flac"
        copy.write_bytes((music / "Alpha" / "one.flac").read_bytes())
        done = scan_serially(library, music).catalogued
        assert (done.changed, done.moved, done.duplicates) == (0, 0, 1)
        (music / "Alpha" / "one.flac").unlink()
        done = scan_serially(library, music).catalogued
        assert (done.changed, done.moved, done.duplicates, done.missing) == (1, 1, 0, 0)
        assert "a copy.flac" in labels(library)

    def test_the_same_sound_under_two_labels_is_told(self, library: Library, music: Path) -> None:
        copy = music / "Beta" / "one again.flac"
        copy.write_bytes((music / "Alpha" / "one.flac").read_bytes())
        done = scan_serially(library, music, label_from="folder").catalogued
        assert done.problems == (
            (
                str(copy),
                f"holds the same sound as {music}/Alpha/one.flac, whose label 'Alpha' counts, but says 'Beta'",
            ),
        )
        assert labels(library)["one.flac"] == "Alpha"

    def test_a_copy_in_another_place_changes_nothing(self, library: Library, music: Path, tmp_path: Path) -> None:
        scan_serially(library, music)
        copy = tmp_path / "other" / "one.flac"
        copy.parent.mkdir()
        copy.write_bytes((music / "Alpha" / "one.flac").read_bytes())
        done = scan_serially(library, tmp_path / "other").catalogued
        assert (done.tracks, done.changed, done.duplicates) == (1, 0, 1)
        assert len(library.tracks()) == 4


class TestMovesAndLosses:
    def test_a_moved_file_is_the_same_track(self, library: Library, music: Path) -> None:
        scan_serially(library, music, label_from="folder")
        before = {track.audio_id for track in library.tracks()}
        move(music / "Alpha" / "one.flac", music / "Gamma" / "renamed.flac")
        done = scan_serially(library).catalogued
        assert (done.moved, done.changed, done.missing) == (1, 1, 0)
        assert {track.audio_id for track in library.tracks()} == before
        assert labels(library)["renamed.flac"] == "Gamma"
        assert str(music / "Alpha" / "one.flac") not in library.files()

    def test_a_renamed_folder_renames_the_label(self, library: Library, music: Path) -> None:
        scan_serially(library, music, label_from="folder")
        (music / "Alpha").rename(music / "Alfa")
        assert scan_serially(library).catalogued.moved == 2
        assert labels(library) == {"one.flac": "Alfa", "two.mp3": "Alfa", "three.ogg": "Beta", FOUR: "Beta"}

    def test_a_missing_file_stays_until_it_is_pruned(self, library: Library, music: Path) -> None:
        scan_serially(library, music)
        (music / "Beta" / "three.ogg").unlink()
        for _ in range(2):
            done = scan_serially(library).catalogued
            assert (done.tracks, done.missing) == (3, 1)
            assert len(library.tracks()) == 4
        done = scan_serially(library, prune=True).catalogued
        assert (done.tracks, done.missing) == (3, 1)
        assert len(library.tracks()) == len(library.files()) == 3
        assert scan_serially(library, prune=True).catalogued.missing == 0

    def test_a_file_that_comes_back_is_known(self, library: Library, music: Path, tmp_path: Path) -> None:
        scan_serially(library, music)
        away = move(music / "Beta" / "three.ogg", tmp_path / "away.ogg")
        scan_serially(library)
        move(away, music / "Beta" / "three.ogg")
        done = scan_serially(library)
        assert (done.analysed, done.unchanged, done.catalogued.missing) == (0, 4, 0)

    def test_pruning_one_place_leaves_others_alone(self, library: Library, music: Path, tmp_path: Path) -> None:
        other = write_sound(tmp_path / "other" / "five.wav", 5)
        scan_serially(library, music, other.parent)
        other.unlink()
        (music / "Alpha" / "one.flac").unlink()
        assert scan_serially(library, music, prune=True).catalogued.missing == 1
        assert len(library.tracks()) == 4
        assert str(other) in library.files()

    def test_a_track_that_moved_to_another_place_is_not_pruned(
        self, library: Library, music: Path, tmp_path: Path
    ) -> None:
        other = tmp_path / "other"
        other.mkdir()
        scan_serially(library, music)
        move(music / "Alpha" / "one.flac", other / "one.flac")
        assert scan_serially(library, other).catalogued.moved == 1
        done = scan_serially(library, music, prune=True).catalogued
        assert done.missing == 0
        assert len(library.tracks()) == len(library.files()) == 4

    def test_an_unplugged_disk_is_told_and_nothing_on_it_is_forgotten(
        self, library: Library, music: Path, tmp_path: Path
    ) -> None:
        other = write_sound(tmp_path / "other" / "five.wav", 5).parent
        scan_serially(library, music, other)
        other.rename(tmp_path / "unplugged")
        done = scan_serially(library, prune=True)
        assert [(one.path, one.reasons) for one in done.failures] == [
            (str(other), {"system": "is not there; is its disk connected?"})
        ]
        assert (done.found, done.catalogued.missing) == (4, 0)
        assert len(library.tracks()) == 5
        with pytest.raises(InputError, match="there is nothing at"):
            scan_serially(library, other)

    def test_another_sound_in_the_same_file_replaces_the_track(self, library: Library, music: Path) -> None:
        scan_serially(library, music)
        write_sound(music / "Beta" / FOUR, 40)
        done = scan_serially(library).catalogued
        assert (done.tracks, done.replaced, done.missing) == (4, 1, 0)
        tracks = library.tracks()
        assert len(tracks) == 4
        assert {track.audio_id for track in tracks} == {record.audio_id for record in library.files().values()}

    def test_a_replaced_sound_that_another_file_holds_stays(
        self, library: Library, music: Path, tmp_path: Path
    ) -> None:
        copy = tmp_path / "other" / "copy.wav"
        copy.parent.mkdir()
        copy.write_bytes((music / "Beta" / FOUR).read_bytes())
        scan_serially(library, music)
        scan_serially(library, copy.parent)
        write_sound(music / "Beta" / FOUR, 40)
        assert scan_serially(library, music).catalogued.replaced == 0
        done = scan_serially(library).catalogued
        assert (done.replaced, done.missing, done.moved, done.duplicates) == (0, 0, 1, 0)
        assert {Path(track.path).name for track in library.tracks()} >= {"copy.wav", FOUR}
        assert len(library.tracks()) == 5

    def test_a_retagged_file_is_the_same_track_with_new_tags(self, library: Library, music: Path) -> None:
        scan_serially(library, music)
        before = {track.audio_id for track in library.tracks()}
        write_tags(music / "Alpha" / "two.mp3", title="Due", artist="Ben", label="Delta")
        retouch(music / "Alpha" / "two.mp3")
        done = scan_serially(library)
        assert (done.analysed, done.catalogued.changed, done.catalogued.replaced) == (1, 1, 0)
        assert {track.audio_id for track in library.tracks()} == before
        assert labels(library)["two.mp3"] == "Delta"
        assert "Due" in {track.title for track in library.tracks()}
