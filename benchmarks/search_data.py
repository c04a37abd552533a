"""Made-up collections whose vectors lie as real ones do: what `benchmarks/search.py` searches.

The stored embeddings of real tracks, patch by patch, are centred, turned to their 128 main directions and brought to
length 1. A mixture of 24 Gaussians with full covariances is fitted to them, and collections of any size are drawn from
it. Labels hang together with the mixture's components, as labels do with sound; tempo, key, date and artist do not.
"""

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from earmark.backbones.shelf import find_backbone
from earmark.catalog.keys import Key
from earmark.library.library import Library
from earmark.similarity.vectors.codes import Codes
from earmark.similarity.vectors.filters import Filters

DIMENSIONS = 128
COMPONENTS = 24
LABELS = 2_000
QUERIES = 1_000
TRACKS_PER_ARTIST = 12
_BLOCK = 50_000

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Collection:
    """A made-up collection: unit vectors (n, 128), the filter columns, and unit vectors to search for."""

    units: FloatArray
    codes: Codes
    queries: FloatArray


def real_points(libraries: list[Path], backbone: str) -> FloatArray:
    """Embeddings of all patches of all tracks that libraries hold of a backbone: shape (patches, size)."""
    settings = find_backbone(backbone)
    rows = []
    for path in libraries:
        library = Library.open(path)
        stored = library.feature_records([settings])
        rows += [np.asarray(library.features(audio_id, settings), dtype=np.float32) for audio_id, _ in stored]
    return np.concatenate(rows)


def fit_mixture(points: FloatArray, path: Path) -> str:
    """Fit the mixture and keep it; return a sentence about it."""
    from sklearn.decomposition import PCA
    from sklearn.mixture import GaussianMixture

    turned = PCA(DIMENSIONS, random_state=0).fit(points - points.mean(axis=0))
    placed = turned.transform(points - points.mean(axis=0))
    placed /= np.linalg.norm(placed, axis=1, keepdims=True)
    mixture = GaussianMixture(COMPONENTS, reg_covar=1e-5, max_iter=60, random_state=0).fit(placed)
    roots = np.linalg.cholesky(mixture.covariances_)
    told = (
        f"{len(points):,} embeddings of patches of real tracks; {DIMENSIONS} directions hold "
        f"{100 * turned.explained_variance_ratio_.sum():.1f} % of their variance"
    )
    np.savez(path, weights=mixture.weights_, means=mixture.means_, roots=roots, told=np.array(told))
    return told


def draw(mixture: Path, tracks: int, folder: Path) -> Collection:
    """Draw a collection, or open it where it was drawn before."""
    name = folder / f"units-{tracks}.npy"
    if not name.exists():
        _draw_units(np.load(mixture), tracks, folder, name)
    queries = np.load(folder / f"queries-{tracks}.npy")
    components = np.load(folder / f"components-{tracks}.npy")
    return Collection(np.load(name, mmap_mode="r"), _columns(tracks, components), queries)


def _draw_units(mixture: "np.lib.npyio.NpzFile", tracks: int, folder: Path, name: Path) -> None:
    rng = np.random.default_rng(0)
    total = tracks + QUERIES
    weights, means, roots = (mixture[one].astype(np.float32) for one in ("weights", "means", "roots"))
    components = rng.choice(len(weights), size=total, p=weights / weights.sum(dtype=np.float64))
    units = np.empty((total, DIMENSIONS), dtype=np.float32)
    for first in range(0, total, _BLOCK):
        chosen = components[first : first + _BLOCK]
        noise = rng.standard_normal((len(chosen), DIMENSIONS), dtype=np.float32)
        for component in np.unique(chosen):
            rows = np.flatnonzero(chosen == component)
            units[first + rows] = means[component] + noise[rows] @ roots[component].T
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    np.save(folder / f"queries-{tracks}.npy", units[tracks:])
    np.save(folder / f"components-{tracks}.npy", components[:tracks].astype(np.int32))
    np.save(name, units[:tracks])


def _columns(tracks: int, components: NDArray[np.int32]) -> Codes:
    rng = np.random.default_rng(1)
    # Labels are of uneven size, and three in four of a label's tracks are of one component.
    own = LABELS // COMPONENTS
    within = np.minimum(rng.zipf(1.5, tracks) - 1, own - 1)
    homes = np.where(rng.random(tracks) < 0.75, components, rng.integers(0, COMPONENTS, tracks))
    labels = (homes * own + within).astype(np.int32)
    artists = rng.permutation(tracks).astype(np.int32)
    return Codes(
        ids=np.char.mod("%032x", np.arange(tracks)).astype(np.bytes_),
        bpm=np.where(rng.random(tracks) < 0.95, rng.normal(128, 8, tracks), np.nan).astype(np.float32),
        keys=rng.integers(-1, 24, tracks).astype(np.int8),
        days=rng.integers(8_000, 20_000, tracks).astype(np.int32),
        labels=labels,
        releases=np.zeros(tracks, dtype=np.int32),
        artist_starts=np.append(np.arange(0, tracks, TRACKS_PER_ARTIST), tracks).astype(np.int64),
        artist_rows=np.concatenate(
            [np.sort(artists[first : first + TRACKS_PER_ARTIST]) for first in range(0, tracks, TRACKS_PER_ARTIST)]
        ),
        label_names=[f"label {number:05d}" for number in range(LABELS)],
        release_names=[""],
        artist_names=[f"artist {number:07d}" for number in range(-(-tracks // TRACKS_PER_ARTIST))],
    )


KEYS = frozenset({Key(9, "minor"), Key(4, "minor"), Key(2, "minor")})

FILTERS: dict[str, Filters] = {
    "none": Filters(),
    "BPM 126-132": Filters(bpm=(126.0, 132.0)),
    "BPM 126-132, three keys": Filters(bpm=(126.0, 132.0), keys=KEYS),
    "three keys, since 2010, not two labels": Filters(
        keys=KEYS, since=dt.date(2010, 1, 1), without_labels=frozenset({"label 00000", "label 00083"})
    ),
    "one label": Filters(labels=frozenset({"label 00166"})),
    "one artist": Filters(artists=frozenset({"artist 0000007"})),
}
"""What is asked for in turn."""


def condition(filters: Filters) -> str | None:
    """The same filters as an SQL condition, for a database with the columns bpm, musical_key, label, day, artist."""
    parts = []
    if filters.bpm is not None:
        parts.append(f"bpm >= {filters.bpm[0]} AND bpm <= {filters.bpm[1]}")
    if filters.keys:
        parts.append(f"musical_key IN ({', '.join(str(key.index) for key in sorted(filters.keys))})")
    if filters.since is not None:
        parts.append(f"day >= {(filters.since - dt.date(1970, 1, 1)).days}")
    for column, names, negated in (
        ("label", filters.labels, ""),
        ("label", filters.without_labels, "NOT "),
        ("artist", filters.artists, ""),
    ):
        if names:
            parts.append(f"{column} {negated}IN ({json.dumps(sorted(names))[1:-1].replace(chr(34), chr(39))})")
    return " AND ".join(parts) or None
