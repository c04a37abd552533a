"""The page of `earmark atlas`: labels as places of sound, what each is like, and where to go from those one loves."""

from collections.abc import Mapping, Sequence

from earmark.catalog.survey import KeyCounts, Spread
from earmark.report import atlas_figures as pictures
from earmark.report.collection_figures import shown_of, spread_by_label
from earmark.report.key_figures import MOST_WHEELS, camelot_wheels
from earmark.report.page import Block, FigureBlock, NoteBlock, NoteKind, Page, Section, TableBlock
from earmark.report.theme import LabelStyle, label_styles
from earmark.similarity.labels.atlas import Atlas, NearLabel
from earmark.similarity.labels.bridges import Advice
from earmark.similarity.labels.drift import Drift
from earmark.similarity.labels.label_choice import LEADS
from earmark.similarity.labels.label_facts import Numbers
from earmark.similarity.labels.profiles import LabelProfile, ToldTrack

MOST_NEAREST = 4
"""Nearest labels that the table names of each."""
MOST_TOLD = 3
"""Typical tracks, and outliers, that the tables name of each label."""

_MOST_BRIDGED = 3
_GOOD_STRESS, _FAIR_STRESS = 0.1, 0.2


def atlas_page(atlas: Atlas) -> Page:
    """Make the page.

    Args:
        atlas: The atlas.
    """
    styles = label_styles(atlas.labels)
    sections = [
        *([_love(atlas.advice, styles)] if atlas.advice is not None else []),
        _places(atlas, styles),
        _nearest(atlas),
        _profiles(atlas, styles),
        _tracks(atlas),
        _drift(atlas, styles),
        *([_left_out(atlas)] if atlas.left_out else []),
    ]
    subtitle = (
        f"How far labels are from each other by sound, as heard by {atlas.source}. {_APART[atlas.apart]} "
        f"Distances are 0 for two labels that sound alike; intervals are 95 %, from drawing {_drawn(atlas)} anew."
    )
    return Page("Atlas of labels", subtitle, sections, facts=_facts(atlas))


def _drawn(atlas: Atlas) -> str:
    return f"whole {LEADS[atlas.apart]}s" if atlas.apart != "song" else "songs"


_APART = {
    "artist": "Only tracks by different artists are compared, and artists whom two labels share are left out.",
    "release": "Only tracks of different releases are compared.",
    "song": "All tracks are compared, also those by one artist.",
}


def _facts(atlas: Atlas) -> list[tuple[str, str]]:
    pairs = [(one, other) for one in range(len(atlas.labels)) for other in range(one)]
    near = min(pairs, key=lambda pair: float(atlas.distances.matrix[pair]))
    facts = [
        ("Labels", f"{len(atlas.labels):,}"),
        ("Tracks compared", f"{len(atlas.choice.tracks):,}"),
        ("Nearest two", " & ".join(sorted(atlas.labels[at] for at in near))),
        ("Narrowest", min(atlas.profiles, key=lambda one: one.spread).label),
        ("Broadest", max(atlas.profiles, key=lambda one: one.spread).label),
    ]
    if atlas.left_out:
        facts.append(("Left out", f"{len(atlas.left_out):,}"))
    return facts


def _places(atlas: Atlas, styles: Mapping[str, LabelStyle]) -> Section:
    notes: list[Block] = [NoteBlock("warning" if atlas.apart != "artist" else "plain", told) for told in atlas.notes]
    blocks: list[Block] = [
        *notes,
        FigureBlock(
            pictures.atlas_map(atlas, styles=styles),
            "Labels on a map",
            f"A projection onto two dimensions. Ellipse: where the label lies on 95 % of the maps with {_drawn(atlas)} "
            "drawn anew. Line: to the label that is nearest in the full space. Hover for distances.",
            key="map",
            min_width=520,
        ),
        _stress_note(atlas),
        FigureBlock(
            pictures.atlas_tree(atlas.tree, labels=atlas.labels, styles=styles),
            "Tree of labels",
            "Labels that join further to the left are nearer. Percent: how often just these labels are joined when "
            f"{_drawn(atlas)} are drawn anew; below about 70 % the branch may be chance.",
            key="tree",
            min_width=480,
        ),
        FigureBlock(
            pictures.spread_bars(atlas, styles=styles),
            "How broad each label is",
            f"Two tracks of one label of different {LEADS[atlas.apart]}s are so far apart; two that have nothing to do "
            "with each other are about 1.41 apart." + shown_of(len(atlas.labels)),
            key="spread",
        ),
    ]
    return Section("Where labels lie", blocks)


def _stress_note(atlas: Atlas) -> NoteBlock:
    stress, kept = atlas.map.stress, atlas.map.neighbours_kept
    kind: NoteKind = "warning" if stress > _FAIR_STRESS else "plain"
    words = "close to the truth" if stress < _GOOD_STRESS else "fair" if stress <= _FAIR_STRESS else "poor"
    return NoteBlock(
        kind,
        f"The map is {words}: its stress is {stress:.2f} (0 is perfect, above {_FAIR_STRESS} poor), and for "
        f"{kept:.0%} of labels the nearest on the map is the nearest in truth. Where the two differ, believe the table "
        "of nearest labels.",
    )


