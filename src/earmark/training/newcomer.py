"""How well an added label can be told from the others, by judgements that had not learnt the songs in question."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earmark.evaluation.intervals import Interval, grouped_wilson_interval, wilson_interval
from earmark.evaluation.open_set import Auroc, auroc
from earmark.models.added import extended
from earmark.models.bundle import Bundle
from earmark.models.predict import FilePrediction
from earmark.models.references import References
from earmark.models.song import Verdict
from earmark.training.one_against_rest import OneAgainstRest

ENOUGH = 5
"""Tracks below which a warning stands."""
NEARLY_THE_SAME = 0.98
"""Likeness from which on two recordings may be one: a remaster, an edit."""

_SUPERVISED = ("crnn", "mfcc")
"""Kinds whose embedding has seen labels, so that songs which it learnt lie apart from all others."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """How well an added label can be told from the others, judged on songs that the judgement had not learnt.

    Attributes:
        name: The label.
        songs: Its tracks.
        artists: Groups of its tracks by shared artists.
        auroc: How often one of its tracks has a higher score than a song of another label.
        recall: Share of its tracks whose verdict it is, in [0, 1].
        recall_interval: The interval of that share.
        rival: The other label that its tracks are taken for most, by mean probability.
        rival_share: That mean probability.
        taken: Catalogue songs, by label, that would be taken for it, most first.
        taken_of: Catalogue songs that were asked.
        before: Test songs of the other labels that were judged rightly without it; None where they were not at hand.
        after: The same with it.
        tested: How many test songs those are of.
        notes: What a reader has to know, in sentences.
    """

    name: str
    songs: int
    artists: int
    auroc: Auroc
    recall: float
    recall_interval: Interval
    rival: str
    rival_share: float
    taken: tuple[tuple[str, int], ...]
    taken_of: int
    before: int | None
    after: int | None
    tested: int
    notes: tuple[str, ...]

    @property
    def told_apart(self) -> bool:
        """Whether it is surely better told than by guessing."""
        return self.auroc.low > 0.5

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "taken": dict(self.taken), "notes": list(self.notes), "told_apart": self.told_apart}


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What a label is learnt and judged from.

    Attributes:
        bundle: The bundle as it is.
        references: Its catalogue, with the new tracks as the last ones.
        tracks: The new tracks, as the bundle hears them.
        groups: Group of each song of the references by shared artists, int64 of shape (songs,).
    """

    bundle: Bundle
    references: References
    tracks: Sequence[FilePrediction]
    groups: NDArray[np.int64]

    @property
    def own(self) -> NDArray[np.bool_]:
        """Which of the references are the new tracks."""
        return np.arange(len(self.references)) >= len(self.references) - len(self.tracks)

    @property
    def asked(self) -> NDArray[np.bool_]:
        """The songs of other labels that the label is judged against."""
        if self.bundle.spec.kind not in _SUPERVISED:
            return ~self.own
        unseen = np.asarray([song.part == "test" for song in self.references.songs])
        return np.asarray(unseen if unseen.sum() >= ENOUGH else ~self.own)


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """Songs that the bundle had not learnt, as it judges them without the new label.

    Attributes:
        places: Theirs among the references, int64 of shape (songs,).
        verdicts: What it says of each.
        truth: Label index of each, int64 of shape (songs,).
    """

    places: NDArray[np.int64]
    verdicts: tuple[Verdict, ...]
    truth: NDArray[np.int64]


def judge_newcomer(name: str, material: Material, fitted: OneAgainstRest, tested: Tested | None) -> Newcomer:
    """Say how well a label can be told.

    Args:
        name: The label's name.
        material: What it was learnt from.
        fitted: The regression, with its judgements of songs that it had not learnt.
        tested: Test songs of the other labels; None where they are not at hand.
    """
    own, scores, groups, labels = material.own, fitted.held_out, material.groups, material.bundle.labels
    verdicts = [
        extended(one.song.verdict, score) for one, score in zip(material.tracks, scores[own].tolist(), strict=True)
    ]
    hits = np.asarray([verdict.label == len(labels) for verdict in verdicts])
    others = np.mean([verdict.probabilities[:-1] for verdict in verdicts], axis=0)
    rival = int(others.argmax())
    asked = material.asked
    taken = Counter(material.references.songs[at].label for at in np.flatnonzero(asked & (scores > 0)))
    before = after = None
    if tested is not None:
        pairs = list(zip(tested.verdicts, tested.places.tolist(), tested.truth.tolist(), strict=True))
        before = sum(verdict.label == truth for verdict, _, truth in pairs)
        after = sum(extended(verdict, scores[at]).label == truth for verdict, at, truth in pairs)
    together = groups if fitted.by_group else np.where(own, groups.max() + 1 + np.arange(len(own)), groups)
    told = _auroc(scores[asked], scores[own], together[asked], together[own])
    made = Newcomer(
        name=name,
        songs=int(own.sum()),
        artists=len(np.unique(groups[own])),
        auroc=told,
        recall=float(hits.mean()),
        recall_interval=grouped_wilson_interval(hits, together[own]),
        rival=labels[rival],
        rival_share=float(others[rival]),
        taken=tuple(taken.most_common()),
        taken_of=int(asked.sum()),
        before=before,
        after=after,
        tested=0 if tested is None else len(tested.truth),
        notes=(),
    )
    return replace(made, notes=tuple(_caveats(made, material, by_group=fitted.by_group)))


def _auroc(
    others: NDArray[np.float64],
    own: NDArray[np.float64],
    other_groups: NDArray[np.int64],
    own_groups: NDArray[np.int64],
) -> Auroc:
    """The AUROC with its interval; where all are told apart, Wilson's for as many successes as the label has groups.

    Its variance is 0 then, and what `auroc` puts in its place would not tell ten of ten tracks from guessing.
    """
    told = auroc(others, own, known_groups=other_groups, unknown_groups=own_groups)
    if told.value < 1:
        return told
    units = min(len(np.unique(own_groups)), len(np.unique(other_groups)))
    return replace(told, low=wilson_interval(units, units, level=told.level).low)


def _caveats(newcomer: Newcomer, material: Material, *, by_group: bool) -> list[str]:
    name, notes = newcomer.name, []
    if newcomer.songs < ENOUGH:
        notes.append(f"{newcomer.songs} tracks say little about a label; take {ENOUGH} at least, better 10 to 30.")
    if not newcomer.told_apart:
        notes.append(
            f"{name} cannot be told from the other labels by these tracks: its AUROC may well be 0.5, which is "
            "guessing. Take more tracks, or doubt that it has a sound of its own."
        )
    if not by_group:
        notes.append(
            "All tracks hang together by their artists, so what was learnt may be the artist and not the label; the "
            "numbers are too good for other artists of the label."
        )
    if not all(one.track.artist_keys for one in material.tracks):
        notes.append("Some tracks name no artist, so those by one artist may have been on both sides of a judgement.")
    if (alike := _nearly_the_same(material)) > 0:
        notes.append(
            f"{alike} of the tracks sound nearly the same as another song (a remaster, an edit?); such pairs make the "
            "numbers too good."
        )
    return notes


def _nearly_the_same(material: Material) -> int:
    count = 0
    for at in np.flatnonzero(material.own).tolist():
        likeness = material.references.similarities(material.references.embeddings[at])
        likeness[at] = -1.0
        count += bool(likeness.max() >= NEARLY_THE_SAME)
    return count
