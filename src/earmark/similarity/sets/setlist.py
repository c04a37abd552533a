"""A set from one track to another along an energy curve, chosen as a whole.

The set keeps to the key rules and the pitch range in every transition, holds no song twice (nor two versions of one
recording), does not bring an artist back too soon, lasts as long as asked, and follows the curve of energy. Where no
set of the collection keeps all of this, the best one that breaks the fewest rules is given and says which.

`earmark.similarity.sets.set_pool` chooses the tracks to look at, `earmark.similarity.sets.set_puzzle` says how good a
set is and `earmark.similarity.sets.set_search` finds the best.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from earmark.catalog.track import Track
from earmark.errors import InputError
from earmark.similarity.finding.decks import Decks, shared_artists
from earmark.similarity.finding.mixing import MixRules, transitions
from earmark.similarity.finding.reasons import Transition, transition_of
from earmark.similarity.finding.scale import SoundScale
from earmark.similarity.sets.energy_curves import EnergyCurve
from earmark.similarity.sets.set_pool import POOL, WIDE_POOL, choose_pool, energy_levels
from earmark.similarity.sets.set_puzzle import FloatArray, SetPlan, SetPuzzle
from earmark.similarity.sets.set_search import FoundSet, find_set
from earmark.similarity.sets.set_songs import song_numbers

SHAKE: Final = 0.04
"""How much another seed shakes the scores, so that it gives another set of about the same quality."""

ALIKE_SHARE: Final = 0.98
ALIKE_COSINE: Final = 0.9
"""Only pairs nearer than this share of pairs, or than this cosine, are compared by their fingerprints: where there are
many copies, these alone may be more than the share."""

SameRecording = Callable[[str, str], bool]
"""Whether two tracks, by audio id, are one recording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRequest:
    """What set is wanted.

    Attributes:
        start: Audio id of the first track.
        end: Audio id of the last track; None for any.
        minutes: How long it is to last.
        curve: Its energy.
        rules: What may follow what.
        overlap: Seconds for which two tracks sound together; at most a third of either.
        spacing: An artist comes back after this many other tracks at the earliest.
        seed: 0 gives the best set; other seeds give others that are nearly as good.

    Raises:
        InputError: A number is out of range, or the set would end where it begins.
    """

    start: str
    end: str | None
    minutes: float
    curve: EnergyCurve
    rules: MixRules = field(default_factory=MixRules)
    overlap: float = 32.0
    spacing: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise InputError("a set goes from one track to another, but both are the same recording; name two tracks")
        if not 0 < self.minutes <= 24 * 60:
            raise InputError(f"a set lasts more than 0 minutes and at most a day, not {self.minutes:g} minutes")
        if not 0 <= self.overlap <= 600 or self.spacing < 0:
            raise InputError("an overlap is from 0 to 600 seconds, and a spacing of artists at least 0 tracks")

    @property
    def plan(self) -> SetPlan:
        """What the set is to be, for the search; its length may differ by 3 %, or by a minute if that is below 10 %."""
        seconds = 60 * self.minutes
        return SetPlan(
            seconds=seconds,
            tolerance=max(0.03 * seconds, min(60.0, 0.1 * seconds)),
            overlap=self.overlap,
            curve=self.curve,
            spacing=self.spacing,
        )


@dataclass(frozen=True, slots=True)
class SetStep:
    """One track of a set.

    Attributes:
        track: The track.
        start_seconds: When it begins, from the beginning of the set.
        level: Its energy, 0 (the collection's calmest track) to 1 (its most energetic); None where not known.
        wanted: The curve's energy where it plays.
        transition: How it follows the track before it; None for the first.
    """

    track: Track
    start_seconds: float
    level: float | None
    wanted: float
    transition: Transition | None


@dataclass(frozen=True, slots=True)
class SetList:
    """A set.

    Attributes:
        steps: Its tracks in order.
        seconds: How long it lasts.
        value: How good it is, by `SetPuzzle.values`.
        mixing: Mean score of its transitions, 0 to 1.
        fit: Mean fit to the curve, 0 to 1.
        considered: Tracks that the search looked at.
        allowed: Tracks that pass the filters.
        notes: Which rules were bent, and what else a user should know, a sentence each.
    """

    steps: tuple[SetStep, ...]
    seconds: float
    value: float
    mixing: float
    fit: float
    considered: int
    allowed: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SetMaterial:
    """What sets are made of.

    Attributes:
        tracks: All tracks.
        decks: What mixing asks of them, in their order.
        scale: What cosines mean in this collection.
        allowed: bool of shape (tracks,): which of them a set may hold besides its two ends.
        same_recording: Whether two tracks are one recording.
    """

    tracks: Sequence[Track]
    decks: Decks
    scale: SoundScale
    allowed: NDArray[np.bool_]
    same_recording: SameRecording


