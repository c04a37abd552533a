"""Several models fused into one `earmark.models.song.SongModel`, which goes on where one of them has nothing to say."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.errors import EarmarkError, InputError
from earmark.models.fusion import Fusion
from earmark.models.inputs import FloatArray, SongSource
from earmark.models.song import SongModel, SongPrediction, Verdict
from earmark.models.spec import DictionarySettings, ModelSpec

METADATA_PART = "metadata"
"""Name of the part that reads tags."""

_LEAST = 1e-300


@dataclass(frozen=True, slots=True)
class FusedModel:
    """An ensemble as a `SongModel`.

    Attributes:
        spec: The ensemble, whose parts come in the order in which their embeddings stand side by side.
        parts: Its trained parts by name.
        fusion: How they are weighted.
    """

    spec: ModelSpec
    parts: Mapping[str, SongModel]
    fusion: Fusion

    def predict(self, source: SongSource, index: int, *, most_slices: int | None = None) -> SongPrediction:
        """What the parts that can be asked say of a song, fused.

        A part is left out where the song lacks what it reads: a backbone's embeddings, or BPM and key.

        Args:
            source: The songs.
            index: Which of them.
            most_slices: Slices that are heard at most; all where None.

        Raises:
            InputError: No part can say anything; the message has each one's reason.
        """
        said: dict[str, SongPrediction] = {}
        silent: dict[str, str] = {}
        for name, model in self.parts.items():
            try:
                self._check_tags(name, source, index)
                said[name] = model.predict(source, index, most_slices=most_slices)
            except EarmarkError as error:
                silent[name] = str(error)
        if not said:
            reasons = "; ".join(f"{name}: {reason}" for name, reason in silent.items())
            raise InputError(f"no part of {self.spec.name} can say anything of this song ({reasons})")
        return self._fused(said)

    def _check_tags(self, name: str, source: SongSource, index: int) -> None:
        if name != METADATA_PART or not self.fusion.tags_needed:
            return
        tags = source.metadata(index)
        if tags.bpm is None and tags.key is None:
            raise InputError("the song has neither BPM nor key")

    def _fused(self, said: Mapping[str, SongPrediction]) -> SongPrediction:
        log_probs = {name: song_log_probs(one) for name, one in said.items()}
        fused = self.fusion.combine(log_probs)
        probabilities = np.exp(fused)
        heard = said[self._heard(said)]
        return SongPrediction(
            slice_log_probs=heard.slice_log_probs,
            slice_starts_seconds=heard.slice_starts_seconds,
            vote=heard.vote,
            mean=Verdict(label=int(fused.argmax()), probabilities=probabilities / probabilities.sum()),
            embedding=self._embedding(said),
            slice_embeddings=heard.slice_embeddings,
            padded=heard.padded,
            parts=log_probs,
        )

    def _heard(self, said: Mapping[str, SongPrediction]) -> str:
        """The part whose slices are told: the one that cuts slices, or the first that said anything."""
        sliced = (part.name for part in self.spec.parts if part.slice_seconds is not None and part.name in said)
        return next(sliced, next(iter(said)))

    def _embedding(self, said: Mapping[str, SongPrediction]) -> FloatArray:
        """The embeddings of the parts that hear, each at length 1, side by side; those that are missing are zeros.

        Where none that hears said anything, it is the tags' columns, which are compared with nothing else's.
        """
        hearing = [part for part in self.spec.parts if part.kind != "metadata"]
        if not any(part.name in said for part in hearing):
            return next(iter(said.values())).embedding
        pieces = [
            _unit(said[part.name].embedding) if part.name in said else np.zeros(embedding_size(part), np.float32)
            for part in hearing
        ]
        return np.concatenate(pieces)


def embedding_size(spec: ModelSpec) -> int:
    """Size of a song's embedding by a part of an ensemble.

    Raises:
        InputError: It is of a kind that no ensemble holds.
    """
    if isinstance(spec.training, DictionarySettings):
        return spec.training.embedding_size * spec.training.blocks
    if spec.kind == "probe":
        return spec.backbone_settings.embedding_size
    raise InputError(f"a part of an ensemble is an own network, a probe or metadata, not a {spec.kind}")


def song_log_probs(prediction: SongPrediction) -> NDArray[np.float64]:
    """Log-probabilities of a song by the mean of its slices, float64 of shape (labels,)."""
    return np.asarray(np.log(np.maximum(prediction.mean.probabilities, _LEAST)), dtype=np.float64)


def _unit(vector: FloatArray) -> FloatArray:
    length = float(np.linalg.norm(vector))
    return vector if length == 0 else (vector / length).astype(np.float32)
