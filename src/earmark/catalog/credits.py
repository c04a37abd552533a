"""Who made a track: performers, presented aliases, featured artists and remixers.

Two strings carry all of them: the artist credit (``"A & B pres. C feat. D"``) and the title
(``"Song (E Extended Remix)"``). `parse_credits` reads both; `earmark.catalog.names` says how credits are split.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from earmark.catalog.names import normalise, split_names, unique_names
from earmark.catalog.titles import parse_mix, parse_title


@dataclass(frozen=True, slots=True)
class Credits:
    """Everyone credited on a track, by role, in the order written.

    Attributes:
        performers: Who made the track.
        featured: Guests, such as singers.
        remixers: Who made this mix.
        presented: Aliases that the performers present, which are artists of their own for grouping.
    """

    performers: tuple[str, ...] = ()
    featured: tuple[str, ...] = ()
    remixers: tuple[str, ...] = ()
    presented: tuple[str, ...] = ()

    @property
    def everyone(self) -> tuple[str, ...]:
        """Every name once, whatever its role."""
        return unique_names((*self.performers, *self.presented, *self.featured, *self.remixers))

    @property
    def keys(self) -> frozenset[str]:
        """Everyone's name, normalised, as artists are compared."""
        return frozenset(normalise(name) for name in self.everyone)

    def to_json(self) -> dict[str, list[str]]:
        """Plain data that `from_json` reads back; empty roles are left out."""
        return {one.name: list(getattr(self, one.name)) for one in fields(self) if getattr(self, one.name)}

    @classmethod
    def from_json(cls, data: Mapping[str, list[str]]) -> "Credits":
        """Read what `to_json` wrote.

        Args:
            data: Names by role.
        """
        return cls(**{role: tuple(names) for role, names in data.items()})


def parse_credits(
    artists: str | Sequence[str], title: str = "", *, mix: str = "", remixers: Sequence[str] = ()
) -> Credits:
    """Read everyone credited on a track.

    Args:
        artists: The artist credit, such as ``"A & B pres. C feat. D"``, or several.
        title: The title with its mix, such as ``"Song (E Extended Remix)"``.
        mix: The mix, where it stands apart from the title.
        remixers: Remixers' credits, where they stand apart from the mix.

    Returns:
        The credits. Nothing is refused: whatever the artists' text, its words are found in the names.
    """
    named = [one for credit in ([artists] if isinstance(artists, str) else artists) for one in split_names(credit)]
    mixers = [name for credit in remixers for name, _ in split_names(credit)]
    parts = parse_title(title)
    return Credits(
        performers=unique_names(name for name, role in named if role == "performer"),
        featured=unique_names((*(name for name, role in named if role == "featured"), *parts.featured)),
        remixers=unique_names((*mixers, *parse_mix(mix), *parts.remixers)),
        presented=unique_names(name for name, role in named if role == "presented"),
    )
