import dataclasses
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_backbones import small_settings

from earmark.audio.frontends import MusicnnMel, Waveform
from earmark.audio.settings import FeatureSettings
from earmark.backbones.settings import BackboneFile, BackboneSettings
from earmark.errors import InputError

FILE = BackboneFile("a.onnx", "0" * 64)
OTHER = BackboneFile("b.onnx", "1" * 64)


def test_the_key_is_the_same_on_every_machine() -> None:
    settings = BackboneSettings(
        name="musicnn", files=(FILE,), patch_rows=187, patch_hop=187, embedding_size=400, max_patches=20, weights="x"
    )
    # Changing this number makes every stored embedding be computed again: raise the algorithm's version instead.
    assert settings.key == "46f2131b9b62"
    assert settings.key != FeatureSettings().key


@pytest.mark.parametrize(
    "changed",
    [
        {"patch_rows": 11},
        {"patch_hop": 6},
        {"embedding_size": 7},
        {"max_patches": 3},
        {"layout": "bands,rows"},
        {"input_name": "mel"},
        {"output_name": "other"},
        {"batch": 4},
        {"weights": "those"},
        {"files": (FILE,)},
        {"files": (FILE, OTHER)},
        {"front_end": MusicnnMel(sample_rate=8000, n_fft=256, hop_length=128, bands=13)},
    ],
)
def test_whatever_decides_the_numbers_changes_the_key(changed: dict[str, Any]) -> None:
    assert small_settings(**changed).key != small_settings().key


@pytest.mark.parametrize("changed", [{"name": "other"}, {"licence": "GPL"}, {"source": "elsewhere"}])
def test_what_is_only_told_does_not(changed: dict[str, Any]) -> None:
    assert small_settings(**changed).key == small_settings().key


def test_files_built_from_named_weights_have_the_weights_key() -> None:
    one, other = (small_settings(files=files, weights="wheel 1") for files in ((FILE,), (OTHER,)))
    assert one != other
    assert one.key == other.key


def test_json_leads_back_through_text() -> None:
    settings = small_settings(max_patches=3, batch=2, weights="those")
    again = BackboneSettings.from_json(json.loads(json.dumps(settings.to_json())))
    assert again == settings
    assert again.key == settings.key
    assert hash(again) == hash(settings)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": "My Net"}, "is of small letters, digits, dots and hyphens, such as my-effnet, not 'My Net'"),
        ({"name": "../net"}, "small letters"),
        ({"files": ()}, "has no files"),
        ({"patch_rows": 0}, "patch_rows must be a whole number of at least 1, but 0 came"),
        ({"patch_hop": 1.5}, "patch_hop must be a whole number"),
        ({"embedding_size": None}, "embedding_size must be a whole number"),
        ({"max_patches": True}, "max_patches must be a whole number"),
        ({"batch": -1}, "batch must be a whole number"),
        ({"layout": "time,bands"}, "layout must be one of \"rows,bands\", .*but 'time,bands' came"),
        ({"layout": "rows"}, "the layout 'rows' has no bands, but the front-end has 12 of them"),
        ({"input_name": ""}, "input_name must be a text"),
        ({"licence": None}, "licence must be a text"),
        ({"weights": 3}, "weights must be a text or null"),
    ],
)
def test_wrong_settings_are_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        small_settings(**changed)


@pytest.mark.parametrize("name", ["a/b.onnx", "..\\b.onnx", ".onnx", "model.pb", ""])
def test_a_file_has_a_plain_name(name: str) -> None:
    with pytest.raises(InputError, match=r"a plain name such as model\.onnx"):
        BackboneFile(name, "0" * 64)


def test_a_file_has_a_whole_hash() -> None:
    with pytest.raises(InputError, match="has to be 64 hexadecimal digits"):
        BackboneFile("a.onnx", "abc")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"patches": 3}, r"unknown names \['patches'\]; known: name, files"),
        ({"files": "a.onnx"}, 'files of a backbone are a list of {"name"'),
        ({"files": [{"name": "a.onnx"}]}, "files of a backbone are a list"),
        ({"front_end": "musicnn-mel"}, 'front_end of a backbone is a mapping with a "kind"'),
    ],
)
def test_wrong_json_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        BackboneSettings.from_json({**small_settings().to_json(), **changed})


def test_json_that_lacks_something_says_what() -> None:
    with pytest.raises(InputError, match="lack files, patch_rows, patch_hop, embedding_size"):
        BackboneSettings.from_json({"name": "x"})


def test_patches_of_a_worked_example() -> None:
    assert small_settings().patch_starts(30).tolist() == [0, 5, 10, 15, 20]
    assert small_settings().patch_starts(29).tolist() == [0, 5, 10, 15]
    assert small_settings().patch_starts(10).tolist() == [0]
    assert small_settings().patch_starts(3).tolist() == [0]
    # The middles of two halves of five, and of four quarters.
    assert small_settings(max_patches=2).patch_starts(30).tolist() == [5, 15]
    assert small_settings(max_patches=4).patch_starts(30).tolist() == [0, 5, 15, 20]


@given(st.integers(1, 5000), st.integers(1, 300), st.integers(1, 400), st.none() | st.integers(1, 40))
def test_patches_lie_within_the_track_in_order_and_evenly(rows: int, patch: int, hop: int, most: int | None) -> None:
    settings = small_settings(patch_rows=patch, patch_hop=hop, max_patches=most)
    starts = settings.patch_starts(rows)
    everything = small_settings(patch_rows=patch, patch_hop=hop).patch_starts(rows)
    assert starts.dtype == np.int64
    assert len(starts) == min(len(everything), most or len(everything))
    assert set(starts.tolist()) <= set(everything.tolist())
    assert (np.diff(starts) > 0).all()
    assert starts[0] >= 0
    assert starts[-1] + patch <= max(rows, patch)
    gaps = np.diff(starts // hop)
    assert len(gaps) == 0 or gaps.max() - gaps.min() <= 1


def test_seconds_of_rows_come_from_the_tracks_length() -> None:
    settings = small_settings()
    assert settings.patch_seconds == pytest.approx(10 * 128 / 8000)
    seconds = settings.start_seconds(29 * 128 / 8000)
    np.testing.assert_allclose(seconds, np.array([0, 5, 10, 15, 20]) * 128 / 8000)
    wave = small_settings(front_end=Waveform(sample_rate=8000), layout="rows", patch_rows=4000, patch_hop=4000)
    np.testing.assert_allclose(wave.start_seconds(1.9), [0.0, 0.5, 1.0])


def test_settings_are_values() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        small_settings().name = "other"  # type: ignore[misc]  # what the test is about
