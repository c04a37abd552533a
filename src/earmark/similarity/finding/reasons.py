"""The numbers of a neighbour or of a transition, in words."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from earmark.catalog.keys import Key
from earmark.similarity.finding.decks import Decks
from earmark.similarity.finding.harmony import KeyRule, pitch_shift, relation, shifted
from earmark.similarity.finding.mixing import TERMS, MixRules, Term, Transitions, transitions
from earmark.similarity.finding.scale import SoundScale
from earmark.similarity.vectors.filters import UNKNOWN_KEY

RULE_WORDS: dict[KeyRule, str] = {
    "same": "same key",
    "adjacent": "a fifth away",
    "relative": "relative key",
    "energy-boost": "energy boost",
    "diagonal": "diagonal step",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason.

    Attributes:
        term: What it is about.
        value: From 0 to 1; None where it is not known.
        weight: How much it counts, as a share of all terms; 0 where there is no score.
        text: It in words.
    """

    term: Term
    value: float | None
    weight: float
    text: str

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        value = None if self.value is None else round(self.value, 4)
        return {"term": self.term, "value": value, "weight": round(self.weight, 4), "text": self.text}


@dataclass(frozen=True, slots=True)
class Transition:
    """How one track follows another.

    Attributes:
        score: From 0 to 1.
        reasons: Why, a reason for each term.
        broken: Rules that it breaks, in words.
        speed: How fast the second track is played, 1 for its own tempo; None where a tempo is not known.
    """

    score: float
    reasons: tuple[Reason, ...]
    broken: tuple[str, ...]
    speed: float | None

    @property
    def words(self) -> str:
        """All reasons in a line."""
        return "; ".join(reason.text for reason in self.reasons if reason.text)

    def to_json(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "score": round(self.score, 4),
            "speed": None if self.speed is None else round(self.speed, 5),
            "broken": list(self.broken),
            "reasons": [reason.to_json() for reason in self.reasons],
        }


def transition_of(before: Decks, after: Decks, rules: MixRules, scale: SoundScale) -> Transition:
    """Judge a single transition, and say why.

    Args:
        before: One track, which is left.
        after: One track, which is reached.
        rules: What may follow what.
        scale: What cosines mean.
    """
    return _explained(transitions(before, after, rules, scale), before, after, rules, scale)


def _explained(judged: Transitions, before: Decks, after: Decks, rules: MixRules, scale: SoundScale) -> Transition:
    total = sum(rules.weights.get(term, 0.0) for term in TERMS)
    cosine = float(before.units[0] @ after.units[0])
    speed = float(judged.speeds[0, 0])
    words: dict[Term, str] = {
        "sound": sound_words(scale.share(cosine)),
        "key": _key_words(before, after, rules, speed),
        "tempo": _tempo_words(float(before.bpm[0]), float(after.bpm[0]), speed, float(judged.times[0, 0])),
        "level": _level_words(float(before.outro[0]), float(after.intro[0])),
        "energy": _energy_words(float(before.energy[0]), float(after.energy[0])),
        "variety": _variety_words(before, after),
    }
    values = {term: float(judged.terms[term][0, 0]) for term in TERMS}
    reasons = tuple(
        Reason(
            term,
            None if np.isnan(values[term]) else values[term],
            rules.weights.get(term, 0.0) / total,
            words[term],
        )
        for term in TERMS
    )
    broken = []
    if judged.off_key[0, 0]:
        broken.append(f"key: {words['key']}")
    if judged.off_tempo[0, 0]:
        broken.append(f"tempo: {words['tempo']}, beyond the pitch range of {rules.pitch_range:g} %")
    return Transition(float(judged.scores[0, 0]), reasons, tuple(broken), None if np.isnan(speed) else speed)


def sound_words(share: float) -> str:
    """How alike two tracks sound, by the share of pairs that are less alike.

    Args:
        share: From 0 to 1.
    """
    if share >= 0.9995:
        return "sounds nearer than any other pairs do" if share >= 1 else "sounds nearer than 99.9 % of pairs"
    if share < 0.5:
        return f"sounds far from it ({100 * (1 - share):.0f} % of pairs are nearer)"
    digits = 1 if share >= 0.99 else 0
    return f"sounds nearer than {100 * share:.{digits}f} % of pairs"


