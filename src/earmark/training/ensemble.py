"""Training of an ensemble: each part by itself, then the weights on what they said of songs they had not learnt."""

import time
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.evaluation.splits import deal_parts
from earmark.models.ensemble import METADATA_PART
from earmark.models.fusion import Fusion, fit_fusion
from earmark.models.spec import FusionSettings
from earmark.training.fitters import fitter
from earmark.training.songs import FitRequest, FitResult, HeldOut, SongSet, WithoutLabel

LogProbs = Mapping[str, NDArray[np.float64]]


def fit_ensemble(request: FitRequest) -> FitResult:
    """Train the parts and fuse them.

    Raises:
        InputError: A part cannot be trained on these songs, or gives no out-of-fold predictions.
        NothingLearntError: A part learnt nothing.
    """
    began, settings = time.perf_counter(), _settings(request)
    parts = {
        part.name: fitter(part.kind)(replace(request, spec=part, run_dir=request.run_dir / part.name))
        for part in request.spec.parts
    }
    songs = request.all_songs()
    said = {name: _held_out(name, one) for name, one in parts.items()}
    tagged = _tagged(songs)
    # Tags count as part of the judgement only where most songs have them; else the part speaks of lengths alone.
    tags_needed = METADATA_PART in parts and bool(tagged.mean() >= 1 / 2)
    fuse = _Fusing(settings, tags_needed, tagged)
    fusion = fuse.fit(said, songs.labels)
    held_out = fuse.held_out(said, songs, seed=request.seed)
    counts = request.songs_per_label()
    return FitResult(
        spec=request.spec,
        labels=request.labels,
        seed=request.seed,
        model=None,
        curves=(),
        best_epoch=1,
        stopped="max_epochs",
        seconds=time.perf_counter() - began,
        precision="float32",
        songs=counts,
        slices=counts,
        held_out=HeldOut(held_out, songs.labels, songs.groups, out_of_fold=True),
        without_label=_without_label(parts, fusion, tagged, songs),
        parts=parts,
        fusion=fusion,
    )


class _Fusing:
    """How weights are chosen in one ensemble."""

    def __init__(self, settings: FusionSettings, tags_needed: bool, tagged: NDArray[np.bool_]) -> None:
        self._settings, self._tags_needed, self._tagged = settings, tags_needed, tagged

    def fit(self, said: LogProbs, truth: NDArray[np.int64], use: NDArray[np.bool_] | None = None) -> Fusion:
        """Weights by some songs, or by all."""
        chosen = np.ones(len(truth), dtype=bool) if use is None else use
        return fit_fusion(
            {name: values[chosen] for name, values in said.items()},
            truth[chosen],
            shrinkage=self._settings.shrinkage,
            tags_needed=self._tags_needed,
            tagged=self._tagged[chosen],
        )

    def held_out(self, said: LogProbs, songs: SongSet, *, seed: int) -> NDArray[np.float64]:
        """Fused log-probabilities (songs, labels) of each song, by weights that were chosen without its part."""
        k = min(self._settings.parts_of_songs, len(songs.labels))
        part_of = deal_parts(songs.labels, k=k, rng=np.random.default_rng([seed, 3]), groups=songs.groups)
        fused = np.zeros_like(next(iter(said.values())))
        for part in np.unique(part_of):
            left_out = part_of == part
            fusion = self.fit(said, songs.labels, ~left_out)
            fused[left_out] = combined(fusion, said, self._tagged)[left_out]
        return fused


def combined(fusion: Fusion, said: LogProbs, tagged: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Fused log-probabilities (songs, labels), without the metadata part for songs that have no tags it needs."""
    fused = fusion.combine(said)
    silent = ~tagged & (fusion.tags_needed and METADATA_PART in said and len(said) > 1)
    if silent.any():
        others = {name: values[silent] for name, values in said.items() if name != METADATA_PART}
        fused[silent] = fusion.combine(others)
    return fused


def _settings(request: FitRequest) -> FusionSettings:
    if not isinstance(request.spec.training, FusionSettings):
        raise InputError(f"model {request.spec.name} is no ensemble")
    return request.spec.training


def _held_out(name: str, fitted: FitResult) -> NDArray[np.float64]:
    if fitted.held_out is None or not fitted.held_out.out_of_fold:
        raise InputError(f"the part {name} says nothing of songs that it had not learnt, so it cannot be fused")
    return fitted.held_out.log_probs


def _tagged(songs: SongSet) -> NDArray[np.bool_]:
    tags = [songs.songs.metadata(index) for index in range(len(songs.labels))]
    return np.array([one.bpm is not None or one.key is not None for one in tags])


def _without_label(
    parts: Mapping[str, FitResult], fusion: Fusion, tagged: NDArray[np.bool_], songs: SongSet
) -> tuple[WithoutLabel, ...]:
    """The parts' rounds without a label, fused by the weights of all labels; what any part had learnt is not asked."""
    said_by = {name: {one.label: one for one in part.without_label} for name, part in parts.items()}
    rounds = []
    for label in sorted(set.intersection(*(set(one) for one in said_by.values()))):
        together = {name: one[label] for name, one in said_by.items()}
        n_labels = next(iter(together.values())).log_probs.shape[1]
        known = np.arange(n_labels) != label
        fused = np.full((len(songs.labels), n_labels), -np.inf)
        fused[:, known] = combined(fusion, {name: one.log_probs[:, known] for name, one in together.items()}, tagged)
        asked = np.all([one.asked for one in together.values()], axis=0)
        rounds.append(WithoutLabel(label, fused, songs.labels, asked))
    return tuple(rounds)
