"""Every model that can be trained, by name: the three published ones and our own settings of each.

The published rows follow Nasrullah and Zhao, "Music Artist Classification with Convolutional Recurrent Neural
Networks", IJCNN 2019, arXiv 1901.04555 ("the paper"), and the six-label trance study by Bonilla that builds on it ("the
reference study"). Ours keep the architectures and change what was an accident of those studies: unscaled inputs, labels
weighted by how many songs they happen to have, missing tags.
"""

from earmark.audio.settings import PRESETS
from earmark.errors import UnknownNameError
from earmark.models.spec import ModelSpec, RegressionSettings, TrainingSettings

PAPER = "Nasrullah and Zhao 2019, arXiv 1901.04555"
STUDY = "reference study of trance labels, 2019"
OURS = "Earmark"

DEFAULT_MODEL = "crnn"
"""The model that is trained where none is named."""

MODELS: dict[str, ModelSpec] = {
    "crnn": ModelSpec(
        name="crnn",
        kind="crnn",
        summary="CRNN on log-mel slices of 3 s drawn at random places, labels balanced",
        source=OURS,
        features=PRESETS["paper"],
        slice_seconds=3.0,
        training=TrainingSettings(
            learning_rate=1e-3,
            learning_rate_decay=0.97,
            max_epochs=100,
            patience=10,
            balanced=True,
            precision="bfloat16",
            slices_per_song=16,
        ),
    ),
    "crnn-paper": ModelSpec(
        name="crnn-paper",
        kind="crnn",
        summary="CRNN as in the paper: 16 kHz, whole tracks, every slice of 3 s",
        source=PAPER,
        features=PRESETS["paper"],
        slice_seconds=3.0,
        training=TrainingSettings(learning_rate=1e-4, max_epochs=200, patience=10),
    ),
    "crnn-study": ModelSpec(
        name="crnn-study",
        kind="crnn",
        summary="CRNN as in the reference study: 44.1 kHz, middle 180 s, every slice of 30 s",
        source=STUDY,
        features=PRESETS["study"],
        slice_seconds=30.0,
        training=TrainingSettings(learning_rate=1e-4, max_epochs=200, patience=10),
    ),
    "mfcc": ModelSpec(
        name="mfcc",
        kind="mfcc",
        summary="feed-forward network on a song's 40 mean MFCCs, standardised, labels balanced",
        source=OURS,
        features=PRESETS["paper"],
        standardise=True,
        training=TrainingSettings(max_epochs=200, patience=30, balanced=True),
    ),
    "mfcc-study": ModelSpec(
        name="mfcc-study",
        kind="mfcc",
        summary="feed-forward network as in the reference study: 44.1 kHz, middle 180 s, MFCCs not scaled",
        source=STUDY,
        features=PRESETS["study"],
        training=TrainingSettings(max_epochs=200, patience=30),
    ),
    "metadata": ModelSpec(
        name="metadata",
        kind="metadata",
        summary="logistic regression on BPM, key and length, standardised, gaps filled and marked, labels balanced",
        source=OURS,
        standardise=True,
        impute=True,
        training=RegressionSettings(inverse_penalties=(0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0), balanced=True),
    ),
    "metadata-study": ModelSpec(
        name="metadata-study",
        kind="metadata",
        summary="logistic regression as in the reference study: not scaled, every song needs BPM and key",
        source=STUDY,
        training=RegressionSettings(inverse_penalties=(0.1, 0.5, 1.0, 2.0, 5.0, 10.0)),
    ),
}


def model_spec(name: str) -> ModelSpec:
    """The spec of a model by name.

    Raises:
        UnknownNameError: No model has that name; the message lists those that exist.
    """
    try:
        return MODELS[name]
    except KeyError:
        raise UnknownNameError("model", name, MODELS) from None
