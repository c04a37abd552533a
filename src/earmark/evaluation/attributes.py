"""A table of what is known of songs besides their sound: numbers with gaps, and categories with gaps.

What is unknown stays unknown: NaN among the numbers, None among the categories. Models of such tables and the confound
audit each say what they make of gaps.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earmark.errors import InputError

FloatArray: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class AttributeTable:
    """Attributes of ``n`` songs, a row for each.

    Attributes:
        numeric_names: Names of the ``c`` numeric columns, with their units.
        numeric: float64 ``(n, c)``, finite, or NaN where unknown.
        categorical_names: Names of the categorical columns.
        categorical: For each of them ``n`` values; None where unknown.

    Raises:
        InputError: Names and columns do not fit, a name occurs twice, or a number is infinite.
    """

    numeric_names: tuple[str, ...]
    numeric: FloatArray
    categorical_names: tuple[str, ...] = ()
    categorical: tuple[tuple[str | None, ...], ...] = ()

    def __post_init__(self) -> None:
        if self.numeric.ndim != 2 or self.numeric.shape[1] != len(self.numeric_names):
            raise InputError(
                f"expected numbers of shape (songs, {len(self.numeric_names)}) for the columns "
                f"{', '.join(self.numeric_names) or 'none'}; got shape {self.numeric.shape}"
            )
        lengths = [len(values) for values in self.categorical]
        if len(lengths) != len(self.categorical_names) or any(length != len(self) for length in lengths):
            raise InputError(
                f"expected {len(self.categorical_names)} categorical columns of {len(self)} values; got {lengths}"
            )
        if len(set(self.columns)) != len(self.columns):
            raise InputError(f"expected each column once, got {', '.join(self.columns)}")
        if np.isinf(self.numeric).any():
            raise InputError("expected finite numbers, or NaN where unknown; got infinity")

    def __len__(self) -> int:
        return int(self.numeric.shape[0])

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns, the numeric ones first."""
        return self.numeric_names + self.categorical_names

    def known(self) -> NDArray[np.bool_]:
        """Of which songs anything is known, bool ``(n,)``."""
        columns = [[value is not None for value in values] for values in self.categorical]
        return np.asarray(np.column_stack([np.isfinite(self.numeric), *columns]).any(axis=1), dtype=np.bool_)

    def take(self, rows: ArrayLike) -> "AttributeTable":
        """The table of some songs, given their places as integers ``(m,)``, in that order."""
        places = np.asarray(rows, dtype=np.int64)
        return AttributeTable(
            self.numeric_names,
            self.numeric[places],
            self.categorical_names,
            tuple(tuple(values[place] for place in places) for values in self.categorical),
        )

    def to_json(self) -> dict[str, Any]:
        """The table as plain values; an unknown number is None."""
        numbers = [[value if math.isfinite(value) else None for value in row] for row in self.numeric.tolist()]
        return {
            "numeric_names": list(self.numeric_names),
            "numeric": numbers,
            "categorical_names": list(self.categorical_names),
            "categorical": [list(values) for values in self.categorical],
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "AttributeTable":
        """The table that `to_json` wrote.

        Raises:
            InputError: Names and columns do not fit.
        """
        names = tuple(values["numeric_names"])
        # None becomes NaN.
        numeric = np.array(values["numeric"], dtype=np.float64).reshape(len(values["numeric"]), len(names))
        columns = tuple(tuple(column) for column in values["categorical"])
        return cls(names, numeric, tuple(values["categorical_names"]), columns)
