"""What an opened graph is, whichever engine runs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import numpy as np
import numpy.typing as npt

from earmark.errors import InputError

FloatArray = npt.NDArray[np.float32]

Engine = Literal["onnxruntime", "openvino"]
"""``onnxruntime``: always installed. ``openvino``: the user's choice to install; often faster on Intel and AMD."""

ENGINES: tuple[Engine, ...] = get_args(Engine)


@dataclass(frozen=True, slots=True)
class Port:
    """One input or output of a graph.

    Attributes:
        name: Its name in the graph.
        shape: Its axes' lengths; None for an axis that may have any length, such as the batch.
    """

    name: str
    shape: tuple[int | None, ...]

    def __str__(self) -> str:
        axes = ", ".join("any" if axis is None else str(axis) for axis in self.shape)
        return f"{self.name} ({axes})"

    def takes(self, shape: tuple[int, ...]) -> bool:
        """Tell whether an array of this shape fits."""
        return len(shape) == len(self.shape) and all(
            want is None or want == came for want, came in zip(self.shape, shape, strict=True)
        )


class Graph(Protocol):
    """An opened graph with one input."""

    @property
    def engine(self) -> str:
        """Which engine runs it, and with what precision where that is not float32."""
        ...

    @property
    def input(self) -> Port:
        """The input."""
        ...

    @property
    def outputs(self) -> tuple[Port, ...]:
        """The outputs, in the graph's order."""
        ...

    def run(self, inputs: FloatArray) -> Mapping[str, FloatArray]:
        """Run the graph.

        Args:
            inputs: float32 of the input's shape, at least one row.

        Returns:
            Each output by its name, float32.

        Raises:
            InputError: The array does not fit the input.
        """
        ...


def fitting(inputs: FloatArray, port: Port) -> FloatArray:
    """Return inputs as a graph takes them: contiguous float32.

    Raises:
        InputError: The array does not fit the input, or has no rows.
    """
    if not port.takes(inputs.shape) or inputs.size == 0:
        raise InputError(f"the graph takes the input {port}, at least one row, but an array of {inputs.shape} came")
    return np.ascontiguousarray(inputs, dtype=np.float32)


def only_input(ports: tuple[Port, ...]) -> Port:
    """Return the one input of a graph.

    Raises:
        InputError: It has several, or none.
    """
    if len(ports) != 1:
        listed = ", ".join(map(str, ports)) or "none"
        raise InputError(f"a graph with exactly one input was expected; this one has {len(ports)}: {listed}")
    return ports[0]
