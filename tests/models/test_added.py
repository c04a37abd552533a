from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_song import made_song
from numpy.typing import NDArray
from safetensors.numpy import load, save

from earmark.errors import FormatVersionError, InputError
from earmark.models.added import AddedLabel, ExtendedModel, added_bytes, extended, log_share, read_added
from earmark.models.ensemble import FusedModel, embedding_size
from earmark.models.fusion import Fusion
from earmark.models.inputs import OneSong, SongSource
from earmark.models.registry import MODELS
from earmark.models.song import SongPrediction, Verdict

OWN = MODELS["earmark"]
SIZE = embedding_size(OWN)


def noisy_song(seed: int, *, slices: int = 6, size: int = SIZE) -> SongPrediction:
    """A song whose slices differ in what they say and in their embeddings."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (slices, 3))
    log_probs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    embeddings = rng.normal(0, 1, (slices, size)).astype(np.float32)
    song = made_song(log_probs, embedding=np.zeros(size))
    return replace(song, slice_embeddings=embeddings, embedding=embeddings.mean(axis=0))


class Says:
    """A model that always says the same."""

    def __init__(self, song: SongPrediction) -> None:
        self.song = song

    def predict(self, source: SongSource, index: int, *, most_slices: int | None = None) -> SongPrediction:
        return self.song


def some_label(seed: int = 0, *, size: int = SIZE, scale: float = 0.1) -> AddedLabel:
    return AddedLabel("New", np.random.default_rng(seed).normal(0, scale, size), -0.3)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=6), st.floats(-50, 50))
def test_the_other_labels_keep_their_proportions(weights: list[float], score: float) -> None:
    before = np.asarray(weights) / sum(weights)
    after = extended(Verdict(int(before.argmax()), before), score)
    assert after.probabilities.sum() == pytest.approx(1)
    assert after.probabilities[-1] == pytest.approx(1 / (1 + np.exp(-score)), rel=1e-6)
    np.testing.assert_allclose(after.probabilities[:-1], before * (1 - after.probabilities[-1]), atol=1e-12)
    assert after.label == after.probabilities.argmax()


def test_shares_do_not_overflow() -> None:
    np.testing.assert_allclose(log_share(np.asarray([-1000.0, 0.0, 1000.0])), [-1000.0, -np.log(2), 0.0])


def test_slices_carry_the_song_score() -> None:
    song, label = noisy_song(1), some_label()
    made = ExtendedModel(Says(song), label, OWN).predict(OneSong(), 0)
    np.testing.assert_allclose(np.exp(made.slice_log_probs).sum(axis=1), 1, rtol=1e-5)
    odds = made.slice_log_probs[:, 3] - np.log(1 - np.exp(made.slice_log_probs[:, 3]))
    by_hand = song.slice_embeddings @ label.weight + label.bias
    np.testing.assert_allclose(odds, by_hand, rtol=1e-3, atol=1e-4)
    assert odds.mean() == pytest.approx(label.score(song.embedding), rel=1e-3)
    assert made.mean.probabilities[3] == pytest.approx(1 / (1 + np.exp(-label.score(song.embedding))))
    assert len(made.vote.probabilities) == 4
    assert made.parts == {}


def test_a_sure_label_wins_song_and_vote() -> None:
    song = noisy_song(1)
    sure = AddedLabel("New", np.zeros(SIZE), 20.0)
    made = ExtendedModel(Says(song), sure, OWN).extend(song)
    assert made.mean.label == made.vote.label == 3


def ensemble_song(weights: tuple[float, float]) -> tuple[FusedModel, SongPrediction]:
    rng = np.random.default_rng(5)
    metadata = MODELS["metadata"]
    tags = replace(noisy_song(8, slices=1), embedding=rng.normal(size=4).astype(np.float32))
    spec = replace(MODELS["ensemble"], parts=(OWN, metadata))
    fusion = Fusion({("earmark", "metadata"): weights, ("earmark",): (1.0,), ("metadata",): (1.0,)}, tags_needed=False)
    model = FusedModel(spec, {"earmark": Says(noisy_song(7)), "metadata": Says(tags)}, fusion)
    return model, model.predict(OneSong(), 0)


@pytest.mark.parametrize("weights", [(0.8, 0.6), (1.4, 0.0), (0.0, 0.9)])
def test_parts_of_an_ensemble_still_explain_the_verdict(weights: tuple[float, float]) -> None:
    model, song = ensemble_song(weights)
    once = ExtendedModel(model, some_label(1, scale=2.0), model.spec, model.fusion)
    twice = ExtendedModel(once, some_label(2, scale=2.0), model.spec, model.fusion)
    of = model.fusion.of(("earmark", "metadata"))
    for extended_model, n in ((once, 4), (twice, 5)):
        made = extended_model.predict(OneSong(), 0)
        total: NDArray[np.float64] = np.sum([of[name] * values for name, values in made.parts.items()], axis=0)
        assert made.mean.probabilities.shape == total.shape == (n,)
        difference = total - np.log(made.mean.probabilities)
        np.testing.assert_allclose(difference, difference[0], atol=1e-8)
    assert song.mean.probabilities.shape == (3,)


def test_slices_of_an_ensemble_average_to_its_score() -> None:
    model, song = ensemble_song((1.0, 1.0))
    label = some_label(3, scale=2.0)
    made = ExtendedModel(model, label, model.spec, model.fusion).extend(song)
    new = made.slice_log_probs[:, -1].astype(np.float64)
    odds = new - np.log1p(-np.exp(new))
    assert odds.mean() == pytest.approx(label.score(song.embedding), abs=1e-3)
    assert odds.std() > 0.1


def test_slices_are_those_of_the_part_that_is_left() -> None:
    # The own network could not hear the song: the slices are then patches of the backbone, with its weights.
    probe = replace(MODELS["probe"], backbone="made")
    spec = replace(MODELS["ensemble"], parts=(OWN, probe))
    fusion = Fusion({("probe",): (0.5,)}, tags_needed=False)
    weight = np.concatenate([np.ones(SIZE), np.asarray([1.0, -2.0, 0.5])])
    song = replace(noisy_song(4, size=3), parts={"probe": np.log(np.full(3, 1 / 3))})
    unit = song.embedding / np.linalg.norm(song.embedding)
    song = replace(song, embedding=np.concatenate([np.zeros(SIZE), unit]).astype(np.float32))
    label = AddedLabel("New", weight, 0.1)

    class Sized(ExtendedModel):
        def _block(self, name: str) -> NDArray[np.float64]:
            return weight[:SIZE] if name == "earmark" else weight[SIZE:]

    made = Sized(Says(song), label, spec, fusion).extend(song)
    new = made.slice_log_probs[:, -1].astype(np.float64)
    assert (new - np.log1p(-np.exp(new))).mean() == pytest.approx(label.score(song.embedding), abs=1e-3)


def test_a_song_that_was_not_heard_is_refused() -> None:
    with pytest.raises(InputError, match=r"embedding of \d+ numbers, but this song has 5: its sound was not heard"):
        some_label().score(np.zeros(5))


def test_added_labels_survive_their_file() -> None:
    labels = (some_label(0, size=5), replace(some_label(1, size=5), name="Ünicode & <Sons>"))
    read = read_added(added_bytes(labels), name="x")
    assert [one.name for one in read] == ["New", "Ünicode & <Sons>"]
    for one, other in zip(labels, read, strict=True):
        np.testing.assert_array_equal(one.weight, other.weight)
        assert one.bias == other.bias


def test_no_labels_make_no_file() -> None:
    with pytest.raises(InputError, match="at least one added label"):
        added_bytes(())


def test_damaged_files_are_refused() -> None:
    content = added_bytes((some_label(size=4),))
    with pytest.raises(InputError, match="added labels of x are damaged"):
        read_added(content[:-9], name="x")
    with pytest.raises(InputError, match="are damaged"):
        read_added(b"nothing", name="x")
    tensors = load(content) | {"weight": np.full((1, 4), np.nan)}
    header = {"earmark.added": '{"format_version": 1, "names": ["New"]}'}
    with pytest.raises(InputError, match="expected finite weights"):
        read_added(bytes(save(tensors, metadata=header)), name="x")
    header = {"earmark.added": '{"format_version": 9, "names": ["New"]}'}
    with pytest.raises(FormatVersionError, match=r"9.*1"):
        read_added(bytes(save(load(content), metadata=header)), name="x")
