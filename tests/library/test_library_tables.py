from pathlib import Path
from typing import Any

import pytest

from earmark.library.storage import Storage
from earmark.library.tables import FRAGMENTS_BEFORE_COMPACTION, Row, Table

NASTY = ["it's", 'a "quoted" one', "emoji 🎛️ and ключ", "100%_of\\it", "semi;colon -- comment", "two\nlines", "", "ﬁ"]


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "library")


@pytest.fixture
def roots(storage: Storage) -> Table:
    return Table(storage, "roots")


def root(path: str, label_from: str = "tag", csv: str | None = None) -> Row:
    return {"path": path, "label_from": label_from, "csv": csv}


def by_path(table: Table) -> dict[str, Row]:
    return {row["path"]: row for row in table.rows()}


def test_a_table_that_was_never_written_is_empty(roots: Table, storage: Storage) -> None:
    assert roots.rows() == []
    assert roots.rows("path = 'a'") == []
    assert roots.delete(["a"]) == 0
    assert roots.merge([]) == 0
    roots.compact()
    assert storage.database.list_tables().tables == []


def test_merging_inserts_new_keys_and_replaces_known_ones(roots: Table) -> None:
    assert roots.merge([root("a"), root("b")]) == 2
    assert roots.merge([root("b", "csv", "x.csv"), root("c")]) == 2
    assert by_path(roots) == {"a": root("a"), "b": root("b", "csv", "x.csv"), "c": root("c")}


def test_of_a_key_given_twice_the_last_counts(roots: Table) -> None:
    assert roots.merge([root("a", "tag"), root("a", "folder")]) == 1
    assert roots.rows() == [root("a", "folder")]


def test_a_condition_selects(roots: Table) -> None:
    roots.merge([root("a"), root("b", "folder"), root("c", "folder")])
    assert sorted(row["path"] for row in roots.rows("label_from = 'folder'")) == ["b", "c"]


def test_keys_of_any_text_are_kept_and_deleted_alone(roots: Table) -> None:
    roots.merge([root(path) for path in [*NASTY, "stays"]])
    assert by_path(roots).keys() == {*NASTY, "stays"}
    for path in NASTY:
        roots.delete([path])
        assert path not in by_path(roots)
    assert roots.rows() == [root("stays")]


def test_long_lists_of_keys_are_deleted(roots: Table) -> None:
    paths = [f"/music/a rather long folder's name/{number:05d}.flac" for number in range(20_000)]
    roots.merge([root(path) for path in paths])
    assert roots.delete([*paths[1:], "never there", paths[5]]) == 20_000
    assert roots.rows() == [root(paths[0])]


def test_more_rows_come_back_than_a_search_gives_by_default(roots: Table) -> None:
    roots.merge([root(f"{number}") for number in range(2_500)])
    assert len(roots.rows()) == 2_500
    assert len(roots.rows("label_from = 'tag'")) == 2_500


def test_another_object_sees_what_was_merged(roots: Table, storage: Storage) -> None:
    other = Table(Storage(storage.address), "roots")
    assert other.rows() == []
    roots.merge([root("a")])
    assert other.rows() == [root("a")]
    roots.delete(["a"])
    assert other.rows() == []


def test_compacting_keeps_the_rows(roots: Table, storage: Storage) -> None:
    for number in range(FRAGMENTS_BEFORE_COMPACTION + 1):
        roots.merge([root(f"{number}"), root("same", "folder" if number % 2 else "tag")])
    before = by_path(roots)
    Table(storage, "roots").compact()  # another run, which did not write them itself
    assert by_path(roots) == before
    stats: Any = storage.database.open_table("roots").stats()
    assert stats["fragment_stats"]["num_fragments"] < FRAGMENTS_BEFORE_COMPACTION


def test_every_table_has_its_key_first(storage: Storage) -> None:
    keys = {name: Table(storage, name).key for name in ("files", "tracks", "features", "failures", "roots")}
    assert keys == {
        "files": "path",
        "tracks": "audio_id",
        "features": "feature_id",
        "failures": "path",
        "roots": "path",
    }
