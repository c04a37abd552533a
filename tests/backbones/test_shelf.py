from pathlib import Path

import pytest
from made_backbones import put_small, small_graph, small_settings

from earmark.backbones import shelf as shelf_module
from earmark.backbones.shelf import (
    SHELF_VARIABLE,
    backbones,
    check_on_shelf,
    find_backbone,
    put,
    read_graphs,
    remove,
    shelf_folder,
    size_bytes,
)
from earmark.errors import InputError, UnknownNameError

HOW = "get one with `earmark backbones get musicnn`, or bring one with `earmark backbones add FILE.onnx`"


def test_an_empty_shelf_says_how_to_fill_it(shelf: Path) -> None:
    assert backbones() == {}
    with pytest.raises(UnknownNameError, match=f"no backbone called 'musicnn'; known: none yet; {HOW}"):
        find_backbone("musicnn")
    assert not shelf.exists()


def test_what_is_put_is_found_read_and_removed() -> None:
    settings = put_small()
    assert backbones() == {"small": settings}
    assert find_backbone("small") == settings
    assert read_graphs(settings) == [small_graph()]
    assert size_bytes(settings) == len(small_graph())
    with pytest.raises(UnknownNameError, match="known: small"):
        find_backbone("smaller")
    remove("small")
    assert backbones() == {}
    with pytest.raises(UnknownNameError, match="no backbone called 'small'"):
        remove("small")


def test_one_of_the_same_name_is_replaced_and_nothing_is_left_beside_it(shelf: Path) -> None:
    put_small()
    again = put_small(licence="other")
    assert find_backbone("small") == again
    assert [path.name for path in shelf.iterdir()] == ["small"]
    assert sorted(path.name for path in (shelf / "small").iterdir()) == ["small.onnx", "spec.json"]


def test_a_put_that_fails_leaves_what_was_there(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = put_small()

    def no_room(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shelf_module, "_write_synced", no_room)
    with pytest.raises(OSError, match="No space"):
        put_small(licence="other")
    assert find_backbone("small") == before
    assert [path.name for path in shelf.iterdir()] == ["small"]


def test_content_that_is_not_the_settings_is_not_put(shelf: Path) -> None:
    for contents in ({"small.onnx": b"other"}, {}):
        with pytest.raises(
            InputError, match=r"the content of small\.onnx is not the one that the backbone small names"
        ):
            put(small_settings(small_graph()), contents)
    assert not shelf.exists()


def test_a_changed_or_missing_file_is_refused(shelf: Path) -> None:
    settings = put_small()
    (shelf / "small" / "small.onnx").write_bytes(small_graph() + b"x")
    with pytest.raises(InputError, match=r"small\.onnx is not the one that was put there; get it again"):
        read_graphs(settings)
    (shelf / "small" / "small.onnx").unlink()
    with pytest.raises(InputError, match=r"small\.onnx cannot be read \(No such file"):
        read_graphs(settings)


def test_a_backbone_is_found_by_its_numbers_under_another_name() -> None:
    settings = put_small()
    renamed = small_settings(small_graph(), name="as-trained")
    assert read_graphs(renamed) == read_graphs(settings)
    check_on_shelf(renamed)


def test_a_backbone_of_the_name_with_other_numbers_is_not_taken() -> None:
    settings = put_small()
    other = small_settings(small_graph(), patch_hop=7)
    with pytest.raises(UnknownNameError, match=f"with the numbers {other.key} called 'small'; known: small"):
        read_graphs(other)
    with pytest.raises(UnknownNameError, match="with the numbers"):
        check_on_shelf(other)
    check_on_shelf(settings)


def test_files_rebuilt_from_the_same_weights_are_taken() -> None:
    """A model that was trained on a backbone that another version of torch wrote finds the one that is here."""
    put_small(weights="wheel 1")
    elsewhere = small_settings(b"other bytes", weights="wheel 1")
    assert read_graphs(elsewhere) == [small_graph()]


@pytest.mark.parametrize(("content", "message"), [(b"{", "cannot be read"), (b"[]", "has to hold a mapping")])
def test_a_damaged_spec_says_so(shelf: Path, content: bytes, message: str) -> None:
    put_small()
    (shelf / "small" / "spec.json").write_bytes(content)
    with pytest.raises(InputError, match=message):
        find_backbone("small")


@pytest.mark.parametrize("name", ["", ".", "..", "../shelf/small", "small/"])
def test_a_name_never_leads_out_of_the_shelf(name: str) -> None:
    put_small()
    for act in (find_backbone, remove):
        with pytest.raises(UnknownNameError):
            act(name)
    assert "small" in backbones()


def test_without_the_variable_the_shelf_is_in_the_users_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SHELF_VARIABLE)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert shelf_folder() == tmp_path / "earmark" / "backbones"


def test_half_written_folders_are_passed_over(shelf: Path) -> None:
    settings = put_small()
    (shelf / ".other.partial").mkdir()
    (shelf / "notes").mkdir()
    assert backbones() == {"small": settings}
