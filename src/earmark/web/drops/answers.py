"""What is told of a dropped file, as JSON. The listening process writes these, and the server checks what comes."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from earmark.web.values import Problem, TrackOut

DropState = Literal["waiting", "running", "done", "failed"]
DropStage = Literal["waiting", "decoding", "listening", "neighbours", "done", "failed"]


class SoundOut(BaseModel):
    """What the file says of its sound."""

    container: str
    codec: str
    channels: int
    sample_rate: int = Field(description="Hertz.")
    seconds: float
    bit_rate: int | None = Field(None, description="Bits per second.")
    truncated: bool = Field(False, description="Whether the file promises more sound than could be decoded.")


class DropOutline(BaseModel):
    """The outline of a waveform."""

    seconds: float
    peaks: list[int] = Field(description="0 to 255, one for each of many equal parts.")


class LabelShare(BaseModel):
    """A label and its probability."""

    label: str
    probability: float = Field(ge=0, le=1)


class LabelSet(BaseModel):
    """What a calibrated model can promise."""

    coverage: float = Field(description="In so many cases the right label is in a set like this one.")
    labels: list[str]
    is_none: bool | None = Field(None, description="Whether it sounds like none of them; null where nobody can tell.")
    outside: str = Field("", description="Why it is music of another kind than the catalogue; empty where it is not.")
    note: str = ""


class ReferenceOut(BaseModel):
    """A song that the model compares with, by another artist."""

    name: str
    label: str
    cosine: float = Field(description="-1 to 1.")
    track: TrackOut | None = Field(None, description="The song in the library; null where it is not there.")


class Verdict(BaseModel):
    """What a model says of the file; the same as `earmark predict` says."""

    bundle: str = Field(description="The model's name.")
    model: str = Field(description="What kind of model it is.")
    label: str
    probability: float = Field(ge=0, le=1)
    ranked: list[LabelShare] = Field(description="All labels, most probable first.")
    set: LabelSet | None = Field(None, description="Null where the model is not calibrated.")
    sentence: str
    known_score: str = Field(description="How the model did on songs that it had never heard; may be empty.")
    in_training: bool = Field(description="Whether it has learnt from this very recording.")
    padded: bool = Field(description="Whether the sound is shorter than what the model hears at once.")
    references: list[ReferenceOut] | None = Field(None, description="Nearest songs; null where it knows none.")
    habits: list[str] = Field(default_factory=list, description="How tempo, key and length fit, in sentences.")
    opposing: list[int] = Field(default_factory=list, description="Sections that speak against the label.")
    explanation: dict[str, Any] = Field(description="As `explanation` in `earmark predict --json`.")


class NearTrack(BaseModel):
    """A track of the library that sounds like the file."""

    track: TrackOut
    cosine: float = Field(description="-1 to 1.")
    nearer_than_share_of_pairs: float = Field(description="Share of pairs of the library that are less alike, 0 to 1.")
    words: list[str] = Field(description="Why, in words.")
    versions: list[str] = Field(description="Other versions of the same recording.")


class DropVersion(BaseModel):
    """A track of the library that is the same recording."""

    track: TrackOut
    words: str


class Near(BaseModel):
    """What in the library sounds like the file."""

    source: str = Field(description="What the vectors came from.")
    neighbours: list[NearTrack]
    versions: list[DropVersion] = Field(description="The same recording in the library.")
    known: TrackOut | None = Field(None, description="The very same sound in the library.")
    notes: list[str]


class DropSummary(BaseModel):
    """A dropped file in a line."""

    id: str
    name: str = Field(description="The name that the file was dropped under; shown only.")
    bytes: int
    state: DropState
    stage: DropStage
    created: str = Field(description="ISO time.")
    ahead: int = Field(0, description="Dropped files that are listened to first.")
    display: str = Field(description="Artists - Title, else the name.")
    label: str | None = None
    probability: float | None = None
    is_none: bool = False
    verdict_seconds: float | None = Field(None, description="From the file's arrival to the verdict.")
    seconds: float | None = Field(None, description="From the file's arrival to the end.")
    problem: Problem | None = None
    has_file: bool = Field(description="Whether its file is here still, so that it can be heard and kept.")
    kept: str | None = Field(None, description="Name of the file that it was kept as.")


class Told(BaseModel):
    """What has been heard of a dropped file by now."""

    sound: SoundOut | None = None
    track: TrackOut | None = Field(default=None, description="What its tags and its name say, and what was estimated.")
    outline: DropOutline | None = None
    verdict: Verdict | None = None
    verdict_problem: Problem | None = Field(default=None, description="Why there is no verdict, where there is none.")
    near: Near | None = None
    near_problem: Problem | None = Field(default=None, description="Why no neighbours are told, where none are.")


class DropOut(Told, DropSummary):
    """Everything that is told of a dropped file, as far as it is known."""


class Heard(Told):
    """A piece of what the listening process tells; what is not in it stays as it was."""

    stage: DropStage | None = None
    problem: Problem | None = Field(default=None, description="Why nothing can be told of the file.")
