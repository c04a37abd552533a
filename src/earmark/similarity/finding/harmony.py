"""Which key mixes into which: the rules of the Camelot wheel, as DJs use them, and what a tempo shift does to a key.

The wheel numbers keys 1 to 12 by fifths; A is minor, B major (`earmark.catalog.keys`). From a key, the rules reach:

============  ===============  ============================================================================
rule          from 8A to       what it is
============  ===============  ============================================================================
same          8A               the same key
adjacent      7A, 9A           a fifth down or up: the scales differ in one note
relative      8B               the relative major or minor: the same notes
energy-boost  10A, 3A          +2 and +7 on the wheel: a whole tone and a semitone up, heard as a lift
diagonal      7B, 9B           one step and the other letter
============  ===============  ============================================================================

These are the rules of Mixed In Key's guide to harmonic mixing. Without key lock a record that is sped up rises in pitch
by 12 * log2(ratio) semitones; the key it then has is the nearest one, and what is left over is told in cents.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import log2
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from earmark.catalog.keys import Key
from earmark.errors import InputError, UnknownNameError

KeyRule = Literal["same", "adjacent", "relative", "energy-boost", "diagonal"]
"""How one key may follow another."""

KEY_RULES: Final[Mapping[KeyRule, float]] = {
    "same": 1.0,
    "relative": 0.9,
    "adjacent": 0.85,
    "energy-boost": 0.7,
    "diagonal": 0.6,
}
"""Every rule with how smooth it is, 0 to 1; an order that DJs agree on, not a measurement."""

DEFAULT_RULES: Final[tuple[KeyRule, ...]] = ("same", "adjacent", "relative")

KEYS: Final = 24

_SAME_LETTER: Final[Mapping[int, KeyRule]] = {
    0: "same",
    1: "adjacent",
    11: "adjacent",
    2: "energy-boost",
    7: "energy-boost",
}
_OTHER_LETTER: Final[Mapping[int, KeyRule]] = {0: "relative", 1: "diagonal", 11: "diagonal"}
"""Rules by steps up the wheel."""


def parse_rules(text: str) -> tuple[KeyRule, ...]:
    """Read rules as typed, such as ``same,adjacent``.

    Args:
        text: Names of rules, separated by commas.

    Raises:
        UnknownNameError: There is no such rule.
        InputError: There is none at all.
    """
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    rules = []
    for name in names:
        rule = next((one for one in get_args(KeyRule) if one == name), None)
        if rule is None:
            raise UnknownNameError("key rule", name, get_args(KeyRule))
        rules.append(rule)
    if not rules:
        raise InputError(f"key rules are some of {', '.join(get_args(KeyRule))}, separated by commas; none came")
    return tuple(dict.fromkeys(rules))


def relation(before: Key, after: Key) -> KeyRule | None:
    """The rule by which a key follows another; None where there is none.

    Args:
        before: The key that is left.
        after: The key that is reached.
    """
    steps = (after.camelot_number - before.camelot_number) % 12
    return (_SAME_LETTER if before.mode == after.mode else _OTHER_LETTER).get(steps)


def shifted(key: Key, semitones: int) -> Key:
    """The key some semitones up.

    Args:
        key: A key.
        semitones: How many; negative goes down.
    """
    return Key((key.pitch_class + semitones) % 12, key.mode)


def pitch_shift(ratio: float) -> tuple[int, float]:
    """How far a change of speed without key lock moves the pitch.

    Args:
        ratio: New speed over the old one, above 0.

    Returns:
        The nearest whole number of semitones, and the cents (-50 to 50) that are left over.

    Raises:
        InputError: The ratio is not above 0.
    """
    if not ratio > 0:
        raise InputError(f"a speed ratio is above 0, not {ratio!r}")
    exact = 12 * log2(ratio)
    semitones = round(exact)
    return semitones, 100 * (exact - semitones)


@lru_cache(maxsize=32)
def rule_table(rules: Sequence[KeyRule]) -> NDArray[np.float32]:
    """How well each key follows each other under some rules.

    Args:
        rules: The rules that are allowed, as a tuple.

    Returns:
        float32 of shape (24, 24) by `Key.index`: the row's key is left, the column's reached; 0 where no rule allows.
    """
    table = np.zeros((KEYS, KEYS), dtype=np.float32)
    for before in range(KEYS):
        for after in range(KEYS):
            rule = relation(Key.from_index(before), Key.from_index(after))
            if rule is not None and rule in rules:
                table[before, after] = KEY_RULES[rule]
    table.setflags(write=False)
    return table


@lru_cache(maxsize=1)
def shift_table() -> NDArray[np.int16]:
    """Each key's index after a shift: int16 of shape (12, 24), by semitones up (modulo 12) and `Key.index`."""
    rows = [[shifted(Key.from_index(key), semitones).index for key in range(KEYS)] for semitones in range(12)]
    table = np.array(rows, dtype=np.int16)
    table.setflags(write=False)
    return table


def allowed_keys(before: Key, rules: Sequence[KeyRule]) -> frozenset[Key]:
    """The keys that may follow a key.

    Args:
        before: The key that is left.
        rules: The rules that are allowed.
    """
    row = rule_table(tuple(rules))[before.index]
    return frozenset(Key.from_index(int(index)) for index in np.flatnonzero(row))
