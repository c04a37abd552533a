"""The part of a run's report that shows what a model hears: one track as a log-mel picture, and one for each label."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from earmark.audio.settings import FeatureSettings
from earmark.evaluation.splits import PartName
from earmark.library.library import Library
from earmark.models.inspection import InspectedSong, Inspection
from earmark.report.page import Block, FigureBlock, NoteBlock, Section, TextBlock
from earmark.report.sound_figures import (
    GRID_BANDS,
    GRID_COLUMNS,
    MOST_LINES,
    SoundPicture,
    label_picture,
    sound_picture,
    track_picture,
)
from earmark.report.theme import LabelStyle

EXCERPT_SECONDS = 12.0
"""Length of each label's small picture: long enough for six bars' beats, short enough to see each of them."""

MOST_PICTURES = 12
"""Labels that get a picture: each costs 15 kB, and more would not be looked at."""

_TITLE = "What the models hear"
_PART_TOLD: dict[PartName, str] = {
    "test": "",
    "validation": " (a validation song: no test song of this label is here)",
    "train": " (a training song: no test song of this label is here)",
}


@dataclass(frozen=True, slots=True, eq=False)
class _Ear:
    """A model that hears, and where the sound is."""

    library: Library
    inspection: Inspection
    settings: FeatureSettings

    @property
    def labels(self) -> tuple[str, ...]:
        return self.inspection.bundle.labels

    def picture(self, song: InspectedSong) -> SoundPicture:
        """All of a song that is analysed."""
        return sound_picture(self.library.features(song.track.audio_id, self.settings), self.settings)

    def excerpt(self, song: InspectedSong) -> SoundPicture:
        """The middle of a song, in small."""
        features = self.library.features(song.track.audio_id, self.settings)
        frames = min(len(features), round(EXCERPT_SECONDS * self.settings.frames_per_second))
        first = (len(features) - frames) // 2
        middle = features[first : first + frames]
        return sound_picture(middle, self.settings, columns=GRID_COLUMNS, bands=GRID_BANDS, first=first)


def sound_section(library: Library, inspections: Sequence[Inspection], styles: Mapping[str, LabelStyle]) -> Section:
    """Show the sound as the first of the models that hears any reads it.

    Args:
        library: Where the features are.
        inspections: The models, the most important first.
        styles: The labels' looks.
    """
    for inspection in inspections:
        settings = _heard(inspection)
        if settings is not None:
            ear = _Ear(library, inspection, settings)
            intro = (
                f"Every track is mixed to mono at {settings.sample_rate / 1000:g} kHz and turned into a log-mel "
                f"spectrogram: the level of {settings.n_mels} bands of frequency, spaced as pitch is heard, over time. "
                "This is all that a model gets to hear."
            )
            return Section(_TITLE, [_one_track(ear, styles), *_by_label(ear, styles)], intro)
    return Section(
        _TITLE, [NoteBlock("plain", "No model of this run hears log-mel: they read tags or embeddings only.")]
    )


def _heard(inspection: Inspection) -> FeatureSettings | None:
    """What the model, or the part of an ensemble that cuts slices, hears."""
    specs = (inspection.bundle.spec, *inspection.bundle.spec.parts)
    return next((spec.features for spec in specs if spec.features is not None), None)


def _one_track(ear: _Ear, styles: Mapping[str, LabelStyle]) -> Block:
    song = clearest(ear.inspection.part("test"))
    starts = song.prediction.slice_starts_seconds
    probabilities = np.exp(song.prediction.slice_log_probs)
    figure = track_picture(
        ear.picture(song), starts=starts, probabilities=probabilities, labels=ear.labels, styles=styles
    )
    told = (
        f"{song.track.display}, of {ear.labels[song.truth]}: of all test songs the one of whose true label "
        f"{ear.inspection.name} is surest. In decibels below its loudest moment"
    )
    which = "" if len(ear.labels) <= MOST_LINES else f" (the {MOST_LINES} most probable labels)"
    below = f" Below it, what {ear.inspection.name} says of each slice{which}." if len(starts) > 1 else ""
    return FigureBlock(figure, "One track", f"{told}.{below}", "track")


def _by_label(ear: _Ear, styles: Mapping[str, LabelStyle]) -> list[Block]:
    counts = Counter(song.truth for song in ear.inspection.songs)
    blocks: list[Block] = []
    for index in sorted(index for index, _ in counts.most_common(MOST_PICTURES)):
        label = ear.labels[index]
        own = [song for song in ear.inspection.songs if song.truth == index]
        # A label may have no test song left in the library.
        song = clearest([song for song in own if song.part == "test"] or own)
        figure = label_picture(ear.excerpt(song), style=styles[label])
        caption = song.track.display + _PART_TOLD[song.part]
        blocks.append(FigureBlock(figure, label, caption, f"track-{label}", half=True))
    which = f"Of the {MOST_PICTURES} labels with most songs" if len(counts) > MOST_PICTURES else "Of each label"
    told = (
        f"{which}, {EXCERPT_SECONDS:g} s from the middle of the test song of whose label {ear.inspection.name} is "
        "surest, on the same scale of decibels."
    )
    return [TextBlock(told), *blocks]


def clearest(songs: Sequence[InspectedSong]) -> InspectedSong:
    """The song whose true label the model is surest of; the first of equals."""
    return max(songs, key=lambda song: float(song.prediction.verdict.probabilities[song.truth]))
