from dataclasses import replace

import numpy as np
import pytest
from made_song import made_song
from tiny_library import make_track

from earmark.audio.settings import PRESETS
from earmark.errors import InputError
from earmark.evaluation.confidence import Confidence, fit_confidence
from earmark.evaluation.splits import PartName
from earmark.models.ensemble import song_log_probs
from earmark.models.explaining import NEIGHBOUR_SCORE, Knowledge, explain_song, open_score, sure_verdict
from earmark.models.fusion import Fusion
from earmark.models.references import References, make_references
from earmark.models.registry import model_spec
from earmark.models.song import SongPrediction, Verdict

LABELS = ("Amber", "Basalt", "Cobalt")
TRACK = make_track(99, None, "Nobody", seconds=240.0)
CRNN = model_spec("crnn")


def song(seed: int = 0) -> SongPrediction:
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1, (40, 3)) + np.asarray([0.8, 0.0, 0.0])
    log_probs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return made_song(log_probs, embedding=rng.normal(size=3), hop_seconds=94 * 512 / 16_000)


@pytest.fixture
def confidence() -> Confidence:
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 1, (60, 3))
    truth = np.asarray([rng.choice(3, p=np.exp(row) / np.exp(row).sum()) for row in logits])
    log_probs = 2.5 * logits
    log_probs -= np.log(np.exp(log_probs).sum(axis=1, keepdims=True))
    return fit_confidence(log_probs, truth, source="validation songs", rng=rng)


@pytest.fixture
def references() -> References:
    tracks = [make_track(n, LABELS[n % 3], f"Act {n}") for n in range(9)]
    parts: list[PartName] = ["test" if n == 8 else "train" for n in range(9)]
    return make_references(tracks, parts, np.random.default_rng(0).normal(size=(9, 3)))


def test_a_bundle_that_knows_nothing_more_explains_its_mean() -> None:
    told = explain_song(song(), TRACK, Knowledge(LABELS, CRNN))
    np.testing.assert_allclose(told.probabilities, song().mean.probabilities)
    assert told.sound == pytest.approx(told.margin, abs=1e-5)
    assert told.evidence.ends_seconds[0] == pytest.approx(3.008)
    assert told.sure is None


def test_temperature_reaches_probabilities_evidence_and_set(confidence: Confidence, references: References) -> None:
    assert confidence.temperature > 1.5, "the made songs are too sure"
    told = explain_song(song(), TRACK, Knowledge(LABELS, CRNN, confidence, references), coverage=0.8)
    np.testing.assert_allclose(told.probabilities, confidence.probabilities(song_log_probs(song())), atol=1e-9)
    assert told.sound == pytest.approx(told.margin, abs=1e-5)
    assert told.sure is not None
    assert told.sure.coverage == 0.8
    assert told.sure.ranking[0][0] == told.winner
    assert told.sure.ranking[0][1] == pytest.approx(told.probabilities[told.winner])
    assert told.neighbours is not None
    with pytest.raises(InputError, match="coverage"):
        sure_verdict(song(), confidence, None, coverage=1.0)


def test_an_excerpt_from_the_middle_starts_later() -> None:
    assert CRNN.features is not None
    study = replace(CRNN, features=replace(PRESETS["paper"], middle_seconds=180.0))
    told = explain_song(song(), TRACK, Knowledge(LABELS, study))
    assert told.evidence.starts_seconds[0] == 30.0
    short = explain_song(song(), replace(TRACK, seconds=100.0), Knowledge(LABELS, study))
    assert short.evidence.starts_seconds[0] == 0.0


def ensemble() -> tuple[SongPrediction, Knowledge]:
    heard = song()
    parts = {"crnn": np.log(heard.mean.probabilities), "metadata": np.log(np.asarray([0.5, 0.3, 0.2]))}
    fusion = Fusion({("crnn",): (1.0,), ("crnn", "metadata"): (0.7, 0.6)}, tags_needed=True)
    probabilities = np.exp(fusion.combine(parts))
    fused = replace(heard, parts=parts, mean=Verdict(int(probabilities.argmax()), probabilities))
    spec = replace(
        CRNN, name="ensemble", kind="ensemble", features=None, slice_seconds=None,
        training=model_spec("ensemble").training, parts=(CRNN, model_spec("metadata")),
    )  # fmt: skip
    return fused, Knowledge(LABELS, spec, fusion=fusion)


def test_parts_of_an_ensemble_sum_to_its_margin(confidence: Confidence) -> None:
    fused, knowledge = ensemble()
    for known in (knowledge, replace(knowledge, confidence=confidence)):
        told = explain_song(fused, TRACK, known)
        assert told.parts.keys() == {"crnn", "metadata"}
        assert sum(told.parts.values()) == pytest.approx(told.margin)
        assert told.sound == pytest.approx(told.parts["crnn"], abs=1e-5)


def test_a_song_that_only_the_tags_judge_is_explained(references: References) -> None:
    fused, knowledge = ensemble()
    tags = {"metadata": fused.parts["metadata"]}
    fusion = Fusion({("metadata",): (1.0,)}, tags_needed=True)
    alone = made_song(tags["metadata"][None], embedding=np.zeros(29))
    told = explain_song(replace(alone, parts=tags), TRACK, replace(knowledge, fusion=fusion, references=references))
    assert (len(told.evidence), told.neighbours) == (1, None)
    assert told.evidence.ends_seconds[0] == TRACK.seconds
    assert told.parts["metadata"] == pytest.approx(told.margin)
    assert told.habits is not None
    assert told.habits.metadata_log_odds == told.parts["metadata"]


def test_an_ensemble_without_weights_cannot_be_explained() -> None:
    fused, knowledge = ensemble()
    with pytest.raises(InputError, match="weights are not known"):
        explain_song(fused, TRACK, replace(knowledge, fusion=None))
    with pytest.raises(InputError, match="no weights for the parts"):
        explain_song(fused, TRACK, replace(knowledge, fusion=Fusion({("crnn",): (1.0,)}, tags_needed=False)))


def test_open_scores_of_a_song(references: References) -> None:
    heard = song()
    assert open_score(heard, "max-probability", None) == pytest.approx(1 - heard.mean.probabilities.max())
    energy = open_score(heard, "energy", None)
    assert energy is not None
    assert energy > 0, "slices contradict each other"
    assert open_score(heard, NEIGHBOUR_SCORE, None) is None
    near = replace(heard, embedding=references.embeddings[0].astype(np.float32))
    assert open_score(near, NEIGHBOUR_SCORE, references) is not None
    with pytest.raises(InputError, match="open-set score"):
        open_score(heard, "gut feeling", None)
