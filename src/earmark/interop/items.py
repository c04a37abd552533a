"""What is exported: tracks in an order, each with the reason why it stands there; the same for every format."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from earmark.catalog.track import Track

ENDS_BYTES = 4096
"""The mark by which a file is known to be ours stands within so many bytes of its beginning or its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportItem:
    """A track on its way out.

    Attributes:
        track: The track.
        note: Why it is here, in a sentence: a comment in DJ software, a column in CSV and JSON.
        start_seconds: When it starts in the set, from the set's beginning.
        play_bpm: The tempo at which it is to be played, where that is not its own.
        lufs: Its integrated loudness in LUFS.
        score: What it was ranked by, the more the better.
        facts: Further numbers and texts, by name; written by CSV and JSON only.
    """

    track: Track
    note: str | None = None
    start_seconds: float | None = None
    play_bpm: float | None = None
    lufs: float | None = None
    score: float | None = None
    facts: Mapping[str, float | str | None] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class PlacedItem:
    """An item with the path at which the other computer finds it."""

    item: ExportItem
    path: str

    @property
    def title(self) -> str:
        """The track's title with its mix; the file's name without its ending where it has none."""
        name = self.path.replace("\\", "/").rpartition("/")[2]
        return self.item.track.full_title or name.rpartition(".")[0] or name

    @property
    def artist(self) -> str:
        """The artist credit; empty where nobody is known."""
        return self.item.track.artist_credit or " & ".join(self.item.track.artists.performers)


@dataclass(frozen=True, slots=True)
class Written:
    """A file's content.

    Attributes:
        content: Its bytes.
        left_out: Tracks that the format cannot hold, as (path, why).
    """

    content: bytes
    left_out: tuple[tuple[str, str], ...] = ()
