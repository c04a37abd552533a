"""Key notation: what is read, what is shown, and that they agree."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earmark.catalog.keys import NOTATIONS, Key, Notation, format_key, parse_key
from earmark.errors import InputError, MetadataError

KEYS = st.builds(Key, st.integers(0, 11), st.sampled_from(["minor", "major"]))
A_MINOR, A_FLAT_MAJOR, F_MINOR = Key(9, "minor"), Key(8, "major"), Key(5, "minor")

READ = [
    ("8A", A_MINOR), ("08a", A_MINOR), (" 8A ", A_MINOR), ("8 a", A_MINOR), ("1m", A_MINOR), ("01M", A_MINOR),
    ("1d", Key(0, "major")), ("Am", A_MINOR), ("am", A_MINOR), ("A minor", A_MINOR), ("Amin", A_MINOR),
    ("A min.", A_MINOR), ("A-Minor", A_MINOR), ("a-Moll", A_MINOR), ("A♭ maj", A_FLAT_MAJOR),
    ("Ab major", A_FLAT_MAJOR), ("AB MAJOR", A_FLAT_MAJOR), ("As-Dur", A_FLAT_MAJOR), ("Ab", A_FLAT_MAJOR),
    ("G#m", Key(8, "minor")), ("G♯ minor", Key(8, "minor")), ("A♭ min", Key(8, "minor")),
    ("F♯ minor", Key(6, "minor")), ("F sharp minor", Key(6, "minor")), ("C", Key(0, "major")),
    ("Cmaj", Key(0, "major")), ("CM", Key(0, "major")), ("Cm", Key(0, "minor")), ("B flat minor", Key(10, "minor")),
    ("b-moll", Key(10, "minor")), ("bb minor", Key(10, "minor")), ("h-moll", Key(11, "minor")),
    ("Cb major", Key(11, "major")), ("E#m", F_MINOR), ("Gb Major", Key(6, "major")), ("8A/Am", A_MINOR),
    ("Fm / 4A", F_MINOR), ("Fm (4A)", F_MINOR), ("4A - Fm", F_MINOR), ("G#/Ab minor", Key(8, "minor")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "key"), READ)
def test_reads_what_software_and_shops_write(text: str, key: Key) -> None:
    assert parse_key(text) == key


@given(KEYS, st.sampled_from(NOTATIONS))
def test_every_notation_reads_back(key: Key, notation: Notation) -> None:
    assert parse_key(format_key(key, notation)) == key


@given(KEYS)
def test_case_and_blanks_of_the_wheels_do_not_count(key: Key) -> None:
    assert parse_key(f" {key.camelot.lower()} ") == parse_key(f"0{key.open_key.upper()}"[-3:]) == key


@given(KEYS)
def test_index_counts_along_the_camelot_wheel(key: Key) -> None:
    assert Key.from_index(key.index) == key
    assert key.index == 2 * (int(key.camelot[:-1]) - 1) + (key.camelot[-1] == "B")


def test_all_indices_are_there_once() -> None:
    assert [Key.from_index(index).index for index in range(24)] == list(range(24))
    assert [Key.from_index(index).camelot for index in (0, 1, 2, 23)] == ["1A", "1B", "2A", "12B"]


@given(KEYS)
def test_one_step_along_the_wheel_is_a_fifth(key: Key) -> None:
    fifth = Key((key.pitch_class + 7) % 12, key.mode)
    assert fifth.camelot_number == key.camelot_number % 12 + 1
    relative = Key(
        (key.pitch_class + (3 if key.mode == "minor" else 9)) % 12, "major" if key.mode == "minor" else "minor"
    )
    assert relative.camelot_number == key.camelot_number
    assert relative.open_key[:-1] == key.open_key[:-1]


def test_shown_as_the_user_likes() -> None:
    assert [format_key(Key(8, "minor"), notation) for notation in NOTATIONS] == ["1A", "6m", "G♯ minor", "G#m"]
    assert [format_key(Key(10, "major"), notation) for notation in NOTATIONS] == ["6B", "11d", "B♭ major", "Bb"]


@pytest.mark.parametrize(
    "text", ["", " ", "13A", "0A", "8C", "H", "foo", "A minorish", "Amaj7", "🎵", "A" * 500, "/", "  - "]
)
def test_what_is_no_key_is_refused_with_examples(text: str) -> None:
    with pytest.raises(MetadataError, match=r"no key; a key is written as 8A \(Camelot\), 1m"):
        parse_key(text)


@pytest.mark.parametrize("text", ["8A/9A", "Am / C", "8A (Fm)", "Am/A major"])
def test_two_keys_are_refused(text: str) -> None:
    with pytest.raises(MetadataError, match="more than one key"):
        parse_key(text)


def test_off_key_is_told() -> None:
    with pytest.raises(MetadataError, match="off key"):
        parse_key("o")


@given(st.text())
def test_no_text_raises_anything_else(text: str) -> None:
    with contextlib.suppress(MetadataError):
        assert parse_key(text).mode in ("minor", "major")


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="from 0 \\(C\\) to 11"):
        Key(12, "minor")
    with pytest.raises(InputError, match="dorian"):
        Key(0, "dorian")  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(InputError, match="from 0 \\(1A\\) to 23"):
        Key.from_index(24)
    with pytest.raises(InputError, match="camelot, open-key, plain, short"):
        format_key(A_MINOR, "solfege")  # type: ignore[arg-type]  # the point of the test
