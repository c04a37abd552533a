"""Results that others published on the music that Earmark's notebooks are about, to be shown beside ours.

They are facts about two texts, and are never computed here:

- the reference study: J. Enrique Bonilla, *Trance music classification with CRNN*, 2019
  (github.com/JEnriqueBonilla/Trance-music-classification-with-CRNN), one split and one seed; its songs are those of
  `earmark.datasets.trance_four_labels`, and for six labels also those of Pure Trance and Armind;
- the model that it follows: Z. Nasrullah and Y. Zhao, *Music Artist Classification with Convolutional Recurrent Neural
  Networks*, IJCNN 2019 (arXiv 1901.04555), whose own data are other music and are not listed here.
"""

from dataclasses import dataclass

STUDY_URL = "https://github.com/JEnriqueBonilla/Trance-music-classification-with-CRNN"
"""Where the reference study is."""


@dataclass(frozen=True, slots=True)
class PublishedResult:
    """One result of the reference study on its test songs.

    Attributes:
        model: The model as `earmark.models.registry.MODELS` calls it.
        slice_seconds: Length of its slices in seconds; None for a model that reads a song as one input.
        n_labels: How many labels were told apart: 4 or 6.
        right: Test songs that were called right.
        n_songs: Test songs.
        macro_f1: In [0, 1]; None where it was not published.
    """

    model: str
    slice_seconds: float | None
    n_labels: int
    right: int
    n_songs: int
    macro_f1: float | None = None

    @property
    def accuracy(self) -> float:
        """Share of the test songs that were called right, in [0, 1]."""
        return self.right / self.n_songs


STUDY_RESULTS: tuple[PublishedResult, ...] = (
    PublishedResult("metadata-study", None, n_labels=4, right=23, n_songs=28),
    PublishedResult("mfcc-study", None, n_labels=4, right=9, n_songs=28),
    PublishedResult("crnn-study", 20.0, n_labels=4, right=18, n_songs=28),
    PublishedResult("crnn-study", 30.0, n_labels=4, right=18, n_songs=28),
    PublishedResult("metadata-study", None, n_labels=6, right=26, n_songs=40, macro_f1=0.57),
    PublishedResult("mfcc-study", None, n_labels=6, right=9, n_songs=40, macro_f1=0.23),
    PublishedResult("crnn-study", 30.0, n_labels=6, right=19, n_songs=40, macro_f1=0.46),
)
"""The study's song-level results, in its order."""
