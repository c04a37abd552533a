"""A triage out of made-up slices."""

from dataclasses import replace

import numpy as np
from made_song import made_song
from tiny_library import make_track

from earmark.catalog.track import Track
from earmark.evaluation.confidence import SureVerdict
from earmark.evaluation.conformal import DEFAULT_COVERAGE
from earmark.models.predict import FailedFile, FilePrediction
from earmark.models.references import make_references
from earmark.models.triage import Triage, TriageRow, judged, ranked
from earmark.models.why import explain

LABELS = ("Amber", "Basalt", "Cobalt")
EVIL = "</script><img src=x onerror=alert(1)>"
CATALOGUE = [make_track(n, LABELS[n % 3], f"Act {n}") for n in range(12)]
REFERENCES = make_references(CATALOGUE, ["train"] * 12, np.random.default_rng(0).normal(size=(12, 4)))


def made_prediction(lean: float, *, track: Track | None = None, slices: int = 40, seed: int = 0) -> FilePrediction:
    """A file whose slices lean to the second label by so many log-odds, the second half of them more."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 0.5, (slices, 3))
    logits[:, 1] += lean
    logits[slices // 2 :, 1] += 1.0
    song = made_song(logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)), embedding=rng.normal(size=4))
    return FilePrediction(track or make_track(100 + seed, None, "Nobody", seconds=3.0 * slices), LABELS, song, False)


def made_row(
    lean: float, *, track: Track | None = None, rich: bool = True, is_none: bool | None = False, seed: int = 0,
    duplicate_of: tuple[str, ...] = (), in_training: bool = False,
) -> TriageRow:  # fmt: skip
    """A demo judged for the second label, with all that can be known of it or with nothing."""
    prediction = made_prediction(lean, track=track, seed=seed)
    shares = prediction.song.mean.probabilities
    ranking = tuple((int(place), float(shares[place])) for place in np.argsort(-shares))
    sure = SureVerdict(ranking, tuple(place for place, share in ranking if share > 0.3), 0.9, is_none, "")
    told = explain(
        prediction.song,
        LABELS,
        track=prediction.track,
        slice_seconds=3.0,
        references=REFERENCES if rich else None,
        sure=sure if rich else None,
    )
    return judged(prediction, told, 1, duplicate_of=duplicate_of, in_training=in_training)


def made_triage(*, rich: bool = True, demos: int = 8) -> Triage:
    """Demos that lean to the label more and less, two of them tied, one with a title like markup, and a failure."""
    rows = [
        made_row(2.0 - 0.5 * n, rich=rich, seed=n, is_none=n == 5, duplicate_of=("/in/first.mp3",) if n == 3 else ())
        for n in range(demos)
    ]
    rows.append(made_row(2.0, rich=rich, seed=0, track=make_track(900, None, "=Twin", title=EVIL), in_training=True))
    failures = (FailedFile("/in/bad.mp3", {"soundfile": EVIL, "pyav": "no"}),)
    return replace(
        Triage("Basalt", DEFAULT_COVERAGE, ranked(rows), failures, remembered=2, calibrated=rich, notes=("A note.",))
    )
