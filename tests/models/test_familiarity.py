from dataclasses import replace

import numpy as np
import pytest
from made_song import made_song
from tiny_library import make_track

from earmark.evaluation.confidence import fit_confidence
from earmark.evaluation.splits import PartName
from earmark.models.explaining import Knowledge, explain_song
from earmark.models.familiarity import familiarity_of, likeness_to_nearest
from earmark.models.references import References, make_references
from earmark.models.registry import model_spec

LABELS = ("Amber", "Basalt", "Cobalt")


def catalogue(n: int = 120, *, artists: int = 60, seed: int = 0) -> References:
    """Songs around three places; two of each artist, nearly the same."""
    rng = np.random.default_rng(seed)
    places = 4 * np.eye(3, 16)
    tracks = [make_track(one, LABELS[one % 3], f"Act {one % artists}") for one in range(n)]
    own = rng.normal(0, 1, (artists, 16))
    rows = np.stack([places[one % 3] + own[one % artists] + rng.normal(0, 0.05, 16) for one in range(n)])
    parts: list[PartName] = ["train"] * n
    return make_references(tracks, parts, rows)


def test_one_in_a_hundred_of_the_catalogues_own_songs_lies_outside() -> None:
    references = catalogue(300, artists=300)
    found = familiarity_of(references)
    assert found is not None
    assert found.songs == 300
    assert found.share == pytest.approx(3 / 301)
    new = catalogue(300, artists=300, seed=5)  # the same places, other songs
    likeness = [likeness_to_nearest(references, row) for row in new.embeddings]
    assert np.mean(np.asarray(likeness) < found.threshold) < 0.05


def test_an_artists_other_song_does_not_count_as_near() -> None:
    found, by_song = familiarity_of(catalogue()), familiarity_of(catalogue(artists=120))
    assert found is not None
    assert by_song is not None
    assert found.threshold < 0.95, "each song has a near copy by its own artist"


def test_music_of_another_kind_lies_outside_and_is_told_so() -> None:
    references = catalogue()
    found = familiarity_of(references)
    assert found is not None
    foreign = np.zeros(16)
    foreign[10] = 30.0
    assert likeness_to_nearest(references, foreign) < found.threshold
    rng = np.random.default_rng(1)
    log_probs = np.log(rng.dirichlet([1, 1, 1], 60))
    truth = np.asarray([rng.choice(3, p=np.exp(row)) for row in log_probs])
    confidence = fit_confidence(log_probs, truth, source="validation songs", rng=rng)
    certain = made_song(np.log(np.tile([0.98, 0.01, 0.01], (10, 1))), embedding=foreign)
    knowledge = Knowledge(LABELS, model_spec("crnn"), confidence, references)
    told = explain_song(certain, make_track(500, None, "Stranger"), knowledge)
    assert told.sure is not None
    assert told.sure.is_none is True
    assert "another kind" in told.sentence()
    assert "Amber" in told.sentence()
    familiar = replace(certain, embedding=references.embeddings[0].astype(np.float32))
    known = explain_song(familiar, make_track(501, None, "Stranger"), knowledge)
    assert known.sure is not None
    assert (known.sure.is_none, known.sure.outside) == (None, "")


def test_a_small_catalogue_or_a_single_artist_tells_nothing() -> None:
    assert familiarity_of(catalogue(18, artists=18)) is None
    assert familiarity_of(catalogue(60, artists=1)) is None
