import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from made_checkpoint import Array, checkpoint, varint

from earmark.backbones.from_tf_checkpoint import _varint, read_variables
from earmark.errors import InputError

VARIABLES: dict[str, Array] = {
    "conv2d/bias": np.arange(3, dtype=np.float32),
    "conv2d/kernel": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "conv2d_1/bias": np.array([np.pi], dtype=np.float32),
    "step": np.array(0.25, dtype=np.float32),
}


def test_variables_come_back_with_names_shapes_and_values() -> None:
    index, data = checkpoint(VARIABLES)
    found = read_variables(index, data)
    assert list(found) == sorted(VARIABLES)
    for name, expected in VARIABLES.items():
        assert found[name].dtype == np.float32
        assert found[name].shape == expected.shape
        np.testing.assert_array_equal(found[name], expected)


def test_variables_of_other_types_are_left_out() -> None:
    index, data = checkpoint(VARIABLES, kind=9)
    assert read_variables(index, data) == {}


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(
        st.text("abc/_", min_size=1, max_size=12),
        arrays.arrays(np.float32, arrays.array_shapes(max_dims=4, max_side=4), elements=st.floats(-1, 1, width=32)),
        min_size=2,
        max_size=8,
    )
)
def test_any_variables_come_back(variables: dict[str, np.ndarray]) -> None:
    found = read_variables(*checkpoint(variables))
    assert found.keys() == variables.keys()
    assert all(np.array_equal(found[name], values) for name, values in variables.items())


@pytest.mark.parametrize("index", [b"", b"short", bytes(48), b"x" * 400])
def test_what_is_no_index_is_refused(index: bytes) -> None:
    with pytest.raises(InputError, match="TensorFlow checkpoint"):
        read_variables(index, b"")


def test_data_that_is_cut_off_is_refused() -> None:
    index, data = checkpoint(VARIABLES)
    with pytest.raises(InputError, match=r"variable step of shape \[\] needs 4 bytes; 0 are there"):
        read_variables(index, data[:-4])


def test_a_compressed_index_is_refused() -> None:
    index, data = checkpoint(VARIABLES)
    with pytest.raises(InputError, match="is compressed"):
        read_variables(index.replace(b"\x00crc!", b"\x01crc!"), data)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_index_is_refused_or_read_but_never_crashes(data: st.DataObject) -> None:
    index, content = checkpoint(VARIABLES)
    at = data.draw(st.integers(0, len(index) - 1))
    damaged = index[:at] + bytes([data.draw(st.integers(0, 255))]) + index[at + 1 :]
    try:
        found = read_variables(damaged, content)
    except InputError:
        return
    assert all(values.dtype == np.float32 for values in found.values())


@given(st.integers(0, 2**62), st.binary(max_size=3))
def test_numbers_of_seven_bits_a_byte(value: int, behind: bytes) -> None:
    written = varint(value)
    assert _varint(written + behind, 0) == (value, len(written))
