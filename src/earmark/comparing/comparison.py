"""A finished comparison: what every contestant said of every test song, and the tables, tests and sentences from it.

Each song is tested once in every repeat. Scores pool all repeats; their intervals and tests draw whole groups of songs
(all songs of an artist in an artist-disjoint comparison), a song with all its repeats, so that asking again about the
same songs never looks like having more of them. A slow contestant may take part in the first dealings only: it is then
scored on these, and tested against each other one on those that both have.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earmark.comparing.calls import Calls, joined
from earmark.comparing.costs import Cost, costs
from earmark.comparing.pairs import differences, every_pair
from earmark.comparing.parts import PartGain, part_gains
from earmark.comparing.promises import Promises, promises
from earmark.comparing.results import FoldResult
from earmark.errors import FormatVersionError, InputError, LibraryError
from earmark.evaluation.attributes import AttributeTable
from earmark.evaluation.baselines import SHORTCUT_ONLY
from earmark.evaluation.comparison import ComparisonRow, ScoreLevel, comparison_row
from earmark.evaluation.conclusions import conclude
from earmark.evaluation.confounds import ConfoundAudit, audit_confounds
from earmark.evaluation.differences import Difference
from earmark.evaluation.metrics import Scores, score
from earmark.evaluation.splits import SplitMode
from earmark.models.files import write_json

FORMAT_VERSION = 2

READABLE_VERSIONS = (2, 1)
"""What a comparison of version 1 lacks is not known of it."""


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
        results: For each contestant its result of each fold that it took part in, in the order of ``tested``.
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
        """Names of the contestants that finished every fold that they were to take part in."""
        return tuple(name for name in self.contestants if name in self.results)

    @cached_property
    def n_tested(self) -> int:
        """How many different songs were tested."""
        return len({song_id for results in self.results.values() for one in results for song_id in one.song_ids})

    def calls(self, contestant: str, *, repeat: int | None = None) -> "Calls":
        """Truth and estimate of a contestant's test songs, all repeats or one of them."""
        places, folds = self._took_part(contestant, repeat)
        songs = np.array([self._by_id[one] for result in folds for one in result.song_ids], dtype=np.int64)
        return Calls(
            folds=np.repeat(places, [len(result.song_ids) for result in folds]).astype(np.int64),
            songs=songs,
            truth=self._truth[songs],
            estimate=np.concatenate([result.estimate for result in folds]),
            probabilities=np.concatenate([result.probabilities for result in folds]),
            votes=joined([result.votes for result in folds]),
            slice_calls=joined([result.slice_calls for result in folds]),
            n_distinct=len(np.unique(songs)),
        )

    def repeats_of(self, contestant: str) -> int:
        """In how many dealings of the songs a contestant took part."""
        return len({self.tested[at].repeat for at in self._took_part(contestant)[0]})

    def _took_part(self, contestant: str, repeat: int | None = None) -> tuple[list[int], list[FoldResult]]:
        """Places of the folds that a contestant took part in, and its results."""
        place = {fold.digest: at for at, fold in enumerate(self.tested)}
        both = [(place[result.split], result) for result in self.results[contestant]]
        kept = [(at, result) for at, result in both if repeat is None or self.tested[at].repeat == repeat]
        return [at for at, _ in kept], [result for _, result in kept]

    @cached_property
    def rows(self) -> tuple[ComparisonRow, ...]:
        """A row for each contestant at song level; for one that cuts slices also by vote, and at slice level.

        One that took part in some of the dealings only is noted so.
        """
        return tuple(self._noted(row) for name in self.ran for row in self._rows(name))

    def _noted(self, row: ComparisonRow) -> ComparisonRow:
        taken = self.repeats_of(row.name)
        seldom = f"{taken} of {self.repeats} dealings" if taken < self.repeats else ""
        return replace(row, note=", ".join(told for told in (row.note, seldom) if told))

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
        calls = {name: self.calls(name) for name in self.ran}
        return differences(every_pair(self.ran), calls, self._groups, seed=self.seed)

    @cached_property
    def promises(self) -> tuple[Promises, ...]:
        """What each model promised of its test songs and kept; without those of which that is not known."""
        counted = [self._promises(name) for name in self.ran if name not in self.baselines]
        return tuple(one for one in counted if one is not None)

    def _promises(self, name: str) -> Promises | None:
        calls, folds = self.calls(name), self._took_part(name)[1]
        said = [(one.confidence, one.probabilities) for one in folds if one.confidence is not None]
        if len(said) < len(folds):
            return None
        return promises(name, said, calls.truth, self._units(calls), seed=self.seed)

    @property
    def promises_unknown(self) -> tuple[str, ...]:
        """Names of the models of which it is not known how sure they were."""
        known = {one.name for one in self.promises}
        return tuple(name for name in self.ran if name not in known and name not in self.baselines)

    def variants(self, contestant: str) -> dict[str, Calls]:
        """What a contestant of several parts would have called its test songs with fewer of them, by the variant."""
        calls, folds = self.calls(contestant), self._took_part(contestant)[1]
        names = [name for name in folds[0].variants if all(name in one.variants for one in folds)]
        said = {name: np.concatenate([one.variants[name] for one in folds]) for name in names}
        return {
            name: replace(calls, probabilities=values, estimate=values.argmax(axis=1).astype(np.int64))
            for name, values in said.items()
        }

    def variant_rows(self, contestant: str) -> tuple[ComparisonRow, ...]:
        """A row for each variant of a contestant of several parts, named after both."""
        variants = self.variants(contestant)
        return tuple(
            self._noted(replace(self._row(contestant, calls), seconds=None, note=variant))
            for variant, calls in variants.items()
        )

    @cached_property
    def gains(self) -> tuple[PartGain, ...]:
        """What each part adds to each ensemble; all parts of all ensembles are one family for Holm's correction."""
        calls = {name: (self.calls(name), self.variants(name)) for name in self.ran}
        return part_gains(calls, self._groups, seed=self.seed, row=self._row)

    @cached_property
    def costs(self) -> tuple[Cost, ...]:
        """What training and judging each model takes, and that as a share of the CRNN's time on the same folds."""
        return costs({name: self.results[name] for name in self.ran if name not in self.baselines})

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
        """The rows of each repeat that it took part in by itself, as a study with several trials reports them."""
        repeats = sorted({self.tested[at].repeat for at in self._took_part(contestant)[0]})
        return tuple(self._rows(contestant, repeat=repeat) for repeat in repeats)

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
        units = self._units(calls)
        row = comparison_row(
            name,
            calls.truth,
            calls.estimate,
            n_labels=len(self.labels),
            rng=np.random.default_rng(self.seed),
            level=level,
            groups=self._groups[calls.songs] if level == "slice" else units,
            seconds=self._seconds(name, repeat),
            note=note,
        )
        # Asking again about the same songs (and their slices) is not having more of them.
        return replace(row, n_songs=len(np.unique(calls.songs)) if level == "song" else calls.n_distinct)

    def _units(self, calls: "Calls") -> NDArray[np.int64] | None:
        """Group of each test; None where no two tests are of one group (no repeats), so that they stand alone."""
        groups = self._groups[calls.songs]
        return None if len(np.unique(groups)) == len(groups) else groups

    def _seconds(self, name: str, repeat: int | None) -> float:
        return sum(result.seconds for result in self._took_part(name, repeat)[1])

    def to_json(self) -> dict[str, Any]:
        """Everything, as plain values, with the tables that follow from it."""
        return {
            "format_version": FORMAT_VERSION,
            "labels": list(self.labels),
            "mode": self.mode,
            "folds": self.folds,
            "repeats": self.repeats,
            "seed": self.seed,
            "rows": [row.to_json() | {"repeats": self.repeats_of(row.name)} for row in self.rows],
            "differences": [difference.to_json() for difference in self.differences],
            "conclusions": list(self.conclusions),
            "promises": [one.to_json() for one in self.promises],
            "promises_unknown": list(self.promises_unknown),
            "variants": {name: [row.to_json() for row in self.variant_rows(name)] for name in self.ran},
            "gains": [gain.to_json() for gain in self.gains],
            "costs": [cost.to_json() for cost in self.costs],
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
            if found not in READABLE_VERSIONS:
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
