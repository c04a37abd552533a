"""What the page asks of kept judgements: mistakes to hear, and models beside each other."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from earmark.comparing.compare import FOLDER, comparison_path
from earmark.comparing.comparison import READABLE_VERSIONS
from earmark.errors import EarmarkError, FormatVersionError, InputError, UnknownNameError
from earmark.evaluation.differences import Difference, all_differences
from earmark.library.library import Library
from earmark.web.bundles.cards import score_row
from earmark.web.bundles.kept import KeptJudgement
from earmark.web.bundles.values import ComparisonDetail, ComparisonOut, ComparisonsOut, Pair, Said, Unreadable
from earmark.web.values import TrackOut

MOST_PROBABILITIES = 5


def songs_of_cell(
    judgement: KeptJudgement, *, truth: str | None, said: str | None, wrong_only: bool
) -> list[dict[str, Any]]:
    """Return the test songs of a cell of the confusion matrix, the surest verdict first.

    Args:
        judgement: What the model said.
        truth: The songs' label; any where None.
        said: The label that they were called; any where None.
        wrong_only: Whether songs that were called rightly are left out.

    Raises:
        UnknownNameError: The model knows no such label.
    """
    wanted = [None if name is None else _place(judgement, name) for name in (truth, said)]
    found = [
        song
        for song in judgement.songs
        if wanted[0] in (None, song["truth"])
        and wanted[1] in (None, song["said"])
        and not (wrong_only and song["truth"] == song["said"])
    ]
    return sorted(found, key=lambda song: (-song["probabilities"][song["said"]], song["display"]))


def _place(judgement: KeptJudgement, name: str) -> int:
    if name not in judgement.labels:
        raise UnknownNameError("label of this model", name, judgement.labels)
    return judgement.labels.index(name)


def said_of(judgement: KeptJudgement, song: dict[str, Any], track: TrackOut | None) -> Said:
    """Return what a model said of a test song, for people.

    Args:
        judgement: What the model said.
        song: One of its songs.
        track: The song in the library; None where it is gone.
    """
    probabilities = np.asarray(song["probabilities"])
    order = np.argsort(-probabilities, kind="stable").tolist()
    labels = judgement.labels
    return Said(
        track=track,
        audio_id=song["audio_id"],
        display=song["display"],
        truth=labels[song["truth"]],
        said=labels[song["said"]],
        right=song["truth"] == song["said"],
        place=order.index(song["truth"]) + 1,
        probabilities=[(labels[at], float(probabilities[at])) for at in order[:MOST_PROBABILITIES]],
        truth_probability=float(probabilities[song["truth"]]),
    )


def paired(judgements: dict[str, KeptJudgement], digests: dict[str, str]) -> list[Pair]:
    """Compare every two models that share a split, on the songs that all models of it were judged on.

    As `earmark evaluate` does: whole groups of songs trade places, and p is corrected for all pairs of a split.

    Args:
        judgements: What each model said, by its name.
        digests: The digest of each one's split.
    """
    found: list[Pair] = []
    for digest in dict.fromkeys(digests[name] for name in judgements):
        together = {name: one for name, one in judgements.items() if digests[name] == digest}
        found += [_pair(one) for one in _differences(together)]
    return found


def _differences(together: dict[str, KeptJudgement]) -> Sequence[Difference]:
    rights = {name: _rights(one) for name, one in together.items()}
    shared = sorted(frozenset.intersection(*(frozenset(right) for right in rights.values())))
    if len(rights) < 2 or not shared:
        return ()
    group_of = {song["audio_id"]: song["group"] for song in next(iter(together.values())).songs}
    scores: dict[str, ArrayLike] = {name: [right[one] for one in shared] for name, right in rights.items()}
    return all_differences(scores, groups=[group_of[one] for one in shared])


def _rights(judgement: KeptJudgement) -> dict[str, bool]:
    return {song["audio_id"]: song["truth"] == song["said"] for song in judgement.songs}


def _pair(one: Difference) -> Pair:
    points = abs(100 * one.mean)
    together = f" in {one.n_groups} groups" if one.n_groups < one.n_songs else ""
    songs = f"these {one.n_songs} songs{together}"
    if one.better is None:
        sentence = f"{one.first} and {one.second} cannot be told apart on {songs}."
    else:
        other = one.second if one.better == one.first else one.first
        sentence = f"{one.better} is better than {other} by {points:.0f} points on {songs}."
    return Pair(**one.to_json(), sentence=sentence)


def comparisons(library: Library) -> ComparisonsOut:
    """Return the kept comparisons of a library in short, newest first, and those that cannot be read.

    Args:
        library: The library.
    """
    told = ComparisonsOut(comparisons=[], unreadable=[])
    for path in _kept(library):
        try:
            told.comparisons.append(_short(path, _read(path)))
        except EarmarkError as error:
            told.unreadable.append(Unreadable(name=path.stem, message=str(error)))
    return told


def _kept(library: Library) -> list[Path]:
    folder = library.local_folder(FOLDER)
    found = [(path.stat().st_mtime, path) for path in folder.glob("*.json")] if folder.is_dir() else []
    return [path for _, path in sorted(found, reverse=True)]


def comparison(library: Library, name: str) -> ComparisonDetail:
    """Return a kept comparison; its tables stand in its file.

    Args:
        library: The library.
        name: The comparison.

    Raises:
        UnknownNameError: There is no such comparison.
        InputError: The name would lead out of the folder of comparisons.
        FormatVersionError: It was written by another format version.
    """
    path = comparison_path(library, name)
    if not path.is_file():
        raise UnknownNameError("comparison", name, [one.stem for one in _kept(library)])
    plain = _read(path)
    return ComparisonDetail(
        **_short(path, plain).model_dump(),
        conclusions=plain.get("conclusions", []),
        rows=[score_row(row) for row in plain.get("rows", ())],
        baselines=plain["baselines"],
        differences=plain.get("differences", []),
        not_run=plain["not_run"],
        notes=plain.get("notes", []),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        plain: dict[str, Any] = json.loads(path.read_text("utf-8"))
        version = plain["format_version"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path.name} is no comparison ({error}); run the comparison again") from error
    if version not in READABLE_VERSIONS:
        remedy = "run the comparison again"
        raise FormatVersionError(f"comparison {path.stem}", found=version, expected=READABLE_VERSIONS[0], remedy=remedy)
    return plain


def _short(path: Path, plain: dict[str, Any]) -> ComparisonOut:
    return ComparisonOut(
        name=path.stem,
        made=datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds"),
        labels=len(plain["labels"]),
        mode=plain["mode"],
        folds=plain["folds"],
        repeats=plain["repeats"],
        contestants=plain["contestants"],
        page=path.with_suffix(".html").is_file(),
    )
