"""The page of `earmark explore`: a collection's metadata in pictures, with what they show in words."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from earmark.catalog.survey import Survey
from earmark.report import collection_figures as pictures
from earmark.report import explore_findings as findings
from earmark.report import key_figures
from earmark.report.page import Block, FigureBlock, NoteBlock, Page, Section, TableBlock
from earmark.report.theme import LabelStyle, label_styles

_MOST_TABLE_ROWS = 50
_TALLEST_BESIDE = 1.4
"""A figure that is taller than its neighbour by more than this has the row to itself."""


def explore_page(survey: Survey, *, title: str = "The collection in pictures", subtitle: str = "") -> Page:
    """Make the page.

    Args:
        survey: What the collection's metadata says, by `earmark.catalog.survey.survey`.
        title: The page's title.
        subtitle: What was looked at, such as the library and the selection.
    """
    styles = label_styles(survey.label_names)
    sections = [
        _overview(survey, styles),
        _tempo_and_length(survey, styles),
        _keys(survey, styles),
        _time(survey, styles),
        _artists(survey),
        _quality(survey),
    ]
    return Page(title, subtitle, sections, facts=_facts(survey))


def _facts(survey: Survey) -> list[tuple[str, str]]:
    facts = [
        ("Tracks", f"{survey.tracks:,}"),
        ("Labels", f"{len(survey.labels):,}"),
        ("Artists", f"{survey.artists:,}"),
    ]
    if survey.releases:
        facts.append(("Releases", f"{survey.releases:,}"))
    if survey.hours:
        facts.append(("Music", f"{survey.hours:,.{0 if survey.hours >= 100 else 1}f} h"))
    if survey.bpm.values:
        facts.append(("Median tempo", f"{median(survey.bpm.values):.0f} BPM"))
    if periods := survey.released.periods:
        years = sorted({periods[0].year, periods[-1].year})
        facts.append(("Released", "–".join(map(str, years))))
    return facts


def _overview(survey: Survey, styles: Mapping[str, LabelStyle]) -> Section:
    notes: list[Block] = [NoteBlock("warning", told) for told in findings.warnings(survey)]
    if not notes and survey.tracks:
        notes = [NoteBlock("good", "Nothing in the metadata speaks against training on this collection.")]
    figure = pictures.tracks_per_label(survey.labels, styles=styles)
    block = FigureBlock(figure, "Tracks per label", "Hover for releases, artists and hours.", key="tracks-per-label")
    return Section("Labels", [block, *notes], intro=_joined(findings.about_labels(survey)))


def _tempo_and_length(survey: Survey, styles: Mapping[str, LabelStyle]) -> Section:
    how = (
        "A box holds the middle half of the tracks, the line in it is the median; whiskers reach up to 1.5 box lengths "
        "further. In brackets, the number of tracks." + pictures.shown_of(len(survey.labels))
    )
    tempo = pictures.spread_by_label(
        survey.bpm, labels=survey.label_names, styles=styles, quantity="tempo (BPM)", number_format=".0f"
    )
    length = pictures.spread_by_label(
        survey.seconds, labels=survey.label_names, styles=styles, quantity="length (minutes)", scale=1 / 60,
        number_format=".1f",
    )  # fmt: skip
    return Section(
        "Tempo and length",
        [
            FigureBlock(tempo, "Tempo, overall and by label", how if survey.bpm.values else "", key="tempo", half=True),
            FigureBlock(
                length, "Length, overall and by label", how if survey.seconds.values else "", key="length", half=True
            ),
        ],
        intro=_joined([*findings.about_tempo(survey), *findings.about_length(survey)]),
    )


def _keys(survey: Survey, styles: Mapping[str, LabelStyle]) -> Section:
    keys, labels = survey.keys, survey.label_names
    title = "Keys"
    if not sum(keys.counts):
        return Section(title, [NoteBlock("plain", "No track has a key, so there is nothing to draw.")])
    wheel, modes = key_figures.camelot_wheel(keys), key_figures.modes_by_label(keys, labels=labels)
    # They stand side by side, with bars that are as well thicker than above an empty half card; but many labels would
    # leave the wheel alone above one.
    beside = modes.layout.height <= _TALLEST_BESIDE * wheel.layout.height
    modes.update_layout(height=max(modes.layout.height, wheel.layout.height))
    more = pictures.shown_of(sum(any(keys.by_label[label]) for label in labels))
    blocks: list[Block] = [
        FigureBlock(
            wheel,
            "Keys on the Camelot wheel",
            "Inner ring minor, outer ring major; the stronger the colour, the more tracks. Neighbours mix well.",
            key="camelot-wheel",
            half=beside,
            min_width=430,
        ),
        FigureBlock(
            modes, "Minor and major by label",
            "Tracks without a key are not counted. In brackets, the number of tracks." + more, key="modes", half=beside,
        ),
        FigureBlock(
            key_figures.key_bars(keys, by_frequency=True), "Keys by frequency", key="keys-by-frequency", half=True
        ),
        FigureBlock(
            key_figures.key_bars(keys, by_frequency=False), "Keys in Camelot order", key="keys-in-camelot-order",
            half=True,
        ),
        FigureBlock(
            key_figures.top_keys_by_label(keys, labels=labels), "Keys by label, by frequency",
            f"Each label's {key_figures.MOST_KEYS} most frequent keys, with their shares of its tracks with a key. In "
            "brackets, the number of these tracks." + more,
            key="top-keys-by-label", min_width=720,
        ),
        FigureBlock(
            key_figures.keys_by_label(keys, labels=labels), "Keys by label, in Camelot order",
            "Shares of a label's tracks with a key; each row adds up to 100 %. Faint: none is in that key." + more,
            key="keys-by-label", min_width=860,
        ),
        FigureBlock(
            key_figures.camelot_wheels(keys, labels=labels, styles=styles), "Camelot wheels by label",
            _wheels_caption(keys.by_label, labels), key="camelot-wheels", min_width=860,
        ),
    ]  # fmt: skip
    return Section(title, blocks, intro=_joined(findings.about_keys(survey)))


def _wheels_caption(by_label: Mapping[str, Sequence[int]], labels: Sequence[str]) -> str:
    with_keys = sum(any(by_label[label]) for label in labels)
    told = "Each wheel has its own scale: its strongest field is the label's most frequent key."
    return told + pictures.shown_of(with_keys, most=key_figures.MOST_WHEELS)


def _time(survey: Survey, styles: Mapping[str, LabelStyle]) -> Section:
    title = "Releases over time"
    if not survey.released.periods:
        return Section(title, [NoteBlock("plain", "No track has a release date, so there is nothing to draw.")])
    figure = pictures.releases_over_time(survey.released, labels=survey.label_names, styles=styles)
    caption = "Click a label in the legend to hide or show it."
    block = FigureBlock(figure, "Tracks by date of release", caption, key="releases-over-time", min_width=560)
    return Section(title, [block], intro=_joined(findings.about_time(survey)))


def _artists(survey: Survey) -> Section:
    shared = survey.shared.artists
    sharing = {label for artist in shared for label in artist.tracks}
    more = pictures.shown_of(len(sharing), most=pictures.MOST_MATRIX)
    blocks: list[Block] = [
        FigureBlock(
            pictures.shared_artist_matrix(survey.shared),
            "Artists that two labels share",
            f"Numbers of artists, featured artists and remixers among them.{more}" if shared else "",
            key="shared-artists",
            min_width=560 if shared else 0,
        )
    ]
    if shared:
        rows = [
            (one.name, len(one.tracks), ", ".join(f"{label} ({count})" for label, count in one.tracks.items()))
            for one in shared[:_MOST_TABLE_ROWS]
        ]
        note = f"The first {_MOST_TABLE_ROWS} of {len(shared)}." if len(shared) > _MOST_TABLE_ROWS else ""
        columns = ("Artist", "Labels>", "Tracks at each")
        blocks.append(TableBlock(columns, rows, "Artists on several labels", note))
    return Section("Artists", blocks, intro=_joined(findings.about_artists(survey)))


def _quality(survey: Survey) -> Section:
    figure = pictures.missing_values(survey.missing, labels=survey.labels, tracks=survey.tracks)
    more = pictures.shown_of(len(survey.labels))
    complete = not any(survey.missing.counts.values())
    caption = "" if complete else f"Share of tracks without the value; a faint field is complete.{more}"
    blocks: list[Block] = [
        FigureBlock(figure, "Missing values", caption, key="missing-values", min_width=0 if complete else 720)
    ]
    if survey.duplicates:
        rows = [
            (one.tracks[0], " · ".join(_distinct(one.labels)), len(one.tracks), one.kind, _lengths(one.lengths))
            for one in survey.duplicates[:_MOST_TABLE_ROWS]
        ]
        told = (
            "By metadata only: tracks with the same sound are one track from the start. Same song: performers, title "
            "and mix agree. Same title and length: within half a second, under different performers. What is alike in "
            "either way is one row."
        )
        if len(survey.duplicates) > _MOST_TABLE_ROWS:
            told += f" The first {_MOST_TABLE_ROWS} of {len(survey.duplicates)}."
        columns = ("Track", "Labels", "Tracks>", "What agrees", "Lengths>")
        blocks.append(TableBlock(columns, rows, "Likely duplicates", told))
    intro = _joined([*findings.about_gaps(survey), *findings.about_duplicates(survey)])
    return Section("Gaps and duplicates", blocks, intro=intro)


def _distinct(labels: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(label or "no label" for label in labels))


def _lengths(lengths: Iterable[float]) -> str:
    return ", ".join(
        dict.fromkeys(findings.minutes(one).removesuffix("\N{NO-BREAK SPACE}min") for one in lengths if one > 0)
    )


def _joined(sentences: Sequence[str]) -> str:
    return " ".join(sentences)
