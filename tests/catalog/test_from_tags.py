"""Tags, written into real files of every format by mutagen and read back."""

import datetime as dt
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import mutagen
import numpy as np
import pytest
import soundfile
from mutagen import id3, mp4

from earmark.catalog.credits import Credits
from earmark.catalog.from_tags import read_tags
from earmark.catalog.keys import Key
from earmark.catalog.track import Values
from earmark.errors import InputError

# Half of mutagen is typed, so that its calls count as untyped.
frames: Any = id3
atoms: Any = mp4

FORMATS = ("mp3", "wav", "aiff", "flac", "ogg", "opus", "m4a")
_SUBTYPES = {"ogg": ("OGG", "VORBIS"), "opus": ("OGG", "OPUS")}
EXPECTED = Values(
    source="tag",
    title="Song",
    mix="E Extended Remix",
    artist_credit="A & B feat. D",
    artists=Credits(("A", "B"), ("D",), ("E",)),
    label="Purple",
    release="Song EP",
    catalogue_number="PUR 001",
    genre="Trance",
    released=dt.date(2018, 3, 5),
    bpm=128.0,
    key=Key(9, "minor"),
)


def write_silence(path: Path) -> None:
    """A tenth of a second of silence in the format of the file's ending."""
    if path.suffix == ".m4a":
        with av.open(str(path), "w", format="ipod") as container:
            stream = container.add_stream("aac", rate=48000)
            frame = av.AudioFrame.from_ndarray(np.zeros((2, 4800), np.float32), format="fltp", layout="stereo")
            frame.sample_rate = 48000
            container.mux([*stream.encode(frame), *stream.encode(None)])
        return
    kind, subtype = _SUBTYPES.get(path.suffix[1:], (path.suffix[1:].upper(), None))
    soundfile.write(path, np.zeros(4800, np.float32), 48000, format=kind, subtype=subtype)


