"""The data sets that come with Earmark: facts about real releases, without sound.

A data set is a CSV beside this module and an entry in `DATASETS`. The importer of a user's own CSV
(`earmark.catalog.from_csv`) reads it, so that its credits, keys and tempi are taken apart by the same rules as
anyone's.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import Literal

from earmark.catalog.from_csv import read_csv
from earmark.catalog.track import Track, Values, merge
from earmark.errors import MetadataError, UnknownNameError

DatasetName = Literal["trance-four-labels"]
"""The name of a data set."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """One data set.

    Attributes:
        summary: What it holds, in one line.
        source: Who collected it, and where from.
        load: Reads it.
    """

    summary: str
    source: str
    load: Callable[[], tuple[Track, ...]]


def trance_four_labels() -> tuple[Track, ...]:
    """Read the metadata of 273 trance releases by Anjunabeats, FSOE, WAO138 and Coldharbour.

    The facts (label, artists, title, BPM, Camelot key, length in whole seconds, genre) are those of the study *Trance
    music classification with CRNN* by J. Enrique Bonilla
    (github.com/JEnriqueBonilla/Trance-music-classification-with-CRNN): releases of the genre Trance on Beatport from
    January 2018 to March 2019, tempo and key as its file names have them (the pattern is Mixed In Key's). There is no
    sound with them, and no release name or date.

    Returns:
        The tracks in the study's order. An audio id is a hash of the row, the same in every installation; a path is the
        name of the study's file, ``KEY - BPM - ARTISTS - TITLE.mp3``, which exists nowhere here.

    Raises:
        MetadataError: The installed file is damaged.
    """
    return _read("trance_four_labels.csv")


DATASETS: dict[DatasetName, Dataset] = {
    "trance-four-labels": Dataset(
        summary="Metadata of 273 trance releases by Anjunabeats, FSOE, WAO138 and Coldharbour, 2018 to 2019",
        source="J. Enrique Bonilla, github.com/JEnriqueBonilla/Trance-music-classification-with-CRNN, out of Beatport",
        load=trance_four_labels,
    ),
}
"""Every data set by name."""


def load_dataset(name: str) -> tuple[Track, ...]:
    """Read a data set.

    Args:
        name: One of `DATASETS`.

    Raises:
        UnknownNameError: There is no such data set.
        MetadataError: The installed file is damaged.
    """
    for known, dataset in DATASETS.items():
        if name == known:
            return dataset.load()
    raise UnknownNameError("data set", name, DATASETS)


def _read(file: str) -> tuple[Track, ...]:
    with resources.as_file(resources.files(__package__) / file) as path:
        return tuple(_track(values, file) for values in read_csv(path).rows)


def _track(values: Values, file: str) -> Track:
    """A row's track. The files are ours, so a value that cannot be read is damage and no matter of taste."""
    if values.problems or values.key is None or values.bpm is None or values.title is None:
        told = "; ".join(values.problems) or "a value is missing"
        raise MetadataError(f"the packaged data set {file} is damaged ({told}); install earmark again")
    title = f"{values.title} ({values.mix})" if values.mix else values.title
    name = f"{values.key.camelot} - {values.bpm:g} - {values.artist_credit} - {title}.mp3"
    told = "\n".join((values.label or "", name, f"{values.seconds:g}"))
    return merge([values], audio_id=hashlib.sha256(told.encode()).hexdigest()[:32], path=name)
