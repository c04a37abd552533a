"""Input columns brought to mean 0 and deviation 1, with gaps filled, inside the network.

Indicator columns, those of 0 and 1 only, stay as they are: a rare key has a tiny deviation, and dividing by it would
take the penalty off just where there is least to learn from.

Being part of the network, the statistics travel with its weights and its ONNX graph, and whoever predicts hands in the
raw columns.
"""

import numpy as np
import torch
from torch import nn

from earmark.models.inputs import FloatArray


class Standardise(nn.Module):
    """Replaces NaN by the column's training mean, then subtracts the mean and divides by the deviation.

    It starts as the identity (mean 0, deviation 1) and learns nothing by gradient.

    Args:
        n_columns: Input columns.
    """

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, n_columns: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(n_columns))
        self.register_buffer("deviation", torch.ones(n_columns))

    def set_statistics(self, rows: FloatArray) -> None:
        """Take mean and deviation of each column from training rows.

        Args:
            rows: Training inputs of shape (songs, columns); NaN where a value is missing. A column that never varies
                keeps deviation 1, an indicator or one without any value also mean 0.
        """
        mean, deviation = column_statistics(rows)
        with torch.no_grad():
            self.mean.copy_(torch.from_numpy(mean))
            self.deviation.copy_(torch.from_numpy(deviation))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Standardised columns of x, both of shape (batch, columns)."""
        filled = torch.where(torch.isnan(x), self.mean, x)
        return (filled - self.mean) / self.deviation


def column_statistics(rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and deviation of each column without its NaNs, each float32 of shape (columns,).

    Args:
        rows: Shape (songs, columns).
    """
    known = ~np.isnan(rows)
    counts = np.maximum(known.sum(axis=0), 1)
    values = np.where(known, rows, 0).astype(np.float64)
    mean = values.sum(axis=0) / counts
    variance = (np.where(known, values - mean, 0) ** 2).sum(axis=0) / counts
    # Rounding leaves a constant column with a tiny deviation; dividing by it would blow noise up.
    constant = variance <= (1e-6 * np.maximum(np.abs(mean), 1)) ** 2
    deviation = np.where(constant, 1.0, np.sqrt(variance))
    indicator = ((values == 0) | (values == 1)).all(axis=0)
    return np.where(indicator, 0, mean).astype(np.float32), np.where(indicator, 1, deviation).astype(np.float32)