@pytest.fixture(scope="module")
def silence(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("silence")
    paths = {kind: folder / f"silence.{kind}" for kind in FORMATS}
    for path in paths.values():
        write_silence(path)
    return paths


@pytest.fixture
def new_file(silence: dict[str, Path], tmp_path: Path) -> Callable[[str], Path]:
    return lambda kind: Path(shutil.copy(silence[kind], tmp_path / f"track.{kind}"))


def tag_as_shops_do(path: Path) -> None:
    opened = mutagen.File(path)
    assert opened is not None
    if path.suffix in (".mp3", ".wav", ".aiff"):
        opened.add_tags()
        for frame in (
            frames.TIT2(text="Song (E Extended Remix)"),
            frames.TPE1(text="A & B feat. D"),
            frames.TALB(text="Song EP"),
            frames.TPUB(text="Purple"),
            frames.TXXX(desc="CATALOGNUMBER", text="PUR 001"),
            frames.TCON(text="Trance"),
            frames.TDRC(text="2018-03-05"),
            frames.TBPM(text="128.00"),
            frames.TKEY(text="Am"),
            frames.COMM(lang="eng", text="8A - Energy 7"),
        ):
            opened.tags.add(frame)
    elif path.suffix == ".m4a":
        free = "----:com.apple.iTunes:"
        opened.tags.update({
            "\xa9nam": "Song (E Extended Remix)", "\xa9ART": "A & B feat. D", "\xa9alb": "Song EP", "\xa9gen": "Trance",
            "\xa9day": "2018-03-05", "tmpo": [128], f"{free}LABEL": atoms.MP4FreeForm(b"Purple"),
            f"{free}CATALOGNUMBER": atoms.MP4FreeForm(b"PUR 001"), f"{free}initialkey": atoms.MP4FreeForm(b"8A"),
        })  # fmt: skip
    else:
        opened.tags.update({
            "TITLE": "Song (E Extended Remix)", "ARTIST": "A & B feat. D", "ALBUM": "Song EP", "ORGANIZATION": "Purple",
            "CATALOGNUMBER": "PUR 001", "GENRE": "Trance", "DATE": "2018-03-05", "BPM": "128", "INITIALKEY": "1m",
        })  # fmt: skip
    opened.save()


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_tells_the_same(kind: str, new_file: Callable[[str], Path]) -> None:
    path = new_file(kind)
    tag_as_shops_do(path)
    assert read_tags(path) == EXPECTED


@pytest.mark.parametrize("kind", FORMATS)
def test_files_without_tags_tell_nothing(kind: str, new_file: Callable[[str], Path]) -> None:
    assert read_tags(new_file(kind)) == Values(source="tag")


def test_id3v23_and_its_older_frames(new_file: Callable[[str], Path]) -> None:
    path = new_file("mp3")
    tags = frames.ID3()
    for frame in (
        frames.TYER(text="2018"),
        frames.TDAT(text="0503"),
        frames.TCON(text="(31)"),
        frames.TPE4(text="E & F"),
        frames.TIT3(text="Club Mix"),
        frames.TXXX(desc="Label", text="Purple"),
        frames.TXXX(desc="initialkey", text="8A"),
        frames.TPE1(text=["Aly & Fila", "Ferry Corsten"]),
    ):
        tags.add(frame)
    tags.save(path, v2_version=3)
    values = read_tags(path)
    assert (values.released, values.genre, values.label, values.mix) == (
        dt.date(2018, 3, 5),
        "Trance",
        "Purple",
        "Club Mix",
    )
    assert values.key == Key(9, "minor")
    assert values.artists == Credits(("Aly & Fila", "Ferry Corsten"), (), ("E", "F"))


def test_id3v22(new_file: Callable[[str], Path]) -> None:
    def frame(name: bytes, text: bytes) -> bytes:
        return name + len(text + b"\0").to_bytes(3, "big") + b"\0" + text

    tags = frame(b"TT2", b"Song") + frame(b"TP1", b"A") + frame(b"TBP", b"132") + frame(b"TPB", b"Purple")
    path = new_file("mp3")
    header = b"ID3\x02\x00\x00" + bytes([0, 0, len(tags) >> 7, len(tags) & 127])
    path.write_bytes(header + tags + path.read_bytes())
    values = read_tags(path)
    assert (values.title, values.artist_credit, values.bpm, values.label) == ("Song", "A", 132.0, "Purple")


def test_several_values(new_file: Callable[[str], Path]) -> None:
    path = new_file("flac")
    opened = mutagen.File(path)
    assert opened is not None
    opened.tags.update({"artist": ["A feat. D", "B"], "genre": ["Trance", "House"], "remixer": "E", "date": "2018"})
    opened.save()
    values = read_tags(path)
    assert values.artists == Credits(("A", "B"), ("D",), ("E",))
    assert (values.artist_credit, values.genre) == ("A feat. D, B", "Trance; House")
    assert (values.released, values.released_precision) == (dt.date(2018, 1, 1), "year")


def test_subtitles_that_are_no_mix_are_left(new_file: Callable[[str], Path]) -> None:
    path = new_file("flac")
    opened = mutagen.File(path)
    assert opened is not None
    opened.tags.update({"title": "Song", "subtitle": "Music for Rain"})
    opened.save()
    assert (read_tags(path).title, read_tags(path).mix) == ("Song", None)


def test_bad_values_are_problems(new_file: Callable[[str], Path]) -> None:
    path = new_file("mp3")
    tags = frames.ID3()
    for frame in (
        frames.TBPM(text="abc"),
        frames.TKEY(text="o"),
        frames.TXXX(desc="INITIALKEY", text="8Z"),
        frames.TDRC(text="2018-99-99"),
        frames.TIT2(text="S"),
    ):
        tags.add(frame)
    tags.save(path)
    values = read_tags(path)
    assert (values.title, values.bpm, values.key, values.released) == ("S", None, None, None)
    assert any("bpm (tag): 'abc' is not a tempo" in problem for problem in values.problems)


def test_the_second_frame_stands_in_for_a_bad_first(new_file: Callable[[str], Path]) -> None:
    path = new_file("mp3")
    tags = frames.ID3()
    for frame in (frames.TKEY(text="?"), frames.TXXX(desc="INITIALKEY", text="8A")):
        tags.add(frame)
    tags.save(path)
    values = read_tags(path)
    assert values.key == Key(9, "minor")
    assert len(values.problems) == 1


def test_an_unknown_file_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp3"
    path.write_text("no audio at all")
    values = read_tags(path)
    assert values.is_empty
    assert "tags cannot be read" in values.problems[0]
    (tmp_path / "notes.txt").write_text("no audio at all")
    assert "no kind of tags is known" in read_tags(tmp_path / "notes.txt").problems[0]


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no file .*gone\.mp3"):
        read_tags(tmp_path / "gone.mp3")
    with pytest.raises(InputError, match="there is no file"):
        read_tags(tmp_path)


@pytest.mark.parametrize("kind", FORMATS)
def test_damaged_files_never_crash(kind: str, new_file: Callable[[str], Path]) -> None:
    """Bytes flipped and files cut at random: values or problems come back, whatever is left of the tags."""
    path = new_file(kind)
    tag_as_shops_do(path)
    whole = path.read_bytes()
    rng = random.Random(7)
    for _ in range(60):
        damaged = bytearray(whole[: rng.choice([len(whole), rng.randrange(1, len(whole))])])
        for _ in range(rng.randrange(1, 30)):
            damaged[rng.randrange(min(len(damaged), 1500))] = rng.randrange(256)
        path.write_bytes(damaged)
        values = read_tags(path)
        assert values.source == "tag"
        assert all(isinstance(problem, str) for problem in values.problems)


def test_tags_are_never_written(new_file: Callable[[str], Path]) -> None:
    path = new_file("m4a")
    tag_as_shops_do(path)
    before = path.read_bytes()
    read_tags(path)
    assert path.read_bytes() == before
    assert atoms.MP4(path).tags is not None
