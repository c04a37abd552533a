import datetime as dt

import numpy as np
import pytest
from made_collection import made_collection, made_track

from earmark.catalog.keys import parse_key
from earmark.errors import InputError, MetadataError, UnknownNameError
from earmark.similarity.finding.asking import TypedFilters, parse_bpm_range
from earmark.similarity.vectors.filters import Filters

COLUMNS = made_collection(
    [made_track("a", label="Night Bloom", artist="Zoë"), made_track("b", label="Afterglow", artist="Ann")], np.eye(2)
).columns


def test_nothing_typed_lets_everything_pass() -> None:
    assert TypedFilters().read(COLUMNS) == Filters()


def test_everything_typed_is_read() -> None:
    typed = TypedFilters(
        bpm="126-132",
        keys=("8A,9A", "C minor"),
        labels=("night bloom",),
        without_labels=("AFTERGLOW",),
        artists=("zoe",),
        without_artists=("Ann",),
        since="2018",
        until="2019-02",
    )
    assert typed.read(COLUMNS) == Filters(
        bpm=(126.0, 132.0),
        keys=frozenset(parse_key(one) for one in ("8A", "9A", "5A")),
        labels=frozenset({"night bloom"}),
        without_labels=frozenset({"afterglow"}),
        artists=frozenset({"zoe"}),
        without_artists=frozenset({"ann"}),
        since=dt.date(2018, 1, 1),
        until=dt.date(2019, 2, 28),
    )


def test_a_single_tempo_means_about_that() -> None:
    assert parse_bpm_range("128") == (127.5, 128.5)
    assert parse_bpm_range("126–132.5") == (126.0, 132.5)
    with pytest.raises(InputError, match="126-132, or 128 for about that, not 'fast'"):
        parse_bpm_range("fast")
    with pytest.raises(InputError, match="from low to high, such as 126-132, not 132-126"):
        TypedFilters(bpm="132-126").read(COLUMNS)


def test_names_that_nothing_has_tell_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="no label called 'night blom'; known: night bloom"):
        TypedFilters(labels=("night blom",)).read(COLUMNS)
    with pytest.raises(UnknownNameError, match="no artist called 'Nobody'; known: ann, zoe"):
        TypedFilters(without_artists=("Nobody",)).read(COLUMNS)
    with pytest.raises(MetadataError, match="'H9' is no key"):
        TypedFilters(keys=("H9",)).read(COLUMNS)
