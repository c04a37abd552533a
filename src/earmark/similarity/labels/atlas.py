"""The atlas: labels as places of sound, how far they are from each other, and what each of them is like."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from earmark.audio.estimates import Measures
from earmark.catalog.select import Selection, select
from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.evaluation.groups import Apart
from earmark.similarity.labels.bridges import Advice, advise
from earmark.similarity.labels.label_choice import MOST_OF_LABEL, MOST_TRACKS, Choice, LeftOut, VectorsOf, choose
from earmark.similarity.labels.label_distances import LabelDistances, label_distances
from earmark.similarity.labels.label_map import LabelMap, LabelTree, map_labels, tree_of
from earmark.similarity.labels.profiles import LabelProfile, make_profiles
from earmark.similarity.vectors.opening import Collection

RESAMPLES = 1000
MIN_TRACKS = 5


@dataclass(frozen=True, slots=True)
class NearLabel:
    """A label seen from another one.

    Attributes:
        label: Its name.
        distance: Its distance, at least 0.
        interval: The 95 % interval of that.
        tied: Whether it cannot be told from the nearest one which of the two is nearer.
        weak: Whether the two share so many artists that these could not be left out.
        shared_artists: How many lead artists they share, who were left out unless it is weak.
    """

    label: str
    distance: float
    interval: tuple[float, float]
    tied: bool
    weak: bool
    shared_artists: int

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "label": self.label,
            "distance": round(self.distance, 4),
            "interval": [round(end, 4) for end in self.interval],
            "tied": self.tied,
            "weak": self.weak,
            "shared_artists": self.shared_artists,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Atlas:
    """Labels as places of sound.

    Attributes:
        choice: The labels and their tracks.
        distances: How far labels are from each other.
        map: The labels on a plane.
        tree: The labels joined by their distances.
        profiles: What each label is like, in the labels' order.
        advice: Labels to try for whoever loves some; None where nobody asked.
        source: What made the vectors, in words.
        apart: What two tracks that were compared do not share.
        notes: What a reader has to know, a sentence each.
    """

    choice: Choice
    distances: LabelDistances
    map: LabelMap
    tree: LabelTree
    profiles: tuple[LabelProfile, ...]
    advice: Advice | None
    source: str
    apart: Apart
    notes: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, by name."""
        return self.choice.placed.labels

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Labels that are not on it, and why."""
        return self.choice.left_out

    def nearest(self, label: int) -> tuple[NearLabel, ...]:
        """All other labels, the nearest first.

        Args:
            label: A label's place.
        """
        order = self.distances.nearest(label)
        return tuple(
            NearLabel(
                label=self.labels[other],
                distance=float(self.distances.matrix[label, other]),
                interval=self.distances.interval(label, other),
                tied=other != order[0] and not self.distances.told_apart(label, order[0], other),
                weak=bool(self.distances.weak[label, other]),
                shared_artists=int(self.distances.shared_leads[label, other]),
            )
            for other in order
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values: everything that the page shows."""
        return {
            "source": self.source,
            "apart": self.apart,
            "resamples": len(self.distances.draws) - 1,
            "labels": [
                {
                    **profile.to_json(),
                    "nearest": [one.to_json() for one in self.nearest(at)],
                    "place": [round(one, 4) for one in self.map.places[at].tolist()],
                    "ellipse": [round(one, 4) for one in (*self.map.ellipses[at].radii, self.map.ellipses[at].angle)],
                }
                for at, profile in enumerate(self.profiles)
            ],
            "map": {"stress": round(self.map.stress, 4), "neighbours_kept": round(self.map.neighbours_kept, 4)},
            "tree": [
                {
                    "labels": [self.labels[at] for at in branch.members],
                    "height": round(branch.height, 4),
                    "support": round(branch.support, 3),
                }
                for branch in self.tree.branches
            ],
            "left_out": [one.to_json() for one in self.left_out],
            "love": None if self.advice is None else self.advice.to_json(),
            "notes": list(self.notes),
        }


