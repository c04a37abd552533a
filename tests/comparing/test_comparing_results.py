import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_promises import ensemble_fold

from earmark.comparing.results import FoldResult, FoldStore
from earmark.errors import FormatVersionError, LibraryError


def version_1(result: FoldResult) -> dict[str, object]:
    """A fold as the first version kept it."""
    values = result.to_json()
    return {name: values[name] for name in values if name not in ("confidence", "variants")} | {"format_version": 1}


def test_confidence_and_variants_come_back_as_they_were(tmp_path: Path) -> None:
    store, made = FoldStore(tmp_path), ensemble_fold(0)
    assert store.load("key") is None
    store.save("key", made)
    read = store.load("key")
    assert read is not None
    assert read.confidence == made.confidence
    assert list(read.variants) == list(made.variants)
    for name, values in made.variants.items():
        assert np.array_equal(read.variants[name], values)
    assert read.to_json() == made.to_json()


def test_a_fold_of_the_first_version_is_read_and_says_nothing_of_confidence(tmp_path: Path) -> None:
    made = ensemble_fold(0)
    (tmp_path / "key.v1.json").write_text(json.dumps(version_1(made)))
    read = FoldStore(tmp_path).load("key")
    assert read is not None
    assert np.array_equal(read.probabilities, made.probabilities)
    assert read.confidence is None
    assert dict(read.variants) == {}


def test_a_newer_fold_is_taken_before_an_older_one(tmp_path: Path) -> None:
    store, made = FoldStore(tmp_path), ensemble_fold(0)
    (tmp_path / "key.v1.json").write_text(json.dumps(version_1(made)))
    store.save("key", replace(made, seconds=7.0))
    read = store.load("key")
    assert read is not None
    assert read.seconds == 7.0


def test_another_version_says_both_numbers() -> None:
    values = ensemble_fold(0).to_json() | {"format_version": 9}
    with pytest.raises(FormatVersionError, match=r"9.*2"):
        FoldResult.from_json(values, what="fold x")


def test_a_damaged_confidence_says_what_to_do() -> None:
    values = ensemble_fold(0).to_json()
    values["confidence"]["temperature"] = -1
    with pytest.raises(LibraryError, match=r"fold x is damaged .*temperature above 0.*delete it"):
        FoldResult.from_json(values, what="fold x")


def test_what_another_version_began_is_not_gone_on_with(tmp_path: Path) -> None:
    assert FoldStore(tmp_path).run_dir("key").name == "key.v2"
