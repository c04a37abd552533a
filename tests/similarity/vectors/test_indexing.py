import json
from pathlib import Path

import numpy as np
import pytest
from made_vectors import made_rows, made_units

from earmark.errors import FormatVersionError, LibraryError
from earmark.library.storage import Storage
from earmark.similarity.vectors.codes import codes_of
from earmark.similarity.vectors.filters import Filters
from earmark.similarity.vectors.indexing import (
    Index,
    build_index,
    cells_for,
    drop_index,
    index_bytes,
    load_facts,
    load_index,
    save_index,
)
from earmark.similarity.vectors.space import Space

SPACE = Space(np.full(8, 0.1), np.eye(8)[:, :6])


def made_index(n: int = 300, *, exact_up_to: int = 1000, seed: int = 0) -> Index:
    vectors = made_units(n, seed=seed).astype(np.float16)
    versions = {"vectors": 3, "tracks": 2}
    source = {"kind": "mfcc", "name": "mfcc"}
    return build_index(
        codes_of(made_rows(n)), vectors, SPACE, source=source, versions=versions, exact_up_to=exact_up_to
    )


@pytest.mark.parametrize("exact_up_to", [1000, 0])
def test_a_kept_index_answers_as_before(tmp_path: Path, exact_up_to: int) -> None:
    storage, made = Storage(tmp_path), made_index(exact_up_to=exact_up_to)
    save_index(storage, "key", made)
    opened = load_index(storage, "key")
    assert opened is not None
    assert opened.facts == made.facts
    assert opened.facts.engine == opened.search().engine == ("exact" if exact_up_to else "ivf")
    filters = Filters(bpm=(125, 135), artists=frozenset({"ann", "ben"}))
    for row in (0, 7, 100):
        before, after = (one.search().search(np.asarray(one.units[row]), 9, filters) for one in (made, opened))
        assert before.audio_ids == after.audio_ids
    assert (opened.space.place(np.ones((1, 8))) == made.space.place(np.ones((1, 8)))).all()


def test_both_engines_hold_the_same_tracks() -> None:
    exact, cells = made_index(), made_index(exact_up_to=0)
    ids = exact.codes.names(np.arange(300))
    assert cells.search().vectors(ids) == pytest.approx(exact.search().vectors(ids), abs=1e-6)
    assert cells.search().crowding(ids) == pytest.approx(exact.search().crowding(ids), abs=1e-5)
    assert exact.facts.dimensions == cells.facts.dimensions == 6
    assert cells.facts.recall is not None
    assert min(cells.facts.recall["shares"].values()) >= 0.98


def test_the_same_seed_builds_the_same_index() -> None:
    first, second = made_index(exact_up_to=0), made_index(exact_up_to=0)
    assert (first.codes.ids == second.codes.ids).all()
    assert first.facts.recall == second.facts.recall


def test_a_new_index_takes_the_place_of_the_old(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    save_index(storage, "key", made_index())
    size = index_bytes(storage, "key")
    save_index(storage, "key", made_index(seed=5))
    assert len([path for path in (tmp_path / "vectors" / "key").iterdir() if path.is_dir()]) == 1
    assert index_bytes(storage, "key") == pytest.approx(size, rel=0.05)
    drop_index(storage, "key")
    assert load_index(storage, "key") is None
    assert index_bytes(storage, "key") == 0
    drop_index(storage, "key")


def test_what_an_interruption_left_goes_with_the_next_index(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    save_index(storage, "key", made_index())
    storage.write("vectors/key/20200101T000000000000/units.npy", b"half of an index")
    storage.write("vectors/other/20200101T000000000000/units.npy", b"not of this source")
    save_index(storage, "key", made := made_index())
    assert {path.name for path in (tmp_path / "vectors" / "key").iterdir()} == {"built.json", made.facts.folder}
    assert storage.sizes("vectors/other")


def test_another_version_and_damage_are_told(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    assert load_facts(storage, "key") is None
    save_index(storage, "key", made_index())
    pointer = tmp_path / "vectors" / "key" / "built.json"
    told = json.loads(pointer.read_text(encoding="utf-8"))
    pointer.write_text(json.dumps(told | {"format_version": 99}), encoding="utf-8")
    with pytest.raises(FormatVersionError, match=r"99.*make it again with `earmark embed`"):
        load_index(storage, "key")
    pointer.write_text(json.dumps({name: value for name, value in told.items() if name != "engine"}), encoding="utf-8")
    with pytest.raises(LibraryError, match=r"'engine' is missing.*earmark embed --rebuild"):
        load_facts(storage, "key")
    pointer.write_text("{", encoding="utf-8")
    with pytest.raises(LibraryError, match="is damaged"):
        load_facts(storage, "key")
    pointer.write_text(json.dumps(told), encoding="utf-8")
    (tmp_path / "vectors" / "key" / told["folder"] / "bpm.npy").write_bytes(b"half")
    with pytest.raises(LibraryError, match="not a whole array"):
        load_index(storage, "key")


def test_an_index_that_is_replaced_while_it_is_opened_is_opened_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage, fresh = Storage(tmp_path), made_index(exact_up_to=0)
    save_index(storage, "key", made_index())
    read = Storage.read_array

    def replaced_meanwhile(self: Storage, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
        monkeypatch.setattr(Storage, "read_array", read)
        save_index(storage, "key", fresh)
        return read(self, name)

    monkeypatch.setattr(Storage, "read_array", replaced_meanwhile)
    opened = load_index(storage, "key")
    assert opened is not None
    assert opened.facts == fresh.facts


def test_columns_that_do_not_fit_are_damage(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    save_index(storage, "key", made := made_index())
    storage.write_array(f"vectors/key/{made.facts.folder}/bpm.npy", np.zeros(3, dtype=np.float32))
    with pytest.raises(LibraryError, match=r"differ in length.*earmark embed --rebuild"):
        load_index(storage, "key")


def test_cells_grow_with_the_root() -> None:
    assert [cells_for(n) for n in (1, 100, 1_000_000)] == [2, 20, 2000]
