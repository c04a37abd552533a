"""Scans measure what they decode, keep it, and fill in what no tag says."""

from pathlib import Path

import pytest
import soundfile
from beats import beat
from library_sounds import scan_serially, write_sound, write_tags

from earmark.audio import measure_settings
from earmark.audio.estimates import KeyEstimate, Measures, Section, TempoEstimate
from earmark.audio.measure_settings import MeasureSettings
from earmark.catalog.keys import Key
from earmark.errors import InputError, LibraryError
from earmark.library import analysis
from earmark.library.library import MEASURING, Library
from earmark.library.rows import MeasuresRecord

SLOW = MeasureSettings(bpm_range=(55, 100))


def write_beat(path: Path, bpm: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, beat(bpm, 16.0), 22_050)
    return path


@pytest.fixture
def beats(tmp_path: Path) -> Path:
    """A track without tags, and one whose name tells its tempo and key."""
    root = tmp_path / "beats"
    write_beat(root / "Alpha" / "untold.flac", 125.0)
    write_beat(root / "Alpha" / "3B - 64 - Ann - Told.flac", 128.0)
    return root


def by_name(library: Library) -> dict[str, Measures]:
    measures = library.measures()
    return {Path(record.path).name: measures[record.audio_id] for record in library.files().values()}


def test_a_scan_measures_every_track(library: Library, beats: Path) -> None:
    scan_serially(library, beats)
    measures = by_name(library)
    assert len(measures) == 2
    tempo = measures["untold.flac"].tempo
    assert tempo is not None
    assert tempo.bpm == pytest.approx(125, rel=1e-3)
    assert measures["untold.flac"].lufs is not None
    assert library.measured_by() == dict.fromkeys(library.measures(), MeasureSettings().key)


def test_estimates_fill_in_what_nobody_says_and_nothing_else(library: Library, beats: Path) -> None:
    scan_serially(library, beats)
    tracks = {Path(track.path).name: track for track in library.tracks()}
    untold, told = tracks["untold.flac"], tracks["3B - 64 - Ann - Told.flac"]
    assert untold.bpm == pytest.approx(125, rel=1e-3)
    assert untold.sources["bpm"] == "analysis"
    assert (told.bpm, told.key, told.sources["bpm"], told.sources["key"]) == (
        64,
        Key(1, "major"),
        "file-name",
        "file-name",
    )


def test_a_tag_that_comes_later_stands_above_the_estimate(library: Library, beats: Path) -> None:
    scan_serially(library, beats)
    write_tags(beats / "Alpha" / "untold.flac", bpm="62.5", title="Now told")
    scan_serially(library)
    [track] = [track for track in library.tracks() if track.title == "Now told"]
    assert (track.bpm, track.sources["bpm"]) == (62.5, "tag")


def test_a_second_scan_measures_nothing(library: Library, beats: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan_serially(library, beats)
    monkeypatch.delattr(analysis, "measure")
    assert scan_serially(library).unchanged == 2


def test_a_library_from_before_is_measured_without_making_features_again(
    library: Library, beats: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan_serially(library, beats)
    library.storage.database.drop_table("measures")
    opened = Library.open(library.address)
    assert opened.measures() == {}
    monkeypatch.delattr(analysis, "extract")
    done = scan_serially(opened)
    assert (done.analysed, done.failures, len(opened.measures())) == (2, (), 2)


def test_another_range_measures_again_and_is_kept(library: Library, beats: Path) -> None:
    scan_serially(library, beats)
    assert library.measure_settings() == MeasureSettings()
    assert scan_serially(library, measures=SLOW).analysed == 2
    tempo = by_name(library)["untold.flac"].tempo
    assert tempo is not None
    assert tempo.bpm == pytest.approx(62.5, rel=2e-3)
    assert scan_serially(Library.open(library.address)).analysed == 0, "a scan that asks for nothing keeps to it"
    assert Library.open(library.address).measure_settings() == SLOW
    untold = next(track for track in library.tracks() if track.path.endswith("untold.flac"))
    assert untold.bpm == pytest.approx(62.5, rel=2e-3)


def test_what_is_not_installed_fails_before_any_file(
    library: Library, beats: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure_settings, "find_spec", lambda _: None)
    with pytest.raises(InputError, match="Essentia"):
        scan_serially(library, beats, measures=MeasureSettings(backend="essentia"))
    assert library.files() == {}
    assert library.measure_settings() == MeasureSettings()


def test_a_damaged_file_of_settings_is_told(library: Library) -> None:
    library.storage.write(MEASURING, b'{"bpm_range": 3}')
    with pytest.raises(LibraryError, match=r"measuring.json is damaged .* delete it"):
        library.measure_settings()


def test_a_sound_too_short_for_a_tempo_leaves_it_open(library: Library, tmp_path: Path) -> None:
    write_sound(tmp_path / "music" / "short.flac", 1)
    scan_serially(library, tmp_path / "music")
    [track] = library.tracks()
    assert track.bpm is None
    [measures] = library.measures().values()
    assert measures.tempo is None


def made(audio_id: str) -> MeasuresRecord:
    tempo = TempoEstimate(128.0, 0.9, ((64.0, 0.2),))
    key = KeyEstimate(Key(9, "minor"), 0.6, ((Key(0, "major"), 0.3),))
    return MeasuresRecord(audio_id, "settings", Measures(tempo, key, -9.0, (-9.0,), 1.0, (Section(0.0, 1.0, 0.9),)))


def test_measures_are_read_for_the_tracks_that_are_asked_for(library: Library) -> None:
    records = [made(f"{number:032x}") for number in range(600)]
    assert library.measures() == {}
    library.measures_table.merge(record.to_row() for record in records)
    assert library.measures() == {record.audio_id: record.measures for record in records}
    two = [records[3].audio_id, records[5].audio_id, "f" * 32]
    assert library.measures(two) == {record.audio_id: record.measures for record in (records[3], records[5])}
    assert library.measures(iter([])) == {}
    many = [record.audio_id for record in records[:550]]
    assert library.measures(many).keys() == set(many)
    estimated = library.estimated()[records[0].audio_id]
    assert (estimated.bpm, estimated.key, estimated.source) == (128.0, Key(9, "minor"), "analysis")


def test_a_record_and_its_row() -> None:
    record = made("a" * 32)
    row = record.to_row()
    assert (row["bpm"], row["bpm_confidence"], row["key"], row["lufs"]) == (128.0, 0.9, "8A", -9.0)
    assert MeasuresRecord.from_row(row) == record
    empty = MeasuresRecord("b", "settings", Measures(None, None, None, (), 1.0, (Section(0.0, 0.1, 0.0),)))
    assert MeasuresRecord.from_row(empty.to_row()) == empty
