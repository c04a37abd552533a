"""Every model that can be trained, by name: the three published ones and our own settings of each.

The published rows follow Nasrullah and Zhao, "Music Artist Classification with Convolutional Recurrent Neural
Networks", IJCNN 2019, arXiv 1901.04555 ("the paper"), and the six-label trance study by Bonilla that builds on it ("the
reference study"). Ours keep the architectures and change what was an accident of those studies: unscaled inputs, labels
weighted by how many songs they happen to have, missing tags.
"""

from dataclasses import replace

from earmark.audio.settings import PRESETS
from earmark.errors import UnknownNameError
from earmark.models.spec import DictionarySettings, FusionSettings, ModelSpec, RegressionSettings, TrainingSettings

PAPER = "Nasrullah and Zhao 2019, arXiv 1901.04555"
STUDY = "reference study of trance labels, 2019"
OURS = "Earmark"

DEFAULT_MODEL = "earmark"
"""The model that is trained where none is named."""

_EARMARK = ModelSpec(
    name="earmark",
    kind="earmark",
    summary="Earmark's own network: dictionaries of sound textures learnt without labels, under a linear classifier",
    source=OURS,
    features=PRESETS["paper"],
    slice_seconds=6.0,
    training=DictionarySettings(),
)

_PROBE = ModelSpec(
    name="probe",
    kind="probe",
    summary="logistic regression on the patches of a song that the backbone musicnn embeds",
    source="musicnn, Pons and Serra 2019, arXiv 1909.06654",
    backbone="musicnn",
    standardise=True,
    training=RegressionSettings(inverse_penalties=(0.003, 0.01, 0.03, 0.1), balanced=True, parts=5),
)

_METADATA = ModelSpec(
    name="metadata",
    kind="metadata",
    summary="logistic regression on BPM, key and length, standardised, gaps filled and marked, labels balanced",
    source=OURS,
    standardise=True,
    impute=True,
    training=RegressionSettings(inverse_penalties=(0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0), balanced=True, parts=5),
)

MODELS: dict[str, ModelSpec] = {
    "earmark": _EARMARK,
    "ensemble": ModelSpec(
        name="ensemble",
        kind="ensemble",
        summary="earmark, probe and metadata, stacked on songs that they had not learnt; works without some of them",
        source=OURS,
        training=FusionSettings(),
        parts=(_EARMARK, _PROBE, _METADATA),
    ),
    "probe": _PROBE,
    "probe-random": replace(
        _PROBE,
        name="probe-random",
        summary="the control of probe: the same network with random weights",
        source=OURS,
        backbone="musicnn-random",
    ),
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
    "metadata": _METADATA,
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


def adjusted_spec(name: str, *, slice_seconds: float | None = None, max_epochs: int | None = None) -> ModelSpec:
    """Return a model's spec with what a user may change of it.

    Args:
        name: The model.
        slice_seconds: Length of the slices that a network hears, in seconds; its own where None.
        max_epochs: Epochs at most; its own where None.

    Raises:
        UnknownNameError: There is no such model, or it has no such setting.
        InputError: A value is out of range.
    """
    spec = model_spec(name)
    if slice_seconds is not None:
        spec = spec.with_slice_seconds(slice_seconds)
    return spec if max_epochs is None else spec.with_training(max_epochs=max_epochs)
