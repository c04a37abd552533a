"""Looks into a bundle: what it says of every song of its split, and where it places their slices.

It goes through the ONNX graph and the one predict path, as evaluation does, so that the test songs' verdicts are those
that `earmark evaluate` counts. Test and validation songs are heard whole. Of a training song only some slices are
heard, spread evenly over it: they are there to be drawn, not to be judged.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.evaluation.groups import Song
from earmark.evaluation.splits import PART_NAMES, PartName, Split
from earmark.executors import Executor, SerialExecutor
from earmark.library.library import Library
from earmark.models.bundle import Bundle, bundle_split
from earmark.models.from_library import LibrarySongs, label_indices, lacking_features, songs_to_split
from earmark.models.inputs import FloatArray
from earmark.models.judging import Judgement, judge
from earmark.models.leakage import LeakageCheck, check_leakage
from earmark.models.song import SongPrediction

TRAIN_SLICES = 8
"""Slices of a training song that are heard where nobody says."""


@dataclass(frozen=True, slots=True, eq=False)
class InspectedSong:
    """One song of the split, and what the model says of it.

    Attributes:
        track: The song.
        part: Its part of the split.
        truth: Index of its label among the bundle's labels.
        prediction: What the model says.
    """

    track: Track
    part: PartName
    truth: int
    prediction: SongPrediction

    @property
    def embeddings(self) -> FloatArray:
        """The last layer before the classification for each slice of the prediction, float32 (slices, size)."""
        return self.prediction.slice_embeddings

    @property
    def estimate(self) -> int:
        """Index of the verdict's label."""
        return self.prediction.verdict.label


@dataclass(frozen=True, slots=True, eq=False)
class Inspection:
    """A bundle with all that it says of its own split.

    Attributes:
        bundle: The bundle.
        split: The split that it was trained with.
        songs: The songs that could be heard: test, then validation, then training, each in the order of the split.
        groups: The songs of the library with these labels as splits see them, by audio id.
        judgement: How the model does on the test songs.
        leakage: Whether training and test have anything in common.
        gone: How many songs of each part the library does not hold any more, or holds under another label.
        unheard: Songs whose features are missing and could not be made, each with the reason.
    """

    bundle: Bundle
    split: Split
    songs: tuple[InspectedSong, ...]
    groups: Mapping[str, Song]
    judgement: Judgement
    leakage: LeakageCheck
    gone: Mapping[PartName, int]
    unheard: Mapping[str, str]

    @property
    def name(self) -> str:
        """The bundle's folder, which is its name in a library."""
        return self.bundle.path.name

    def part(self, name: PartName) -> tuple[InspectedSong, ...]:
        """The songs of one part."""
        return tuple(song for song in self.songs if song.part == name)


def inspect_bundle(
    library: Library,
    bundle: Bundle,
    *,
    train_slices: int = TRAIN_SLICES,
    seed: int = 0,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Inspection:
    """Run a bundle over the songs of its split.

    Args:
        library: Where the songs are.
        bundle: The bundle.
        train_slices: How many slices of a training song are heard at most, at least 1.
        seed: Seed of the bootstrap intervals.
        executor: Where features are made that the library lacks; this process where None.
        progress: Called with songs done and songs in all.

    Raises:
        InputError: The library holds none of the test songs, the bundle carries no split, or ``train_slices`` is not
            at least 1.
        FormatVersionError: The split is of another format version.
        MetadataError: The model needs values that a song lacks now.
    """
    if train_slices < 1:
        raise InputError(f"at least 1 slice of each training song has to be heard, got {train_slices}")
    split = bundle_split(bundle)
    everything = {track.audio_id: track for track in library.tracks() if track.label in bundle.labels}
    groups = {song.id: song for song in songs_to_split(tuple(everything.values()))}
    unheard = _unheard(library, bundle, [one for one in split.part_of() if one in everything], executor)
    parts = {
        part: tuple(everything[one] for one in ids if one in everything and one not in unheard)
        for part, ids in split.parts().items()
    }
    if not parts["test"]:
        raise InputError(f"library {library.address} holds none of the test songs of {bundle.path}")
    run = _Run(library, bundle, train_slices, _Count(sum(map(len, parts.values())), progress))
    placed = split.part_of()
    here = tuple(song for song_id, song in groups.items() if song_id in placed)
    group_of = dict(zip((song.id for song in here), split.group_ids(here).tolist(), strict=True))
    judgement, tested = run.judged(parts["test"], group_of, seed=seed)
    others = [song for part in ("validation", "train") for song in run.heard(parts[part], part)]
    return Inspection(
        bundle=bundle,
        split=split,
        songs=(*tested, *others),
        groups=groups,
        judgement=judgement,
        leakage=check_leakage(split, tuple(groups.values())),
        gone={part: sum(one not in everything for one in split.parts()[part]) for part in PART_NAMES},
        unheard={everything[one].display: reason for one, reason in unheard.items()},
    )


def _unheard(library: Library, bundle: Bundle, ids: Sequence[str], executor: Executor | None) -> dict[str, str]:
    return lacking_features(library, ids, bundle.spec.stored, executor=executor or SerialExecutor())


class _Count:
    """Songs done over all parts."""

    def __init__(self, total: int, progress: Callable[[int, int], None] | None) -> None:
        self._done, self._total, self._progress = 0, total, progress

    def one(self, *_: object) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)


@dataclass(frozen=True, slots=True)
class _Run:
    """One bundle going over songs."""

    library: Library
    bundle: Bundle
    train_slices: int
    count: _Count

    def judged(
        self, tracks: tuple[Track, ...], group_of: Mapping[str, int], *, seed: int
    ) -> tuple[Judgement, list[InspectedSong]]:
        """The judgement on whole songs, and the songs with their slices."""
        bundle, truth = self.bundle, label_indices(tracks, self.bundle.labels)
        judgement = judge(
            bundle.spec,
            bundle.model,
            LibrarySongs(self.library, tracks),
            truth,
            bundle.labels,
            rng=np.random.default_rng(seed),
            groups=np.array([group_of[track.audio_id] for track in tracks], dtype=np.int64),
            seconds=bundle.card.training.get("seconds"),
            progress=self.count.one,
        )
        each = zip(tracks, truth.tolist(), judgement.predictions, strict=True)
        return judgement, [InspectedSong(track, "test", at, said) for track, at, said in each]

    def heard(self, tracks: tuple[Track, ...], part: PartName) -> list[InspectedSong]:
        """The songs with their slices, or with some of them where they were learnt from."""
        source, model = LibrarySongs(self.library, tracks), self.bundle.model
        songs = []
        for index, truth in enumerate(label_indices(tracks, self.bundle.labels).tolist()):
            said = model.predict(source, index, most_slices=self.train_slices if part == "train" else None)
            songs.append(InspectedSong(tracks[index], part, truth, said))
            self.count.one()
        return songs
