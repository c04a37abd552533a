"""How labels look in JSON: overviews, places on the map, two beside each other, and what to try."""

from pydantic import BaseModel, Field

from earmark.similarity.labels.label_pairs import Quantity
from earmark.web.values import Strict, TrackOut

MOST_LOVED = 12
LONGEST_NAME = 500
"""Letters of a label's name in a request."""


class LabelOut(BaseModel):
    """A label of the library."""

    label: str
    tracks: int
    releases: int
    artists: int
    hours: float
    colour: str = Field(description="As in every picture of Earmark, such as #0a56d7.")


class NumbersOut(BaseModel):
    """Some known values of a quantity."""

    known: int
    estimated: int = Field(description="How many of them were estimated from the sound, since no tag tells them.")
    quartiles: tuple[float, float, float] | None = Field(description="First quartile, median, third.")
    width: float = Field(description="Width of the bins.")
    bins: list[tuple[float, int]] = Field(description="Middles of bins, rising, with how many values lie in each.")


class KeysOut(BaseModel):
    """Keys of a label's tracks."""

    known: int
    estimated: int
    minor_share: float | None = Field(description="0 to 1.")
    counts: dict[str, int] = Field(description="By Camelot notation, such as 8A, all 24.")


class NamedCount(BaseModel):
    """A name, and on how many tracks it stands."""

    name: str
    tracks: int


class OverviewOut(LabelOut):
    """What is known of a label without comparing it."""

    years: NumbersOut
    bpm: NumbersOut
    keys: KeysOut
    lufs: NumbersOut
    energy: NumbersOut
    most_artists: list[NamedCount] = Field(description="Who is credited on most of its tracks.")
    genres: list[NamedCount]


class NearOut(BaseModel):
    """A label seen from another one."""

    label: str
    distance: float
    interval: tuple[float, float] = Field(description="The 95 % interval; from 0, the two cannot be told apart.")
    tied: bool = Field(description="Whether it cannot be told from the nearest which of the two is nearer.")
    weak: bool = Field(description="Whether artists on both could not be left out of the distance.")
    shared_artists: int


class PlacedOut(BaseModel):
    """A label on the map."""

    label: str
    colour: str
    tracks: int
    x: float
    y: float
    radii: tuple[float, float] = Field(description="Half axes of the ellipse in which it lies on 95 % of maps.")
    angle: float = Field(description="Direction of the long one, in radians.")
    nearest: list[NearOut] = Field(description="The nearest few in the full space, nearest first.")


class LeftOutOut(BaseModel):
    """A label that is not on the map, and why."""

    label: str
    tracks: int
    why: str


class AtlasOut(BaseModel):
    """Labels as places of sound."""

    source: str = Field(description="What heard the tracks.")
    apart: str = Field(description="What two tracks that were compared do not share.")
    compared: int = Field(description="Tracks that were compared.")
    resamples: int = Field(description="How often artists were drawn anew for intervals.")
    stress: float = Field(description="Kruskal's stress of the map: 0 is perfect, above 0.2 poor.")
    neighbours_kept: float = Field(description="Share of labels whose nearest on the map is the nearest in truth.")
    labels: list[PlacedOut]
    left_out: list[LeftOutOut]
    notes: list[str] = Field(description="What a reader has to know.")


class AtlasAnswer(BaseModel):
    """The atlas, or why there is none yet."""

    atlas: AtlasOut | None = None
    problem: str | None = Field(default=None, description="Why there is none yet; null where there is one.")


class ToldTrackOut(BaseModel):
    """A track, and how far it is from its label."""

    track: TrackOut
    distance: float
    nearer_to: str | None = Field(description="A label to which it is nearer than to its own.")


class DriftOut(BaseModel):
    """How a label's sound moved over the years."""

    told: bool = Field(description="Whether the move is told from standing still.")
    unknown: str | None = Field(description="Why nothing can be said; null where something can.")
    per_year: float | None = None
    interval: tuple[float, float] | None = None
    years: tuple[int, int] | None = None
    towards: str | None = Field(default=None, description="A label in whose direction it moved.")


class LabelPlaceOut(BaseModel):
    """What the atlas tells of one label."""

    label: str
    compared: int
    leads: int = Field(description="Lead artists among the compared tracks.")
    spread: float = Field(description="Mean distance of two of its tracks by different artists, 0 to 2.")
    spread_interval: tuple[float, float]
    nearest: list[NearOut] = Field(description="All other labels, the nearest first.")
    typical: list[ToldTrackOut]
    outliers: list[ToldTrackOut]
    drift: DriftOut


class DifferenceOut(BaseModel):
    """In what two labels differ."""

    quantity: Quantity
    one: float
    other: float
    interval: tuple[float, float] | None = Field(description="The 95 % interval of the second less the first.")
    told: bool = Field(description="Whether it is told from no difference.")


class NearPairOut(BaseModel):
    """A track of each label that sound alike."""

    one: TrackOut
    other: TrackOut
    likeness: float = Field(description="-1 to 1.")


class LabelPairOut(BaseModel):
    """Two labels beside each other."""

    one: str
    other: str
    distance: float
    interval: tuple[float, float]
    weak: bool
    place: int = Field(description="The second's place among the labels nearest to the first, from 1.")
    of: int
    shared: list[str] = Field(description="Who is credited on both.")
    differences: list[DifferenceOut]
    pairs: list[NearPairOut]


class Loves(Strict):
    """Labels that somebody loves."""

    loves: list[str] = Field(min_length=1, max_length=MOST_LOVED, description="Names of labels.")


class BridgeNearOut(BaseModel):
    """A loved label's track that is most like a bridge."""

    label: str
    track: TrackOut
    likeness: float


class BridgeOut(BaseModel):
    """A track that lies between the loved labels."""

    track: TrackOut
    nearest: list[BridgeNearOut]


class LabelSuggestionOut(BaseModel):
    """A label to try."""

    label: str
    distance: float = Field(description="From the furthest of the loved labels.")
    interval: tuple[float, float]
    distances: list[float] = Field(description="From each of the loved labels.")
    first: float = Field(description="In which share of the resampled atlases it is the nearest of all.")
    bridges: list[BridgeOut]


class AdviceOut(BaseModel):
    """Labels to try for whoever loves some."""

    loved: list[str]
    between: float = Field(description="Largest distance between two of the loved labels.")
    suggestions: list[LabelSuggestionOut]
