from pathlib import Path

import numpy as np
import pytest
from made_vectors import audio_id, made_rows

from earmark.errors import LibraryError
from earmark.library.storage import Storage
from earmark.library.vectors import VectorRow, VectorTable, table_version, vector_keys

ROWS = made_rows(9)


@pytest.fixture
def table(tmp_path: Path) -> VectorTable:
    return VectorTable(Storage(tmp_path), "abc", 3)


def vectors(n: int, start: float = 0.0) -> np.ndarray:
    return start + np.arange(3.0 * n).reshape(n, 3)


def test_what_is_written_is_read_sorted(table: VectorTable) -> None:
    assert (table.exists(), table.rows(), table.audio_ids()) == (False, {}, set())
    assert table.read()[1].shape == (0, 3)
    table.write(ROWS, vectors(9))
    rows, found = table.read()
    order = sorted(range(9), key=lambda place: ROWS[place].audio_id)
    assert rows == [ROWS[place] for place in order]
    assert (found == vectors(9)[order]).all()
    assert found.dtype == np.float16
    assert table.rows() == {row.audio_id: row for row in ROWS}
    assert table.audio_ids() == {row.audio_id for row in ROWS}


def test_a_track_has_one_vector(table: VectorTable) -> None:
    table.write(ROWS, vectors(9))
    table.write(ROWS[:2], vectors(2, 500.0))
    rows, found = table.read()
    assert len(rows) == 9
    assert found[[row.audio_id for row in rows].index(ROWS[1].audio_id)].tolist() == [503.0, 504.0, 505.0]


def test_columns_are_refreshed_and_vectors_kept(table: VectorTable) -> None:
    table.write(ROWS, vectors(9))
    changed = VectorRow(ROWS[3].audio_id, 99.5, 5, "new", "", None, ("eve", "zoe"))
    stranger = VectorRow(audio_id(77), None, -1, "", "", None, ())
    table.refresh([changed, stranger])
    rows, found = table.read()
    place = [row.audio_id for row in rows].index(changed.audio_id)
    assert rows[place] == changed
    assert found[place].tolist() == vectors(9)[3].tolist()
    assert len(rows) == 9


def test_rows_and_tables_go(table: VectorTable) -> None:
    table.write(ROWS, vectors(9))
    before = table.versions()["vectors"]
    table.delete([ROWS[0].audio_id, "it's none"])
    assert ROWS[0].audio_id not in table.audio_ids()
    assert table.versions() == {"vectors": before + 1, "tracks": 0}
    assert vector_keys(table.storage) == ["abc"]
    table.drop()
    table.drop()
    assert vector_keys(table.storage) == []
    assert table_version(table.storage, table.name) == 0


def test_no_write_is_no_version(table: VectorTable) -> None:
    table.write([], vectors(0))
    table.refresh([])
    table.delete([])
    assert not table.exists()


def test_large_numbers_are_clipped_and_other_sizes_told(table: VectorTable) -> None:
    table.write(ROWS[:1], np.array([[1e9, -1e9, 1.0]]))
    assert table.read()[1].tolist() == [[65504.0, -65504.0, 1.0]]
    with pytest.raises(LibraryError, match=r"have 3 numbers and should have 4.*--rebuild"):
        VectorTable(table.storage, "abc", 4).read()


def test_many_small_writes_are_compacted_and_nothing_is_lost(table: VectorTable) -> None:
    table.compact()  # there is none yet
    rows = made_rows(24)
    for place, row in enumerate(rows):
        table.write([row], vectors(1, float(place)))
    before, version = table.read(), table.versions()["vectors"]
    table.compact()
    after = table.read()
    assert after[0] == before[0]
    assert (after[1] == before[1]).all()
    assert table.versions()["vectors"] > version
    version = table.versions()["vectors"]
    table.compact()
    assert table.versions()["vectors"] == version, "there is nothing left to merge"
