"""What the tempo benchmark counts as right, and what the fitting of the weights does."""

from pathlib import Path

import numpy as np
import pytest
from benchmarks.tempo import Answer, confidence_rows, report, share
from benchmarks.tempo_truth import Known, from_demo
from benchmarks.tempo_weights import Case, accuracy, commonness, doubt_limit, fit, held_out, log_loss, source

from earmark.audio.estimates import TempoEstimate
from earmark.audio.tempo_weights import EVIDENCE_WEIGHTS
from earmark.audio.tempogram import EVIDENCE
from earmark.errors import InputError

KNOWN = Known("lmms", Path("a.flac"), 128.0, learnt=False)


def answer(bpm: float, confidence: float = 1.0, *others: float) -> Answer:
    return Answer(KNOWN, TempoEstimate(bpm, confidence, tuple((other, 0.5) for other in others)), 60.0, 0.02)


@pytest.mark.parametrize(
    ("given", "close", "told"),
    [
        (answer(128.9), True, True),
        (answer(130.0), False, False),
        (answer(64.0, 0.95, 128.1), False, False),
        (answer(64.0, 0.4, 128.1), False, True),
        (answer(64.0, 0.4, 32.0), False, False),
        (Answer(KNOWN, None, 60.0, 0.02), False, False),
    ],
)
def test_what_counts_as_right(given: Answer, close: bool, told: bool) -> None:
    assert (given.within(0.01), given.told) == (close, told)


def test_the_page_says_how_many_are_right() -> None:
    told = {"Earmark": [answer(128.0), answer(64.0, 0.4, 128.0)], "other": [answer(128.0), answer(128.0)]}
    page = report(told)
    assert "| LMMS projects | Earmark | 2 | 50% " in page
    assert "| all | other | 2 | 100% " in page
    assert "64.00" in page
    assert share(told["other"], lambda one: one.within(0.01)).startswith("100% (")
    assert confidence_rows(told["Earmark"])[0] == ["0 to 0.5", "1", "0"]


def test_a_catalogue_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="earmark demo-catalogue"):
        list(from_demo(tmp_path, learnt=True))


def cases(rng: np.random.Generator, kind: str, count: int = 100) -> list[Case]:
    """Three candidates each, of which the one with the largest first column is right."""
    made = []
    for number in range(count):
        evidence = rng.normal(size=(3, len(EVIDENCE)))
        right = np.arange(3) == evidence[:, 0].argmax()
        made.append(Case(kind, Path(f"{kind}-{number}"), evidence, right, 1.0))
    return made


def test_fitting_finds_what_tells_the_tempo() -> None:
    rng = np.random.default_rng(0)
    learnt = [*cases(rng, "one"), *cases(rng, "two")]
    spread = np.ones(len(EVIDENCE))
    weights = fit(learnt, spread, 0.01)
    assert int(np.abs(weights).argmax()) == 0
    told = held_out(learnt, spread, 0.01)
    assert len(told) == len(learnt)
    assert log_loss(told) < np.log(3) / 2
    assert accuracy(told)["one"].endswith("of 100")
    assert 0 <= doubt_limit(told, 1.0) <= 1


def test_common_tempi_weigh_more() -> None:
    assert commonness(125) == 1
    assert commonness(165) == pytest.approx(0.607, abs=0.01)
    assert commonness(95) == pytest.approx(commonness(125 * 125 / 95))


def test_the_weights_are_written_as_they_are_kept() -> None:
    written = source(EVIDENCE_WEIGHTS)
    kept = (Path(__file__).parents[2] / "src/earmark/audio/tempo_weights.py").read_text("utf-8")
    assert written == kept
