from pathlib import Path

import pytest

from earmark.catalog.csv_tracks import tracks_of_csv
from earmark.errors import InputError, MetadataError


def test_rows_become_tracks(tmp_path: Path) -> None:
    path = tmp_path / "releases.csv"
    path.write_text(
        "Song_name,Artists,Label,BPM,Key,Length,Shelf\n"
        "Dawn (Ben Remix),Ann,Amber,138,8A,300,7\n"
        "Dusk,Cid,AMBER,,,,8\n"
        "Noon,Dee,Amber,140,Am,6:30,9\n"
    )
    tracks, catalogue = tracks_of_csv(path)
    assert [track.title for track in tracks] == ["Dawn", "Dusk", "Noon"]
    assert [track.label for track in tracks] == ["Amber"] * 3
    assert [track.seconds for track in tracks] == [300.0, 0.0, 390.0]
    assert tracks[0].artists.remixers == ("Ben",)
    assert len({track.audio_id for track in tracks}) == 3
    assert tracks[1].path == "releases.csv, row 2"
    assert catalogue.unknown_columns == ("Shelf",)


def test_a_file_that_is_not_there_or_no_csv(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no CSV"):
        tracks_of_csv(tmp_path / "none.csv")
    (tmp_path / "odd.csv").write_text("colour\nred\n")
    with pytest.raises(MetadataError, match="neither a column for the file"):
        tracks_of_csv(tmp_path / "odd.csv")
