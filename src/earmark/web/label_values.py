"""Makes JSON of what the library tells of labels."""

from collections.abc import Callable, Mapping, Sequence

from earmark.catalog.keys import Key
from earmark.catalog.label_colours import NO_LABEL
from earmark.catalog.track import Track
from earmark.library.library import LabelSummary
from earmark.similarity.labels.atlas import Atlas, NearLabel
from earmark.similarity.labels.bridges import Advice, Bridge
from earmark.similarity.labels.drift import Drift
from earmark.similarity.labels.label_facts import KeyUse, Numbers
from earmark.similarity.labels.label_pairs import LabelPair
from earmark.similarity.labels.overviews import Overview
from earmark.similarity.labels.profiles import LabelProfile, ToldTrack
from earmark.web.label_models import (
    AdviceOut,
    AtlasOut,
    BridgeNearOut,
    BridgeOut,
    DifferenceOut,
    DriftOut,
    KeysOut,
    LabelOut,
    LabelPairOut,
    LabelPlaceOut,
    LabelSuggestionOut,
    LeftOutOut,
    NamedCount,
    NearOut,
    NearPairOut,
    NumbersOut,
    OverviewOut,
    PlacedOut,
    ToldTrackOut,
)
from earmark.web.values import TrackOut

MOST_NEAREST = 3
"""Nearest labels that the map carries of each; a label's own place has all."""
BPM_BIN, LUFS_BIN, ENERGY_BIN, YEAR_BIN = 1.0, 1.0, 0.05, 1.0
"""Widths of the bins of histograms, in each quantity's own unit."""

Shown = Callable[[Sequence[Track]], list[TrackOut]]
"""Makes tracks as the page shows them."""


def label_out(summary: LabelSummary, colours: Mapping[str, str]) -> LabelOut:
    """A label with its counts.

    Args:
        summary: The counts.
        colours: Every label's colour.
    """
    return LabelOut(
        label=summary.label,
        tracks=summary.tracks,
        releases=summary.releases,
        artists=summary.artists,
        hours=round(summary.hours, 3),
        colour=colours.get(summary.label, NO_LABEL),
    )


def overview_out(overview: Overview, colours: Mapping[str, str]) -> OverviewOut:
    """What is known of a label without comparing it.

    Args:
        overview: The overview.
        colours: Every label's colour.
    """
    return OverviewOut(
        **label_out(overview.summary, colours).model_dump(),
        years=_numbers(overview.years, YEAR_BIN),
        bpm=_numbers(overview.bpm, BPM_BIN),
        keys=_keys(overview.keys),
        lufs=_numbers(overview.lufs, LUFS_BIN),
        energy=_numbers(overview.energy, ENERGY_BIN),
        most_artists=[NamedCount(name=name, tracks=tracks) for name, tracks in overview.artists],
        genres=[NamedCount(name=name, tracks=tracks) for name, tracks in overview.genres],
    )


def _numbers(numbers: Numbers, width: float) -> NumbersOut:
    return NumbersOut(
        known=len(numbers.values),
        estimated=numbers.estimated,
        quartiles=numbers.quartiles,
        width=width,
        bins=list(numbers.histogram(width).items()),
    )


def _keys(keys: KeyUse) -> KeysOut:
    counts = {Key.from_index(at).camelot: count for at, count in enumerate(keys.counts)}
    return KeysOut(known=keys.known, estimated=keys.estimated, minor_share=keys.minor_share, counts=counts)


def atlas_out(atlas: Atlas, colours: Mapping[str, str]) -> AtlasOut:
    """The labels on their map.

    Args:
        atlas: The atlas.
        colours: Every label's colour.
    """
    return AtlasOut(
        source=atlas.source,
        apart=atlas.apart,
        compared=len(atlas.choice.tracks),
        resamples=len(atlas.distances.draws) - 1,
        stress=atlas.map.stress,
        neighbours_kept=atlas.map.neighbours_kept,
        labels=[_placed(atlas, at, colours) for at in range(len(atlas.labels))],
        left_out=[LeftOutOut(label=one.label, tracks=one.tracks, why=one.why) for one in atlas.left_out],
        notes=list(atlas.notes),
    )


