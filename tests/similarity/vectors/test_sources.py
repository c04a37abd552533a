from dataclasses import replace
from pathlib import Path

import pytest
import torch
from made_backbones import put_small, shelf_with
from tiny_library import store_embeddings, tiny_library, tiny_tracks

from earmark.errors import InputError, UnknownNameError
from earmark.library.library import Library
from earmark.models.networks import build_network
from earmark.models.registry import MODELS
from earmark.models.saving import Told, save_bundle
from earmark.similarity.vectors.sources import bundle_source, find_source, mfcc_source, vector_size

COUNTS = {part: dict.fromkeys(("A", "B"), 1) for part in ("train", "validation")}


def save(library: Library, name: str, model: str, *, seed: int = 0) -> Path:
    torch.manual_seed(seed)
    spec = MODELS[model]
    told = Told(songs=COUNTS, slices=COUNTS, training={"seed": seed})
    path = library.local_folder("bundles") / name
    save_bundle(path, model=build_network(spec, 2).eval(), spec=spec, labels=("A", "B"), told=told)
    return path


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return tiny_library(tmp_path / "library", tiny_tracks(2))


def test_without_a_model_mfccs_are_taken_and_told(library: Library) -> None:
    source = find_source(library)
    assert (source.kind, source.name, source.size, source.shown) == ("mfcc", "mfcc", 80, "MFCCs")
    assert "neither a trained bundle nor a backbone" in source.note
    assert source.key == find_source(library, mfcc=True).key
    assert find_source(library, mfcc=True).note == ""


def test_a_backbone_comes_before_mfccs(library: Library, tmp_path: Path) -> None:
    with shelf_with(tmp_path / "shelf", "small", "zebra-random") as settings:
        other = put_small(name="another", patch_hop=6)
        store_embeddings(library, library.tracks(), settings)
        source = find_source(library)
        assert (source.kind, source.name, source.size) == ("backbone", "small", 6)
        assert "no trained bundle" in source.note
        asked = find_source(library, backbone="another")
        assert asked.backbone == other
        assert asked.key != source.key
        with pytest.raises(UnknownNameError, match="no backbone called 'nothing'"):
            find_source(library, backbone="nothing")


def test_a_bundle_that_hears_comes_first(library: Library) -> None:
    save(library, "tags", "metadata")
    path = save(library, "heard", "mfcc")
    source = find_source(library)
    assert (source.kind, source.name, source.folder, source.note) == ("bundle", "heard", path, "")
    assert source.shown == "the bundle heard"
    assert find_source(library, bundle=Path("heard")) == source == bundle_source(path)
    with pytest.raises(InputError, match="the bundle tags hears no sound"):
        find_source(library, bundle=Path("tags"))
    with pytest.raises(InputError, match="one source"):
        find_source(library, bundle=Path("heard"), mfcc=True)


def test_training_again_changes_the_key(library: Library) -> None:
    before = bundle_source(save(library, "heard", "mfcc"))
    assert bundle_source(save(library, "heard", "mfcc", seed=1)).key != before.key
    assert len({before.key, mfcc_source().key}) == 2
    assert len(before.key) == 12


def test_sizes_are_those_of_the_networks() -> None:
    assert vector_size(MODELS["mfcc"]) == 256
    assert vector_size(MODELS["crnn"]) == 32
    assert vector_size(MODELS["earmark"]) == 384
    assert vector_size(MODELS["metadata"]) == 0
    ensemble = MODELS["ensemble"]
    parts = tuple(part for part in ensemble.parts if part.kind != "probe")
    assert vector_size(replace(ensemble, parts=parts)) == 384
