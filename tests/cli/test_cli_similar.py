import json
from pathlib import Path

import pytest
from cli_runs import run_apart
from library_sounds import write_sound
from made_collection import made_measures
from tiny_library import make_track, tiny_library
from typer.testing import CliRunner, Result

from earmark.audio.measure_settings import MeasureSettings
from earmark.catalog.keys import Key
from earmark.catalog.track import Track
from earmark.cli.main import app
from earmark.errors import EarmarkError, InputError, UnknownNameError
from earmark.executors import SerialExecutor
from earmark.library.library import Library
from earmark.library.rows import MeasuresRecord
from earmark.similarity.vectors.embedding import embed_library
from earmark.similarity.vectors.sources import mfcc_source

LABELS = ("Amber", "Basalt", "Cobalt")


def tracks() -> list[Track]:
    """36 tracks of three labels round the wheel, five minutes each; track 7's title is written like markup."""
    return [
        make_track(
            number,
            LABELS[number % 3],
            f"Act {number}",
            title="[red]Seven[/red]" if number == 7 else f"Song {number}",
            bpm=126.0 + number % 6,
            key=Key.from_index(2 * (number % 12)),
            seconds=300.0 + number,
            sources={"bpm": "tag", "key": "tag"},
        )
        for number in range(36)
    ]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of the tracks, measured and with vectors."""
    address = tmp_path_factory.mktemp("similar") / "library"
    made = tiny_library(address, tracks())
    key = MeasureSettings().key
    measured = [MeasuresRecord(one.audio_id, key, made_measures(-16 + n / 4)) for n, one in enumerate(tracks())]
    made.measures_table.merge(one.to_row() for one in measured)
    embed_library(made, mfcc_source(), executor=SerialExecutor())
    return address


@pytest.fixture
def earmark(library: Path, monkeypatch: pytest.MonkeyPatch) -> "Earmark":
    monkeypatch.setenv("EARMARK_LIBRARY", str(library))
    return Earmark()


class Earmark:
    """Runs a command in this process."""

    def __call__(self, *args: object) -> Result:
        result = CliRunner().invoke(app, [*map(str, args), "--mfcc"])
        if isinstance(result.exception, EarmarkError):
            raise result.exception
        assert result.exit_code in (0, 3), result.output
        return result

    def json(self, *args: object) -> dict[str, object]:
        """What a command prints as JSON."""
        read: dict[str, object] = json.loads(self(*args, "--json").stdout)
        return read


def titles(found: object) -> list[str]:
    assert isinstance(found, list)
    return [one["track"]["title"] for one in found]


def test_similar_shows_neighbours_with_reasons(earmark: Earmark) -> None:
    shown = earmark("similar", "song 4", "-k", "5").stdout
    assert "sounds nearer than" in shown
    found = earmark.json("similar", "song 4", "-k", "5", "--max-per-artist", "0")
    neighbours = found["neighbours"]
    assert isinstance(neighbours, list)
    assert len(neighbours) == 5
    assert "Song 4" not in titles(neighbours)
    assert {one["track"]["label"] for one in neighbours} == {"Basalt"}, "the made features tell the labels"


def test_titles_are_never_markup(earmark: Earmark) -> None:
    assert "[red]Seven[/red]" in earmark("similar", "song 4", "-k", "30").stdout
    assert "[red]Seven[/red]" in earmark("setlist", "--from", "seven", "--minutes", "15").stdout


@pytest.mark.parametrize("command", ["similar", "next"])
def test_filters_hold(earmark: Earmark, command: str) -> None:
    name = {"similar": "neighbours", "next": "suggestions"}[command]
    options = ["--bpm", "126-128", "--exclude-label", "basalt", "--exclude-artist", "act 3", "-k", "30"]
    found = earmark.json(command, "song 5", *options)[name]
    assert isinstance(found, list)
    assert found
    for one in found:
        assert 126 <= one["track"]["bpm"] <= 128
        assert one["track"]["label"] != "Basalt"
        assert one["track"]["title"] != "Song 3"
    only = earmark.json(command, "song 5", "--label", "cobalt", "--key", "6A", "--key", "7A", "-k", "30")[name]
    assert isinstance(only, list)
    assert {one["track"]["key"] for one in only} <= {"6A", "7A"}


def test_likes_and_unlikes_re_rank(earmark: Earmark) -> None:
    plain = earmark.json("similar", "song 4", "-k", "20")["neighbours"]
    liked = earmark.json("similar", "song 4", "-k", "20", "--like", "song 5", "--unlike", "song 10")["neighbours"]
    assert titles(plain) != titles(liked)
    assert not {"Song 5", "Song 10"} & set(titles(liked))


def test_next_knows_likes_and_unlikes(earmark: Earmark) -> None:
    asked = ("next", "song 4", "-k", "20", "--pitch-range", "50", "--rules", "same,adjacent,relative,diagonal")
    plain, found = earmark.json(*asked), earmark.json(*asked, "--like", "song 5", "--unlike", "song 10")
    assert titles(plain["suggestions"]) != titles(found["suggestions"])
    assert "Song 10" not in titles(found["suggestions"])
    notes = found["notes"]
    assert isinstance(notes, list)
    assert any("towards 1 liked track and away from 1 disliked track" in note for note in notes)


def test_next_keeps_the_rules_and_explains(earmark: Earmark) -> None:
    found = earmark.json("next", "song 4", "--rules", "same,adjacent", "--pitch-range", "2", "-k", "30")["suggestions"]
    assert isinstance(found, list)
    assert {one["track"]["key"] for one in found} == {"4A", "5A", "6A"}
    for one in found:
        assert abs(one["speed"] - 1) <= 0.02
        assert [reason["term"] for reason in one["reasons"]] == ["sound", "key", "tempo", "level", "energy", "variety"]
    assert "After Act 4 - Song 4 (130 BPM, 5A), by" in earmark("next", "song 4", "-k", "2").stderr
    long = earmark("next", "song 4", "--explain", "-k", "2").stdout
    assert "counts" in long
    assert "36 %" in long


def test_a_set_is_made_and_written(earmark: Earmark, tmp_path: Path) -> None:
    where = tmp_path / "set.m3u8"
    options = ["--from", "song 1", "--to", "song 34", "--minutes", "30", "--curve", "rise"]
    found = earmark.json("setlist", *options, "--export", where)
    steps = found["steps"]
    assert titles(steps)[0] == "Song 1"
    assert titles(steps)[-1] == "Song 34"
    assert isinstance(found["seconds"], float)
    assert abs(found["seconds"] - 1800) <= 60
    lines = where.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == [one["track"]["path"] for one in steps]  # type: ignore[attr-defined]  # a list of steps
    shown = earmark("setlist", *options).stdout
    assert "Song 34" in shown
    assert earmark("setlist", *options).stdout == shown


def test_results_are_written_for_dj_software(earmark: Earmark, tmp_path: Path) -> None:
    for command, ending in (("similar", "xml"), ("next", "nml")):
        where = tmp_path / f"found.{ending}"
        assert "Wrote" in earmark(command, "song 4", "--export", where, "--path-map", "/nowhere=D:/Music").stderr
        assert "Song" in where.read_text(encoding="utf-8")


def test_a_file_beside_the_library_is_heard(earmark: Earmark, tmp_path: Path) -> None:
    path = write_sound(tmp_path / "8A - 128 - Nobody - New One.wav", 5, seconds=4.0)
    for command, name in (("similar", "neighbours"), ("next", "suggestions")):
        found = earmark.json(command, path, "-k", "3")
        assert found["track"]["title"] == "New One"  # type: ignore[index]  # a track
        assert len(found[name]) <= 3  # type: ignore[arg-type]  # a list
    made = earmark.json("setlist", "--from", path, "--minutes", "20")
    assert titles(made["steps"])[0] == "New One"


@pytest.mark.parametrize(
    ("args", "error", "told"),
    [
        (["similar", "song"], InputError, r"means 35 tracks"),
        (["next", "song 99"], InputError, r"there is no track called 'song 99'"),
        (["similar", "song 4", "--label", "Granite"], UnknownNameError, "no label called 'Granite'"),
        (["similar", "song 4", "--key", "H"], InputError, "'H' is no key"),
        (["next", "song 4", "--rules", "up"], UnknownNameError, "known: same, adjacent"),
        (["next", "song 4", "--weight", "mood=2"], UnknownNameError, "known: sound, key"),
        (["setlist", "--from", "song 4", "--to", "song 4"], InputError, "name two tracks"),
        (["setlist", "--from", "song 4", "--to", "song 5", "--minutes", "3"], InputError, "ask for more minutes"),
        (["setlist", "--from", "song 4", "--minutes", "900"], InputError, "ask for fewer minutes"),
        (["setlist", "--from", "song 4", "--curve", "up"], UnknownNameError, "energy curve"),
        (["similar", "song 99", "--export", "x.txt"], InputError, "x.txt does not say its format"),
        (["next", "song 99", "--export", "x.xml", "--path-map", "D"], InputError, "a path map is FROM=TO"),
        (["setlist", "--from", "song 99", "--export", "set"], InputError, "set does not say its format"),
    ],
)
def test_what_cannot_be_done_is_said(earmark: Earmark, args: list[str], error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        earmark(*args)


def test_an_empty_library_and_one_without_vectors_say_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Library.create(tmp_path / "empty")
    tiny_library(tmp_path / "bare", tracks()[:3])
    for name, told in (("empty", "earmark scan"), ("bare", "earmark embed")):
        monkeypatch.setenv("EARMARK_LIBRARY", str(tmp_path / name))
        with pytest.raises(InputError, match=told):
            Earmark()("similar", "song 1")


def test_a_new_track_is_embedded_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tiny_library(tmp_path / "library", tracks()[:8])
    embed_library(made, mfcc_source(), executor=SerialExecutor())
    tiny_library(tmp_path / "library", tracks()[8:9])
    monkeypatch.setenv("EARMARK_LIBRARY", str(tmp_path / "library"))
    ran = Earmark()("similar", "song 8", "-k", "2")
    assert "Making the vectors of 1 track without one" in ran.stderr
    assert "sounds" in ran.stdout


def test_an_error_is_a_message_and_exit_code_2(library: Path) -> None:
    ran = run_apart("next", "song", "--mfcc", library=library)
    assert ran.code == 2
    assert ran.err.startswith("earmark: 'song' means 35 tracks; give more words")
    assert ran.out == ""
