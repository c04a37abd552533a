"""Songs that hang together, and songs that are asked again: neither may look like having more of them."""

from dataclasses import replace

import numpy as np
from made_comparison import make_comparison

from earmark.comparing.comparison import ComparedFold, Comparison


def grouped(comparison: Comparison, n_groups: int) -> Comparison:
    """The same comparison with its songs in a few groups."""
    songs = tuple(replace(song, group=at % n_groups) for at, song in enumerate(comparison.songs))
    return replace(comparison, songs=songs, mode="artist")


def repeated(comparison: Comparison, times: int) -> Comparison:
    """The first repeat again and again: nothing new is learnt."""
    results = {
        name: tuple(replace(results[0], split=f"d{at}") for at in range(times))
        for name, results in comparison.results.items()
    }
    tested = tuple(ComparedFold(at, f"d{at}", 120, 20, len(comparison.songs)) for at in range(times))
    return replace(comparison, results=results, tested=tested, repeats=times)


def test_intervals_and_tests_go_by_groups() -> None:
    alone, together = repeated(make_comparison(), 1), grouped(repeated(make_comparison(), 1), 4)
    for one, other in zip(alone.song_rows(), together.song_rows(), strict=True):
        assert one.accuracy == other.accuracy
        assert one.accuracy_interval.method == "wilson"
        assert other.accuracy_interval.method == "grouped-wilson"
        assert other.macro_f1_interval.method == "group-bootstrap"
    # Four groups have eight distinct patterns of signs: nothing can be proven at 5 %, whatever the difference.
    assert {difference.n_groups for difference in together.differences} == {4}
    assert all(difference.p >= 1 / 8 and difference.better is None for difference in together.differences)
    assert any(difference.better for difference in alone.differences)
    assert any("too few to prove" in told for told in together.conclusions)


def test_asking_again_proves_nothing_more() -> None:
    once, thrice = repeated(make_comparison(), 1), repeated(make_comparison(), 3)
    for one, other in zip(once.differences, thrice.differences, strict=True):
        assert (one.mean, one.p, one.n_songs) == (other.mean, other.p, other.n_songs)
        assert np.allclose((one.low, one.high), (other.low, other.high))
    for row, again in zip(once.song_rows(), thrice.song_rows(), strict=True):
        assert row.n_songs == again.n_songs == 60
        width = row.accuracy_interval.high - row.accuracy_interval.low
        assert again.accuracy_interval.high - again.accuracy_interval.low >= 0.98 * width
        assert again.seconds == 3 * (row.seconds or 0)
    trial = thrice.trials("mfcc")[1][0]
    assert trial.seconds == once.song_rows()[2].seconds, "a trial is told with its own time"
    assert "dealt 3 times" in " ".join(thrice.conclusions)
    assert once.audit is not None
    assert thrice.audit is not None
    assert once.audit.to_json() == thrice.audit.to_json()


def test_slices_are_counted_once_however_often_they_are_asked() -> None:
    once, thrice = repeated(make_comparison(), 1), repeated(make_comparison(), 3)
    slices = [[row.n_songs for row in one.rows if row.level == "slice"] for one in (once, thrice)]
    assert slices[0] == slices[1]
