"""The card of a model bundle: everything about a model but its weights, as JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from earmark.errors import FormatVersionError, InputError
from earmark.models.spec import ModelSpec

BUNDLE_VERSION = 2
"""Format version of the bundles that this Earmark writes and reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleCard:
    """What is known of a bundled model.

    Attributes:
        spec: The model with its feature and training settings.
        labels: Names of the labels, in the order of the outputs.
        songs: Songs of each label, by part (``train``, ``validation``).
        slices: Inputs of each label, by part.
        split: The split that training kept to (mode, seed, hash), free in form; empty where none was given.
        scores: Scores with their intervals, free in form; empty where none were given.
        training: How training went (seed, epochs, curves, precision), free in form.
        versions: Versions of Earmark and of the packages that made the bundle.
        created: When, ISO 8601 in UTC.
        files: SHA-256 of each of the bundle's other files.
        parity: Largest difference between torch's and ONNX Runtime's log-probabilities when it was saved.
        confidence: How sure it is (`earmark.evaluation.confidence.Confidence`); None where nothing was held out.
        fusion: How an ensemble's parts are weighted (`earmark.models.fusion.Fusion`); None for a single model.
    """

    spec: ModelSpec
    labels: tuple[str, ...]
    songs: Mapping[str, Mapping[str, int]]
    slices: Mapping[str, Mapping[str, int]]
    split: Mapping[str, Any]
    scores: Mapping[str, Any]
    training: Mapping[str, Any]
    versions: Mapping[str, str]
    created: str
    files: Mapping[str, str]
    parity: float
    confidence: Mapping[str, Any] | None = None
    fusion: Mapping[str, Any] | None = None

    @property
    def network_labels(self) -> tuple[str, ...]:
        """The labels that the model was trained for: all but those added later (``training["added"]``)."""
        return self.labels[: len(self.labels) - len(self.training.get("added", ()))]

    @property
    def learnt_ids(self) -> frozenset[str]:
        """Audio ids of all songs that the model learnt from, those of labels that were added later among them."""
        learnt = set(self.split.get("train", ()))
        if self.confidence is not None and self.confidence["source"] == "out-of-fold songs":
            learnt |= set(self.split.get("validation", ()))  # learnt as well, once all of it was held out in turn
        added = (song for record in self.training.get("added", ()) for song in record["audio_ids"])
        return frozenset(learnt.union(added))

    @property
    def known_score(self) -> str:
        """How the model did on songs that it had never heard, in a sentence; empty where the card does not know."""
        row = self.scores.get("test", {}).get("mean", {}).get("row", {})
        if row.get("accuracy") is None:
            return ""
        interval = row["accuracy_interval"]
        share, low, high = (f"{100 * one:.0f}" for one in (row["accuracy"], interval["low"], interval["high"]))
        songs = f"On {row['n_songs']} songs it had never heard it was right {share} % of the time"
        return f"{songs} (95 %: {low}-{high} %)."

    def to_json(self) -> dict[str, Any]:
        """Plain values, with the format version."""
        plain = asdict(self)
        plain.update(spec=self.spec.to_json(), labels=list(self.labels))
        return {"format_version": BUNDLE_VERSION, "model": self.spec.name, **plain}


def read_card(content: bytes, *, name: str) -> BundleCard:
    """The card in a file's bytes.

    Args:
        content: All bytes of the card.
        name: The bundle, as messages call it.

    Raises:
        FormatVersionError: It was written by another format version.
        InputError: It is damaged, or its keys are not those of a card.
    """
    try:
        plain = json.loads(content)
        version = plain.pop("format_version")
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise InputError(
            f"the card of model bundle {name} is unreadable ({error!r}); copy or train it again"
        ) from error
    if version != BUNDLE_VERSION:
        remedy = "train the model again, or open it with the Earmark that made it"
        raise FormatVersionError(f"model bundle {name}", found=version, expected=BUNDLE_VERSION, remedy=remedy)
    expected = {"model", *(field.name for field in fields(BundleCard))}
    if set(plain) != expected:
        raise InputError(
            f"the card of model bundle {name} should have the keys {sorted(expected)}; "
            f"missing: {sorted(expected - set(plain))}, unknown: {sorted(set(plain) - expected)}"
        )
    del plain["model"]
    return BundleCard(**{**plain, "spec": ModelSpec.from_json(plain["spec"]), "labels": tuple(plain["labels"])})
