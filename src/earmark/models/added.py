"""Labels that were added to a ready model: a logistic regression "this label or any other" on the model's embedding.

    s       = weight . embedding + bias
    p(new)  = 1 / (1 + exp(-s)),      p(label) = p_before(label) * (1 - p(new))

Nothing below the embedding changes, and the labels that were there keep their proportions, so that what was measured of
them still holds where the new label is ruled out. It is applied to a song's embedding behind all pooling and fusing:
one regression serves a single model and an ensemble alike. The score is linear in the embedding of the part that cuts
slices, so each slice has its share in it, and evidence, sections and votes go on as before (`ExtendedModel`).

An ensemble's part that reads tags has no say in the new label: a handful of tracks has no habits to go by. Labels that
are added one after another stand outside of each other: the last one is asked first.

`earmark.training.add_label` fits such a regression.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earmark.errors import FormatVersionError, InputError
from earmark.models.ensemble import embedding_size
from earmark.models.fusion import Fusion
from earmark.models.inputs import SongSource
from earmark.models.song import SongModel, SongPrediction, Verdict, vote
from earmark.models.spec import ModelSpec

ADDED_VERSION = 1
"""Format version of the files that this Earmark writes and reads."""

_HEADER = "earmark.added"
_LEAST = 1e-300


@dataclass(frozen=True, slots=True, eq=False)
class AddedLabel:
    """A label and how it is told from all others.

    Attributes:
        name: The label.
        weight: float64 of shape (size,), for the model's song embedding.
        bias: Added to the product.
    """

    name: str
    weight: NDArray[np.float64]
    bias: float

    def score(self, embedding: NDArray[np.floating]) -> float:
        """Log-odds of the label against all others.

        Args:
            embedding: A song's, of shape (size,).

        Raises:
            InputError: It is of another size, as where no part of an ensemble heard the song.
        """
        if embedding.shape != self.weight.shape:
            raise InputError(
                f"the added label {self.name} is told by an embedding of {len(self.weight)} numbers, but this song has "
                f"{' x '.join(map(str, embedding.shape))}: its sound was not heard"
            )
        return float(self.weight @ embedding.astype(np.float64) + self.bias)


@dataclass(frozen=True, slots=True)
class ExtendedModel:
    """A model with a label added, as a `earmark.models.song.SongModel`.

    Attributes:
        base: The model without the label.
        added: The label; it comes behind the base's labels.
        spec: What the base is.
        fusion: How an ensemble's parts are weighted; None for a single model.
    """

    base: SongModel
    added: AddedLabel
    spec: ModelSpec
    fusion: Fusion | None = None

    def predict(self, source: SongSource, index: int, *, most_slices: int | None = None) -> SongPrediction:
        """What it says of one song of a source; see `SongModel.predict`.

        Raises:
            InputError: The song's features do not fit, or the parts that hear sound could not hear it.
            MetadataError: The model needs BPM and key, and the song has none.
        """
        return self.extend(self.base.predict(source, index, most_slices=most_slices))

    def extend(self, song: SongPrediction) -> SongPrediction:
        """Add the label to what the base says of a song.

        Args:
            song: The base's prediction.

        Raises:
            InputError: The embedding is of another size.
        """
        score = self.added.score(song.embedding)
        by_slice = score + self._shares(song)
        new, others = log_share(by_slice), log_share(-by_slice)
        slices = np.concatenate([song.slice_log_probs + others[:, None], new[:, None]], axis=1).astype(np.float32)
        return replace(
            song,
            slice_log_probs=slices,
            vote=vote(slices),
            mean=extended(song.mean, score),
            parts=self._parts(song, score),
        )

    def _shares(self, song: SongPrediction) -> NDArray[np.float64]:
        """By how much each slice's score differs from the song's, float64 of shape (slices,); their mean is 0."""
        slices = song.slice_embeddings.astype(np.float64)
        if len(slices) <= 1:
            return np.zeros(len(song.slice_log_probs))
        middle, weight = slices.mean(axis=0), self.added.weight
        if self.fusion is not None:
            # In an ensemble's embedding each part's own stands at length 1.
            length = float(np.linalg.norm(middle))
            weight = self._block(self._heard(song)) / (length if length > 0 else 1.0)
        return np.asarray((slices - middle) @ weight, dtype=np.float64)

    def _heard(self, song: SongPrediction) -> str:
        """The part of an ensemble whose slices are told, as `earmark.models.ensemble.FusedModel` chooses it."""
        sliced = (part.name for part in self.spec.parts if part.slice_seconds is not None and part.name in song.parts)
        return next(sliced, next(iter(song.parts), ""))

    def _block(self, name: str) -> NDArray[np.float64]:
        """The weights for one part's share of an ensemble's embedding; none for a part that does not hear."""
        start = 0
        for part in self.spec.parts:
            if part.kind == "metadata":
                continue
            size = embedding_size(part)
            if part.name == name:
                return self.added.weight[start : start + size]
            start += size
        return np.zeros(0)

    def _parts(self, song: SongPrediction, score: float) -> Mapping[str, NDArray[np.float64]]:
        """The parts' log-probabilities with a column for the label, such that their weighted sums still explain it."""
        if not song.parts or self.fusion is None:
            return song.parts
        weights = self.fusion.of(tuple(song.parts))
        place = song.mean.label
        total = sum(weights[name] * float(values[place]) for name, values in song.parts.items())
        constant = total - float(np.log(max(song.mean.probabilities[place], _LEAST)))
        said = self._said(song)
        speaking = [name for name, weight in weights.items() if weight > 0]
        rest = (score - sum(said[name] for name in speaking) + constant) / max(1, len(speaking))
        neutral = -float(np.log(len(song.mean.probabilities) + 1))
        columns = {name: (said[name] + rest) / weights[name] if weights[name] > 0 else neutral for name in song.parts}
        return {name: np.append(values, columns[name]) for name, values in song.parts.items()}

    def _said(self, song: SongPrediction) -> dict[str, float]:
        """What each part that took part adds to the score; 0 for one that does not hear."""
        said, start = dict.fromkeys(song.parts, 0.0), 0
        for part in self.spec.parts:
            block = self._block(part.name)
            if part.name in said and len(block):
                said[part.name] = float(block @ song.embedding[start : start + len(block)].astype(np.float64))
            start += len(block)
        return said


