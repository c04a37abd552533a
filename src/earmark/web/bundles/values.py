"""Models, their cards and their comparisons as JSON."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from earmark.evaluation.groups import SplitMode
from earmark.web.values import TrackOut


class IntervalOut(BaseModel):
    """A 95 % confidence interval of a share."""

    low: float
    high: float


class ModelOut(BaseModel):
    """A model that can be trained."""

    name: str
    kind: str
    summary: str
    source: str = Field(description="Whose settings these are.")
    default: bool = Field(description="Whether it is the one that is trained where none is named.")
    hears: bool = Field(description="Whether it hears sound; else it reads tags only.")
    slice_seconds: float | None = Field(description="Length of its slices; null where it takes no other.")
    max_epochs: int | None = Field(description="Epochs at most; null where it has none.")
    missing: str | None = Field(description="What has to be installed first; null where nothing has.")


class ModelsOut(BaseModel):
    """The models that can be trained, and whether this machine can."""

    can_train: bool = Field(description="Whether the part `train` is installed.")
    models: list[ModelOut]


class ScoreRow(BaseModel):
    """How a model or a baseline does on test songs."""

    name: str
    level: str = Field(description="What was judged: song or slice.")
    accuracy: float | None
    accuracy_interval: IntervalOut
    macro_f1: float | None
    macro_f1_interval: IntervalOut
    n_songs: int
    seconds: float | None = Field(description="What training took.")
    note: str = ""


class CalibrationOut(BaseModel):
    """How well probabilities come true."""

    ece: float | None = Field(description="Expected calibration error.")
    expected_by_chance: float | None = Field(description="What a perfectly calibrated model shows on so few songs.")
    chance_high: float | None = Field(description="What it exceeds in one of twenty samples only.")
    n: int


class SplitOut(BaseModel):
    """Which songs a model learnt from and was judged on."""

    mode: SplitMode
    words: str = Field(description="Such as artist-disjoint.")
    seed: int
    digest: str = Field(description="Models of one digest are judged on the same songs.")
    learnt: int = Field(description="Songs to learn from.")
    chosen_by: int = Field(description="Songs kept for choosing among weights; 0 where they were learnt from too.")
    tested: int
    notes: list[str]


class BundleOut(BaseModel):
    """A trained model in the library."""

    name: str
    model: str
    kind: str
    summary: str
    created: str = Field(description="ISO time.")
    newest: bool = Field(description="Whether it is the one that is used where none is named.")
    labels: list[str]
    added: list[str] = Field(description="Labels that were added when it was ready.")
    split: SplitOut | None
    test: ScoreRow | None = Field(description="Its verdicts on test songs; null where labels were added since.")
    baselines: list[ScoreRow] = Field(description="What gets by without hearing, on the same test songs.")
    calibration: CalibrationOut | None = Field(description="On songs held out of training, after scaling.")
    told_apart: bool | None = Field(description="Whether it beats the best baseline for sure; null where not judged.")
    seconds: float | None = Field(description="What training took.")
    bytes: int = Field(description="Size of its folder.")
    judged: bool = Field(description="Whether its test songs were gone through here, so that mistakes can be heard.")


class Unreadable(BaseModel):
    """A bundle or comparison that cannot be opened."""

    name: str
    message: str


class BundlesOut(BaseModel):
    """The trained models of the library."""

    bundles: list[BundleOut] = Field(description="Newest first.")
    unreadable: list[Unreadable]


class LabelScore(BaseModel):
    """How a model does on one label's test songs."""

    label: str
    recall: float
    precision: float
    f1: float
    n_songs: int = Field(description="Its test songs.")
    n_estimated: int = Field(description="Test songs that were called it.")
    recall_interval: IntervalOut | None = None
    precision_interval: IntervalOut | None = None


class Reading(BaseModel):
    """One way to read a model's verdicts."""

    name: Literal["mean", "vote", "slice"]
    words: str
    row: ScoreRow
    labels: list[str] = Field(description="In the order of the confusions.")
    confusion: list[list[int]] = Field(description="Rows the truth, columns what was said.")


class Curves(BaseModel):
    """How a training went."""

    tried: Literal["epoch", "penalty"]
    best: int = Field(description="Which of them was kept, from 1.")
    stopped: str
    points: list[dict[str, float | None]]


