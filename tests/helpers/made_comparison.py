"""A made-up comparison, as `earmark compare` would leave it: known accuracies, and a codec that tells."""

import numpy as np

from earmark.comparing.comparison import ComparedFold, ComparedSong, Comparison
from earmark.comparing.results import FoldResult
from earmark.evaluation.attributes import AttributeTable

LABELS = ("Amber </script><img src=x onerror=alert(1)>", "Basalt", "Cobalt & Sons")
N_SONGS, REPEATS = 60, 2


def result(name: str, repeat: int, hit_rate: float, *, slices: bool) -> FoldResult:
    """What a contestant with this accuracy said of all songs in one repeat."""
    rng = np.random.default_rng([repeat, *name.encode()])
    truth = np.arange(N_SONGS) % 3
    called = np.where(rng.random(N_SONGS) < hit_rate, truth, (truth + 1) % 3)
    probabilities = np.full((N_SONGS, 3), 0.2)
    probabilities[np.arange(N_SONGS), called] = 0.6
    calls = (10 * probabilities).astype(np.int64)
    ids = tuple(str(at) for at in range(N_SONGS))
    curves = ({"epoch": 1.0, "val_loss": 1.0},)
    votes = called.astype(np.int64)
    return FoldResult(
        name, f"d{repeat}", ids, probabilities, votes if slices else None, calls if slices else None, 3.0, curves
    )


def make_comparison() -> Comparison:
    """Five contestants on 60 songs in two repeats, and one that could not take part."""
    rates = {"crnn 1 s": 0.6, "crnn 3 s": 0.8, "mfcc": 0.6, "majority": 0.33, "shortcut only": 0.7}
    rng = np.random.default_rng(0)
    codecs = tuple("mp3" if at % 3 == 0 else "flac" for at in range(N_SONGS))
    facts = AttributeTable(("level (dB)",), rng.normal(size=(N_SONGS, 1)), ("codec",), (codecs,))
    return Comparison(
        labels=LABELS,
        mode="song",
        folds=1,
        repeats=REPEATS,
        seed=0,
        songs=tuple(ComparedSong(str(at), f"Song {at}", LABELS[at % 3], at) for at in range(N_SONGS)),
        tested=tuple(ComparedFold(repeat, f"d{repeat}", 120, 20, N_SONGS) for repeat in range(REPEATS)),
        contestants=(*rates, "artist look-up"),
        baselines=("majority", "shortcut only", "artist look-up"),
        sliced={"crnn 1 s": ("crnn", 1.0), "crnn 3 s": ("crnn", 3.0)},
        results={
            name: tuple(result(name, repeat, rate, slices="crnn" in name) for repeat in range(REPEATS))
            for name, rate in rates.items()
        },
        not_run={"artist look-up": "no song has an artist to look up"},
        facts=facts,
        notes=("held apart by song: Basalt",),
    )
