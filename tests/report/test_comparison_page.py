from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from browser import open_page

from earmark.comparing.comparison import ComparedFold, ComparedSong, Comparison
from earmark.comparing.results import FoldResult
from earmark.evaluation.attributes import AttributeTable
from earmark.report.comparison_page import comparison_page

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


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    rates = {"crnn 1 s": 0.6, "crnn 3 s": 0.8, "mfcc": 0.6, "majority": 0.33, "shortcut only": 0.7}
    rng = np.random.default_rng(0)
    codecs = tuple("mp3" if at % 3 == 0 else "flac" for at in range(N_SONGS))
    facts = AttributeTable(("loudness (dB)",), rng.normal(size=(N_SONGS, 1)), ("codec",), (codecs,))
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


@pytest.mark.parametrize(("name", "width"), [("laptop", 1366), ("phone", 400)])
def test_the_page_in_a_browser(comparison: Comparison, tmp_path: Path, name: str, width: int) -> None:
    path = comparison_page(comparison).write(tmp_path / "comparison.html")
    assert path.stat().st_size < 8_000_000
    with open_page(path, width=width) as opened:
        assert opened.errors == []
        assert opened.requests == []
        assert opened.undrawn() == []
        assert opened.cut_off() == []
        assert opened.figure_count == 6
        assert opened.overflow() == 0
        opened.keep(f"comparison-{name}")


def test_the_page_says_first_what_can_be_concluded(comparison: Comparison) -> None:
    page = comparison_page(comparison)
    assert [section.title for section in page.sections] == [
        "What can be concluded",
        "Scores",
        "Who beats whom",
        "Length of a slice",
        "Label by label",
        "Shortcuts in the files",
        "How it was done",
    ]
    html = page.to_html()
    assert "artist look-up could not take part" in html
    assert "<img src=x" not in html


def test_the_audit_finds_the_codec_that_gives_a_label_away(comparison: Comparison) -> None:
    audit = comparison.audit
    assert audit is not None
    assert audit.finding == "shortcut found"
    assert [one.column for one in audit.telling] == ["codec"]
    assert replace(comparison, facts=None).audit is None


def test_a_comparison_in_which_nobody_took_part_says_so(comparison: Comparison) -> None:
    page = comparison_page(replace(comparison, results={}, not_run={"crnn": "it reads sound"}))
    assert [section.title for section in page.sections] == ["Nobody could take part"]