def _nearest(atlas: Atlas) -> Section:
    rows = []
    for at, label in enumerate(atlas.labels):
        near = atlas.nearest(at)[:MOST_NEAREST]
        cells: list[object] = [_near_cell(one) for one in near]
        rows.append((label, *cells, *[None] * (MOST_NEAREST - len(near)), atlas.labels[atlas.map.nearest(at)]))
    columns = ("Label", "Nearest", *(f"{rank}." for rank in range(2, MOST_NEAREST + 1)), "Nearest on the map")
    note = (
        "Distance with its 95 % interval. ≈: it cannot be told from the nearest which of the two is nearer. An "
        "interval that begins at 0.00: the two labels cannot be told apart by these tracks."
    )
    if atlas.distances.weak.any():
        note += " *: the two share so many artists that these could not be left out."
    figure = FigureBlock(
        pictures.distance_matrix(atlas), "Distances of all labels", "The stronger, the nearer; in the tree's order.",
        key="distances", min_width=0 if len(atlas.labels) <= 6 else 680,
    )  # fmt: skip
    return Section(
        "Which labels are near", [TableBlock(columns, rows, "Nearest labels in the full space", note), figure]
    )


def _near_cell(one: NearLabel) -> str:
    tied, weak = "≈\N{NO-BREAK SPACE}" if one.tied else "", "*" if one.weak else ""
    return f"{tied}{one.label}{weak} {one.distance:.2f}\N{NO-BREAK SPACE}({_range(one.interval)})"


def _range(interval: tuple[float, float]) -> str:
    """An interval that is not broken into two lines."""
    return f"{interval[0]:.2f}\N{WORD JOINER}–\N{WORD JOINER}{interval[1]:.2f}"


def _love(advice: Advice, styles: Mapping[str, LabelStyle]) -> Section:
    first = advice.suggestions[0]
    loved = _listed(advice.loved)
    intro = (
        f"You love {loved}: try {first.label}. A label counts as near as it is to the furthest of those that you love, "
        f"so that it has to be near to all of them. {first.label} is nearest of all in {first.first:.0%} of the "
        "atlases with artists drawn anew."
    )
    if len(advice.loved) > 1:
        intro += f" The labels that you love are {advice.between:.2f} from each other at most."
    rows = [
        (one.label, f"{one.distance:.2f} ({_range(one.interval)})", f"{one.first:.0%}",
         *(f"{distance:.2f}" for distance in one.distances))
        for one in advice.suggestions
    ]  # fmt: skip
    columns = ("Label", "Distance>", "First in>", *(f"From {name}>" for name in advice.loved))
    bridges = [
        (one.label, bridge.track.display, *(
            f"{near.display} ({likeness:.2f})" for near, likeness in zip(bridge.nearest, bridge.likeness, strict=True)
        ))
        for one in advice.suggestions[:_MOST_BRIDGED] for bridge in one.bridges
    ]  # fmt: skip
    note = (
        "Tracks that lie between the labels that you love, by artists who are on none of them; beside each, the track "
        "of each loved label that sounds most alike (likeness: 1 the same, 0 unrelated)."
    )
    blocks: list[Block] = [
        FigureBlock(
            pictures.advice_bars(advice, styles=styles),
            "Labels to try",
            "Distance from the furthest of the labels that you love, with its 95 % interval.",
            key="labels-to-try",
        ),
        TableBlock(columns, rows, "Distances from the labels that you love"),
        TableBlock(("Label", "Track", *(f"Nearest of {name}" for name in advice.loved)), bridges, "Bridges", note),
    ]
    return Section("What to try", blocks, intro=intro)


def _profiles(atlas: Atlas, styles: Mapping[str, LabelStyle]) -> Section:
    profiles = atlas.profiles
    by_size = sorted(profiles, key=lambda one: (-one.tracks, one.label))
    labels = [one.label for one in by_size]
    blocks: list[Block] = [
        _numbers_table(by_size),
        _box_block(profiles, labels, styles, name="bpm", quantity="tempo (BPM)", number_format=".0f"),
    ]
    if any(one.keys.known for one in profiles):
        counts = {one.label: one.keys.counts for one in profiles}
        all_counts = tuple(map(sum, zip(*counts.values(), strict=True)))
        figure = camelot_wheels(KeyCounts(all_counts, counts), labels=labels, styles=styles)
        caption = "Each wheel has its own scale: its strongest field is the label's most frequent key."
        caption += shown_of(sum(one.keys.known > 0 for one in profiles), most=MOST_WHEELS)
        blocks.append(FigureBlock(figure, "Keys of each label", caption, key="keys", min_width=860))
    if any(one.lufs.values for one in profiles):
        blocks.append(
            _box_block(profiles, labels, styles, name="lufs", quantity="loudness (LUFS)", number_format=".1f")
        )
        blocks.append(
            _box_block(profiles, labels, styles, name="energy", quantity="energy (0 to 1)", number_format=".2f")
        )
    return Section("What each label is like", blocks)


