"""Models fused: who is asked, what is left out, and how embeddings stand side by side."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from made_backbones import small_settings
from numpy.typing import NDArray

from earmark.audio.settings import PRESETS
from earmark.catalog.keys import Key
from earmark.errors import InputError
from earmark.models.ensemble import FusedModel, embedding_size, song_log_probs
from earmark.models.fusion import Fusion
from earmark.models.inputs import FloatArray, OneSong, SongMetadata
from earmark.models.registry import MODELS
from earmark.models.song import SingleModel, SliceOutputs
from earmark.models.spec import ModelSpec

PAPER, BACKBONE = PRESETS["paper"], small_settings()
OWN = MODELS["earmark"].with_slice_seconds(1).with_training(embedding_size=2)
PROBE = replace(MODELS["probe"], backbone=BACKBONE)
ENSEMBLE = replace(MODELS["ensemble"], parts=(OWN, PROBE, MODELS["metadata"]))
NAMES = ("earmark", "probe", "metadata")
SIZES = {"earmark": 2 * 3, "probe": 6, "metadata": 31}
SAYS = {"earmark": [0.7, 0.2, 0.1], "probe": [0.3, 0.6, 0.1], "metadata": [0.1, 0.1, 0.8]}
WEIGHTS: Mapping[tuple[str, ...], tuple[float, ...]] = {
    ("earmark",): (1.0,),
    ("probe",): (0.9,),
    ("metadata",): (0.8,),
    ("earmark", "probe"): (0.5, 0.6),
    ("earmark", "metadata"): (0.7, 0.3),
    ("metadata", "probe"): (0.2, 0.8),
    ("earmark", "metadata", "probe"): (0.4, 0.1, 0.5),
}
TAGS = SongMetadata(bpm=130.0, key=Key(9, "minor"), seconds=200.0)
LOG_MEL = np.zeros((100, 128), dtype=np.float16)
PATCHES = np.ones((4, 6), dtype=np.float16)
WHOLE = OneSong({PAPER.key: LOG_MEL, BACKBONE.key: PATCHES}, TAGS)


@dataclass
class Says:
    """Always the same of each slice, with an embedding that names the part."""

    probabilities: list[float]
    size: int
    heard: list[int] = field(default_factory=list)

    def classify(self, inputs: FloatArray) -> SliceOutputs:
        self.heard.append(len(inputs))
        log_probs = np.log(np.tile(np.asarray(self.probabilities, dtype=np.float32), (len(inputs), 1)))
        return SliceOutputs(log_probs, np.full((len(inputs), self.size), self.size, dtype=np.float32))


def fused(*, spec: ModelSpec = ENSEMBLE, tags_needed: bool = True, **says: Says) -> FusedModel:
    parts = {
        part.name: SingleModel(part, says.get(part.name) or Says(SAYS[part.name], SIZES[part.name]))
        for part in spec.parts
    }
    return FusedModel(spec, parts, Fusion(WEIGHTS, tags_needed=tags_needed))


def expected(*names: str) -> NDArray[np.float64]:
    weights = dict(zip(sorted(names), WEIGHTS[tuple(sorted(names))], strict=True))
    product = np.prod([np.asarray(SAYS[name]) ** weights[name] for name in names], axis=0)
    return np.asarray(product / product.sum())


def test_all_parts_are_fused_by_their_weights() -> None:
    said = fused().predict(WHOLE, 0)
    np.testing.assert_allclose(said.mean.probabilities, expected(*NAMES), rtol=1e-5)
    assert said.mean.label == int(expected(*NAMES).argmax())
    assert list(said.parts) == list(NAMES)
    for name, log_probs in said.parts.items():
        np.testing.assert_allclose(np.exp(log_probs), SAYS[name], rtol=1e-5)
    np.testing.assert_allclose(song_log_probs(said), np.log(expected(*NAMES)), rtol=1e-5)


def test_slices_and_vote_are_those_of_the_part_that_cuts_slices() -> None:
    said = fused().predict(WHOLE, 0)
    np.testing.assert_allclose(np.exp(said.slice_log_probs), [SAYS["earmark"]] * 3, rtol=1e-5)
    np.testing.assert_allclose(said.slice_starts_seconds, np.arange(3) * 32 * 512 / 16_000)
    assert said.vote.label == 0
    assert said.slice_embeddings.shape == (3, SIZES["earmark"])
    assert not said.padded


@pytest.mark.parametrize(
    ("tags", "present"),
    [
        (SongMetadata(None, None, 200.0), ("earmark", "probe")),
        (SongMetadata(128.0, None, 200.0), NAMES),
        (SongMetadata(None, Key(0, "major"), 200.0), NAMES),
    ],
)
def test_a_song_without_tags_is_judged_without_them(tags: SongMetadata, present: tuple[str, ...]) -> None:
    said = fused().predict(replace(WHOLE, tags=tags), 0)
    assert tuple(said.parts) == present
    np.testing.assert_allclose(said.mean.probabilities, expected(*present), rtol=1e-5)


def test_where_lengths_alone_were_learnt_tags_are_not_needed() -> None:
    said = fused(tags_needed=False).predict(replace(WHOLE, tags=SongMetadata(None, None, 200.0)), 0)
    assert tuple(said.parts) == NAMES


@pytest.mark.parametrize(
    ("song", "present"),
    [
        (replace(WHOLE, stored={PAPER.key: LOG_MEL}), ("earmark", "metadata")),
        (replace(WHOLE, stored={BACKBONE.key: PATCHES}), ("probe", "metadata")),
        (replace(WHOLE, stored={PAPER.key: LOG_MEL, BACKBONE.key: PATCHES[:, :3]}), ("earmark", "metadata")),
        (OneSong({BACKBONE.key: PATCHES}), ("probe",)),
        (OneSong({}, TAGS), ("metadata",)),
    ],
)
def test_parts_that_lack_their_input_are_left_out(song: OneSong, present: tuple[str, ...]) -> None:
    said = fused().predict(song, 0)
    assert tuple(said.parts) == present
    np.testing.assert_allclose(said.mean.probabilities, expected(*present), rtol=1e-5)
    if "earmark" not in present:
        patches = len(PATCHES) if "probe" in present else 1
        assert len(said.slice_log_probs) == patches, "what is told is of a part that was asked"


def test_where_no_part_can_speak_each_ones_reason_is_told() -> None:
    with pytest.raises(InputError) as told:
        fused().predict(OneSong(tags=SongMetadata(None, None, 200.0)), 0)
    assert "no part of ensemble can say anything of this song" in str(told.value)
    for reason in ("earmark: this source holds no such features", "probe: this", "metadata: the song has neither BPM"):
        assert reason in str(told.value)


def test_a_defect_is_no_missing_part() -> None:
    class Broken:
        def classify(self, inputs: FloatArray) -> SliceOutputs:
            raise ZeroDivisionError

    model = fused()
    parts: dict[str, Any] = {**model.parts, "probe": SingleModel(PROBE, Broken())}
    with pytest.raises(ZeroDivisionError):
        replace(model, parts=parts).predict(WHOLE, 0)


def test_embeddings_stand_side_by_side_each_at_length_1() -> None:
    whole = fused().predict(WHOLE, 0).embedding
    own, probe = SIZES["earmark"], SIZES["probe"]
    assert whole.shape == (own + probe,)
    assert whole.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(whole[:own]), 1, rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(whole[own:]), 1, rtol=1e-6)
    for missing, song in (
        (slice(own, None), replace(WHOLE, stored={PAPER.key: LOG_MEL})),
        (slice(0, own), replace(WHOLE, stored={BACKBONE.key: PATCHES})),
    ):
        part = fused().predict(song, 0).embedding
        assert part.shape == whole.shape
        assert (part[missing] == 0).all()
        assert np.linalg.norm(part) == pytest.approx(1)
    tags_only = fused().predict(OneSong({}, TAGS), 0).embedding
    assert tags_only.shape == (SIZES["metadata"],), "columns of tags, which are compared with nothing else's"


def test_the_order_of_embeddings_is_that_of_the_spec() -> None:
    swapped = replace(ENSEMBLE, parts=ENSEMBLE.parts[::-1])
    there = fused(spec=swapped).predict(WHOLE, 0)
    here = fused().predict(WHOLE, 0)
    np.testing.assert_allclose(there.mean.probabilities, here.mean.probabilities)
    np.testing.assert_array_equal(there.embedding, np.concatenate([here.embedding[6:], here.embedding[:6]]))


def test_no_more_slices_are_heard_than_asked() -> None:
    own, probe = Says(SAYS["earmark"], 6), Says(SAYS["probe"], 6)
    assert len(fused(earmark=own, probe=probe).predict(WHOLE, 0, most_slices=2).slice_log_probs) == 2
    assert (own.heard, probe.heard) == ([2], [2])


def test_a_label_that_a_part_finds_impossible_has_finite_log_probabilities() -> None:
    said = SingleModel(OWN, Says([1.0, 1e-45, 1e-45], 6)).predict(WHOLE, 0)
    assert np.isfinite(song_log_probs(said)).all()
    assert np.isfinite(song_log_probs(fused(earmark=Says([1.0, 1e-45, 1e-45], 6)).predict(WHOLE, 0))).all()


def test_sizes_of_embeddings() -> None:
    assert [embedding_size(part) for part in (OWN, PROBE)] == [SIZES["earmark"], SIZES["probe"]]
    with pytest.raises(InputError, match="not a crnn"):
        embedding_size(MODELS["crnn"])
