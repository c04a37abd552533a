import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.models.fusion import Fusion, fit_fusion

Array = NDArray[np.float64]
N_LABELS = 3


def logs(*rows: list[float]) -> Array:
    return np.asarray(np.log(rows), dtype=np.float64)


def says(truth: NDArray[np.int64], *, right: float, rng: np.random.Generator, sure: float = 0.8) -> Array:
    """Log-probabilities of a part that is right about this share of the songs, and always as sure."""
    hit = rng.random(len(truth)) < right
    called = np.where(hit, truth, (truth + rng.integers(1, N_LABELS, len(truth))) % N_LABELS)
    probabilities = np.full((len(truth), N_LABELS), (1 - sure) / (N_LABELS - 1))
    probabilities[np.arange(len(truth)), called] = sure
    return np.asarray(np.log(probabilities))


def songs(n: int) -> NDArray[np.int64]:
    return (np.arange(n) % N_LABELS).astype(np.int64)


def test_combining_by_hand() -> None:
    fusion = Fusion({("a", "b"): (1.0, 0.5)}, tags_needed=False)
    fused = fusion.combine({"b": logs([0.25, 0.75]), "a": logs([0.8, 0.2])})
    # .8 * sqrt(.25) = .4 against .2 * sqrt(.75) = .1732
    expected = np.array([0.4, 0.2 * np.sqrt(0.75)])
    np.testing.assert_allclose(np.exp(fused[0]), expected / expected.sum())


def test_one_part_can_not_veto_all_others() -> None:
    fusion = Fusion({("a", "b"): (0.5, 0.5)}, tags_needed=False)
    never = np.array([[-1e9, 0.0]])
    fused = fusion.combine({"a": never, "b": np.array([[0.0, -40.0]])})
    np.testing.assert_allclose(np.exp(fused), 0.5, err_msg="both are floored at the same least")
    minus_infinity = fusion.combine({"a": np.array([[-np.inf, 0.0]]), "b": logs([0.5, 0.5])})
    assert np.isfinite(minus_infinity).all()


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), shift=st.floats(-20, 20), shape=st.sampled_from([(4,), (2, 4), (0, 4), (2, 3, 4)]))
def test_fused_log_probabilities_are_normalised_and_ignore_what_is_the_same_for_all_labels(
    seed: int, shift: float, shape: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(seed)
    fusion = Fusion({("a", "b"): (0.7, 1.1)}, tags_needed=False)
    said = {name: rng.uniform(-4, -0.1, shape) for name in "ab"}
    fused = fusion.combine(said)
    assert fused.shape == shape
    np.testing.assert_allclose(np.exp(fused).sum(axis=-1), 1)
    shifted = fusion.combine({"a": said["a"] - abs(shift), "b": said["b"]})
    np.testing.assert_allclose(shifted, fused, atol=1e-9)


def test_a_part_that_knows_gets_more_weight_than_one_that_guesses() -> None:
    rng, truth = np.random.default_rng(0), songs(300)
    said = {"good": says(truth, right=0.8, rng=rng), "guess": says(truth, right=1 / 3, rng=rng)}
    weights = fit_fusion(said, truth, shrinkage=1.0, tags_needed=False).of(["good", "guess"])
    assert weights["good"] > 0.75, "its own 0.8 is right as it is"
    assert weights["guess"] < 0.2


def test_parts_that_err_independently_sharpen_each_other() -> None:
    rng, truth = np.random.default_rng(1), songs(900)
    said = {name: says(truth, right=0.8, rng=rng) for name in "abc"}
    weights = fit_fusion(said, truth, shrinkage=0.0, tags_needed=False).of("abc")
    # Independent and calibrated: the sum of the evidence of all three is right, so that each weight is 1.
    np.testing.assert_allclose(list(weights.values()), 1, atol=0.15)


@pytest.mark.parametrize("names", ["ab", "abc"])
def test_weights_shrink_to_the_mean_of_the_parts(names: str) -> None:
    rng, truth = np.random.default_rng(2), songs(60)
    said = {name: says(truth, right=0.9 if name == "a" else 0.4, rng=rng) for name in names}
    away = []
    for shrinkage in (0.0, 20.0, 1e3, 1e7):
        weights = np.array(list(fit_fusion(said, truth, shrinkage=shrinkage, tags_needed=False).of(names).values()))
        away.append(np.abs(weights - 1 / len(names)).max())
    assert away == sorted(away, reverse=True)
    assert away[0] > 0.3
    assert away[-1] < 1e-3


def test_few_songs_move_the_weights_less_than_many() -> None:
    away = {}
    for n in (9, 600):
        rng, truth = np.random.default_rng(3), songs(n)
        said = {"a": says(truth, right=0.95, rng=rng), "b": says(truth, right=0.34, rng=rng)}
        weights = fit_fusion(said, truth, shrinkage=20.0, tags_needed=False).of("ab")
        away[n] = abs(weights["a"] - 0.5)
    assert away[9] < away[600]


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 20), shrinkage=st.floats(0, 100))
def test_weights_are_bounded_whatever_was_said(seed: int, n: int, shrinkage: float) -> None:
    rng = np.random.default_rng(seed)
    said = {name: rng.uniform(-100, 0, (n, N_LABELS)) for name in "ab"}
    said["b"][0, 0] = -np.inf
    fusion = fit_fusion(said, songs(n), shrinkage=shrinkage, tags_needed=False)
    assert fusion.weights.keys() == {("a",), ("b",), ("a", "b")}
    assert all(0 <= weight <= 5 for weights in fusion.weights.values() for weight in weights)
    assert np.isfinite(fusion.combine(said)).all()