_BOXES = {"bpm": "Tempo of each label", "lufs": "Loudness of each label", "energy": "Energy of each label"}


def _box_block(
    profiles: Sequence[LabelProfile],
    labels: Sequence[str],
    styles: Mapping[str, LabelStyle],
    *,
    name: str,
    quantity: str,
    number_format: str,
) -> FigureBlock:
    by_label: dict[str, tuple[float, ...]] = {one.label: getattr(one, name).values for one in profiles}
    everything = tuple(sorted(value for own in by_label.values() for value in own))
    figure = spread_by_label(
        Spread(everything, by_label), labels=labels, styles=styles, quantity=quantity, number_format=number_format
    )
    return FigureBlock(figure, _BOXES[name], shown_of(len(labels)).strip(), key=name, half=name != "bpm")


def _numbers_table(profiles: Sequence[LabelProfile]) -> TableBlock:
    """Labels in numbers, without the columns of which nothing is known."""
    columns = ("Label", "Tracks>", "Artists>", "Releases>", "Years", "BPM>", "Minor>", "LUFS>", "Energy>")
    rows = [_profile_row(one) for one in profiles]
    known = [at for at in range(len(columns)) if any(row[at] is not None for row in rows)]
    return TableBlock(
        [columns[at] for at in known],
        [[row[at] for at in known] for row in rows],
        "Labels in numbers",
        _sources_note(profiles),
    )


def _profile_row(one: LabelProfile) -> tuple[object, ...]:
    share = one.keys.minor_share
    years = None if one.years is None else "–".join(map(str, dict.fromkeys(one.years)))
    minor = None if share is None else f"{share:.0%}"
    levels = _quartiles(one.lufs, ".1f"), _quartiles(one.energy, ".2f")
    return one.label, one.tracks, one.artists, one.releases, years, _quartiles(one.bpm, ".0f"), minor, *levels


def _quartiles(numbers: Numbers, form: str) -> str | None:
    if numbers.quartiles is None:
        return None
    low, middle, high = numbers.quartiles
    return f"{middle:{form}} ({low:{form}}–{high:{form}})"


def _sources_note(profiles: Sequence[LabelProfile]) -> str:
    told = "Median, and in brackets the middle half."
    tempos, keys = (sum(getattr(one, name).estimated for one in profiles) for name in ("bpm", "keys"))
    known = sum(len(one.bpm.values) for one in profiles), sum(one.keys.known for one in profiles)
    if tempos or keys:
        told += (
            f" Estimated from the sound, since no tag says: {tempos:,} of {known[0]:,} tempos, {keys:,} of "
            f"{known[1]:,} keys."
        )
    return told


def _tracks(atlas: Atlas) -> Section:
    typical = [_track_row(one.label, told) for one in atlas.profiles for told in one.typical[:MOST_TOLD]]
    outliers = [_track_row(one.label, told) for one in atlas.profiles for told in one.outliers[:MOST_TOLD]]
    others = f"{LEADS[atlas.apart]}s"
    return Section(
        "Typical tracks and outliers",
        [
            TableBlock(
                ("Label", "Track", "Distance>", "Nearer to"), typical, "Most typical tracks",
                f"Nearest to the label's tracks of other {others}; one track for each.",
            ),
            TableBlock(
                ("Label", "Track", "Distance>", "Nearer to"), outliers, "Outliers",
                f"Furthest from the label's tracks of other {others}. Nearer to: a label that it fits better.",
            ),
        ],
    )  # fmt: skip


def _track_row(label: str, told: ToldTrack) -> tuple[object, ...]:
    return label, told.track.display, f"{told.distance:.2f}", told.nearer_to


def _drift(atlas: Atlas, styles: Mapping[str, LabelStyle]) -> Section:
    intro = (
        "A step in the space of sounds, so far in a year, after the chance differences between artists are taken off. "
        "Hollow: not told from standing still."
    )
    blocks: list[Block] = []
    if any(isinstance(one.drift, Drift) for one in atlas.profiles):
        blocks.append(FigureBlock(pictures.drift_bars(atlas, styles=styles), "Moves over the years", key="drift"))
    rows = [(one.label, _drift_words(one)) for one in atlas.profiles]
    blocks.append(TableBlock(("Label", "What can be said"), rows, "Moves in words"))
    return Section("How labels moved", blocks, intro=intro)


def _drift_words(one: LabelProfile) -> str:
    if isinstance(one.drift, str):
        return f"Nothing: {one.drift}."
    years = f"{one.drift.years[0]}–{one.drift.years[1]}"
    size = f"{one.drift.per_year:.3f} a year ({one.drift.interval[0]:.3f}–{one.drift.interval[1]:.3f})"
    if not one.drift.is_told:
        return f"No move is told, {years}: {size}."
    towards = f", towards {one.drifts_to}" if one.drifts_to else ", towards none of the other labels"
    return f"Moved by {size}, {years}{towards}."


def _left_out(atlas: Atlas) -> Section:
    rows = [(one.label, one.tracks, one.why) for one in atlas.left_out]
    return Section("Left out", [TableBlock(("Label", "Tracks>", "Why"), rows, "Labels that are not on the atlas")])


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