def _key_words(before: Decks, after: Decks, rules: MixRules, speed: float) -> str:
    if UNKNOWN_KEY in (before.keys[0], after.keys[0]):
        return "key not known" if after.keys[0] == UNKNOWN_KEY else "key of the track before not known"
    left, own = (Key.from_index(int(deck.keys[0])) for deck in (before, after))
    reached, shift = own, ""
    if not rules.key_lock and not np.isnan(speed):
        semitones, cents = pitch_shift(speed)
        reached = shifted(own, semitones)
        if abs(semitones) or abs(cents) >= 1:
            steps = f"{semitones:+d} semitone{'' if abs(semitones) == 1 else 's'} " if semitones else ""
            shift = f", {own.camelot} shifted by {steps}{cents:+.0f} cents"
    rule = relation(left, reached)
    told = "clash" if rule is None else RULE_WORDS[rule]
    unsure = "" if before.sure_keys[0] and after.sure_keys[0] else ", not sure of it"
    return f"{left.camelot} to {reached.camelot}: {told}{shift}{unsure}"


def _tempo_words(before: float, after: float, speed: float, times: float) -> str:
    if np.isnan(speed):
        return "tempo not known"
    told = {1.0: "", 2.0: " in double time", 0.5: " in half time"}[times]
    shift = 100 * (speed - 1)
    if not told and abs(shift) < 0.05:
        return f"same tempo ({_number(after)} BPM)"
    how = "same tempo" if abs(shift) < 0.05 else f"{shift:+.1f} %"
    return f"{_number(before)} to {_number(after)} BPM{told} ({how})"


def _number(bpm: float) -> str:
    return f"{bpm:.1f}".removesuffix(".0")


def _level_words(outro: float, intro: float) -> str:
    if np.isnan(outro) or np.isnan(intro):
        return ""
    step = intro - outro
    if abs(step) < 1.5:
        return "intro as loud as the outro"
    return f"intro {abs(step):.0f} LU {'louder' if step > 0 else 'softer'} than the outro"


def _energy_words(before: float, after: float) -> str:
    if np.isnan(before) or np.isnan(after):
        return ""
    step = after - before
    if abs(step) < 0.03:
        return "same energy"
    return f"{'more' if step > 0 else 'less'} energy ({100 * step:+.0f} of 100)"


def _variety_words(before: Decks, after: Decks) -> str:
    if before.artists[0] & after.artists[0]:
        return "same artist"
    return "same release" if before.releases[0] and before.releases[0] == after.releases[0] else ""


def alike_words(before: Decks, after: Decks, *, same_label: str | None) -> list[str]:
    """What else two tracks have in common, in words; nothing is said of what is not known.

    Args:
        before: One track, to which others were asked for.
        after: One of these.
        same_label: The label that both are on, if they are on one.
    """
    words = []
    if UNKNOWN_KEY not in (before.keys[0], after.keys[0]):
        left, right = (Key.from_index(int(deck.keys[0])) for deck in (before, after))
        rule = relation(left, right)
        if rule in ("same", "adjacent", "relative"):
            words.append(RULE_WORDS[rule] + (f" ({right.camelot})" if rule != "same" else f" ({left.camelot})"))
    judged = transitions(before, after, MixRules(), SoundScale(np.zeros(1, dtype=np.float32)))
    if not np.isnan(judged.speeds[0, 0]) and not judged.off_tempo[0, 0]:
        speed, times = float(judged.speeds[0, 0]), float(judged.times[0, 0])
        words.append(_tempo_words(float(before.bpm[0]), float(after.bpm[0]), speed, times))
    step = float(after.energy[0] - before.energy[0])
    if abs(step) < 0.05:
        words.append("same energy")
    if same_label:
        words.append(f"also on {same_label}")
    if artists := _variety_words(before, after):
        words.append(artists)
    return words
