"""The part of a run's report that asks whether the files, rather than the music, gave the labels away.

The data is audited on all songs of the split, each called by a classifier of the files' facts that was fitted to other
songs (cross-validation in the split's own mode): a test set alone is often too small to see a shortcut. The models can
be audited on test songs only, since they have learnt from the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from earmark.catalog.track import Track
from earmark.errors import SplitError
from earmark.evaluation.attributes import AttributeTable
from earmark.evaluation.baselines import SHORTCUT_ONLY
from earmark.evaluation.confound_sentences import audit_sentences
from earmark.evaluation.confounds import ConfoundAudit, Finding, Leaning, Share, audit_confounds
from earmark.evaluation.shortcuts import shortcut_table
from earmark.evaluation.splits import folds
from earmark.library.library import Library
from earmark.models.from_library import label_indices
from earmark.models.shortcut_facts import shortcut_facts
from earmark.report.confound_figures import shortcut_strengths
from earmark.report.page import Block, FigureBlock, NoteBlock, NoteKind, Section, TableBlock, TextBlock
from earmark.report.run_facts import Run
from earmark.report.score_texts import percent_range
from earmark.training.baselines import tabular_baseline

FOLDS = 5

_TITLE = "Shortcuts in the files"
_NOTE_KINDS: dict[Finding, NoteKind] = {"shortcut found": "warning", "none found": "good", "cannot tell": "plain"}


@dataclass(frozen=True, slots=True, eq=False)
class RunAudit:
    """What the audit of a run found.

    Attributes:
        data: Whether the files of all songs tell the labels.
        leanings: By model, whether its verdicts on the test songs follow them.
    """

    data: ConfoundAudit
    leanings: Mapping[str, Leaning]


def confound_section(audit: RunAudit | None) -> Section:
    """Tell of an audit.

    Args:
        audit: What was found, or None where nothing is known of the files.
    """
    intro = (
        "If one label's files are MP3s and another's are WAVs, a model can be right without hearing music. This audit "
        "shows a classifier only codec, container, bit rate, sample rate, channels, level, peak, stereo width and "
        "bandwidth of the files, and no music."
    )
    if audit is None:
        told = "Nothing is known of how these files were made, so the audit has nothing to go by. Scan them again."
        return Section(_TITLE, [NoteBlock("plain", told)], intro)
    return Section(_TITLE, [*audit_blocks(audit.data), _leanings(audit.leanings)], intro)


def audit_blocks(audit: ConfoundAudit) -> list[Block]:
    """Tell what an audit of files found: the finding, what it rests on, and how well each fact tells the labels.

    Args:
        audit: What was found.
    """
    first, *others = audit_sentences(audit)
    return [NoteBlock(_NOTE_KINDS[audit.finding], first), TextBlock(" ".join(others)), _columns(audit)]


def audit_run(library: Library, run: Run, *, seed: int = 0) -> RunAudit | None:
    """Audit the songs and the models of a run; None where nothing is known of the files.

    Args:
        library: Where the facts of the files are.
        run: The run.
        seed: Seed of folds, classifiers and permutations.
    """
    tracks = tuple(song.track for song in run.best.songs)
    table = shortcut_table(shortcut_facts(library, tracks))
    if not table.known().any():
        return None
    places = {track.audio_id: at for at, track in enumerate(tracks)}
    tested = table.take([places[track.audio_id] for track in run.tested])
    try:
        data = _audited_by_folds(table, tracks, run, seed=seed)
    except SplitError:  # songs that have left the library may leave a label with one artist, which has no folds
        data = _audited_by_test(tested, run, verdicts=None, seed=seed)
    leanings = {}
    for inspection in run.inspections:
        leaning = _audited_by_test(tested, run, verdicts=run.estimate(inspection), seed=seed).leaning
        if leaning is not None:
            leanings[inspection.name] = leaning
    return RunAudit(data, leanings)


def _audited_by_folds(table: AttributeTable, tracks: Sequence[Track], run: Run, *, seed: int) -> ConfoundAudit:
    """The audit of all songs."""
    truth = label_indices(tracks, run.labels)
    return audit_confounds(
        table,
        truth,
        _out_of_fold(table, truth, tracks, run, seed=seed),
        n_labels=len(run.labels),
        rng=np.random.default_rng(seed),
        groups=run.grouped(tracks),
    )


def _audited_by_test(
    tested: AttributeTable, run: Run, *, verdicts: NDArray[np.int64] | None, seed: int
) -> ConfoundAudit:
    """The audit of the test songs, where the classifier was fitted to the training songs."""
    shortcut = next(one.result.estimate for one in run.baselines if one.name == SHORTCUT_ONLY)
    return audit_confounds(
        tested,
        run.truth,
        shortcut,
        n_labels=len(run.labels),
        rng=np.random.default_rng(seed),
        verdicts=verdicts,
        groups=run.grouped(run.tested),
    )


def _out_of_fold(
    table: AttributeTable, truth: NDArray[np.int64], tracks: Sequence[Track], run: Run, *, seed: int
) -> NDArray[np.int64]:
    """What classifiers of the facts say of each song, none of which was fitted to it."""
    songs = [run.best.groups[track.audio_id] for track in tracks]
    places = {song.id: at for at, song in enumerate(songs)}
    n_groups = len({run.groups[song.id] for song in songs})
    called = np.zeros(len(songs), dtype=np.int64)
    for fold in folds(songs, mode=run.split.mode, k=max(2, min(FOLDS, n_groups)), seed=seed):
        test = [places[one] for one in fold.test]
        rest = [places[one] for one in (*fold.train, *fold.validation)]
        said = tabular_baseline(table.take(rest), truth[rest], table.take(test), n_labels=len(run.labels), seed=seed)
        called[test] = said.estimate
    return called


def _columns(audit: ConfoundAudit) -> Block:
    caption = (
        "Eta squared of a number, Cramér's V of a category. 0: spread over the labels alike; 1: it tells the label. "
        "Grey is no more than chance explains, after correction for the number of facts. Facts that all files share "
        "are left out."
    )
    varying = [one for one in audit.columns if one.varies]
    figure = shortcut_strengths(varying, telling=frozenset(one.column for one in audit.telling))
    return FigureBlock(figure, "How well each fact alone tells the labels", caption, "shortcuts", min_width=520)


def _leanings(leanings: Mapping[str, Leaning]) -> Block:
    rows = [
        [
            name,
            one.n_wrong,
            one.n_agreeing,
            f"{one.expected:.1f}",
            f"{one.p:.2g}" if one.n_wrong else None,
            _share(one.where_shortcut_wrong),
            _share(one.where_shortcut_right),
        ]
        for name, one in leanings.items()
    ]
    columns = (
        "model",
        "mistakes>",
        "as the files say>",
        "by chance>",
        "p>",
        "right where files mislead>",
        "elsewhere>",
    )
    note = (
        "On the test songs. A model that follows the files makes their mistakes: more of its own are then what the "
        "classifier of the files says than chance would have it. Where the files mislead, only hearing helps."
    )
    return TableBlock(columns, rows, "Do the models follow the files?", note)


def _share(share: Share) -> str:
    if share.value is None:
        return "no such song"
    interval = percent_range(share.interval.low, share.interval.high)
    return f"{share.hits} of {share.n_songs} ({interval})"