class Judged(BaseModel):
    """What came of going through a bundle's test songs; see `earmark.web.bundles.judging`."""

    made: str = Field(description="ISO time.")
    headline: list[str] = Field(description="What the scores allow to say, in paragraphs.")
    confidence: list[str] = Field(description="What its probabilities are worth, in paragraphs.")
    audit: list[str] = Field(description="Whether a shortcut in the files could explain the scores, in sentences.")
    finding: str | None = Field(description="shortcut found, none found, or cannot tell; null where nothing is known.")
    facts: list[dict[str, Any]] = Field(description="How well each fact of the files alone tells the labels.")
    leaning: dict[str, Any] | None = Field(description="Whether the model's mistakes follow the files.")
    rows: list[ScoreRow] = Field(description="The model and the baselines on the same test songs.")
    differences: list[dict[str, Any]] = Field(description="The model against each baseline, tested in pairs.")
    reliability: dict[str, Any] | None = Field(description="Bins of confidence before and after scaling.")
    sets: dict[str, Any] | None = Field(description="How often sets of labels hold the right one.")
    notes: list[str] = Field(description="Songs that are gone or could not be heard; baselines that are missing.")


class BundleDetail(BundleOut):
    """Everything that is known of a trained model."""

    source: str
    readings: list[Reading]
    per_label: list[LabelScore]
    newcomers: list[str] = Field(description="How well labels that were added later can be told, in sentences.")
    songs: dict[str, dict[str, int]] = Field(description="Songs of each label, by part.")
    curves: Curves | None
    notes: list[str]
    temperature: float | None
    held_back: str | None = Field(description="How well songs of unknown labels are told, in a sentence.")
    cannot: list[str] = Field(description="What the model cannot tell, in sentences.")
    parts: list[str] = Field(description="Of an ensemble.")
    versions: dict[str, str]
    verdicts: Judged | None = Field(description="Null until its test songs were gone through.")
    report: bool = Field(description="Whether the full report is there.")


class Said(BaseModel):
    """A test song and what a model said of it."""

    track: TrackOut | None = Field(description="Null where the library does not hold it any more.")
    audio_id: str
    display: str
    truth: str
    said: str
    right: bool
    place: int = Field(description="Place of the truth in the model's order, from 1.")
    probabilities: list[tuple[str, float]] = Field(description="Calibrated, the most probable first; five at most.")
    truth_probability: float


class Cell(BaseModel):
    """The test songs of one cell of a confusion matrix."""

    bundle: str
    truth: str | None
    said: str | None
    total: int
    songs: list[Said]


class Pair(BaseModel):
    """Two models on the same test songs."""

    first: str
    second: str
    mean: float = Field(description="Share of songs by which the first is right more often.")
    low: float
    high: float
    p: float
    p_corrected: float
    n_songs: int
    n_groups: int
    better: str | None = Field(description="The one that is better for sure; null where that cannot be told.")
    sentence: str


class EvaluationOut(BaseModel):
    """Judged bundles beside each other."""

    pairs: list[Pair]
    unjudged: list[str] = Field(description="Those whose test songs can be gone through, and were not yet.")


class ComparisonOut(BaseModel):
    """A kept comparison, in short."""

    name: str
    made: str = Field(description="ISO time.")
    labels: int
    mode: SplitMode
    folds: int
    repeats: int
    contestants: list[str]
    page: bool = Field(description="Whether its page can be opened.")


class ComparisonsOut(BaseModel):
    """Kept comparisons."""

    comparisons: list[ComparisonOut]
    unreadable: list[Unreadable]


class ComparisonDetail(ComparisonOut):
    """A kept comparison."""

    conclusions: list[str]
    rows: list[ScoreRow]
    baselines: list[str]
    differences: list[dict[str, Any]]
    not_run: dict[str, str]
    notes: list[str]


class PlannedLabel(BaseModel):
    """A label of a planned training, with its songs by part."""

    label: str
    train: int
    validation: int
    test: int


class PlanOut(BaseModel):
    """What a training would learn from and be judged on."""

    mode: SplitMode | None = None
    words: str = Field(default="", description="Such as artist-disjoint.")
    labels: list[PlannedLabel] = Field(default_factory=list)
    train: int = 0
    validation: int = 0
    test: int = 0
    notes: list[str] = Field(default_factory=list)
    problem: str | None = Field(default=None, description="Why it cannot be done so; null where it can.")
