import pytest

import earmark
from earmark import _HOMES


def test_every_public_name_is_there_and_documented() -> None:
    assert sorted(earmark.__all__, key=str.casefold) == sorted(_HOMES, key=str.casefold)
    for name in earmark.__all__:
        assert getattr(earmark, name) is not None
        assert name in dir(earmark)
        assert name == "MODELS" or getattr(earmark, name).__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'telepathy'"):
        _ = earmark.telepathy
