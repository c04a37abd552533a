"""The multinomial logistic regression on metadata as a network: standardised columns and one linear layer.

Fitting is scikit-learn's (`earmark.training.regression`); this is the form in which its result is kept and exported.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from earmark.errors import InputError
from earmark.models.standardise import Standardise


class LinearClassifier(nn.Module):
    """Metadata columns to label logits.

    Args:
        n_labels: Number of labels, at least 1.
        n_columns: Input columns.
    """

    def __init__(self, n_labels: int, *, n_columns: int) -> None:
        super().__init__()
        if n_labels < 1 or n_columns < 1:
            raise InputError(f"a regression needs labels and columns, got {n_labels} and {n_columns}")
        self.standardise = Standardise(n_columns)
        self.head = nn.Linear(n_columns, n_labels)

    def set_coefficients(self, weight: NDArray[np.float64], bias: NDArray[np.float64]) -> None:
        """Take fitted coefficients.

        Args:
            weight: Shape (labels, columns), for standardised columns.
            bias: Shape (labels,).
        """
        with torch.no_grad():
            self.head.weight.copy_(torch.from_numpy(weight))
            self.head.bias.copy_(torch.from_numpy(bias))

    def embed(self, x: torch.Tensor) -> torch.Tensor:
        """The standardised columns (batch, columns): what the linear layer reads."""
        columns: torch.Tensor = self.standardise(x)
        return columns

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (batch, labels) of x (batch, columns)."""
        logits: torch.Tensor = self.head(self.embed(x))
        return logits
