"""The feed-forward network on a song's mean MFCCs, as the reference study describes it.

Dense 256 ReLU, dropout 0.5, dense 256 ReLU, dropout 0.5, softmax. Weights start as in Keras: Glorot uniform, zero bias.
"""

import torch
from torch import nn

from earmark.errors import InputError
from earmark.models.inputs import N_MFCC
from earmark.models.standardise import Standardise

HIDDEN = 256
DROPOUT = 0.5


class FeedForward(nn.Module):
    """Mean MFCCs to label logits.

    Args:
        n_labels: Number of labels, at least 1.
        n_columns: Input columns, 40 in the study.
    """

    def __init__(self, n_labels: int, *, n_columns: int = N_MFCC) -> None:
        super().__init__()
        if n_labels < 1 or n_columns < 1:
            raise InputError(f"a network needs labels and columns, got {n_labels} and {n_columns}")
        self.standardise = Standardise(n_columns)
        self.hidden = nn.Sequential(
            nn.Linear(n_columns, HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT), nn.Linear(HIDDEN, HIDDEN), nn.ReLU()
        )
        self.dropout = nn.Dropout(DROPOUT)
        self.head = nn.Linear(HIDDEN, n_labels)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)

    def embed(self, x: torch.Tensor) -> torch.Tensor:
        """Second hidden layer (batch, 256) of x (batch, columns), before its dropout."""
        hidden: torch.Tensor = self.hidden(self.standardise(x))
        return hidden

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (batch, labels) of x (batch, columns)."""
        logits: torch.Tensor = self.head(self.dropout(self.embed(x)))
        return logits
