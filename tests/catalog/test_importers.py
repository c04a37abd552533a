"""One contract for all importers: values of their own source, problems as sentences, no crash whatever they meet."""

from pathlib import Path
from typing import Any

import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutagen import flac

from earmark.catalog.from_csv import read_csv
from earmark.catalog.importers import IMPORTERS, ImportContext, import_file
from earmark.catalog.track import SOURCES, Source, Values, merge
from earmark.errors import InputError

# Half of mutagen is typed, so that its calls count as untyped.
tagged: Any = flac

NAMES = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=40).filter(
    lambda name: name not in (".", "..") and len(name.encode()) < 200
)


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music" / "Purple"
    folder.mkdir(parents=True)
    return folder


def write_flac(path: Path, tags: dict[str, str]) -> Path:
    soundfile.write(path, [0.0] * 4800, 48000, format="FLAC")
    opened = tagged.FLAC(path)
    opened.update(tags)
    opened.save()
    return path


@pytest.mark.parametrize("source", IMPORTERS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(name=NAMES, text=st.text(max_size=40))
def test_contract(source: Source, music: Path, name: str, text: str) -> None:
    path = music / name
    path.write_bytes(text.encode(errors="replace"))
    rows = music.parent / "rows.csv"
    cell = text.encode(errors="replace").decode().replace('"', "").replace("\0", "")
    rows.write_text(f'title,artist,bpm,key,released\n"{cell}","{cell}","{cell}","{cell}","{cell}"\n', encoding="utf-8")
    try:
        values = IMPORTERS[source].read(path, ImportContext(root=music.parent, csv=read_csv(rows)))
    finally:
        path.unlink()
    assert values.source == source
    assert all(isinstance(problem, str) and problem for problem in values.problems)


@pytest.mark.parametrize("source", IMPORTERS)
def test_summaries_and_empty_contexts(source: Source, music: Path) -> None:
    assert source in SOURCES
    assert 10 < len(IMPORTERS[source].summary) < 80
    path = write_flac(music / "x.flac", {})
    assert IMPORTERS[source].read(path, ImportContext()).is_empty


def test_everything_known_of_a_file(music: Path) -> None:
    path = write_flac(
        music / "8A - 132 - A - Song (E Remix).flac", {"title": "Song", "artist": "A", "bpm": "66", "label": "tagged"}
    )
    rows = music.parent / "rows.csv"
    rows.write_text("title,mix,artist,label\nsong,,a,Purple Recordings\n")
    context = ImportContext(root=music.parent, csv=read_csv(rows))
    values = import_file(path, context)
    assert [one.source for one in values] == ["csv", "tag", "file-name", "folder"]
    track = merge(values, audio_id="a", path=str(path), seconds=0.1)
    assert (track.label, track.bpm, track.mix) == ("Purple Recordings", 66.0, "E Remix")
    assert track.artists.remixers == ("E",)
    assert {name: track.sources[name] for name in ("label", "bpm", "key")} == {
        "label": "csv",
        "bpm": "tag",
        "key": "file-name",
    }
    assert merge(values, audio_id="a", path="x", seconds=1.0, label_from="folder").label == "Purple"
    assert merge(import_file(path), audio_id="a", path="x", seconds=1.0).label == "tagged"


def test_missing_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        import_file(tmp_path / "gone.mp3")


def test_tags_that_are_known_are_not_read_again(tmp_path: Path) -> None:
    known = Values(source="tag", label="Known", bpm=133.0)
    track = merge(import_file(tmp_path / "gone.mp3", ImportContext(tags=known)), audio_id="a", path="x", seconds=1.0)
    assert (track.label, track.bpm) == ("Known", 133.0)
