"""Made-up collections for searching: rows with every gap that tracks have, and vectors in clumps."""

import datetime as dt

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from earmark.catalog.keys import Key
from earmark.library.vectors import VectorRow
from earmark.similarity.vectors.filters import UNKNOWN_KEY, Filters

LABELS = ("", "amber", "basalt", "it's cobalt")
ARTISTS = ("ann", "ben", "cid", "dot")
KEYS = tuple(Key(tonic, mode) for mode in ("minor", "major") for tonic in range(12))


def audio_id(number: int) -> str:
    return f"{number:032x}"


def made_row(number: int, rng: np.random.Generator) -> VectorRow:
    """One row; a third of what may be unknown is."""

    def known() -> bool:
        return bool(rng.random() < 2 / 3)

    return VectorRow(
        audio_id=audio_id(number),
        bpm=float(rng.integers(120, 140)) if known() else None,
        musical_key=int(rng.integers(0, 24)) if known() else UNKNOWN_KEY,
        label=str(rng.choice(LABELS)),
        release=f"ep {number % 3}" if known() else "",
        day=int(rng.integers(10_000, 18_000)) if known() else None,
        artists=tuple(sorted(one for one in ARTISTS if rng.random() < 0.3)),
    )


def made_rows(n: int, *, seed: int = 0) -> list[VectorRow]:
    rng = np.random.default_rng(seed)
    return [made_row(number, rng) for number in rng.permutation(n).tolist()]


def made_units(n: int, *, dimensions: int = 8, clumps: int = 12, seed: int = 0) -> NDArray[np.float32]:
    """Unit vectors in clumps."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(clumps, dimensions))
    vectors = centres[rng.integers(0, clumps, n)] + 0.4 * rng.normal(size=(n, dimensions))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def any_filters() -> st.SearchStrategy[Filters]:
    """Filters of every kind, alone and together."""

    def some(values: tuple[str, ...]) -> st.SearchStrategy[frozenset[str]]:
        return st.frozensets(st.sampled_from((*values, "nobody's")), max_size=3)

    days = st.none() | st.dates(dt.date(1997, 1, 1), dt.date(2019, 1, 1))
    return st.builds(
        lambda bpm, keys, labels, without, artists, not_by, days, ids: Filters(
            bpm=None if bpm is None else (min(bpm), max(bpm)),
            keys=keys,
            labels=labels,
            without_labels=without,
            artists=artists,
            without_artists=not_by,
            since=None if days[0] is None else min(one for one in days if one is not None),
            until=None if days[1] is None else max(one for one in days if one is not None),
            without_ids=frozenset(map(audio_id, ids)),
        ),
        st.none() | st.tuples(st.floats(100, 160), st.floats(100, 160)),
        st.frozensets(st.sampled_from(KEYS), max_size=14),
        some(LABELS),
        some(LABELS),
        some(ARTISTS),
        some(ARTISTS),
        st.tuples(days, days),
        st.frozensets(st.integers(0, 80), max_size=5),
    )
