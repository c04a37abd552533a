import json
from pathlib import Path

from benchmarks.free_music.manifest import TEMPO_LABEL, read_tracks
from benchmarks.free_music.report import Finished, write_results
from benchmarks.free_music.run import ELECTRONIC, NINE, STUDIES
from browser import needed_browser
from made_comparison import make_comparison

from earmark.comparing.comparison import Comparison


def test_results_are_a_text_with_every_table_pictures_and_the_whole_in_json(tmp_path: Path) -> None:
    needed_browser()
    comparison = make_comparison()
    write_results([Finished("made-up", "A made-up comparison", comparison)], tmp_path, command="python run.py --seed 0")
    text = (tmp_path / "free-music.md").read_text("utf-8")
    for row in comparison.rows:
        assert f"| {row.name} | {row.level}s" in text
        assert f"| {row.accuracy:.3f} | {row.accuracy_interval} |" in text
    assert all(f"- {told}" in text for told in comparison.conclusions)
    assert "    python run.py --seed 0\n" in text
    pictures = sorted(path.name for path in (tmp_path / "free-music").glob("*.png"))
    assert len(pictures) == 4
    assert all(f"(free-music/{name})" in text for name in pictures)
    assert all((tmp_path / "free-music" / name).stat().st_size > 5_000 for name in pictures)
    kept = json.loads((tmp_path / "free-music" / "made-up.json").read_text())
    assert {name: kept[name] for name in comparison.to_json()} == comparison.to_json()
    assert Comparison.load(tmp_path / "free-music" / "made-up.json").rows == comparison.rows


def test_the_studies_are_about_the_labels_of_the_collection() -> None:
    labels = {track.label for track in read_tracks() if not track.excluded}
    assert labels == set(NINE)
    assert TEMPO_LABEL not in labels
    assert set(ELECTRONIC) < labels
    assert len(ELECTRONIC) == 6
    assert len({study.name for study in STUDIES}) == len(STUDIES)


def test_results_of_other_studies_stay(tmp_path: Path) -> None:
    needed_browser()
    comparison = make_comparison()
    for name in ("first", "second"):
        write_results([Finished(name, f"The {name} one", comparison)], tmp_path, command=f"run {name}")
    text = (tmp_path / "free-music.md").read_text("utf-8")
    assert text.index("## The first one") < text.index("    run first") < text.index("## The second one")
