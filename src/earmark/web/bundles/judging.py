"""Goes through a bundle's test songs and works out what the page tells of it. Runs in a job's process only.

What is said in words is said by the functions that write the reports, so that page, report and command line agree.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from earmark.comparing.promises import Promises, promises
from earmark.evaluation.confidence import Confidence
from earmark.evaluation.confound_sentences import audit_sentences
from earmark.executors import Executor
from earmark.library.library import Library
from earmark.models.bundle import load_bundle
from earmark.models.ensemble import song_log_probs
from earmark.models.inspection import InspectedSong, Inspection, inspect_bundle
from earmark.models.shelf import named_bundle
from earmark.report.label_spread import label_spreads
from earmark.report.run_confidence import promise_sentences
from earmark.report.run_confounds import RunAudit, audit_run
from earmark.report.run_facts import Run, gather_run
from earmark.report.run_page import run_sentences
from earmark.web.bundles.kept import KeptJudgement, card_digest, keep
from earmark.web.jobs.records import now

SEED = 0


def judge_bundle(
    library: Library, name: str, *, executor: Executor, progress: Callable[[int, int], None] | None = None
) -> Inspection:
    """Go through a bundle's test songs, and keep what comes of it.

    Args:
        library: The library.
        name: The bundle.
        executor: Where features are made that the library lacks.
        progress: Called with songs done and songs in all.

    Returns:
        The bundle with all that it said.

    Raises:
        UnknownNameError: There is no such bundle.
        InputError: The library holds none of the test songs, or the bundle is damaged or carries no split.
        MissingExtraError: The part ``train``, of which the baselines are made, is not installed.
    """
    path = named_bundle(library, name)
    digest = card_digest(library, name)
    bundle = load_bundle(path)
    # Songs that were learnt from only lend their files' facts to the audit: one slice of each is heard.
    inspection = inspect_bundle(library, bundle, train_slices=1, seed=SEED, executor=executor, progress=progress)
    run = gather_run(library, [inspection], seed=SEED)
    keep(library, name, _judgement(run, inspection, audit_run(library, run, seed=SEED)), digest=digest)
    return inspection


def _judgement(run: Run, inspection: Inspection, audit: RunAudit | None) -> KeptJudgement:
    labels = list(inspection.bundle.labels)
    tested = inspection.part("test")
    groups = run.grouped([song.track for song in tested])
    kept = _promises(run, inspection)
    spreads = label_spreads(
        inspection.judgement.truth,
        inspection.judgement.estimate,
        n_labels=len(labels),
        rng=np.random.default_rng(SEED),
        groups=groups,
    )
    told = {
        "made": now(),
        "headline": [paragraph for paragraph in run_sentences(run) if paragraph],
        **_confidence_told(inspection, kept),
        **_audit_told(inspection, audit),
        "rows": [row.to_json() for row in run.rows],
        "differences": [one.to_json() for one in run.differences],
        "notes": _notes(inspection),
    }
    return KeptJudgement(
        labels,
        [_song(run, inspection, song) for song in tested],
        told,
        [{"recall": one.recall.to_json(), "precision": one.precision.to_json()} for one in spreads],
    )


def _usable(inspection: Inspection) -> Confidence | None:
    """What the bundle knows of its sureness, where that is about all of its labels."""
    confidence = inspection.bundle.confidence
    return confidence if confidence is not None and confidence.n_labels == len(inspection.bundle.labels) else None


def _promises(run: Run, inspection: Inspection) -> Promises | None:
    confidence, tested = _usable(inspection), inspection.part("test")
    if confidence is None:
        return None
    return promises(
        inspection.name,
        [(confidence, np.stack([song.prediction.verdict.probabilities for song in tested]))],
        np.array([song.truth for song in tested], dtype=np.int64),
        run.grouped([song.track for song in tested]),
        seed=SEED,
    )


def _confidence_told(inspection: Inspection, kept: Promises | None) -> dict[str, Any]:
    confidence = _usable(inspection)
    if confidence is None or kept is None:
        return {"confidence": [], "reliability": None, "sets": None}
    plain = kept.to_json()
    return {
        "confidence": list(promise_sentences(confidence, kept)),
        "reliability": {
            "before": plain["reliability_before"]["bins"],
            "after": plain["reliability_after"]["bins"],
            "calibration_before": plain["before"],
            "calibration_after": plain["after"],
        },
        "sets": {"promised": kept.promised, **plain["sets"]},
    }


def _audit_told(inspection: Inspection, audit: RunAudit | None) -> dict[str, Any]:
    if audit is None:
        told = "Nothing is known of how these files were made, so the audit has nothing to go by. Scan them again."
        return {"audit": [told], "finding": None, "facts": [], "leaning": None}
    leaning = audit.leanings.get(inspection.name)
    telling = {one.column for one in audit.data.telling}
    return {
        "audit": list(audit_sentences(audit.data)),
        "finding": audit.data.finding,
        "facts": [{**one.to_json(), "tells": one.column in telling} for one in audit.data.columns if one.varies],
        "leaning": None if leaning is None else leaning.to_json(),
    }


def _song(run: Run, inspection: Inspection, song: InspectedSong) -> dict[str, Any]:
    confidence = _usable(inspection)
    probabilities = song.prediction.verdict.probabilities
    if confidence is not None:
        probabilities = confidence.probabilities(song_log_probs(song.prediction))
    return {
        "audio_id": song.track.audio_id,
        "display": song.track.display,
        "truth": song.truth,
        "said": song.estimate,
        "group": run.groups[song.track.audio_id],
        "probabilities": [round(float(one), 5) for one in probabilities],
    }


def _notes(inspection: Inspection) -> list[str]:
    notes = []
    gone = {part: count for part, count in inspection.gone.items() if count}
    if gone:
        listed = ", ".join(f"{count} of {part}" for part, count in gone.items())
        notes.append(f"Songs of its split that are not in this library any more: {listed}.")
    if inspection.unheard:
        name, reason = next(iter(inspection.unheard.items()))
        notes.append(f"{len(inspection.unheard)} songs could not be heard, such as {name}: {reason}.")
    if inspection.leakage.problem is not None:
        notes.insert(0, f"These scores cannot be trusted: {inspection.leakage.problem}.")
    return notes
