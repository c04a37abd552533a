"""From a prediction and what its bundle knows to an explanation: the places where the numbers of both meet.

`earmark.models.why` explains plain values. Here they are taken from a song's prediction, an ensemble's weights, the
temperature and the references, so that `earmark predict`, triage and the page of a verdict explain in one way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.evaluation.confidence import Confidence, SureVerdict
from earmark.evaluation.conformal import DEFAULT_COVERAGE
from earmark.evaluation.open_scores import neighbour_distance, open_scores
from earmark.models.ensemble import song_log_probs
from earmark.models.familiarity import familiarity_of, likeness_to_nearest
from earmark.models.fusion import Fusion
from earmark.models.references import References
from earmark.models.song import SongPrediction
from earmark.models.spec import ModelSpec
from earmark.models.why import Explanation, explain

NEIGHBOUR_SCORE = "neighbour-distance"
"""The open-set score by the distance to the catalogue's nearest songs; the others are those of log-probabilities."""


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """What a bundle knows beside its weights, as far as it knows it.

    Attributes:
        labels: Names of the labels, in the order of the outputs.
        spec: What the model is.
        confidence: What makes promises of its probabilities; None where it is not calibrated.
        references: Its catalogue; None where it carries none.
        fusion: How an ensemble's parts are weighted; None for a single model.
    """

    labels: tuple[str, ...]
    spec: ModelSpec
    confidence: Confidence | None = None
    references: References | None = None
    fusion: Fusion | None = None


def explain_song(
    song: SongPrediction, track: Track, knowledge: Knowledge, *, coverage: float = DEFAULT_COVERAGE
) -> Explanation:
    """Explain what a bundle says of a song.

    Args:
        song: The prediction.
        track: What is known of the track.
        knowledge: What the bundle knows.
        coverage: How often the set of labels is to hold the right one, in (0, 1); without meaning where the bundle is
            not calibrated.

    Raises:
        InputError: The coverage is not between 0 and 1, or an ensemble has no weights for the parts that took part.
    """
    confidence, references = knowledge.confidence, knowledge.references
    scale = 1.0 if confidence is None else 1.0 / confidence.temperature
    weights, heard = _weights(song, knowledge), _heard(song, knowledge.spec)
    seconds, offset = _times(heard, track)
    return explain(
        song,
        knowledge.labels,
        track=track,
        slice_seconds=seconds,
        offset_seconds=offset,
        log_probs=song_log_probs(song) * scale,
        weight=scale * weights.get(heard.name, 1.0),
        parts={name: weight * scale * song.parts[name] for name, weight in weights.items()},
        references=references,
        comparable=references is None or song.embedding.shape == (references.size,),
        sure=None if confidence is None else sure_verdict(song, confidence, references, coverage=coverage),
    )


def sure_verdict(
    song: SongPrediction,
    confidence: Confidence,
    references: References | None,
    *,
    coverage: float = DEFAULT_COVERAGE,
) -> SureVerdict:
    """What a calibrated bundle can promise of a song.

    Args:
        song: The prediction.
        confidence: The bundle's confidence.
        references: Its catalogue: a song far from all of it sounds like none of the labels, and the open-set score by
            neighbours needs it.
        coverage: How often the set of labels is to hold the right one, in (0, 1).

    Raises:
        InputError: The coverage is not between 0 and 1.
    """
    name = None if confidence.open_set is None else confidence.open_set.score
    score = None if name is None else open_score(song, name, references)
    verdict = confidence.verdict(song_log_probs(song), coverage=coverage, open_score=score)
    outside = _outside(song, references)
    return replace(verdict, is_none=True, outside=outside) if outside else verdict


def _outside(song: SongPrediction, references: References | None) -> str:
    """Why a song is music of another kind than the catalogue; empty where it is not, or cannot be told."""
    if references is None or song.embedding.shape != (references.size,):
        return ""
    familiarity, likeness = familiarity_of(references), likeness_to_nearest(references, song.embedding)
    return familiarity.sentence(likeness) if familiarity is not None and likeness < familiarity.threshold else ""


def open_score(song: SongPrediction, name: str, references: References | None) -> float | None:
    """How strange a song is; None where the score needs references and there are none.

    Args:
        song: The prediction.
        name: A name of `earmark.evaluation.open_scores.OPEN_SCORES`, or `NEIGHBOUR_SCORE`.
        references: The catalogue; the songs that the model learnt from count.

    Raises:
        UnknownNameError: There is no such score.
        InputError: The references hold no training song.
    """
    if name == NEIGHBOUR_SCORE and references is None:
        return None
    if name == NEIGHBOUR_SCORE and references is not None:
        learnt = np.asarray([one.part == "train" for one in references.songs])
        return float(neighbour_distance(song.embedding[None], references.embeddings[learnt])[0])
    # The energy is that of the slices' mean, which is not normalised; all other scores are the same for both.
    log_probs = song.slice_log_probs.mean(axis=0, dtype=np.float64) if name == "energy" else song_log_probs(song)
    return float(open_scores(log_probs[None], name)[0])


def _weights(song: SongPrediction, knowledge: Knowledge) -> Mapping[str, float]:
    """The weights of the parts that took part; empty for a single model."""
    if not song.parts:
        return {}
    if knowledge.fusion is None:
        raise InputError("this song was judged by several parts, but their weights are not known")
    return knowledge.fusion.of(tuple(song.parts))


def _heard(song: SongPrediction, spec: ModelSpec) -> ModelSpec:
    """The model whose slices the prediction tells: of an ensemble the part that cuts slices, or what said anything."""
    said = [part for part in spec.parts if part.name in song.parts]
    return next((part for part in said if part.slice_seconds is not None), said[0] if said else spec)


def _times(spec: ModelSpec, track: Track) -> tuple[float | None, float]:
    """Length of a model's slices, and where in the track the analysed sound starts, both in seconds."""
    if spec.slice_frames is None or spec.features is None:
        return None, 0.0
    middle = spec.features.middle_seconds
    offset = 0.0 if middle is None else max(0.0, (track.seconds - middle) / 2)
    return spec.slice_frames / spec.features.frames_per_second, offset
