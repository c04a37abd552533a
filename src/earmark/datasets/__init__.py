"""Small data sets that come with Earmark, each with its source named; see `earmark.datasets.registry`.

`earmark.datasets.published` holds what others published about the same music.
"""

from earmark.datasets.published import STUDY_RESULTS, STUDY_URL, PublishedResult
from earmark.datasets.registry import DATASETS, Dataset, DatasetName, load_dataset, trance_four_labels

__all__ = [
    "DATASETS",
    "STUDY_RESULTS",
    "STUDY_URL",
    "Dataset",
    "DatasetName",
    "PublishedResult",
    "load_dataset",
    "trance_four_labels",
]
