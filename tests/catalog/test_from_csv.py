"""CSV catalogues: columns, encodings, and rows matched to files."""

import csv
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from earmark.catalog.credits import Credits
from earmark.catalog.from_csv import COLUMNS, read_csv
from earmark.catalog.keys import Key
from earmark.catalog.track import Values
from earmark.errors import InputError, MetadataError

_NAMES = (
    "8A - 132 - Moogwai - Viola (Elevation Extended Remix).mp3",
    "9B - 132 - Markus Schulz Presents Dakota - Fire (Extended Mix).mp3",
)
STUDY = f""",BPM,Genre,Label,Song_name,Key,Artists,Length,Song_file,Length_minutes,Min_or_Maj
0,132,Trance,Coldharbour, Viola (Elevation Extended Remix).mp3,8A , Moogwai ,407.0,{_NAMES[0]},6.78,Min
1,132,Trance,Coldharbour, Fire (Extended Mix).mp3,9B , Markus Schulz Presents Dakota ,410.0,{_NAMES[1]},6.83,Maj
"""
SHOP = """Title;Mix Name;Artist(s);Remixers;Record Label;Album;Catalog #;Release Date;Length
Song;E Remix;A & B;E;Purple;Song EP;PUR 001;2018-03-05;6:47
"""


@pytest.fixture
def catalogue(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "tracks.csv"
        path.write_text(text, encoding=encoding)
        return path

    return write


def test_the_reference_studys_columns(catalogue: Callable[..., Path]) -> None:
    read = read_csv(catalogue(STUDY))
    assert read.rows[0] == Values(
        source="csv", title="Viola", mix="Elevation Extended Remix", artist_credit="Moogwai",
        artists=Credits(("Moogwai",), (), ("Elevation",)), label="Coldharbour", genre="Trance", bpm=132.0,
        key=Key(9, "minor"), seconds=407.0,
    )  # fmt: skip
    assert read.unknown_columns == ("Length_minutes", "Min_or_Maj")
    assert read.columns["Song_file"] == "file"
    assert read.problems == ()
    path = Path("/music/Coldharbour/9B - 132 - Markus Schulz Presents Dakota - Fire (Extended Mix).mp3")
    assert read.match(path) == read.rows[1]
    assert read.match(Path("/music/else.mp3")) == Values(source="csv")


def test_a_shops_columns_matched_by_artists_and_title(catalogue: Callable[..., Path]) -> None:
    read = read_csv(catalogue(SHOP, "utf-8-sig"))
    row = read.rows[0]
    assert (row.title, row.mix, row.label, row.release, row.catalogue_number) == (
        "Song",
        "E Remix",
        "Purple",
        "Song EP",
        "PUR 001",
    )
    assert (row.released, row.seconds, row.artists) == (dt.date(2018, 3, 5), 407.0, Credits(("A", "B"), (), ("E",)))
    tags = Values(source="tag", title="SONG", mix="E remix", artists=Credits(("B", "a")))
    assert read.match(Path("x.mp3"), [Values(source="tag"), tags]) == row
    other_mix = Values(source="tag", title="Song", artists=Credits(("A", "B")))
    assert read.match(Path("x.mp3"), [other_mix]).is_empty


def test_known_values_are_looked_at_only_where_the_name_fails(catalogue: Callable[..., Path]) -> None:
    read = read_csv(catalogue("file,bpm\nx.mp3,132\n"))

    def never() -> Values:
        raise AssertionError("looked at")

    assert read.match(Path("/music/x.mp3"), (never() for _ in range(1))).bpm == 132.0


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters(catalogue: Callable[..., Path], delimiter: str) -> None:
    read = read_csv(catalogue("FILE,Label,Key\nx.mp3,Purple,Am\n".replace(",", delimiter)))
    assert (read.rows[0].label, read.rows[0].key) == ("Purple", Key(9, "minor"))


def test_the_closest_folders_win(catalogue: Callable[..., Path]) -> None:
    read = read_csv(catalogue("path,bpm\nPurple/EP1/01.mp3,130\nPurple\\EP2\\01.mp3,131\nGreen/EP2/01.mp3,132\n"))
    assert read.match(Path("/music/Purple/EP1/01.mp3")).bpm == 130.0
    assert read.match(Path("/music/purple/ep2/01.MP3")).bpm == 131.0
    assert read.match(Path("/other/Green/EP2/01.mp3")).bpm == 132.0
    lost = read.match(Path("/other/01.mp3"))
    assert lost.is_empty
    assert lost.problems == (
        "3 different rows of tracks.csv match the file name '01.mp3' (rows 1, 2, 3 below the header); none is used",
    )


def test_equal_rows_are_one(catalogue: Callable[..., Path]) -> None:
    read = read_csv(catalogue("file,bpm\nx.mp3,132\nx.mp3,132\n"))
    assert read.match(Path("x.mp3")).bpm == 132.0


def test_decomposed_file_names_match(catalogue: Callable[..., Path]) -> None:
    read = read_csv(catalogue("file,bpm\nZoë.mp3,132\n"))
    assert read.match(Path("/music/Zoe\u0308.mp3")).bpm == 132.0


def test_latin_1_is_told(catalogue: Callable[..., Path]) -> None:
    read = read_csv(catalogue("title,artist\nSong,Zoë\n", "latin-1"))
    assert read.rows[0].artist_credit == "Zoë"
    assert "not UTF-8 and was read as Latin-1" in read.problems[0]


def test_bad_cells_are_problems_of_their_row(catalogue: Callable[..., Path]) -> None:
    read = read_csv(catalogue("file,bpm,key\nx.mp3,fast,8A\ny.mp3\n\nz.mp3,1,2,3\n"))
    assert (read.rows[0].bpm, read.rows[0].key) == (None, Key(9, "minor"))
    assert "bpm (csv): 'fast' is not a tempo" in read.match(Path("x.mp3")).problems[0]
    assert read.match(Path("y.mp3")).is_empty
    assert "1 rows of tracks.csv have more cells than the header" in read.problems[0]


def test_a_second_column_for_a_field_is_unknown(catalogue: Callable[..., Path]) -> None:
    read = read_csv(catalogue("file,Genre,genres,GENRE,mood\nx.mp3,Trance,House,Techno,sad\n"))
    assert read.rows[0].genre == "Trance"
    assert read.unknown_columns == ("genres", "GENRE", "mood")


def test_without_file_and_title_nothing_can_be_matched(catalogue: Callable[..., Path]) -> None:
    with pytest.raises(MetadataError, match=r"neither a column for the file \(file, path.*its columns are: Label, BPM"):
        read_csv(catalogue("Label,BPM\nPurple,132\n"))
    with pytest.raises(MetadataError, match="its columns are: none"):
        read_csv(catalogue(""))


def test_what_is_no_csv(catalogue: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(MetadataError, match="save it as CSV UTF-8"):
        read_csv(catalogue("title,artist\n", "utf-16"))
    with pytest.raises(MetadataError, match="quotation mark that is not closed"):
        read_csv(catalogue('title,artist\n"Song,A\n'))
    with pytest.raises(InputError, match="there is no CSV"):
        read_csv(tmp_path / "gone.csv")


def test_columns_are_written_as_they_are_compared() -> None:
    names = [name for several in COLUMNS.values() for name in several]
    assert len(names) == len(set(names))
    assert all(name == " ".join(name.lower().split()) for name in names)


CELL = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(CELL, CELL, st.integers(60, 200), st.integers(0, 23)), max_size=5),
    delimiter=st.sampled_from(",;\t"),
)
def test_round_trip(tmp_path: Path, rows: list[tuple[str, str, int, int]], delimiter: str) -> None:
    path = tmp_path / "round.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(["file", "label", "release", "bpm", "key"])
        for place, (label, release, bpm, key) in enumerate(rows):
            writer.writerow([f"{place}.mp3", label, release, bpm, Key.from_index(key).name])
    read = read_csv(path)
    for place, (label, release, bpm, key) in enumerate(rows):
        values = read.match(Path(f"/music/{place}.mp3"))
        assert (values.label, values.release, values.bpm, values.key) == (label, release, bpm, Key.from_index(key))
