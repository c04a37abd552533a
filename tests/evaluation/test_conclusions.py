import numpy as np
import pytest
from numpy.typing import NDArray

from earmark.evaluation.comparison import ComparisonRow, comparison_row
from earmark.evaluation.conclusions import conclude
from earmark.evaluation.confounds import Finding
from earmark.evaluation.differences import all_differences
from earmark.evaluation.groups import SplitMode

BASELINES = ("majority", "artist look-up", "shortcut only")


def told(
    rates: dict[str, float],
    *,
    n_songs: int = 300,
    mode: SplitMode = "artist",
    repeats: int = 1,
    seed: int = 0,
    finding: Finding | None = None,
    groups: NDArray[np.int64] | None = None,
) -> str:
    """The sentences about contestants that are right on given shares of songs."""
    rng = np.random.default_rng(seed)
    truth = np.zeros(n_songs, dtype=np.int64)
    luck = rng.permuted(np.tile(np.arange(n_songs), (len(rates), 1)), axis=1)
    right = {name: luck[at] < rate * n_songs for at, (name, rate) in enumerate(rates.items())}
    rows: list[ComparisonRow] = [
        comparison_row(name, truth, (~hits).astype(np.int64), n_labels=2, rng=rng, groups=groups)
        for name, hits in right.items()
    ]
    differences = all_differences(dict(right), resamples=2000, groups=groups)
    return " ".join(conclude(rows, differences, baselines=BASELINES, mode=mode, repeats=repeats, finding=finding))


def test_a_clear_winner_is_called_so_with_its_numbers() -> None:
    text = told({"crnn": 0.8, "mfcc": 0.5, "majority": 0.2})
    assert "crnn calls 80% (75% to 84%) of 300 songs rightly; always naming the largest label would get 20%." in text
    assert "crnn is better than majority (+60 points" in text
    assert "crnn is better than mfcc (+30 points" in text


def test_what_cannot_be_told_apart_is_said_with_the_songs_it_would_take() -> None:
    text = told({"crnn": 0.53, "mfcc": 0.5, "majority": 0.2}, n_songs=100)
    assert "crnn and mfcc cannot be told apart" in text
    assert "crnn is better than mfcc" not in text
    [needed] = [word for word in text.split("would take about ")[1].split() if word[0].isdigit()][:1]
    # Each right half of the time, independently: the difference has a variance of about 0.5 a song, and one of three
    # pairs has to reach p = 0.017, so that ((2.39 + 0.84) / 0.03) squared times 0.5 is about 5,800 songs.
    assert 3_500 < int(needed.replace(",", "")) < 9_000


def test_a_model_that_loses_to_a_baseline_is_said_to_lose() -> None:
    text = told({"crnn": 0.4, "artist look-up": 0.8, "majority": 0.2}, mode="song")
    assert "crnn is worse than artist look-up" in text
    assert "may have learnt artists rather than labels" in text


def test_the_artists_are_no_caution_where_they_are_held_apart() -> None:
    assert "learnt artists" not in told({"crnn": 0.4, "artist look-up": 0.8, "majority": 0.2}, mode="artist")


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        ("shortcut found", "part of every score here may come"),
        ("none found", "No sign was found"),
        ("cannot tell", "cannot be told with so few songs"),
    ],
)
def test_what_is_said_of_the_files_is_what_the_audit_found(finding: Finding, said: str) -> None:
    rates = {"crnn": 0.8, "shortcut only": 0.6, "majority": 0.2}
    assert said in told(rates, finding=finding)
    assert "files" not in told(rates), "without an audit nothing is said of them"


def test_groups_too_few_for_any_proof_are_told() -> None:
    groups = np.arange(300) % 6
    text = told({"crnn": 0.9, "mfcc": 0.3, "majority": 0.2}, groups=groups)
    assert "of 300 songs in 6 groups rightly" in text
    assert "too few to prove any difference between 3 contestants" in text
    assert "too few to prove" not in told({"crnn": 0.9, "mfcc": 0.3, "majority": 0.2})


def test_few_songs_and_repeats_are_told() -> None:
    text = told({"crnn": 0.8, "majority": 0.2}, n_songs=28, repeats=3)
    # Of the one pair: (1.96 + 0.84) times the standard error of its difference.
    assert "28 songs are few: differences of less than about" in text
    assert "will mostly stay unseen." in text
    assert "dealt 3 times" in text
    assert "the intervals stay those of 28 songs" in text
    assert "are few" not in told({"crnn": 0.8, "majority": 0.2})


def test_without_rows_there_is_nothing_to_say() -> None:
    assert conclude([], [], baselines=BASELINES, mode="song") == ()


@pytest.mark.parametrize("seed", range(5))
def test_equal_models_are_not_ranked(seed: int) -> None:
    text = told({"one": 0.5, "two": 0.5, "majority": 0.5}, seed=seed)
    assert "is better than" not in text
