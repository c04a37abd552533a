"""`add_label`: a label for a ready bundle, from a handful of tracks, without training a network.

The tracks' embeddings are set against those of the bundle's references (`earmark.training.one_against_rest`), and what
comes out is asked before the labels that were there (`earmark.models.added`). What is said of the label comes from
judgements by regressions that had not learnt the song in question. Where the library is at hand, the bundle's test
songs and the new tracks calibrate the extended model again; where it is not, the new bundle makes no promises.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from earmark.catalog.names import normalise
from earmark.errors import EarmarkError, InputError
from earmark.evaluation.confidence import Confidence, fit_confidence
from earmark.evaluation.groups import Song, group_ids
from earmark.evaluation.open_scores import OPEN_SCORES, open_scores
from earmark.evaluation.open_set import OpenSetCalibration
from earmark.library.library import Library
from earmark.models.added import AddedLabel, extended
from earmark.models.bundle import Bundle
from earmark.models.extending import write_extended
from earmark.models.from_library import LibrarySongs
from earmark.models.predict import FilePrediction
from earmark.models.references import References, make_references
from earmark.models.song import SongPrediction
from earmark.training.newcomer import Material, Newcomer, Tested, judge_newcomer
from earmark.training.one_against_rest import OneAgainstRest, fit_one_against_rest

FEWEST = 2
"""Tracks without which nothing can be fitted."""
MOST_CALIBRATING = 300
"""Test songs that are predicted again for calibration, at most."""
FEWEST_CALIBRATING = 10
"""Test songs without which nothing is calibrated: new tracks alone know nothing of the other labels."""


@dataclass(frozen=True, slots=True)
class AddedToBundle:
    """An extended bundle and how well its new label can be told.

    Attributes:
        bundle: The bundle, saved.
        newcomer: The label.
    """

    bundle: Bundle
    newcomer: Newcomer


def check_name(bundle: Bundle, name: str) -> None:
    """Refuse a name that cannot be added, before any track is heard.

    Raises:
        InputError: The name is empty or one of the bundle's labels, or the bundle cannot take labels.
    """
    if not name.strip() or name != name.strip():
        raise InputError(f"a label's name is a text without blanks at its ends, got {name!r}")
    same = [label for label in bundle.labels if normalise(label) == normalise(name)]
    if same:
        raise InputError(
            f"the bundle knows the label {same[0]} already; to teach it more tracks, scan them and train it again"
        )
    if bundle.references is None:
        raise InputError(
            f"{bundle.path} carries no references, which an added label is told from: it reads no sound, or an older "
            "Earmark made it. Train a model that hears, such as `earmark train --model earmark`"
        )


def target_of(bundle: Path, name: str, as_name: str | None) -> Path:
    """Return the folder of a new bundle with one label more, beside the old one.

    Args:
        bundle: The old one's folder.
        name: The label's name.
        as_name: The new bundle's name; made of the old one's and the label's where None.

    Raises:
        InputError: The name is no plain folder name, or something stands there.
    """
    slug = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "label"
    plain = as_name or f"{bundle.name}+{slug}"
    if plain.startswith(".") or Path(plain).name != plain:
        raise InputError(f"a bundle's name is a plain folder name such as trance-2, not {plain!r}")
    target = bundle.resolve().parent / plain
    if target.exists():
        raise InputError(f"{target} is there already; give the new bundle another name with --name, or remove that one")
    return target


def add_label(
    bundle: Bundle,
    name: str,
    heard: Sequence[FilePrediction],
    path: Path,
    *,
    library: Library | None = None,
    seed: int = 0,
) -> AddedToBundle:
    """Add a label to a ready bundle, and say how well it can be told.

    Args:
        bundle: The bundle.
        name: The label's name.
        heard: The label's tracks as the bundle hears them.
        path: Folder of the new bundle; the bundle's own replaces it.
        library: Where the bundle's test songs are; without it the new bundle is not calibrated.
        seed: Deals the songs for held-out judgements.

    Raises:
        InputError: The name is taken, the bundle has no references, fewer than two tracks are new, or something else
            stands at the path.
    """
    check_name(bundle, name)
    references = bundle.references
    if references is None:
        raise InputError("the bundle carries no references")
    tracks, notes = _new_tracks(name, heard, references)
    extended_references = _with_tracks(references, name, tracks)
    material = Material(bundle, extended_references, tracks, _groups(extended_references))
    fitted = fit_one_against_rest(
        extended_references.embeddings,
        material.own,
        rest_labels=len(bundle.labels),
        groups=material.groups,
        rng=np.random.default_rng([seed, 5]),
    )
    tested = _tested(material, library)
    confidence = _confidence(material, fitted, tested, seed)
    newcomer = judge_newcomer(name, material, fitted, tested)
    newcomer = replace(newcomer, notes=(*notes, *newcomer.notes, *_promise(bundle, confidence)))
    record = {
        **newcomer.to_json(),
        "slices": sum(len(one.song.slice_log_probs) for one in tracks),
        "audio_ids": [one.track.audio_id for one in tracks],
        "inverse_penalty": fitted.inverse_penalty,
    }
    added = AddedLabel(name, fitted.weight, fitted.bias)
    made = write_extended(
        bundle, path, added=added, references=extended_references, confidence=confidence, record=record
    )
    return AddedToBundle(made, newcomer)


def _new_tracks(
    name: str, heard: Sequence[FilePrediction], references: References
) -> tuple[list[FilePrediction], list[str]]:
    """The tracks that are not in the catalogue, each once, and a note on each that is."""
    known = {song.audio_id: song.label for song in references.songs}
    tracks: dict[str, FilePrediction] = {}
    notes = []
    for one in heard:
        shown = one.track.display
        if one.track.audio_id in known:
            notes.append(f"{shown} left out: it is in the catalogue already, as {known[one.track.audio_id]}.")
        elif one.track.audio_id in tracks:
            notes.append(f"{shown} left out: it is the same recording as {tracks[one.track.audio_id].track.path}.")
        elif one.song.embedding.shape != (references.size,):
            notes.append(f"{shown} left out: its sound was not heard.")
        else:
            tracks[one.track.audio_id] = one
    if len(tracks) < FEWEST:
        raise InputError(
            f"a label is learnt from {FEWEST} tracks or more, better 10 to 30; of {len(heard)} that were heard "
            f"{len(tracks)} can be used for {name}. {' '.join(notes[:5])}".strip()
        )
    return list(tracks.values()), notes


def _with_tracks(references: References, name: str, tracks: Sequence[FilePrediction]) -> References:
    """The catalogue with the label's tracks as songs that were learnt."""
    labelled = [replace(one.track, label=name) for one in tracks]
    own = make_references(labelled, ["train"] * len(tracks), np.stack([one.song.embedding for one in tracks]))
    songs = tuple(
        replace(song, artist_keys=song.artist_keys | references.keys_of(track))
        for song, track in zip(own.songs, labelled, strict=True)
    )
    return References((*references.songs, *songs), np.concatenate([references.embeddings, own.embeddings]))