def _placed(atlas: Atlas, at: int, colours: Mapping[str, str]) -> PlacedOut:
    label, ellipse = atlas.labels[at], atlas.map.ellipses[at]
    x, y = atlas.map.places[at].tolist()
    return PlacedOut(
        label=label,
        colour=colours.get(label, NO_LABEL),
        tracks=atlas.profiles[at].tracks,
        x=x,
        y=y,
        radii=ellipse.radii,
        angle=ellipse.angle,
        nearest=[_near(one) for one in atlas.nearest(at)[:MOST_NEAREST]],
    )


def _near(near: NearLabel) -> NearOut:
    return NearOut(
        label=near.label,
        distance=near.distance,
        interval=near.interval,
        tied=near.tied,
        weak=near.weak,
        shared_artists=near.shared_artists,
    )


def place_out(atlas: Atlas, at: int, shown: Shown) -> LabelPlaceOut:
    """What the atlas tells of one label.

    Args:
        atlas: The atlas.
        at: The label's place in it.
        shown: Makes tracks as the page shows them.
    """
    profile = atlas.profiles[at]
    return LabelPlaceOut(
        label=profile.label,
        compared=profile.compared,
        leads=profile.leads,
        spread=profile.spread,
        spread_interval=profile.spread_interval,
        nearest=[_near(one) for one in atlas.nearest(at)],
        typical=_told(profile.typical, shown),
        outliers=_told(profile.outliers, shown),
        drift=_drift(profile),
    )


def _told(told: Sequence[ToldTrack], shown: Shown) -> list[ToldTrackOut]:
    tracks = shown([one.track for one in told])
    return [
        ToldTrackOut(track=track, distance=one.distance, nearer_to=one.nearer_to)
        for track, one in zip(tracks, told, strict=True)
    ]


def _drift(profile: LabelProfile) -> DriftOut:
    drift = profile.drift
    if not isinstance(drift, Drift):
        return DriftOut(told=False, unknown=drift)
    return DriftOut(
        told=drift.is_told,
        unknown=None,
        per_year=drift.per_year,
        interval=drift.interval,
        years=drift.years,
        towards=profile.drifts_to,
    )


def pair_out(pair: LabelPair, shown: Shown) -> LabelPairOut:
    """Two labels beside each other.

    Args:
        pair: The two.
        shown: Makes tracks as the page shows them.
    """
    ones, others = shown([one.one for one in pair.pairs]), shown([one.other for one in pair.pairs])
    return LabelPairOut(
        one=pair.one,
        other=pair.other,
        distance=pair.distance,
        interval=pair.interval,
        weak=pair.weak,
        place=pair.place,
        of=pair.of,
        shared=list(pair.shared),
        differences=[
            DifferenceOut(
                quantity=one.quantity, one=one.one, other=one.other, interval=one.interval, told=one.is_told
            )
            for one in pair.differences
        ],
        pairs=[
            NearPairOut(one=one, other=other, likeness=pair.pairs[at].likeness)
            for at, (one, other) in enumerate(zip(ones, others, strict=True))
        ],
    )  # fmt: skip


def advice_out(advice: Advice, shown: Shown) -> AdviceOut:
    """Labels to try.

    Args:
        advice: The suggestions.
        shown: Makes tracks as the page shows them.
    """
    return AdviceOut(
        loved=list(advice.loved),
        between=advice.between,
        suggestions=[
            LabelSuggestionOut(
                label=one.label,
                distance=one.distance,
                interval=one.interval,
                distances=list(one.distances),
                first=one.first,
                bridges=[_bridge(bridge, advice.loved, shown) for bridge in one.bridges],
            )
            for one in advice.suggestions
        ],
    )


def _bridge(bridge: Bridge, loved: Sequence[str], shown: Shown) -> BridgeOut:
    track, *nearest = shown([bridge.track, *bridge.nearest])
    return BridgeOut(
        track=track,
        nearest=[
            BridgeNearOut(label=label, track=near, likeness=likeness)
            for label, near, likeness in zip(loved, nearest, bridge.likeness, strict=True)
        ],
    )