def test_every_choice_of_parts_has_weights_of_its_own() -> None:
    rng, truth = np.random.default_rng(4), songs(120)
    said = {name: says(truth, right=0.7, rng=rng) for name in ("probe", "earmark", "metadata")}
    fusion = fit_fusion(said, truth, shrinkage=1.0, tags_needed=False)
    assert len(fusion.weights) == 7
    assert fusion.of(["probe", "earmark"]) == fusion.of(["earmark", "probe"])
    alone = fit_fusion({"probe": said["probe"]}, truth, shrinkage=1.0, tags_needed=False)
    assert fusion.of(["probe"]) == alone.of(["probe"])
    fused = fusion.combine({name: said[name] for name in ("earmark", "probe")})
    expected = Fusion({("earmark", "probe"): fusion.weights["earmark", "probe"]}, tags_needed=False)
    np.testing.assert_array_equal(fused, expected.combine({name: said[name] for name in ("probe", "earmark")}))


def test_weights_with_tags_are_chosen_on_songs_that_have_tags() -> None:
    rng, truth = np.random.default_rng(5), songs(300)
    tagged = np.arange(300) % 2 == 0
    metadata = np.where(tagged[:, None], says(truth, right=0.9, rng=rng), says(truth, right=0.0, rng=rng))
    said = {"earmark": says(truth, right=0.6, rng=rng), "metadata": metadata}
    needed = fit_fusion(said, truth, shrinkage=1.0, tags_needed=True, tagged=tagged)
    those = {name: values[tagged] for name, values in said.items()}
    expected = fit_fusion(those, truth[tagged], shrinkage=1.0, tags_needed=False)
    assert needed.of(["earmark", "metadata"]) == expected.of(["earmark", "metadata"])
    everywhere = fit_fusion(said, truth, shrinkage=1.0, tags_needed=False)
    assert needed.of(["earmark"]) == everywhere.of(["earmark"]), "what reads no tags is judged on all songs"
    assert needed.of(["earmark", "metadata"])["metadata"] > everywhere.of(["earmark", "metadata"])["metadata"]


def test_missing_weights_are_told_with_those_that_there_are() -> None:
    fusion = Fusion({("a",): (1.0,), ("a", "b"): (0.5, 0.5)}, tags_needed=False)
    with pytest.raises(InputError, match=r"no weights for the parts b; there are for a; a \+ b"):
        fusion.of(["b"])
    with pytest.raises(InputError, match="no weights for the parts none"):
        fusion.combine({})


@pytest.mark.parametrize(("said", "n"), [({}, 3), ({"a": np.zeros((0, 3))}, 0)])
def test_nothing_to_fuse_is_refused(said: dict[str, Array], n: int) -> None:
    with pytest.raises(InputError, match="at least one part and one song"):
        fit_fusion(said, songs(n), shrinkage=1.0, tags_needed=False)


def test_weights_survive_json() -> None:
    rng, truth = np.random.default_rng(6), songs(30)
    fusion = fit_fusion(
        {name: says(truth, right=0.7, rng=rng) for name in "abc"}, truth, shrinkage=3.0, tags_needed=True
    )
    assert Fusion.from_json(json.loads(json.dumps(fusion.to_json(), allow_nan=False))) == fusion


@pytest.mark.parametrize(
    "change",
    [
        {"sets": []},
        {"sets": None},
        {"sets": [{"parts": ["a"]}]},
        {"sets": [{"parts": ["a"], "weights": ["much"]}]},
        {"sets": [{"parts": ["a", "b"], "weights": [1.0]}]},
        {"sets": [3]},
        {"sets": [{"parts": ["a"], "weights": [-0.5]}]},
        {"sets": [{"parts": ["a"], "weights": ["nan"]}]},
        {"tags_needed": ...},
    ],
)
def test_damaged_weights_are_refused(change: dict[str, Any]) -> None:
    plain = Fusion({("a",): (1.0,)}, tags_needed=False).to_json() | change
    plain = {name: value for name, value in plain.items() if value is not ...}
    with pytest.raises(InputError, match=r"the weights of an ensemble are damaged .*train it again"):
        Fusion.from_json(plain)
