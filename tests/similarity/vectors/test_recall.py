import numpy as np
import pytest
from made_vectors import made_rows, made_units

import earmark.similarity.vectors.recall as recalling
from earmark.similarity.vectors.codes import codes_of
from earmark.similarity.vectors.indexing import build_index
from earmark.similarity.vectors.ivf_search import IvfSearch
from earmark.similarity.vectors.recall import AIM, PROBES, PROMISED, choose_reach, measure_recall
from earmark.similarity.vectors.space import Space


def index_of(n: int, *, clumps: int) -> IvfSearch:
    codes, units = codes_of(made_rows(n)), made_units(n, clumps=clumps, dimensions=12)
    built = build_index(codes, units, Space(np.zeros(12)), source={}, versions={}, exact_up_to=0)
    search = built.search()
    assert isinstance(search, IvfSearch)
    return search


def with_reach(search: IvfSearch, reach: int) -> IvfSearch:
    return IvfSearch(search.codes, search.units, search.crowds, search.centres, search.starts, reach)


def test_the_least_reach_that_finds_enough_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    search = index_of(3000, clumps=1)
    monkeypatch.setattr(recalling, "REACHES", (20, 200, 1000, 2000))
    chosen = choose_reach(search, seed=0)
    assert set(chosen.shares) == set(PROBES)
    assert AIM <= chosen.least <= 1
    smaller = max(reach for reach in (1, 20, 200, 1000, 2000) if reach < chosen.reach)
    assert measure_recall(with_reach(search, smaller), seed=0).least < AIM
    # Asked again with other queries, it keeps what was promised.
    assert measure_recall(with_reach(search, chosen.reach), seed=5).least >= PROMISED
    assert chosen.to_json()["reach"] == chosen.reach


def test_where_nothing_less_is_enough_it_sees_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    search = index_of(400, clumps=3)
    monkeypatch.setattr(recalling, "REACHES", (1,))
    monkeypatch.setattr(recalling, "AIM", 1.0)
    chosen = choose_reach(search, seed=0)
    assert (chosen.reach, chosen.least) == (400, 1.0)


def test_recall_rises_with_reach() -> None:
    search = index_of(2000, clumps=1)
    shares = [measure_recall(with_reach(search, reach), seed=2).least for reach in (10, 300, 2000)]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