def make_setlist(material: SetMaterial, request: SetRequest) -> SetList:
    """Make a set.

    Args:
        material: The tracks.
        request: What set is wanted.

    Raises:
        InputError: Its ends are not among the tracks, are versions of one recording, or are together longer than the
            set, or there is not enough music for it.
    """
    ends = _ends(material, request)
    allowed = material.allowed.copy()
    _check_length(material, request, allowed, ends)
    levels = energy_levels(material.decks.energy)
    puzzle, rows, found = _search(material, request, levels, allowed, ends)
    # Each round leaves fewer tracks, so that it ends: by a set of as many recordings as tracks, or for want of tracks.
    while twins := _versions(material, rows[found.tracks], ends):
        allowed[twins] = False
        puzzle, rows, found = _search(material, request, levels, allowed, ends)
    return _told(material, request, levels, (puzzle, rows, found), _count(allowed, ends))


def _count(allowed: NDArray[np.bool_], ends: tuple[int, int | None]) -> int:
    """How many tracks a set may hold: those that are allowed and its ends, which filters do not leave out."""
    return len(set(np.flatnonzero(allowed).tolist()).union(end for end in ends if end is not None))


def _ends(material: SetMaterial, request: SetRequest) -> tuple[int, int | None]:
    places = {track.audio_id: row for row, track in enumerate(material.tracks)}
    for name in (request.start, request.end):
        if name is not None and name not in places:
            raise InputError(f"the track {name} has no vector here; run `earmark embed`")
    if request.end is not None and material.same_recording(request.start, request.end):
        raise InputError("both ends of the set are versions of one recording; name two recordings")
    return places[request.start], None if request.end is None else places[request.end]


def _check_length(
    material: SetMaterial, request: SetRequest, allowed: NDArray[np.bool_], ends: tuple[int, int | None]
) -> None:
    """Refuse a length that no set can have.

    Raises:
        InputError: The ends alone are longer, or all tracks together shorter.
    """
    plan, seconds = request.plan, material.decks.seconds
    both = [row for row in ends if row is not None]
    shortest = seconds[both].sum() - (min(plan.overlap, seconds[both].min() / 3) if len(both) > 1 else 0)
    if shortest > plan.seconds + plan.tolerance:
        raise InputError(
            f"the first and the last track alone last {shortest / 60:.1f} minutes, longer than the "
            f"{request.minutes:g} asked for; ask for more minutes"
        )
    usable = allowed.copy()
    usable[both] = True
    longest = (seconds[usable] - np.minimum(plan.overlap, seconds[usable] / 3)).sum()
    if longest < plan.seconds - plan.tolerance:
        raise InputError(
            f"the tracks that may be played ({int(usable.sum())}) give at most {longest / 60:.0f} minutes, less than "
            f"the {request.minutes:g} asked for; ask for fewer minutes, a shorter --overlap or looser filters"
        )


def _search(
    material: SetMaterial,
    request: SetRequest,
    levels: FloatArray,
    allowed: NDArray[np.bool_],
    ends: tuple[int, int | None],
) -> tuple[SetPuzzle, NDArray[np.int64], FoundSet]:
    """Search in a pool, and in a wider one where no set of it keeps all rules."""
    tried: tuple[SetPuzzle, NDArray[np.int64], FoundSet] | None = None
    for size in (POOL, WIDE_POOL):
        rows = choose_pool(
            material.decks,
            levels,
            allowed=allowed,
            ends=ends,
            plan=request.plan,
            rules=request.rules,
            scale=material.scale,
            size=size,
        )
        if tried is not None and len(rows) == len(tried[1]):
            break
        puzzle = make_puzzle(material, request, levels, rows, ends)
        found = find_set(puzzle)
        if found is not None and (tried is None or found.value > tried[2].value):
            tried = puzzle, rows, found
        if tried is not None and not _broken(tried[0], tried[2]).any():
            break
    if tried is None:
        raise InputError(
            f"no set of {request.minutes:g} minutes can be made of these tracks without repeating a song; "
            "ask for fewer minutes or looser filters"
        )
    return tried


