import pytest

from earmark.comparing.contestants import BASELINES, make_contestants
from earmark.errors import InputError, UnknownNameError


def test_models_come_first_then_every_baseline() -> None:
    names = [one.name for one in make_contestants(["mfcc", "metadata"])]
    assert names == ["mfcc", "metadata", *BASELINES]


def test_slice_lengths_multiply_the_models_that_cut_slices() -> None:
    made = make_contestants(["crnn", "mfcc"], slice_seconds=[1, 30], baselines=())
    assert [one.name for one in made] == ["crnn 1 s", "crnn 30 s", "mfcc"]
    assert [one.spec.slice_frames for one in made if one.spec] == [32, 911, None]
    assert len({one.key for one in made}) == 3


def test_epochs_are_limited_for_networks_only() -> None:
    crnn, metadata = make_contestants(["crnn", "metadata"], max_epochs=3, baselines=())
    assert crnn.spec is not None
    assert crnn.spec.to_json()["training"]["max_epochs"] == 3
    assert metadata.key == make_contestants(["metadata"], baselines=())[0].key
    assert crnn.key != make_contestants(["crnn"], baselines=())[0].key


@pytest.mark.parametrize(
    ("models", "seconds", "told"),
    [
        (["mfcc"], [3.0], "belong to models that cut slices"),
        (["crnn", "crnn"], [], "each model once"),
        (["crnn"], [3.0, 3.0], "each slice length once"),
        (["crnn"], [-1.0], "above 0"),
        (["crnn"], [3.0, 3.0000001], "more than once"),
    ],
)
def test_what_makes_no_sense_is_refused(models: list[str], seconds: list[float], told: str) -> None:
    with pytest.raises(InputError, match=told):
        make_contestants(models, slice_seconds=seconds)


def test_an_unknown_model_is_told_with_those_there_are() -> None:
    with pytest.raises(UnknownNameError, match="crnn-paper"):
        make_contestants(["transformer"])


def test_a_limit_of_epochs_that_nobody_has_is_refused() -> None:
    with pytest.raises(InputError, match="drop --max-epochs"):
        make_contestants(["metadata"], max_epochs=3)
