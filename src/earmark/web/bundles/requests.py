"""What can be asked about models: the options of the command line's verbs, typed and bounded.

A request is checked once where it comes in, kept as JSON in its job, and read again by the job's process.
"""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from earmark.catalog.select import Selection, parse_date
from earmark.comparing.compare import ComparisonRequest
from earmark.comparing.contestants import DEFAULT_MODELS, make_contestants
from earmark.evaluation.groups import SplitMode
from earmark.models.registry import DEFAULT_MODEL, adjusted_spec
from earmark.similarity.judging.evaluate import SearchTest
from earmark.training.train import TEST_FRACTION, VALIDATION_FRACTION, TrainRequest
from earmark.web.values import AudioId, Strict

FOLDER_NAME = r"^[^./\\\x00-\x1f][^/\\\x00-\x1f]{0,99}$"
"""How the name of a bundle or comparison looks; it becomes a file's name."""

MOST_NAME_BYTES = 200
"""File systems allow 255; this leaves room for what is put behind a name."""


def _fitting(name: str) -> str:
    """A name that is to become a file's, told too long before hours are spent on what is kept under it."""
    if (size := len(name.encode())) > MOST_NAME_BYTES:
        raise ValueError(f"a name may have {MOST_NAME_BYTES} bytes at most, this one has {size}; choose a shorter one")
    return name


Text = Annotated[str, StringConstraints(min_length=1, max_length=300)]
ModelName = Annotated[str, StringConstraints(min_length=1, max_length=60)]
BundleName = Annotated[str, StringConstraints(pattern=FOLDER_NAME)]
NewName = Annotated[BundleName, AfterValidator(_fitting)]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]
Seconds = Annotated[float, Field(gt=0, le=120, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0.01, le=0.9, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]


class SelectionIn(Strict):
    """Which tracks are wanted; all with a label where nothing is said."""

    labels: list[Text] = Field(default_factory=list, max_length=2000, description="Only these; all where empty.")
    genres: list[Text] = Field(default_factory=list, max_length=200, description="Only these; all where empty.")
    since: Day | None = Field(default=None, description="Released on or after this day, month or year.")
    until: Day | None = Field(default=None, description="Released on or before this day, month or year.")
    split: SplitMode | None = Field(
        default=None, description="What training and test must not share; artists where null."
    )
    seed: Seed = Field(default=0, description="Of the split, the weights and all else left to chance.")

    def selection(self) -> Selection:
        """The selection as the library takes it.

        Raises:
            MetadataError: A date cannot be read.
            InputError: The dates exclude each other.
        """
        return Selection(
            labels=tuple(self.labels),
            genres=tuple(self.genres),
            since=None if self.since is None else parse_date(self.since),
            until=None if self.until is None else parse_date(self.until, end=True),
        )


class PlanIn(SelectionIn):
    """What a training would learn from and be judged on."""

    test_fraction: Share = Field(default=TEST_FRACTION, description="Share of the songs for the test.")
    validation_fraction: Share = Field(default=VALIDATION_FRACTION, description="Share of the rest for validation.")


class TrainIn(PlanIn):
    """A training, as `earmark train` takes it."""

    model: ModelName = Field(default=DEFAULT_MODEL, description="One of `GET /api/models`.")
    slice_seconds: Seconds | None = Field(default=None, description="Length of the slices that a network hears.")
    max_epochs: int | None = Field(default=None, ge=1, le=10_000, description="Epochs at most.")
    name: NewName | None = Field(default=None, description="Name of the new bundle; the model's where null.")

    def request(self) -> TrainRequest:
        """The training as the library takes it.

        Raises:
            UnknownNameError: There is no such model, or it has no such setting.
            InputError: A value is out of range.
        """
        return TrainRequest(
            spec=adjusted_spec(self.model, slice_seconds=self.slice_seconds, max_epochs=self.max_epochs),
            selection=self.selection(),
            mode=self.split,
            seed=self.seed,
            test_fraction=self.test_fraction,
            validation_fraction=self.validation_fraction,
            name=self.name,
        )


class CompareIn(SelectionIn):
    """A comparison under the same folds, as `earmark compare` takes it."""

    models: list[ModelName] = Field(default=list(DEFAULT_MODELS), min_length=1, max_length=20)
    folds: int = Field(
        default=5, ge=1, le=20, description="Each song is tested once; 1 takes a random split in each repeat."
    )
    repeats: int = Field(default=1, ge=1, le=20, description="How often the songs are dealt anew.")
    slow: list[ModelName] = Field(
        default_factory=list, max_length=20, description="Those of the models that take part in the first dealing only."
    )
    slice_seconds: list[Seconds] = Field(
        default_factory=list, max_length=10, description="Slice lengths to compare; each model's own where empty."
    )
    max_epochs: int | None = Field(default=None, ge=1, le=10_000, description="Epochs at most.")
    name: NewName = Field(default="comparison", description="Under which the library keeps it.")

    def request(self) -> ComparisonRequest:
        """The comparison as the library takes it.

        Raises:
            UnknownNameError: There is no such model.
            InputError: A name comes twice, or a setting belongs to none of the models.
        """
        contestants = make_contestants(
            self.models, slice_seconds=self.slice_seconds, max_epochs=self.max_epochs, slow=self.slow
        )
        return ComparisonRequest(
            contestants=contestants,
            selection=self.selection(),
            mode=self.split,
            folds=self.folds,
            repeats=self.repeats,
            seed=self.seed,
        )


class EvaluateIn(Strict):
    """Bundles that are to be judged on their test songs, as `earmark evaluate` takes them."""

    bundles: list[BundleName] = Field(default_factory=list, max_length=100, description="All where empty.")


class CellIn(Strict):
    """Which test songs of a bundle are asked for."""

    truth: Text | None = Field(default=None, description="The songs' label; any where not given.")
    said: Text | None = Field(default=None, description="What they were called; any where not given.")
    right: bool = Field(default=False, description="Whether songs that were called rightly are listed too.")
    limit: int = Field(default=100, ge=1, le=500)


class EvaluateSearchIn(Strict):
    """A judgement of the search, as `earmark evaluate-search` takes it."""

    bundle: BundleName | None = Field(default=None, description="Whose vectors are searched; the newest where null.")
    cutoffs: list[Annotated[int, Field(ge=1, le=1000)]] = Field(default=[1, 5, 10, 20], min_length=1, max_length=10)
    all_songs: bool = Field(default=False, description="Ask also about songs that the bundle has learnt from.")
    most_queries: int = Field(default=1000, ge=1, le=100_000)
    seed: Seed = 0

    def test(self) -> SearchTest:
        """The judgement as the library takes it."""
        return SearchTest(
            part="all" if self.all_songs else "test",
            cutoffs=tuple(sorted(set(self.cutoffs))),
            most_queries=self.most_queries,
            seed=self.seed,
        )


class TriageIn(Strict):
    """A folder of demos to be ranked for a label, as `earmark triage` takes it."""

    folder: Annotated[str, StringConstraints(min_length=1, max_length=4000)] = Field(
        description="On the server's machine, under one of its allowed folders."
    )
    label: Text
    bundle: BundleName | None = Field(default=None, description="The newest where null.")
    coverage: Annotated[float, Field(ge=0.5, le=0.99)] = 0.9


class AddLabelIn(Strict):
    """A label to be added to a ready bundle, as `earmark add-label` takes it."""

    label: Text
    audio_ids: list[AudioId] = Field(min_length=2, max_length=200)
    bundle: BundleName | None = Field(default=None, description="The newest where null.")
    name: NewName | None = Field(default=None, description="Of the new bundle; made of both names where null.")
