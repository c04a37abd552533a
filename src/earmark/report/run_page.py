"""The report of a finished run as a page: what can be said, the data and its split, the sound, and each model.

It draws what `earmark.models.inspection` and `earmark.report.run_facts` worked out; nothing is trained here but the
baselines.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from earmark.errors import InputError
from earmark.evaluation.baselines import MAJORITY, METADATA_ONLY
from earmark.evaluation.differences import SIGNIFICANCE
from earmark.evaluation.split_file import DISJOINT
from earmark.evaluation.splits import Split, SplitMode
from earmark.library.library import Library
from earmark.models.inspection import TRAIN_SLICES, Inspection
from earmark.models.leakage import LeakageCheck
from earmark.report.bands import BandWish, bpm_bands
from earmark.report.maps import PERPLEXITY
from earmark.report.page import Block, FigureBlock, NoteBlock, Page, Section, TableBlock, TextBlock
from earmark.report.run_confounds import RunAudit, audit_run, confound_section
from earmark.report.run_facts import Run, gather_run
from earmark.report.run_maps import MapSettings
from earmark.report.run_model import model_section
from earmark.report.run_sound import sound_section
from earmark.report.score_figures import model_scores
from earmark.report.score_texts import DIFFERENCE_COLUMNS, SCORE_COLUMNS, difference_cells, percent_range, score_cells
from earmark.report.split_figures import split_counts
from earmark.report.theme import LabelStyle, label_styles

MAX_POINTS = 3000
"""Points on all maps together, where nobody says: each costs 0.6 kB, and more make the file too large to mail."""

_MODES: dict[SplitMode, str] = {
    "artist": "no artist who is credited on a test song is on any song that the models were fitted or chosen on",
    "release": "no release has songs on both sides; artists may have",
    "song": "no song is on both sides; artists and releases may be",
    "by-label": "each label's songs are held apart by artist, release or song, as strictly as it allows",
}
_UNITS: dict[SplitMode, str] = {
    "artist": "groups of artists",
    "release": "releases",
    "song": "songs",
    "by-label": "groups of songs that the split keeps together",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """What a reader of the report may want otherwise.

    Attributes:
        perplexity: Of the maps: about how many neighbours a point minds, at least 2.
        seed: Seed of maps, samples, baselines, intervals and tests.
        max_points: Points on all maps together, at least 100.
        bpm_bands: Which bands of tempo the maps are coloured by.

    Raises:
        InputError: ``max_points`` is too small.
    """

    perplexity: float = PERPLEXITY
    seed: int = 0
    max_points: int = MAX_POINTS
    bpm_bands: BandWish = "auto"

    def __post_init__(self) -> None:
        if self.max_points < 100:
            raise InputError(f"the maps need at least 100 points between them, got {self.max_points}")

    def train_slices(self, n_songs: int) -> int:
        """How many slices of each training song are worth hearing for maps of so many points."""
        return max(4, min(TRAIN_SLICES, -(-self.max_points // max(n_songs, 1))))


def run_page(library: Library, inspections: Sequence[Inspection], settings: ReportSettings | None = None) -> Page:
    """Make the report of a finished run.

    Args:
        library: Where the songs are.
        inspections: Its models, trained with one split.
        settings: What is wanted otherwise.

    Raises:
        InputError: The models do not belong together, or a setting is out of range.
        MissingExtraError: The part ``train`` or ``report`` is not installed.
    """
    settings = settings or ReportSettings()
    run = gather_run(library, inspections, seed=settings.seed)
    styles = label_styles(run.labels)
    maps = _map_settings(run, settings)
    audit = audit_run(library, run, seed=settings.seed)
    sections = [
        _summary(run, audit),
        _data(run, styles),
        confound_section(audit),
        sound_section(library, run.inspections, styles),
        *(model_section(run, one, styles=styles, maps=maps) for one in run.inspections),
    ]
    return Page(_title(run), _subtitle(run), sections, _facts(run))


def _map_settings(run: Run, settings: ReportSettings) -> MapSettings:
    """Share the points out: songs get half of them at most, slices what is left."""
    song_maps = max(1, sum(one.bundle.spec.kind != "metadata" for one in run.inspections))
    slice_maps = max(1, sum(one.bundle.spec.heard_slice_seconds is not None for one in run.inspections))
    n_songs = len(run.best.songs)
    max_songs = settings.max_points // (2 * song_maps)
    left = settings.max_points - song_maps * min(n_songs, max_songs)
    return MapSettings(
        perplexity=settings.perplexity,
        seed=settings.seed,
        max_songs=max_songs,
        max_slices=left // slice_maps,
        bands=bpm_bands([song.track.bpm for song in run.best.songs], settings.bpm_bands),
    )


def pictures(page: Page) -> dict[str, go.Figure]:
    """The page's figures for single files: those with buttons once for each button, and without them.

    Args:
        page: The page.

    Returns:
        Figures by key; a map is there as ``KEY-by-label``, ``KEY-by-bpm`` and ``KEY-by-mode``.
    """
    found = {}
    for key, figure in page.figures().items():
        if not figure.layout.updatemenus:
            found[key] = figure
            continue
        for button in figure.layout.updatemenus[0].buttons:
            view = go.Figure(figure)
            view.layout.updatemenus = ()
            for trace, visible in zip(view.data, button.args[1], strict=True):
                trace.visible = visible
            found[f"{key}-by-{button.label.strip().lower()}"] = view
    return found


def _title(run: Run) -> str:
    names = [one.name for one in run.inspections]
    return f"{len(run.labels)} labels: {_listed(names)}"


def _subtitle(run: Run) -> str:
    heard = {song.track.audio_id for one in run.inspections for song in one.songs}
    word = "model" if len(run.inspections) == 1 else "models"
    untouched = "played no part in training and " if run.best.leakage.problem is None else ""
    return (
        f"How well {len(run.inspections)} {word} can tell {len(run.labels)} record labels apart: {len(heard)} songs, "
        f"of which {len(run.tested)} {untouched}are judged here. Scores come with their 95 % intervals, which are "
        "wide where songs are few."
    )


def _facts(run: Run) -> list[tuple[str, str]]:
    row = run.rows[0]
    interval = percent_range(row.accuracy_interval.low, row.accuracy_interval.high)
    majority = next(one for one in run.rows if one.name == MAJORITY)
    return [
        ("Best model", run.best.name),
        ("Accuracy on test songs", f"{row.accuracy:.0%}"),
        ("95 % interval", interval),
        ("Always the largest training label", f"{majority.accuracy:.0%}"),
        ("Test songs", str(row.n_songs)),
        ("Split", DISJOINT[run.split.mode]),
    ]


def _summary(run: Run, audit: RunAudit | None) -> Section:
    figure = model_scores(run.rows, baselines=frozenset(run.baseline_names))
    caption = (
        f"Share of the test songs called rightly ({len(run.tested)} songs). Hollow and grey: what gets by without any "
        "model of sound. A model that does not clear these has shown nothing."
    )
    if len(run.inspections) > 1:
        caption += " Naming the best of several by the songs that they are judged on flatters it a little."
    rows = [[row.name, row.n_songs, *score_cells(row), _seconds(row.seconds), row.note] for row in run.rows]
    columns = ["", "songs>", *SCORE_COLUMNS, "trained in>", "note"]
    table = TableBlock(columns, rows, "Scores at song level", _two_of_metadata(run))
    blocks: list[Block] = [
        TextBlock("\n\n".join(run_sentences(run))),
        FigureBlock(figure, "Models and baselines", caption, "scores"),
        table,
    ]
    if audit is not None and audit.data.finding == "shortcut found":
        told = "Careful: the files by themselves give the labels away to some extent; see “Shortcuts in the files”."
        blocks.insert(1, NoteBlock("warning", told))
    if run.best.leakage.problem is not None:
        blocks.insert(0, _leakage_note(run.split, run.best.leakage))
    return Section("In short", [*blocks, _difference_table(run)])


def _two_of_metadata(run: Run) -> str:
    """Tell a regression and a forest apart that see nearly the same; empty where there is no regression."""
    models = [one.name for one in run.inspections if one.bundle.spec.kind == "metadata"]
    if not models:
        return ""
    return (
        f"{_listed(models)}: a logistic regression on BPM, key and length, trained and chosen as any model. "
        f"{METADATA_ONLY}: the baseline, a random forest on nearly the same facts with nothing to choose."
    )


def run_sentences(run: Run) -> tuple[str, ...]:
    """Say what the scores of a run allow to say.

    Args:
        run: The run.

    Returns:
        Two paragraphs: how the best model does, and what it can be told from.
    """
    row, name = run.rows[0], run.best.name
    interval = percent_range(row.accuracy_interval.low, row.accuracy_interval.high)
    hits = round(row.accuracy * row.n_songs)
    first = f"{name} calls {hits} of {row.n_songs} test songs rightly: {row.accuracy:.0%}, 95 % interval {interval}."
    if run.best.leakage.problem is None:
        first += f" None of them played a part in its training, and {_kept_apart(run.split, run.best.leakage)}."
    better = [one.second for one in run.differences if one.better == name]
    worse = [one.second for one in run.differences if one.better == one.second]
    told = []
    if better:
        told.append(f"It is better than {_listed(better)}: chance alone would hardly give such differences.")
    if worse:
        told.append(f"It is worse than {_listed(worse)}.")
    return first, " ".join([*told, *_left_open(run)])


def _left_open(run: Run) -> list[str]:
    """What the test could not tell apart, and where it never could have."""
    units, n_groups, n_pairs = _UNITS[run.split.mode], run.n_groups, len(run.differences)
    ask = "earmark compare tests every song of the library."
    if 2.0 ** (1 - n_groups) * n_pairs > SIGNIFICANCE:
        return [f"{n_groups} {units} are too few for any of {n_pairs} differences to be proven; {ask}"]
    too_few = [one.second for one in run.differences if run.too_few(one)]
    open_ones = [one.second for one in run.differences if one.better is None and one.second not in too_few]
    told = []
    if open_ones:
        songs = f"{len(run.tested)} songs" + ("" if run.split.mode == "song" else f" in {n_groups} {units}")
        told.append(f"These {songs} cannot tell it from {_listed(open_ones)}: the differences may be chance.")
    if too_few:
        told.append(
            f"Its verdicts differ from those of {_listed(too_few)} in too few {units} for a difference to be proven, "
            f"however large it is; {ask}"
        )
    return told


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _seconds(seconds: float | None) -> str | None:
    return None if seconds is None else f"{seconds:.0f} s"


def _difference_table(run: Run) -> Block:
    """The best model against every other contestant."""
    units = _UNITS[run.split.mode]
    by = "" if run.split.mode == "song" else f", by whole {units}, of which there are {run.n_groups}"
    few = sum(map(run.too_few, run.differences))
    caution = f" For {few} of the {len(run.differences)} pairs the verdicts differ in too few of them." if few else ""
    return TableBlock(
        [f"{run.best.name} against", *DIFFERENCE_COLUMNS[1:]],
        [[one.second, *difference_cells(one)[1:]] for one in run.differences],
        "Can they be told apart?",
        f"Paired permutation test on the {len(run.tested)} songs that all of them called{by}; p is corrected "
        f"for the number of comparisons (Holm).{caution}",
    )


def _data(run: Run, styles: Mapping[str, LabelStyle]) -> Section:
    split, leakage = run.split, run.best.leakage
    figure = split_counts(split, styles=styles)
    caption = (
        "Faint: training. Middle: validation, by which the weights were chosen. Full: test, which nothing saw before."
    )
    shared = TableBlock(
        ["what", "number>", "share>"],
        _sharing_rows(leakage),
        "What test songs have in common with the rest",
    )
    blocks: list[Block] = [
        _leakage_note(split, leakage),
        FigureBlock(figure, "Songs of each label", caption, "split"),
        shared,
    ]
    promised = "" if leakage.problem is None else " was what the split promised"
    blocks += [NoteBlock("warning", f"{note[:1].upper()}{note[1:]}.") for note in split.notes]
    intro = (
        f"{DISJOINT[split.mode].capitalize()}{promised}: {_kept_apart(split, leakage)}. {len(split.train)} songs to "
        f"learn from, {len(split.validation)} to choose by, {len(split.test)} for the test. Seed {split.seed}, digest "
        f"{split.digest}: reports with one digest are about the same songs."
    )
    return Section("Data and split", blocks, intro)


def _kept_apart(split: Split, leakage: LeakageCheck) -> str:
    """What the mode keeps on one side, as far as the tags can tell."""
    told, unnamed = _MODES[split.mode], leakage.unknown_artist
    if split.mode != "artist" or not unnamed:
        return told
    if unnamed == leakage.n_test:
        return "no test song names an artist, so that nobody can tell whether artists are on both sides"
    return f"{told}, as far as artists are named ({unnamed} of {leakage.n_test} test songs name none)"


def _sharing_rows(leakage: LeakageCheck) -> list[list[object]]:
    told = (
        ("test songs that share a credited artist with a training or validation song", leakage.shared_artist),
        ("test songs from a release that has one", leakage.shared_release),
        ("test songs without any artist named, so that sharing cannot be told", leakage.unknown_artist),
    )
    rows: list[list[object]] = [[text, f"{n} of {leakage.n_test}", f"{n / leakage.n_test:.0%}"] for text, n in told]
    twice, n_songs = leakage.in_two_parts, leakage.n_songs
    return [*rows, ["songs of any part whose sound stands in a second part too", f"{twice} of {n_songs}",
                    f"{twice / n_songs:.0%}"]]  # fmt: skip


def _leakage_note(split: Split, leakage: LeakageCheck) -> NoteBlock:
    """Green only where all that could leak was looked at, and none of it does."""
    if leakage.problem is not None:
        return NoteBlock("warning", f"The scores of this run cannot be trusted: {leakage.problem}.")
    checked = f"Checked again for this report, on the tags of {leakage.n_songs} songs as they are now: "
    n_test, unnamed = leakage.n_test, leakage.unknown_artist
    unknown = (
        f" {unnamed} of {n_test} test songs name no artist, so that sharing cannot be told for these."
        if unnamed
        else ""
    )
    if leakage.shared_artist:
        releases = f", and {leakage.shared_release} a release" if leakage.shared_release else ""
        return NoteBlock(
            "warning",
            f"{checked}the split holds what it promises, but {leakage.shared_artist} of {n_test} test songs share "
            f"an artist with songs that the models learnt from{releases}. Part of the scores may be artists known by "
            f"their sound, not labels; an artist-disjoint split tells.{unknown}",
        )
    if unnamed == n_test:
        return NoteBlock(
            "warning",
            f"{checked}none of the {n_test} test songs names an artist, so that nobody can tell whether training had "
            "songs by the same people. Complete the tags, or pass --csv to earmark scan.",
        )
    holds = "no artist and no song is in two parts" if split.mode == "artist" else (
        "the split holds, and no test song shares an artist with the rest"
    )  # fmt: skip
    return NoteBlock("plain" if unnamed else "good", f"{checked}{holds}.{unknown}")