def extended(verdict: Verdict, score: float) -> Verdict:
    """A verdict with one more label at its end.

    Args:
        verdict: Without it.
        score: Log-odds of the new label against all others.
    """
    new, others = np.exp(log_share(np.asarray([score, -score])))
    probabilities = np.append(verdict.probabilities * others, new)
    return Verdict(label=int(probabilities.argmax()), probabilities=probabilities / probabilities.sum())


def log_share(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-probabilities from log-odds, without overflow: ``-log(1 + exp(-s))``."""
    return np.asarray(-np.logaddexp(0.0, -scores), dtype=np.float64)


def added_bytes(labels: Sequence[AddedLabel]) -> bytes:
    """All bytes of the file of added labels.

    Raises:
        InputError: There is none, or their embeddings differ in size.
    """
    from safetensors.numpy import save

    if not labels or len({one.weight.shape for one in labels}) != 1:
        raise InputError("expected at least one added label, all with weights of one size")
    header = {"format_version": ADDED_VERSION, "names": [one.name for one in labels]}
    tensors = {"weight": np.stack([one.weight for one in labels]), "bias": np.asarray([one.bias for one in labels])}
    return bytes(save(tensors, metadata={_HEADER: json.dumps(header, ensure_ascii=False)}))


def read_added(content: bytes, *, name: str) -> tuple[AddedLabel, ...]:
    """Read added labels from a file's bytes.

    Args:
        content: All bytes of the file.
        name: The bundle, as messages call it.

    Raises:
        InputError: The file is damaged.
        FormatVersionError: It was written by another format version.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        length = int.from_bytes(content[:8], "little")
        header: dict[str, Any] = json.loads(json.loads(content[8 : 8 + length])["__metadata__"][_HEADER])
        found = header["format_version"]
        if found == ADDED_VERSION:
            tensors = load(content)
            return _checked(header["names"], tensors["weight"], tensors["bias"])
    except (SafetensorError, InputError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"the added labels of {name} are damaged ({error}); copy the bundle again") from error
    raise FormatVersionError(
        f"the added labels of {name}", found=found, expected=ADDED_VERSION, remedy="add the label again"
    )


def _checked(names: Sequence[str], weight: NDArray[np.float64], bias: NDArray[np.float64]) -> tuple[AddedLabel, ...]:
    if weight.ndim != 2 or bias.shape != (len(weight),) or not (np.isfinite(weight).all() and np.isfinite(bias).all()):
        raise InputError(f"expected finite weights (labels, size) and biases, got {weight.shape} and {bias.shape}")
    rows = zip(names, weight.astype(np.float64), bias.tolist(), strict=True)
    return tuple(AddedLabel(str(name), row, float(number)) for name, row, number in rows)
