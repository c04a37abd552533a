"""The optional backend, with a stand-in for Essentia, which is not among the tests' packages."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from earmark.audio.with_essentia import KEY_PROFILES, key_with_essentia, tempo_with_essentia
from earmark.catalog.keys import Key
from earmark.errors import InputError, UnknownNameError

SOUND = np.sin(np.arange(5 * 44_100) / 20).astype(np.float32)


class FakeEssentia(ModuleType):
    """Answers as Essentia would, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__("essentia")
        self.log = SimpleNamespace(infoActive=True)
        self.asked: list[tuple[str, dict[str, Any], np.ndarray[Any, Any]]] = []
        self.key: tuple[str, str, float] = ("Ab", "minor", 0.75)
        self.tempo: tuple[float, float, list[float]] = (128.0, 2.66, [128.0, 127.5, 64.0, 128.2])
        self.standard = ModuleType("essentia.standard")
        self.standard.KeyExtractor = self._algorithm("KeyExtractor", lambda: self.key)  # type: ignore[attr-defined]
        self.standard.RhythmExtractor2013 = self._algorithm(  # type: ignore[attr-defined]
            "RhythmExtractor2013",
            lambda: (self.tempo[0], np.zeros(4), self.tempo[1], np.array(self.tempo[2], np.float32), np.zeros(3)),
        )

    def _algorithm(self, name: str, answer: Any) -> Any:
        def configured(**parameters: Any) -> Any:
            def run(samples: np.ndarray[Any, Any]) -> Any:
                self.asked.append((name, parameters, samples))
                return answer()

            return run

        return configured


@pytest.fixture
def essentia(monkeypatch: pytest.MonkeyPatch) -> FakeEssentia:
    fake = FakeEssentia()
    monkeypatch.setitem(sys.modules, "essentia", fake)
    monkeypatch.setitem(sys.modules, "essentia.standard", fake.standard)
    return fake


def test_key(essentia: FakeEssentia) -> None:
    estimate = key_with_essentia(SOUND, 44_100)
    assert estimate is not None
    assert estimate.key == Key(8, "minor")
    assert estimate.confidence == 0.75
    assert estimate.alternatives == ((Key(11, "major"), 0.0),)
    assert essentia.asked[0][:2] == ("KeyExtractor", {"profileType": "edma"})
    assert essentia.log.infoActive is False


@pytest.mark.parametrize("profile", KEY_PROFILES)
def test_the_profile_is_passed_on(essentia: FakeEssentia, profile: Any) -> None:
    key_with_essentia(SOUND, 44_100, profile=profile)
    assert essentia.asked[0][1] == {"profileType": profile}


def test_unknown_profile_lists_what_there_is(essentia: FakeEssentia) -> None:
    with pytest.raises(UnknownNameError, match="no key profile called 'edmz'; known: bgate, braw"):
        key_with_essentia(SOUND, 44_100, profile="edmz")  # type: ignore[arg-type]
    assert essentia.asked == []


def test_strength_is_kept_within_a_confidence(essentia: FakeEssentia) -> None:
    essentia.key = ("C", "major", -0.2)
    estimate = key_with_essentia(SOUND, 44_100)
    assert estimate is not None
    assert estimate.confidence == 0.0


def test_tempo(essentia: FakeEssentia) -> None:
    estimate = tempo_with_essentia(SOUND, 44_100)
    assert estimate is not None
    assert estimate.bpm == 128.0
    assert estimate.confidence == pytest.approx(0.5)
    assert estimate.alternatives == ((64.0, 0.25),)
    assert essentia.asked[0][:2] == ("RhythmExtractor2013", {"method": "multifeature"})


def test_no_tempo_found(essentia: FakeEssentia) -> None:
    essentia.tempo = (0.0, 0.0, [])
    assert tempo_with_essentia(SOUND, 44_100) is None


def test_one_tempo_throughout_has_no_alternatives(essentia: FakeEssentia) -> None:
    essentia.tempo = (128.0, 9.0, [])
    estimate = tempo_with_essentia(SOUND, 44_100)
    assert estimate is not None
    assert estimate.confidence == 1.0
    assert estimate.alternatives == ()


def test_it_hears_44100_hertz_whatever_came(essentia: FakeEssentia) -> None:
    key_with_essentia(SOUND[: 4 * 22_050], 22_050)
    (_, _, heard), *_ = essentia.asked
    assert heard.dtype == np.float32
    assert len(heard) == pytest.approx(4 * 44_100, abs=2)


@pytest.mark.parametrize("samples", [np.zeros(5 * 44_100, np.float32), SOUND[:44_100], SOUND[:0]])
def test_silence_and_scraps_are_not_asked_about(essentia: FakeEssentia, samples: Any) -> None:
    assert key_with_essentia(samples, 44_100) is None
    assert tempo_with_essentia(samples, 44_100) is None
    assert essentia.asked == []


def test_without_essentia_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "essentia", None)
    for ask in (key_with_essentia, tempo_with_essentia):
        with pytest.raises(
            InputError, match=r"needs the package essentia.*pip install essentia.*AGPL.*--measure-with earmark"
        ):
            ask(SOUND, 44_100)
