import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.catalog.keys import Key, parse_key
from earmark.errors import InputError, UnknownNameError
from earmark.similarity.finding.harmony import (
    DEFAULT_RULES,
    KEY_RULES,
    KeyRule,
    allowed_keys,
    parse_rules,
    pitch_shift,
    relation,
    rule_table,
    shift_table,
    shifted,
)

KEYS = st.integers(0, 23).map(Key.from_index)


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("8A", "8A", "same"),
        ("8A", "9A", "adjacent"),
        ("8A", "7A", "adjacent"),
        ("1A", "12A", "adjacent"),
        ("8A", "8B", "relative"),
        ("8A", "10A", "energy-boost"),
        ("8A", "3A", "energy-boost"),
        ("12B", "2B", "energy-boost"),
        ("8A", "9B", "diagonal"),
        ("8A", "7B", "diagonal"),
        ("8A", "6A", None),
        ("8A", "1A", None),
        ("8A", "10B", None),
    ],
)
def test_relations_on_the_wheel(before: str, after: str, rule: KeyRule | None) -> None:
    assert relation(parse_key(before), parse_key(after)) == rule


def test_energy_boosts_are_a_semitone_and_a_whole_tone_up() -> None:
    key = parse_key("8A")
    reached = {shifted(key, 1), shifted(key, 2)}
    assert {one.camelot for one in reached} == {"3A", "10A"}
    assert allowed_keys(key, ("energy-boost",)) == reached


@given(KEYS, KEYS)
def test_all_but_the_boost_hold_both_ways(before: Key, after: Key) -> None:
    rule = relation(before, after)
    if rule != "energy-boost":
        assert relation(after, before) in (rule, "energy-boost")


@given(KEYS, st.integers(-30, 30), st.integers(-30, 30))
def test_shifts_add_up(key: Key, first: int, second: int) -> None:
    assert shifted(shifted(key, first), second) == shifted(key, first + second)
    assert shifted(key, 12) == key
    assert shift_table()[first % 12, key.index] == shifted(key, first).index


@given(st.sets(st.sampled_from(sorted(KEY_RULES)), min_size=1))
def test_the_table_allows_what_the_rules_allow(names: set[KeyRule]) -> None:
    rules = tuple(sorted(names))
    table = rule_table(rules)
    for before in range(24):
        allowed = allowed_keys(Key.from_index(before), rules)
        for after in range(24):
            rule = relation(Key.from_index(before), Key.from_index(after))
            assert table[before, after] == np.float32(KEY_RULES[rule] if rule in rules and rule else 0)
            assert (Key.from_index(after) in allowed) == (table[before, after] > 0)


def test_speed_moves_pitch() -> None:
    assert pitch_shift(1.0) == (0, 0.0)
    semitones, cents = pitch_shift(2 ** (1 / 12))
    assert semitones == 1
    assert cents == pytest.approx(0)
    semitones, cents = pitch_shift(1.04)
    assert semitones == 1
    assert cents == pytest.approx(-32.1, abs=0.1)
    assert pitch_shift(0.98)[0] == 0
    with pytest.raises(InputError, match="above 0"):
        pitch_shift(0)


def test_rules_are_read() -> None:
    assert parse_rules("same, Adjacent,same") == ("same", "adjacent")
    assert parse_rules(",".join(DEFAULT_RULES)) == DEFAULT_RULES
    with pytest.raises(UnknownNameError, match="'fifths'; known: same, adjacent, relative, energy-boost, diagonal"):
        parse_rules("same,fifths")
    with pytest.raises(InputError, match="none came"):
        parse_rules(" , ")
