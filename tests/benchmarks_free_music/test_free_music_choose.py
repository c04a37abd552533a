import json
from pathlib import Path

import pytest
from benchmarks.free_music.choose import (
    BEGIN,
    CORPORA,
    END,
    SEED,
    Held,
    _section,
    inner_splits,
    load_held,
    write_between,
)
from benchmarks.free_music.run import FOLDS
from benchmarks.free_music.variants import UNCHANGED, VARIANTS

from earmark.comparing.material import Material
from earmark.datasets import trance_four_labels
from earmark.errors import InputError
from earmark.evaluation.splits import SplitMode, folds
from earmark.models.files import write_json
from earmark.models.registry import model_spec
from earmark.training.train import VALIDATION_FRACTION


@pytest.fixture(scope="module")
def material() -> Material:
    tracks = tuple(track for track in trance_four_labels() if track.label)
    return Material(tracks, tuple(sorted({str(track.label) for track in tracks})))


def held(called: tuple[int, ...]) -> Held:
    return Held(
        groups=(0, 1, 2, 3),
        truth=(0, 0, 1, 1),
        called=called,
        likelihood=(0.5, 0.5, 0.5, 0.5),
        aurocs={"entropy": 0.75},
        seconds=2.0,
    )


def test_each_variant_is_another_model_and_the_first_is_the_one_that_is_trained() -> None:
    specs = [variant.spec for variant in VARIANTS.values()]
    assert next(iter(VARIANTS)) == UNCHANGED
    assert specs[0] == model_spec("earmark")
    assert all(one not in specs[:at] for at, one in enumerate(specs))
    assert len({variant.told for variant in VARIANTS.values()}) == len(VARIANTS)


@pytest.mark.parametrize("mode", ["song", "artist"])
def test_no_choice_meets_the_test_songs_of_the_fold_that_it_is_made_in(material: Material, mode: SplitMode) -> None:
    songs = list(material.songs.values())
    outer = folds(songs, mode=mode, k=FOLDS, seed=SEED, validation_fraction=VALIDATION_FRACTION)
    inner = inner_splits(material, mode=mode)
    assert len(inner) == FOLDS
    for around, within in zip(outer, inner, strict=True):
        met = {*within.train, *within.validation, *within.test}
        assert met == {*around.train, *around.validation}
        assert not met & set(around.test)
        within.check([song for song in songs if song.id in met])


def test_what_is_kept_is_read_again_and_only_for_the_same_settings_and_songs(tmp_path: Path) -> None:
    path, one = tmp_path / "one.json", held((0, 1, 1, 1))
    assert load_held(path, "key") is None
    write_json(path, {"key": "key", "held": {slot: getattr(one, slot) for slot in Held.__slots__}})
    assert load_held(path, "key") == one
    assert load_held(path, "another") is None
    path.write_text(json.dumps({"key": "key", "held": {}}), "utf-8")
    with pytest.raises(InputError, match=r"damaged .* delete it and run again"):
        load_held(path, "key")


def test_a_row_tells_scores_and_how_many_songs_a_change_won_and_lost() -> None:
    # Called 0, 1, 1, 1 where 0, 0, 1, 1 is true; with the change all are called 0: one song won, two lost.
    lines = _section(CORPORA[0], {UNCHANGED: held((0, 1, 1, 1)), "no-rhythm": held((0, 0, 0, 0))})
    assert lines[0] == "### Nine collections, songs dealt at random (`nine-by-song`, 4 held-out songs)"
    unchanged, changed = (next(one for one in lines if one.startswith(f"| {VARIANTS[name].told} |"))
                          for name in (UNCHANGED, "no-rhythm"))  # fmt: skip
    assert unchanged.startswith("| as it is | 0.750 (")
    assert unchanged.endswith("| 0.733 | 0.693 |  | 2.0 |")
    assert changed.endswith("| 0.333 | 0.693 | +1 -2 | 2.0 |")
    assert "AUROC of held-back labels, earmark: entropy 0.750." in lines
    assert _section(CORPORA[0], {}) == []


def test_tables_go_between_the_marks_and_nothing_else_changes(tmp_path: Path) -> None:
    path = tmp_path / "log.md"
    path.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", "utf-8")
    for _ in range(2):
        write_between(path, "new")
        assert path.read_text("utf-8") == f"before\n{BEGIN}\n\nnew\n{END}\nafter\n"
    path.write_text("no marks\n", "utf-8")
    with pytest.raises(InputError, match="expected the marks"):
        write_between(path, "new")


def test_the_committed_log_has_the_marks() -> None:
    log = Path(__file__).resolve().parents[2] / "docs" / "results" / "model-log.md"
    assert log.read_text("utf-8").count(BEGIN) == log.read_text("utf-8").count(END) == 1
