"""A finished comparison: what every contestant said of every test song, and the tables, tests and sentences from it.

Each song is tested once in every repeat. Scores pool all repeats; their intervals and tests draw whole groups of songs
(all songs of an artist in an artist-disjoint comparison), a song with all its repeats, so that asking again about the
same songs never looks like having more of them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earmark.comparing.results import FoldResult
from earmark.errors import FormatVersionError, InputError, LibraryError
from earmark.evaluation.attributes import AttributeTable
from earmark.evaluation.baselines import SHORTCUT_ONLY
from earmark.evaluation.comparison import ComparisonRow, ScoreLevel, comparison_row
from earmark.evaluation.conclusions import conclude
from earmark.evaluation.confounds import ConfoundAudit, audit_confounds
from earmark.evaluation.differences import Difference, all_differences
from earmark.evaluation.metrics import Scores, score
from earmark.evaluation.splits import SplitMode
from earmark.models.files import write_json

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class ComparedSong:
    """One song of a comparison.

    Attributes:
        id: Its audio id.
        name: What people call it.
        label: Its label.
        group: Number of the group of songs that it must not be parted from.
    """

    id: str
    name: str
    label: str
    group: int


@dataclass(frozen=True, slots=True)
class ComparedFold:
    """One fold: which repeat it belongs to, its split's digest, and how many songs it has.

    Attributes:
        repeat: Which dealing of the songs, from 0.
        digest: The split's digest.
        train: Songs to learn from.
        validation: Songs that choose the best weights.
        test: Songs that are judged.
    """

    repeat: int
    digest: str
    train: int
    validation: int
    test: int


@dataclass(frozen=True)
class Comparison:
    """Contestants under the same folds.

    Attributes:
        labels: The labels' names, sorted.
        mode: What the parts of a fold do not share.
        folds: Folds of one repeat; 1 where each repeat is one random split.
        repeats: How often the songs were dealt anew.
        seed: Seed of folds and trainings.
        songs: The songs.
        tested: The folds.
        contestants: Names in the order of the tables.
        baselines: Those of the names that are baselines.
        sliced: Model and slice length in seconds of each contestant that cuts slices, by name.
        results: For each contestant its result of each fold, in the order of ``tested``.
        not_run: Why contestants could not take part, by name.
        facts: How the songs' files were made, a row for each song in their order; None where there were no files.
        notes: What was decided or left out on the way.
    """

    labels: tuple[str, ...]
    mode: SplitMode
    folds: int
    repeats: int
    seed: int
    songs: tuple[ComparedSong, ...]
    tested: tuple[ComparedFold, ...]
    contestants: tuple[str, ...]
    baselines: tuple[str, ...]
    sliced: Mapping[str, tuple[str, float]]
    results: Mapping[str, tuple[FoldResult, ...]]
    not_run: Mapping[str, str]
    facts: AttributeTable | None = None
    notes: tuple[str, ...] = ()

    @cached_property
    def _by_id(self) -> dict[str, int]:
        return {song.id: at for at, song in enumerate(self.songs)}

    @cached_property
    def _truth(self) -> NDArray[np.int64]:
        places = {label: at for at, label in enumerate(self.labels)}
        return np.array([places[song.label] for song in self.songs], dtype=np.int64)

    @cached_property
    def _groups(self) -> NDArray[np.int64]:
        return np.array([song.group for song in self.songs], dtype=np.int64)

    @property
    def ran(self) -> tuple[str, ...]:
        """Names of the contestants that finished every fold."""
        return tuple(name for name in self.contestants if name in self.results)

    @cached_property
    def n_tested(self) -> int:
        """How many different songs were tested."""
        return len({song_id for results in self.results.values() for one in results for song_id in one.song_ids})

    def calls(self, contestant: str, *, repeat: int | None = None) -> "Calls":
        """Truth and estimate of a contestant's test songs, all repeats or one of them."""
        folds = [
            result
            for fold, result in zip(self.tested, self.results[contestant], strict=True)
            if repeat is None or fold.repeat == repeat
        ]
        songs = np.array([self._by_id[one] for result in folds for one in result.song_ids], dtype=np.int64)
        return Calls(
            songs=songs,
            truth=self._truth[songs],
            estimate=np.concatenate([result.estimate for result in folds]),
            probabilities=np.concatenate([result.probabilities for result in folds]),
            votes=_joined([result.votes for result in folds]),
            slice_calls=_joined([result.slice_calls for result in folds]),
            n_distinct=len(np.unique(songs)),
        )

    @cached_property
    def rows(self) -> tuple[ComparisonRow, ...]:
        """A row for each contestant at song level; for one that cuts slices also by vote, and at slice level."""
        return tuple(row for name in self.ran for row in self._rows(name))

    def song_rows(self) -> tuple[ComparisonRow, ...]:
        """The one row of each contestant by which it is compared: its verdict on songs."""
        return tuple(self._row(name, self.calls(name)) for name in self.ran)

    def scores(self, contestant: str) -> Scores:
        """Every metric of a contestant's verdicts on songs, all repeats pooled."""
        calls = self.calls(contestant)
        return score(calls.truth, calls.estimate, self.labels)

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """Each two contestants beside each other: difference in song accuracy, interval, permutation test."""
        rights = {name: self._share_right(name) for name in self.ran}
        if not rights:
            return ()
        tested = np.unique(np.concatenate([self.calls(name).songs for name in self.ran]))
        scores: dict[str, ArrayLike] = {name: right[tested] for name, right in rights.items()}
        return all_differences(scores, groups=self._groups[tested], seed=self.seed)

    @cached_property
    def conclusions(self) -> tuple[str, ...]:
        """What can and cannot be concluded, in sentences."""
        return conclude(
            self.song_rows(),
            self.differences,
            baselines=self.baselines,
            mode=self.mode,
            repeats=self.repeats,
            finding=None if self.audit is None else self.audit.finding,
        )

    @cached_property
    def audit(self) -> ConfoundAudit | None:
        """Whether the files, rather than the music, tell the labels, and whether the best model goes by them.

        Of the first repeat, in which each song is called once. None where the shortcut baseline did not run.
        """
        if self.facts is None or SHORTCUT_ONLY not in self.results:
            return None
        shortcut = self.calls(SHORTCUT_ONLY, repeat=0)
        models = [row for row in self.song_rows() if row.name not in self.baselines]
        best = max(models, key=lambda row: row.accuracy, default=None)
        groups = self._groups[shortcut.songs]
        return audit_confounds(
            self.facts.take(shortcut.songs),
            shortcut.truth,
            shortcut.estimate,
            n_labels=len(self.labels),
            rng=np.random.default_rng(self.seed),
            verdicts=None if best is None else self.calls(best.name, repeat=0).estimate,
            groups=None if len(np.unique(groups)) == len(groups) else groups,
        )

    def trials(self, contestant: str) -> tuple[tuple[ComparisonRow, ...], ...]:
        """The rows of each repeat by itself, as a study with several trials reports them."""
        return tuple(self._rows(contestant, repeat=repeat) for repeat in range(self.repeats))

    def _share_right(self, contestant: str) -> NDArray[np.float64]:
        """For each song the share of its tests in which it was called rightly; NaN where it was never tested."""
        calls = self.calls(contestant)
        times = np.bincount(calls.songs, minlength=len(self.songs)).astype(np.float64)
        right = np.bincount(calls.songs, weights=calls.truth == calls.estimate, minlength=len(self.songs))
        share = np.full(len(times), np.nan)
        np.divide(right, times, out=share, where=times > 0)
        return share

    def _rows(self, name: str, *, repeat: int | None = None) -> tuple[ComparisonRow, ...]:
        calls = self.calls(name, repeat=repeat)
        if calls.votes is None or calls.slice_calls is None:
            return (self._row(name, calls, repeat=repeat),)
        by_vote = replace(calls, estimate=calls.votes)
        return (
            self._row(name, calls, note="slices' mean", repeat=repeat),
            self._row(name, by_vote, note="slices' vote", repeat=repeat),
            self._row(name, calls.slices(), level="slice", repeat=repeat),
        )

    def _row(
        self, name: str, calls: "Calls", *, level: ScoreLevel = "song", note: str = "", repeat: int | None = None
    ) -> ComparisonRow:
        groups = self._groups[calls.songs]
        alone = len(np.unique(groups)) == len(groups)  # no repeats, no groups: Wilson's interval holds
        row = comparison_row(
            name,
            calls.truth,
            calls.estimate,
            n_labels=len(self.labels),
            rng=np.random.default_rng(self.seed),
            level=level,
            groups=None if alone and level == "song" else groups,
            seconds=self._seconds(name, repeat),
            note=note,
        )
        # Asking again about the same songs (and their slices) is not having more of them.
        return replace(row, n_songs=len(np.unique(calls.songs)) if level == "song" else calls.n_distinct)

    def _seconds(self, name: str, repeat: int | None) -> float:
        folds = zip(self.tested, self.results[name], strict=True)
        return sum(result.seconds for fold, result in folds if repeat is None or fold.repeat == repeat)

    def to_json(self) -> dict[str, Any]:
        """Everything, as plain values, with the tables that follow from it."""
        return {
            "format_version": FORMAT_VERSION,
            "labels": list(self.labels),
            "mode": self.mode,
            "folds": self.folds,
            "repeats": self.repeats,
            "seed": self.seed,
            "rows": [row.to_json() for row in self.rows],
            "differences": [difference.to_json() for difference in self.differences],
            "conclusions": list(self.conclusions),
            "audit": None if self.audit is None else self.audit.to_json(),
            "not_run": dict(self.not_run),
            "facts": None if self.facts is None else self.facts.to_json(),
            "notes": list(self.notes),
            "contestants": list(self.contestants),
            "baselines": list(self.baselines),
            "sliced": {name: list(cut) for name, cut in self.sliced.items()},
            "songs": [[song.id, song.name, song.label, song.group] for song in self.songs],
            "tested": [[fold.repeat, fold.digest, fold.train, fold.validation, fold.test] for fold in self.tested],
            "results": {name: [result.to_json() for result in results] for name, results in self.results.items()},
        }

    def save(self, path: Path) -> None:
        """Write the comparison as JSON, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, self.to_json())

    @classmethod
    def load(cls, path: Path) -> "Comparison":
        """Read what `save` wrote.

        Raises:
            InputError: There is no such file.
            LibraryError: It is no comparison.
            FormatVersionError: It has another format version.
        """
        try:
            values = json.loads(path.read_text("utf-8"))
            found = values["format_version"]
            if found != FORMAT_VERSION:
                remedy = "run `earmark compare` again; finished folds are kept"
                raise FormatVersionError(f"comparison {path}", found=found, expected=FORMAT_VERSION, remedy=remedy)
            return cls(
                labels=tuple(values["labels"]),
                mode=values["mode"],
                folds=values["folds"],
                repeats=values["repeats"],
                seed=values["seed"],
                songs=tuple(ComparedSong(*one) for one in values["songs"]),
                tested=tuple(ComparedFold(*one) for one in values["tested"]),
                contestants=tuple(values["contestants"]),
                baselines=tuple(values["baselines"]),
                sliced={name: (str(model), float(cut)) for name, (model, cut) in values["sliced"].items()},
                results={
                    name: tuple(FoldResult.from_json(one, what=f"comparison {path}") for one in results)
                    for name, results in values["results"].items()
                },
                not_run=values["not_run"],
                facts=None if values["facts"] is None else AttributeTable.from_json(values["facts"]),
                notes=tuple(values["notes"]),
            )
        except FileNotFoundError:
            raise InputError(f"there is no comparison at {path}; run `earmark compare` first") from None
        except (KeyError, TypeError, ValueError) as error:
            raise LibraryError(f"{path} is no comparison ({type(error).__name__}: {error})") from error


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """What a contestant called ``n`` tests of songs; a song has one in each repeat.

    Attributes:
        songs: Place of each test's song in the comparison, int64 ``(n,)``.
        truth: Its label index, int64 ``(n,)``.
        estimate: What it was called, int64 ``(n,)``.
        probabilities: float64 ``(n, L)``.
        votes: By the slices' vote, int64 ``(n,)``, or None.
        slice_calls: How many slices were called each label, int64 ``(n, L)``, or None.
        n_distinct: How many different songs these are; of slices, how many different slices.
    """

    songs: NDArray[np.int64]
    truth: NDArray[np.int64]
    estimate: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    votes: NDArray[np.int64] | None
    slice_calls: NDArray[np.int64] | None
    n_distinct: int

    def slices(self) -> "Calls":
        """The same with an entry for each slice.

        Raises:
            InputError: The songs were not cut into slices.
        """
        if self.slice_calls is None:
            raise InputError("these songs were judged whole, not in slices")
        test, label = np.nonzero(self.slice_calls)
        times = self.slice_calls[test, label]
        test, label = np.repeat(test, times), np.repeat(label, times)
        return Calls(
            songs=self.songs[test],
            truth=self.truth[test],
            estimate=label.astype(np.int64),
            probabilities=self.probabilities[test],
            votes=None,
            slice_calls=None,
            n_distinct=int(self.slice_calls[np.unique(self.songs, return_index=True)[1]].sum()),
        )


def _joined(parts: Sequence[NDArray[np.int64] | None]) -> NDArray[np.int64] | None:
    there = [part for part in parts if part is not None]
    return np.concatenate(there) if there and len(there) == len(parts) else None
