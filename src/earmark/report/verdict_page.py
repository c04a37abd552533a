"""The page of `earmark predict`: verdicts with all that is known about why.

One file is spread over the page's sections; several have a section each, behind an overview.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from earmark.audio.envelope import Envelope
from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.models.evidence import clock
from earmark.models.habits import KeySpread, Spread
from earmark.models.sections import Section as TrackSection
from earmark.models.why import Explanation
from earmark.report.evidence_figures import MOST_LINES, evidence_figure, parts_bars, verdict_bars
from earmark.report.page import Block, FigureBlock, NoteBlock, NoteKind, Page, Section, TableBlock
from earmark.report.theme import LabelStyle, label_styles

MOST_SECTIONS = 40
"""Sections of a track that are listed."""

MOST_FILES = 40
"""Files that are told in full on one page: each has two pictures or three, which a browser has to draw."""


@dataclass(frozen=True, slots=True, eq=False)
class ToldFile:
    """A file, what was said of it, and why.

    Attributes:
        track: The file's track.
        explanation: The verdict, explained.
        envelope: The outline of its sound; None leaves the waveform out.
        in_training: Whether this very recording was among the songs that the model learnt from.
        padded: Whether the song was shorter than one slice and padded.
    """

    track: Track
    explanation: Explanation
    envelope: Envelope | None = None
    in_training: bool = False
    padded: bool = False


def verdict_page(files: Sequence[ToldFile], *, model: str, known_score: str = "") -> Page:
    """Make the page.

    Args:
        files: The files, at least one, all judged by one bundle.
        model: What the model is called.
        known_score: How the model did on songs that it had never heard, in a sentence; may be empty.

    Raises:
        InputError: There is no file.
    """
    if not files:
        raise InputError("a page of verdicts needs at least one file that could be read")
    styles = label_styles(files[0].explanation.labels)
    if len(files) == 1:
        return _page_of_one(files[0], styles, model=model, known_score=known_score)
    sections = [_overview(files)]
    for file in files[:MOST_FILES]:
        blocks = [block for part in _parts(file, styles) for block in part.blocks]
        sections.append(Section(file.track.display, blocks, file.explanation.sentence()))
    subtitle = f"{len(files)} files, heard by {model}, which knows {len(styles)} labels. {known_score}".strip()
    return Page("What the files sound like", subtitle, sections, facts=[("Files", f"{len(files):,}")])


def _page_of_one(file: ToldFile, styles: Mapping[str, LabelStyle], *, model: str, known_score: str) -> Page:
    told = file.explanation
    by = f"Heard by {model}, which knows {len(styles)} labels."
    subtitle = " ".join(part for part in (told.sentence(), by, known_score) if part)
    facts = [
        ("Sounds most like", told.label),
        ("Probability", f"{told.probabilities[told.winner]:.0%}"),
        ("Runner-up", f"{told.second} {told.probabilities[told.runner_up]:.0%}"),
        ("Margin", f"{told.margin:.1f} log-odds"),
    ]
    if told.sure is not None:
        facts.append((f"Set at {told.sure.coverage:.0%}", _count(len(told.sure.label_set), "label")))
    return Page(file.track.display, subtitle, _parts(file, styles), facts=facts)


def _overview(files: Sequence[ToldFile]) -> Section:
    rows = []
    for file in files:
        told = file.explanation
        rows.append(
            (
                file.track.display,
                "none of them" if told.sure is not None and told.sure.is_none else told.label,
                f"{told.probabilities[told.winner]:.0%}",
                told.second,
                f"{told.margin:.1f}",
                "" if told.sure is None else _set_cell(told),
                "was in training" if file.in_training else "",
            )
        )
    covered = next((file.explanation.sure.coverage for file in files if file.explanation.sure is not None), None)
    name = "set" if covered is None else f"set at {covered:.0%}"
    columns = ("file", "label", "probability>", "runner-up", "log-odds>", name, "")
    more = f"The first {MOST_FILES} of them are told in full below." if len(files) > MOST_FILES else ""
    return Section("All files", [TableBlock(columns, rows, "Verdicts", more)])


def _set_cell(told: Explanation) -> str:
    labels = () if told.sure is None else told.sure.label_set
    return "any label" if len(labels) == len(told.labels) else ", ".join(told.labels[place] for place in labels)


def _parts(file: ToldFile, styles: Mapping[str, LabelStyle]) -> list[Section]:
    sections = [_verdict(file, styles), _along(file, styles), _change(file.explanation)]
    if file.explanation.neighbours is not None:
        sections.append(_neighbours(file.explanation))
    if file.explanation.habits is not None:
        sections.append(_habits(file.explanation))
    return sections


def _verdict(file: ToldFile, styles: Mapping[str, LabelStyle]) -> Section:
    told = file.explanation
    caption = (
        "Of each label that the model knows."
        if told.sure is None
        else (f"In full colour the set that holds the right label in {told.sure.coverage:.0%} of cases.")
    )
    both = bool(told.parts)
    bars = verdict_bars(told, styles=styles)
    blocks: list[Block] = [FigureBlock(bars, "Probability of each label", caption, "verdict", half=both)]
    if both:
        figure = parts_bars(told.parts)
        figure.update_layout(height=bars.layout.height)
        blocks.append(
            FigureBlock(
                figure,
                "What each part adds",
                f"In log-odds of {told.label} against {told.second}: above 0 speaks for {told.label}.",
                "parts",
                half=True,
            )
        )
    blocks += [NoteBlock("warning", text) for text in _warnings(file)]
    blocks += [NoteBlock("plain", text) for text in told.notes]
    return Section("Verdict", blocks)


def _warnings(file: ToldFile) -> list[str]:
    warnings = []
    if file.explanation.sure is not None and file.explanation.sure.is_none:
        warnings.append(
            "It sounds like none of the labels that the model knows. What stands below is about the nearest of them."
        )
    if file.in_training:
        warnings.append("This very recording was among the songs that the model learnt from, so this proves nothing.")
    if file.padded:
        warnings.append("It is shorter than one slice and was padded.")
    return warnings


def _along(file: ToldFile, styles: Mapping[str, LabelStyle]) -> Section:
    told = file.explanation
    shown = min(MOST_LINES, len(told.labels))
    caption = (
        "Shaded: the label that a section alone would get; numbered: the sections that the verdict would miss most. "
        f"Lines: the {shown} most probable labels, thick for each section alone, thin for each slice. Bars: each "
        f"section's part in the log-odds of {told.label} against {told.second}; they add up to {told.sound:+.1f}."
    )
    figure = evidence_figure(told, styles=styles, envelope=file.envelope)
    blocks: list[Block] = [FigureBlock(figure, "Evidence along the track", caption, "evidence", min_width=620)]
    if len(told.sections) > 1:
        blocks.append(_section_table(told))
    return Section("Along the track", blocks)


def _section_table(told: Explanation) -> TableBlock:
    loudest = {section: rank for rank, section in enumerate(told.loudest(), start=1)}
    shown = _most_telling(told.sections)
    rows = [
        (
            loudest.get(section),
            f"{clock(section.start_seconds)}–{clock(section.end_seconds)}",
            told.labels[section.label],
            f"{section.probability:.0%}",
            f"{section.evidence:+.2f}",
            f"{section.effect:+.2f}",
        )
        for section in shown
    ]
    note = (
        f"Alone: the verdict were this section the whole track. Part: what it adds to the log-odds of {told.label} "
        f"against {told.second}. Missed: by how much these would fall without it; what all sections say alike is "
        "not missed."
    )
    if len(shown) < len(told.sections):
        note += f" The {len(shown)} of {len(told.sections)} sections that matter most."
    columns = ("", "time", "alone", "probability>", "part>", "missed>")
    return TableBlock(columns, rows, "Sections", note)


def _most_telling(sections: Sequence[TrackSection]) -> list[TrackSection]:
    chosen = sorted(sections, key=lambda section: -abs(section.effect))[:MOST_SECTIONS]
    return sorted(chosen, key=lambda section: section.first)


def _change(told: Explanation) -> Section:
    points = f"{100 * told.probability_margin:.0f} points of probability"
    odds = f"{told.label} leads {told.second} by {told.margin:.1f} in log-odds, or {points}."
    kind: NoteKind = "plain"
    if told.change is None:
        text = f"{odds} No choice of sections, taken away in the order in which they matter, turns the verdict."
        kind = "good" if len(told.sections) > 1 else "plain"
    else:
        change = told.change
        gone = [told.sections[place] for place in change.sections]
        spans = _listed([f"{clock(one.start_seconds)}–{clock(one.end_seconds)}" for one in gone[:6]])
        spans += f" and {len(gone) - 6} more" if len(gone) > 6 else ""
        text = (
            f"{odds} Without {_count(len(gone), 'section')} ({spans}; {change.share:.0%} of the sound) it would be "
            f"{told.labels[change.label]} ({change.probability:.0%})."
        )
    return Section("What would change it", [NoteBlock(kind, text)])


def _neighbours(told: Explanation) -> Section:
    rows = [
        (f"{one.similarity:.2f}", one.song.name, one.song.label, one.song.release, one.song.part)
        for one in told.neighbours or ()
    ]
    if not rows:
        return Section("Nearest songs", [NoteBlock("plain", "The catalogue has no song by another artist.")])
    note = (
        "Likeness is the cosine of the model's embeddings with the catalogue's mean taken off: 1 is alike, 0 "
        "unrelated. One song of each artist at most, none by an artist of the file."
    )
    columns = ("likeness>", "song", "label", "release", "part of the split")
    return Section("Nearest songs", [TableBlock(columns, rows, "Nearest songs by other artists", note)])


def _habits(told: Explanation) -> Section:
    habits = told.habits
    if habits is None:
        raise InputError("there are no habits to show")
    rows = []
    numbers = (("Tempo (BPM)", habits.bpm, _plain_number), ("Length", habits.seconds, clock))
    for name, habit, show in numbers:
        value = "unknown" if habit.value is None else show(habit.value)
        rows.append((name, value, *_spread_cells(habit.own, show), *_spread_cells(habit.other, show)))
    key = habits.key
    rows.append(
        (
            "Key",
            "unknown" if key.value is None else f"{key.value.camelot} ({key.value.name})",
            *_key_cells(key.own, known=key.value is not None),
            *_key_cells(key.other, known=key.value is not None),
        )
    )
    first, second = (f"{name}: median (middle half)" for name in (told.label, told.second))
    columns = ("", "this track", first, "place>", second, "place>")
    note = (
        "Place: the share of the label's songs that lie below the track; for keys, how many of its songs are in the "
        "same key and how many in one that mixes with it. The track itself is not counted."
    )
    if habits.metadata_log_odds is not None:
        note += f" The part that reads these values adds {habits.metadata_log_odds:+.2f} to the log-odds."
    return Section("Tempo, key and length", [TableBlock(columns, rows, "The label's habits", note)])


def _spread_cells(spread: Spread, show: Callable[[float], str]) -> tuple[str, str]:
    if spread.median is None or spread.low is None or spread.high is None:
        return f"unknown of all {spread.of} songs", ""
    told = f"{show(spread.median)} ({show(spread.low)}–{show(spread.high)})"
    told += f", only {_count(spread.songs, 'song')}" if spread.few else ""
    return told, "" if spread.percentile is None else f"{spread.percentile:.0f} %"


def _key_cells(spread: KeySpread, *, known: bool) -> tuple[str, str]:
    if spread.songs == 0:
        return f"unknown of all {spread.of} songs", ""
    most = ", ".join(f"{key.camelot} ({count})" for key, count in spread.most)
    told = f"{most}; {spread.minor / spread.songs:.0%} minor"
    told += f", only {_count(spread.songs, 'song')}" if spread.few else ""
    return told, f"{spread.same} same, {spread.mixing} mix" if known else ""


def _plain_number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