def make_puzzle(
    material: SetMaterial,
    request: SetRequest,
    levels: FloatArray,
    rows: NDArray[np.int64],
    ends: tuple[int, int | None],
) -> SetPuzzle:
    """Put tracks together as a puzzle.

    Args:
        material: All tracks.
        request: What set is wanted.
        levels: float64 of shape (tracks,): energies of all tracks, as shares.
        rows: The tracks to look at, rising.
        ends: Rows of the first and the last track among all; None for any last one.
    """
    decks = material.decks.take(rows)
    mixes = transitions(decks, decks, request.rules, material.scale)
    scores = mixes.scores
    if request.seed:
        noise = np.random.default_rng(request.seed).normal(0.0, SHAKE, scores.shape)
        scores = (scores + noise).astype(np.float32)
    start, end = (None if row is None else int(np.searchsorted(rows, row)) for row in ends)
    return SetPuzzle(
        plan=request.plan,
        scores=scores,
        broken=mixes.off_key.astype(np.uint8) + mixes.off_tempo.astype(np.uint8),
        levels=levels[rows],
        seconds=decks.seconds,
        songs=song_numbers([material.tracks[row] for row in rows.tolist()], decks.artists),
        artists=shared_artists(decks.artists, decks.artists),
        start=start or 0,
        end=end,
    )


def _versions(material: SetMaterial, rows: NDArray[np.int64], ends: tuple[int, int | None]) -> list[int]:
    """Tracks of a set that are another one's recording again, its ends not among them."""
    found: list[int] = []
    least = min(float(np.quantile(material.scale.cosines, ALIKE_SHARE)), ALIKE_COSINE)
    units = material.decks.units[rows]
    for i, j in combinations(range(len(rows)), 2):
        if units[i] @ units[j] < least or int(rows[i]) in found:
            continue
        if material.same_recording(*(material.tracks[int(rows[place])].audio_id for place in (i, j))):
            found.append(int(rows[i if int(rows[j]) in ends else j]))
    return [row for row in found if row not in ends]


def _broken(puzzle: SetPuzzle, found: FoundSet) -> NDArray[np.uint8]:
    return np.asarray(puzzle.broken[found.tracks[:-1], found.tracks[1:]])


def _told(
    material: SetMaterial,
    request: SetRequest,
    levels: FloatArray,
    result: tuple[SetPuzzle, NDArray[np.int64], FoundSet],
    allowed: int,
) -> SetList:
    puzzle, rows, found = result
    one = found.tracks[np.newaxis]
    starts, seconds = puzzle.starts(one)[0], float(puzzle.lengths(one)[0])
    middles = starts + puzzle.seconds[found.tracks] / 2
    chosen = rows[found.tracks]
    followed = [_transition(material, request, *pair) for pair in pairwise(chosen.tolist())]
    steps = tuple(
        SetStep(
            track=material.tracks[row],
            start_seconds=start,
            level=None if np.isnan(levels[row]) else float(levels[row]),
            wanted=wanted,
            transition=transition,
        )
        for row, start, wanted, transition in zip(
            chosen.tolist(),
            starts.tolist(),
            puzzle.plan.curve.at(middles / puzzle.plan.seconds).tolist(),
            [None, *followed],
            strict=True,
        )
    )
    return SetList(
        steps=steps,
        seconds=seconds,
        value=found.value,
        mixing=float(np.mean([one.score for one in followed])),
        fit=float(puzzle.fit(found.tracks, middles).mean()),
        considered=len(rows),
        allowed=allowed,
        notes=tuple(_notes(puzzle, found, steps, seconds)),
    )


def _transition(material: SetMaterial, request: SetRequest, before: int, after: int) -> Transition:
    decks = material.decks
    return transition_of(decks.take([before]), decks.take([after]), request.rules, material.scale)


def _notes(puzzle: SetPuzzle, found: FoundSet, steps: Sequence[SetStep], seconds: float) -> list[str]:
    notes = [
        f"Rule bent before track {number}: {' and '.join(step.transition.broken)}."
        for number, step in enumerate(steps, start=1)
        if step.transition is not None and step.transition.broken
    ]
    if notes:
        notes.append("No set that was found keeps all rules.")
    if again := int(puzzle.too_soon(found.tracks[np.newaxis])[0]):
        times = "once" if again == 1 else f"{again} times"
        notes.append(f"An artist comes back within {puzzle.plan.spacing} tracks {times} (--spacing).")
    if abs(seconds - puzzle.plan.seconds) > puzzle.plan.tolerance:
        notes.append(f"It lasts {seconds / 60:.1f} minutes: no set of these tracks that was found comes nearer.")
    if unknown := sum(step.level is None for step in steps):
        tracks = "1 track" if unknown == 1 else f"{unknown} tracks"
        notes.append(f"The energy of {tracks} is not known; `earmark scan` measures it.")
    return notes