def _groups(references: References) -> NDArray[np.int64]:
    songs = [
        Song(one.audio_id, one.label, artist_keys=one.artist_keys, release=one.release) for one in references.songs
    ]
    return group_ids(songs, "artist")


def _tested(material: Material, library: Library | None) -> Tested | None:
    """The bundle's test songs, predicted again from what the library stores; None where it lacks too many."""
    if library is None:
        return None
    labels = material.bundle.labels
    places = {song.audio_id: at for at, song in enumerate(material.references.songs) if song.part == "test"}
    tracks = [track for track in library.tracks() if track.audio_id in places]
    tracks = tracks[:: math.ceil(len(tracks) / MOST_CALIBRATING) or 1]
    source, found = LibrarySongs(library, tuple(tracks)), []
    for index, track in enumerate(tracks):
        try:
            said: SongPrediction = material.bundle.predict_song(source, index)
        except EarmarkError:  # features under older settings, or no longer there: the other songs tell as well
            continue
        found.append((places[track.audio_id], said.verdict))
    if len(found) < FEWEST_CALIBRATING:
        return None
    at = np.asarray([place for place, _ in found], dtype=np.int64)
    truth = np.asarray([labels.index(material.references.songs[place].label) for place in at], dtype=np.int64)
    return Tested(at, tuple(verdict for _, verdict in found), truth)


def _confidence(material: Material, fitted: OneAgainstRest, tested: Tested | None, seed: int) -> Confidence | None:
    """How sure the extended model is, by test songs and new tracks, none of which was learnt by what judged it."""
    if tested is None:
        return None
    own = np.flatnonzero(material.own)
    places = np.concatenate([tested.places, own])
    verdicts = [*tested.verdicts, *(one.song.verdict for one in material.tracks)]
    probabilities = np.stack(
        [extended(verdict, fitted.held_out[at]).probabilities for verdict, at in zip(verdicts, places, strict=True)]
    )
    log_probs = np.log(np.maximum(probabilities, np.finfo(np.float64).tiny))
    truth = np.concatenate([tested.truth, np.full(len(own), len(material.bundle.labels))])
    before = material.bundle.confidence
    return fit_confidence(
        log_probs,
        truth,
        source="validation songs",
        rng=np.random.default_rng([seed, 6]),
        groups=material.groups[places],
        open_set=None if before is None else _open_set(before.open_set, log_probs),
    )


def _open_set(before: OpenSetCalibration | None, log_probs: NDArray[np.float64]) -> OpenSetCalibration | None:
    """The threshold anew, for probabilities with one label more; what the score is worth was measured before."""
    if before is None or before.score not in OPEN_SCORES:
        return before
    known = np.sort(open_scores(log_probs, before.score))
    place = math.ceil((len(known) + 1) * before.pass_share - 1e-9)
    return replace(before, threshold=float(known[place - 1]) if place <= len(known) else None, n_known=len(known))


def _promise(bundle: Bundle, confidence: Confidence | None) -> list[str]:
    if confidence is not None or bundle.confidence is None:
        return []
    return [
        f"Fewer than {FEWEST_CALIBRATING} of the bundle's test songs are at hand, so the new bundle is not calibrated: "
        "its probabilities are no promise, and there are no sets of labels and no 'none of these'. If their library is "
        "elsewhere, name it with --library."
    ]