def atlas_of(
    collection: Collection,
    *,
    selection: Selection | None = None,
    apart: Apart = "artist",
    min_tracks: int = MIN_TRACKS,
    resamples: int = RESAMPLES,
    love: Sequence[str] = (),
    seed: int = 0,
) -> Atlas:
    """Make an atlas of the labels of a library.

    Args:
        collection: The library, opened for searching.
        selection: Which of its tracks; all where None.
        apart: As in `make_atlas`, as all that follows.
        min_tracks: Tracks that a label needs.
        resamples: How often artists are drawn anew.
        love: Labels for which others are suggested.
        seed: Seed of all chance.

    Raises:
        InputError: No track is chosen, or as in `make_atlas`.
        UnknownNameError: A loved label is not known.
    """
    with_vector = set(collection.columns.audio_ids.tolist())
    everything = [track for track in collection.all_tracks() if track.audio_id in with_vector]
    tracks = select(everything, selection).tracks if selection is not None else everything
    if not tracks:
        raise InputError(f"none of {len(everything)} tracks with a vector is chosen; ask for less")
    notes = list(collection.notes)
    if collection.source.kind == "bundle":
        notes.append(
            f"The vectors are by {collection.source.shown}, which may have learnt these very songs and labels: labels "
            "can then look further apart than they are to fresh ears. `earmark atlas --backbone` "
            "takes vectors that know no labels."
        )
    return make_atlas(
        tracks,
        lambda some: collection.search.vectors([track.audio_id for track in some]),
        source=collection.source.shown,
        apart=apart,
        min_tracks=min_tracks,
        resamples=resamples,
        love=love,
        measures=collection.measures([track.audio_id for track in tracks]),
        notes=notes,
        seed=seed,
    )


def make_atlas(
    tracks: Sequence[Track],
    vectors_of: VectorsOf,
    *,
    source: str,
    apart: Apart = "artist",
    min_tracks: int = MIN_TRACKS,
    resamples: int = RESAMPLES,
    love: Sequence[str] = (),
    measures: Mapping[str, Measures] | None = None,
    notes: Sequence[str] = (),
    seed: int = 0,
) -> Atlas:
    """Make an atlas of the labels of a collection.

    Args:
        tracks: The collection.
        vectors_of: Gives the vectors of some of the tracks, as `earmark.similarity.vectors.space` places them.
        source: What made the vectors, in words.
        apart: What two tracks must not share to be compared; all but ``"artist"`` leave the artist effect in.
        min_tracks: Tracks that a label needs, at least 2.
        resamples: How often artists are drawn anew for intervals, at least 1.
        love: Labels for which others are suggested.
        measures: What was measured of the tracks' sound, by audio id.
        notes: What else a reader has to know.
        seed: Seed of all chance.

    Raises:
        InputError: There are fewer than two labels with enough tracks by enough artists, or a loved one is left out.
        UnknownNameError: A loved label is not known.
    """
    rng = np.random.default_rng(seed)
    choice = choose(tracks, vectors_of, apart=apart, min_tracks=min_tracks, rng=rng)
    distances = label_distances(choice.placed, resamples=resamples, rng=rng)
    # Before the slow rest: a misspelt label is told at once.
    advice = advise(choice, distances, love) if love else None
    return Atlas(
        choice=choice,
        distances=distances,
        map=map_labels(np.maximum(distances.draws, 0)),
        tree=tree_of(np.maximum(distances.draws, 0)),
        profiles=make_profiles(choice, distances, measures=measures or {}, resamples=resamples, rng=rng),
        advice=advice,
        source=source,
        apart=apart,
        notes=(*notes, *_notes(choice, distances, apart)),
    )


def _notes(choice: Choice, distances: LabelDistances, apart: Apart) -> list[str]:
    told = []
    if apart != "artist":
        told.append(
            f"Tracks are held apart by {apart}, not by artist: an artist who is on two labels pulls them together, and "
            "one who dominates a label makes it look narrow."
        )
    compared, all_tracks = len(choice.tracks), sum(map(len, choice.by_label))
    if compared < all_tracks:
        told.append(
            f"Distances are of a sample of {compared:,} of {all_tracks:,} tracks (at most {MOST_OF_LABEL:,} of a label "
            f"and {MOST_TRACKS:,} in all); counts, tempo and keys are of all."
        )
    if choice.nameless:
        told.append(
            f"{choice.nameless:,} of {compared:,} compared tracks credit nobody; their release stands in for them."
        )
    if weak := int(distances.weak.sum()) // 2:
        told.append(
            f"{weak} pairs of labels share so many artists that these could not be left out of their distance; they "
            "are likely to be further apart than it says."
        )
    if choice.unlabelled:
        told.append(f"{choice.unlabelled:,} tracks without a label are not on the atlas.")
    return told
