"""Files: each format decodes to what went in, and its tags read back as written."""

from pathlib import Path
from typing import get_args

import av
import mutagen
import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from mutagen.mp4 import MP4

from earmark.demo.encode import write_audio
from earmark.demo.oscillators import SAMPLE_RATE
from earmark.demo.planning import AudioFormat
from earmark.demo.tagging import VORBIS_LABEL_FIELDS, write_tags
from earmark.demo.tags import Tags

FORMATS = get_args(AudioFormat)
TAGS = Tags(
    title="Half-Lit Harbour (Iska Brenndal Extended Remix)",
    artist="Elo-Marn pres. Ochre Tide feat. Lia Mondrake",
    album="Half-Lit Harbour EP",
    label="Tidelantern",
    catalog_number="TDL107",
    genre="Trance",
    date="2018-04-23",
    bpm=138,
    key="8A",
)


def chord() -> npt.NDArray[np.int16]:
    """Four seconds: 440 Hz on the left, 660 Hz on the right, at a quarter of full scale."""
    seconds = np.arange(4 * SAMPLE_RATE) / SAMPLE_RATE
    sides = np.stack([np.sin(2 * np.pi * hertz * seconds) for hertz in (440, 660)], axis=1)
    return (8192 * sides).astype(np.int16)


def decoded(path: Path) -> npt.NDArray[np.float64]:
    """Samples by PyAV, of shape (2, n), in -1..1."""
    with av.open(str(path)) as container:
        blocks: list[npt.NDArray[np.float64]] = []
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=SAMPLE_RATE)
        for frame in container.decode(audio=0):
            blocks += [part.to_ndarray().astype(float) for part in resampler.resample(frame)]
    return np.concatenate(blocks, axis=1)


@pytest.fixture(params=FORMATS)
def audio_format(request: pytest.FixtureRequest) -> AudioFormat:
    name: AudioFormat = request.param
    return name


@pytest.fixture
def file(tmp_path: Path, audio_format: AudioFormat) -> Path:
    path = tmp_path / "0.unfinished"
    write_audio(path, chord(), audio_format=audio_format, bitrate=192)
    return path


def test_formats_keep_length_sides_and_level(file: Path) -> None:
    signal = decoded(file)
    # Encoders pad to whole frames; none adds more than a tenth of a second.
    assert 4 * SAMPLE_RATE <= signal.shape[1] < 4.1 * SAMPLE_RATE
    middle = signal[:, SAMPLE_RATE : 3 * SAMPLE_RATE]
    # LAME turns everything down by 2 % against clipping.
    assert middle.std(axis=1) == pytest.approx([0.25 / np.sqrt(2)] * 2, rel=0.04)
    strongest = np.argmax(np.abs(np.fft.rfft(middle)), axis=1) / 2
    assert strongest == pytest.approx([440, 660], abs=1)


@pytest.mark.parametrize("lossless", ["wav", "flac"])
def test_lossless_formats_lose_nothing(tmp_path: Path, lossless: AudioFormat) -> None:
    path = tmp_path / "track"
    write_audio(path, chord(), audio_format=lossless, bitrate=0)
    write_tags(path, TAGS, audio_format=lossless)
    samples, rate = soundfile.read(path, dtype="int16")
    assert rate == SAMPLE_RATE
    assert np.array_equal(samples, chord())


@pytest.mark.parametrize(("bitrate", "smallest", "largest"), [(192, 185, 205), (256, 248, 270), (320, 310, 335)])
def test_mp3_keeps_its_bitrate(tmp_path: Path, bitrate: int, smallest: int, largest: int) -> None:
    path = tmp_path / "track.mp3"
    write_audio(path, chord(), audio_format="mp3", bitrate=bitrate)
    assert smallest < path.stat().st_size * 8 / 4 / 1000 < largest


def read_tags(path: Path, audio_format: AudioFormat) -> dict[str, str]:
    """Every tag as plain text, keyed by the container's own name."""
    renamed = path.rename(path.with_suffix(f".{audio_format}"))
    file = mutagen.File(renamed)
    assert file is not None
    if isinstance(file, MP4):
        values = {name: file[name][0] for name in file}
        return {name: bytes(v).decode() if isinstance(v, bytes) else str(v) for name, v in values.items()}
    return {name: str(file[name][0] if isinstance(file[name], list) else file[name]) for name in file}


EXPECTED = {
    "id3": {
        "TIT2": TAGS.title, "TPE1": TAGS.artist, "TPE4": "Iska Brenndal", "TALB": TAGS.album, "TPUB": TAGS.label,
        "TXXX:CATALOGNUMBER": TAGS.catalog_number, "TCON": TAGS.genre, "TDRC": TAGS.date, "TBPM": "138",
        "TKEY": TAGS.key,
    },
    "vorbis": {
        "title": TAGS.title, "artist": TAGS.artist, "album": TAGS.album, "organization": TAGS.label,
        "catalognumber": TAGS.catalog_number, "genre": TAGS.genre, "date": TAGS.date, "bpm": "138",
        "initialkey": TAGS.key,
    },
    "mp4": {
        "\xa9nam": TAGS.title, "\xa9ART": TAGS.artist, "\xa9alb": TAGS.album, "\xa9gen": TAGS.genre,
        "\xa9day": TAGS.date, "tmpo": "138", "----:com.apple.iTunes:LABEL": TAGS.label,
        "----:com.apple.iTunes:CATALOGNUMBER": TAGS.catalog_number, "----:com.apple.iTunes:initialkey": TAGS.key,
    },
}  # fmt: skip
KINDS = {"mp3": "id3", "wav": "id3", "flac": "vorbis", "ogg": "vorbis", "m4a": "mp4"}


def test_tags_read_back(file: Path, audio_format: AudioFormat) -> None:
    write_tags(file, TAGS, audio_format=audio_format, variant=1)
    found = read_tags(file, audio_format)
    expected = EXPECTED[KINDS[audio_format]]
    assert {name: found.get(name) for name in expected} == expected


def test_missing_tags_are_not_written(file: Path, audio_format: AudioFormat) -> None:
    bare = Tags(
        title="Silver Orbit (Original Mix)", artist="Veltrane", album=None, label=None, catalog_number=None,
        genre="Trance", date="2018-01-01", bpm=None, key=None,
    )  # fmt: skip
    write_tags(file, bare, audio_format=audio_format)
    found = {name.lower() for name in read_tags(file, audio_format)}
    for name in ("label", "organization", "tpub", "bpm", "tmpo", "key", "tpe4", "alb", "catalog"):
        assert not any(name in tag for tag in found)


def test_vorbis_labels_go_round_the_fields(tmp_path: Path) -> None:
    for variant, field in enumerate((*VORBIS_LABEL_FIELDS, VORBIS_LABEL_FIELDS[0])):
        path = tmp_path / f"{variant}"
        write_audio(path, chord()[:5000], audio_format="flac", bitrate=0)
        write_tags(path, TAGS, audio_format="flac", variant=variant)
        assert read_tags(path, "flac")[field] == "Tidelantern"
