from pathlib import Path

import numpy as np
import pytest
from benchmarks.free_music import retrieval
from benchmarks.free_music.dampings import DAMPINGS
from benchmarks.free_music.placement_ways import CHOSEN, PLACEMENTS, units
from benchmarks.free_music.placements import main as choose_placements
from benchmarks.free_music.retrieval_report import study_text
from benchmarks.free_music.run import STUDIES

from earmark.evaluation.hubness import hubness
from earmark.similarity.finding.hubs import DAMPING
from earmark.similarity.judging.judged import SearchJudgement, TaskScores, lines_of
from earmark.similarity.vectors.supervised_space import SHRINKAGE, fit_supervised_space


def made_judgement() -> SearchJudgement:
    base = np.linspace(0.2, 0.8, 20)
    scores = {
        "Earmark": {"AP": base, "P@10": base, "nDCG@10": base - 0.1, "P@5": base},
        "random": {"AP": base / 4, "P@10": base / 4, "nDCG@10": base, "P@5": base / 4},
    }
    task = TaskScores("label", np.arange(20) // 2, 2, scores)
    return SearchJudgement(
        lines=lines_of(task, ours="Earmark", rivals=["random"]),
        hubs={"Earmark": hubness([[1, 2], [0, 2], [0, 1]], 3)},
        left_out={"label": 2},
        tracks=21,
        learnt=False,
        asked="the test songs",
        notes=("One rival is missing.",),
    )


def test_a_study_as_markdown() -> None:
    text = study_text("By song", made_judgement())
    assert text[0] == "### By song"
    assert text[2:4] == ["Queries: the test songs. Candidates: all other of 21 songs.", "One rival is missing."]
    assert "**Label**: 20 questions in 10 groups of artists, 2 songs left out that nothing answers." in text
    [first] = [line for line in text if line.startswith("| MAP | **0.500**")]
    assert first.endswith(" | 0.125 |")
    [tested] = [line for line in text if line.startswith("| nDCG@10 | -10.0 (")]
    assert "p = " in tested
    assert not any(line.startswith("| P@5 | +") for line in text)
    assert "| Earmark | 0.00 | 0.0% | 1.0 | 0.0% |" in text
    assert "- Ours (Earmark) is first on 3 of 4 lines; not on:" in text
    tables = [line.count("|") for line in text if line.startswith("| MAP") or line.startswith("|---")]
    assert all(bars >= 3 for bars in tables)


def test_the_studies_are_those_of_the_comparison() -> None:
    assert set(retrieval.CHOSEN) <= {study.name for study in STUDIES}


def made_values() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = np.array(["Amber", "Basalt", "Cobalt"] * 12)
    told = np.eye(3)[np.arange(36) % 3]
    values = np.hstack([told, 2 * rng.normal(size=(36, 5))]) + 0.1 * rng.normal(size=(36, 8))
    return values - values.mean(axis=0), np.arange(36) < 24, labels


@pytest.mark.parametrize("name", PLACEMENTS)
def test_every_placement_gives_a_row_for_each_song(name: str) -> None:
    values, learnt, labels = made_values()
    placed = PLACEMENTS[name].place(values, learnt, labels[learnt])
    assert len(placed) == 36
    assert np.isfinite(placed).all()
    embedded = PLACEMENTS[name].embed({"earmark": values, "probe": values[:, :4]})
    assert len(embedded) == 36


def test_the_chosen_placement_is_that_of_the_product() -> None:
    values, learnt, labels = made_values()
    ids = [str(at) for at in range(36)]
    known = frozenset(one for one, use in zip(ids, learnt, strict=True) if use)
    space = fit_supervised_space(values, audio_ids=ids, labels=labels.tolist(), learnt=known)
    placed = units(PLACEMENTS[CHOSEN].place(values, learnt, labels[learnt]))
    assert placed @ placed.T == pytest.approx(space.place(values) @ space.place(values).T, abs=1e-5)
    assert f"shrinkage {SHRINKAGE}" in PLACEMENTS[CHOSEN].told


def test_every_damping_lets_a_hub_come_up_less() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(size=(60, 30)), 0.01 * rng.normal(size=(1, 30))]) + 0.25
    placed = units(values).astype(np.float32)

    def times(table: np.ndarray) -> int:
        np.fill_diagonal(table, -np.inf)
        return int((table.argsort(axis=1)[:, -10:] == 60).sum())

    before = times(DAMPINGS[0].damp(placed))
    assert before > 25
    assert all(times(one.damp(placed)) < before for one in DAMPINGS[1:])
    assert [f"strength {DAMPING}" in one.told for one in DAMPINGS if "**" in one.told] == [True]


def test_without_a_library_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (retrieval.main, choose_placements):
        assert command(["--dir", str(tmp_path), "--out", str(tmp_path)]) == 2
        assert "there is no library at" in capsys.readouterr().err
