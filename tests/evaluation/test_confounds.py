"""A codec shortcut that was put there is found; where there is none, one is found no more often than promised."""

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from earmark.errors import InputError
from earmark.evaluation.attributes import AttributeTable
from earmark.evaluation.confound_sentences import audit_sentences
from earmark.evaluation.confounds import ConfoundAudit, audit_confounds
from earmark.evaluation.shortcuts import ShortcutFacts, shortcut_table

Indices = NDArray[np.int64]

CODECS = ("mp3", "aac", "flac", "vorbis")


def collection(rng: np.random.Generator, labels: Indices, *, shortcut: float) -> tuple[AttributeTable, Indices]:
    """Files whose codec is the label's own in some share of them, and what a classifier of the codec says of them."""
    n = len(labels)
    codec = np.where(rng.random(n) < shortcut, labels, rng.integers(0, len(CODECS), n))
    facts = [
        ShortcutFacts(codec=CODECS[one], bit_rate=int(rng.integers(1, 9)) * 32_000, loudness_db=rng.normal(-9, 1))
        for one in codec
    ]
    return shortcut_table(facts), codec


def audited(seed: int, *, shortcut: float, n: int = 100, resamples: int = 2000) -> ConfoundAudit:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, n)
    table, called = collection(rng, labels, shortcut=shortcut)
    return audit_confounds(table, labels, called, n_labels=4, rng=rng, resamples=resamples)


def test_a_codec_that_tells_four_of_five_labels_is_found_and_named() -> None:
    audit = audited(1, shortcut=0.8)
    assert audit.finding == "shortcut found"
    assert audit.telling[0].column == "codec"
    assert audit.telling[0].strength > 0.6
    assert audit.score.accuracy == pytest.approx(0.85, abs=0.1)
    assert audit.score.accuracy_interval.low > audit.chance
    assert audit.chance == pytest.approx(0.25, abs=0.05)
    assert audit.p <= 0.001
    told = " ".join(audit_sentences(audit))
    assert "a model can score without hearing music" in told
    assert "What tells them: codec (Cramér's V 0." in told
    assert "bring all files to one codec" in told


def test_without_a_shortcut_none_is_found() -> None:
    audit = audited(1, shortcut=0.0, n=200)
    assert audit.finding == "none found"
    assert audit.telling == ()
    told = audit_sentences(audit)
    assert told[0] == "No sign that the files by themselves tell the labels."
    assert "No fact by itself tells the labels better than chance would." in told


def test_a_weaker_shortcut_is_found_with_more_songs() -> None:
    assert audited(2, shortcut=0.25, n=400).finding == "shortcut found"


def test_a_collection_without_a_shortcut_is_accused_no_more_often_than_promised() -> None:
    found = sum(audited(seed, shortcut=0.0, n=60, resamples=299).finding == "shortcut found" for seed in range(200))
    # Binomial(200, 0.05): 18 or more have a probability below 1 %. Far below is right too: the rule asks for strength.
    assert found < 18


def test_artists_do_not_look_like_shortcuts() -> None:
    """Artists with a codec and a label each, both by chance; groups of many sizes."""

    def found(seed: int, *, grouped: bool) -> bool:
        rng = np.random.default_rng(seed)
        artists = np.repeat(np.arange(30), rng.integers(1, 6, 30))
        labels, codec = rng.integers(0, 4, 30)[artists], rng.integers(0, 4, 30)[artists]
        table = shortcut_table([ShortcutFacts(codec=CODECS[one]) for one in codec])
        groups = artists if grouped else None
        audit = audit_confounds(table, labels, codec, n_labels=4, rng=rng, groups=groups, resamples=199)
        return audit.finding == "shortcut found"

    assert sum(found(seed, grouped=True) for seed in range(150)) < 16, "Binomial(150, 0.05): 1 %"
    assert sum(found(seed, grouped=False) for seed in range(40)) > 15, "by single songs chance looks like a finding"


@pytest.mark.parametrize("n", [2, 4, 12, 19])
def test_with_a_few_songs_it_cannot_tell(n: int) -> None:
    labels = np.arange(n) % 2
    facts = [ShortcutFacts(codec=CODECS[at // 2 % 2], loudness_db=float(at)) for at in range(n)]
    audit = audit_confounds(
        shortcut_table(facts), labels, np.zeros(n, dtype=np.int64), n_labels=2, rng=np.random.default_rng(0)
    )
    assert audit.finding == "cannot tell"
    told = audit_sentences(audit)
    assert told[0].startswith("Too few songs")
    assert told[-1] == "More songs, or cross-validation in place of one test set, would tell."


def test_few_groups_are_few_songs() -> None:
    rng = np.random.default_rng(0)
    labels, groups = np.arange(90) % 2, np.arange(90) % 9
    table, called = collection(rng, labels, shortcut=0.0)
    audit = audit_confounds(table, labels, called % 2, n_labels=2, rng=rng, groups=groups)
    assert audit.finding == "cannot tell"
    assert audit.n_groups == 9
    assert audit.score.accuracy_interval.method == "grouped-wilson"
    assert "songs in 9 groups" in audit_sentences(audit)[1]


def test_files_that_are_all_alike_have_no_shortcut() -> None:
    table = shortcut_table([ShortcutFacts(codec="flac", sample_rate=16_000, loudness_db=-26.0)] * 12)
    audit = audit_confounds(
        table, np.arange(12) % 3, np.zeros(12, dtype=np.int64), n_labels=3, rng=np.random.default_rng(0)
    )
    assert (audit.finding, audit.p) == ("none found", 1.0)
    assert "All files are alike in every fact that is known of them." in audit_sentences(audit)


def test_a_sure_but_tiny_difference_is_no_finding() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(6_000) % 2
    numbers = rng.normal(size=6_000) + 0.14 * labels
    table = AttributeTable(("level (dB)",), numbers[:, None])
    audit = audit_confounds(table, labels, labels * 0, n_labels=2, rng=rng, resamples=199)
    assert audit.columns[0].p_corrected <= 0.01
    assert audit.columns[0].weak
    assert audit.finding == "none found"


def test_what_mastering_may_be_is_not_called_the_files_fault() -> None:
    labels = np.arange(80) % 2
    rng = np.random.default_rng(0)
    table = shortcut_table([ShortcutFacts(codec="flac", loudness_db=-9.0 - 6 * one + rng.normal()) for one in labels])
    audit = audit_confounds(table, labels, labels, n_labels=2, rng=rng)
    assert [one.column for one in audit.telling] == ["level (dB)"]
    told = audit_sentences(audit)[-1]
    assert "may be its sound, or only its files'" in told
    assert "codec" not in told


def lean(follows: bool) -> ConfoundAudit:
    """A model that is right on two thirds, and for the rest follows the files or guesses."""
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 4, 200)
    table, called = collection(rng, labels, shortcut=0.5)
    guesses = rng.integers(0, 4, 200)
    verdicts = np.where(rng.random(200) < 2 / 3, labels, called if follows else guesses)
    return audit_confounds(table, labels, called, n_labels=4, rng=rng, verdicts=verdicts, resamples=999)


def test_a_model_that_follows_the_files_is_told() -> None:
    leaning = lean(True).leaning
    assert leaning is not None
    assert leaning.n_agreeing == leaning.n_wrong > 20
    assert leaning.expected < 0.7 * leaning.n_wrong
    assert leaning.p == pytest.approx(0.001)
    assert leaning.where_shortcut_right.value == 1.0
    assert leaning.where_shortcut_wrong.value == pytest.approx(2 / 3, abs=0.12)
    assert leaning.where_shortcut_wrong.interval.method == "wilson"
    told = " ".join(audit_sentences(lean(True)))
    assert "The model leans on the files: in " in told
    assert "where the files mislead, and on 100% of" in told


def test_a_model_that_guesses_is_not_accused() -> None:
    audit = lean(False)
    assert audit.leaning is not None
    assert audit.leaning.p > 0.05
    assert audit.leaning.n_agreeing == pytest.approx(audit.leaning.expected, abs=8)
    assert "No sign that the model leans on the files: in " in " ".join(audit_sentences(audit))


def test_labels_that_are_mixed_up_by_sound_are_no_leaning() -> None:
    """Model and files both call all of label 0 label 1: that alone does not make the one follow the other."""
    labels = np.arange(200) % 2
    table, _ = collection(np.random.default_rng(0), labels, shortcut=0.5)
    ones = np.ones(200, dtype=np.int64)
    audit = audit_confounds(table, labels, ones, n_labels=2, rng=np.random.default_rng(0), verdicts=ones)
    assert audit.leaning is not None
    assert (audit.leaning.n_wrong, audit.leaning.n_agreeing, audit.leaning.expected) == (100, 100, 100.0)
    assert audit.leaning.p == 1.0


def test_a_model_without_mistakes() -> None:
    labels = np.arange(40) % 4
    table, called = collection(np.random.default_rng(0), labels, shortcut=1.0)
    audit = audit_confounds(table, labels, called, n_labels=4, rng=np.random.default_rng(0), verdicts=labels)
    assert audit.leaning is not None
    assert (audit.leaning.n_wrong, audit.leaning.p) == (0, 1.0)
    assert audit.leaning.where_shortcut_wrong.value is None
    told = audit_sentences(audit)
    assert "The model made 0 mistakes, too few to say whether it follows the files." in told
    assert not any("mislead" in one for one in told)


def test_an_audit_as_plain_values() -> None:
    audit = lean(True)
    told = json.loads(json.dumps(audit.to_json(), allow_nan=False))
    assert told["finding"] == audit.finding
    assert told["columns"][0]["column"] == audit.columns[0].column
    assert told["leaning"]["where_shortcut_wrong"]["interval"]["level"] == 0.95
    assert audited(0, shortcut=0.5, n=20, resamples=9).to_json()["leaning"] is None


def test_the_same_chance_gives_the_same_audit() -> None:
    assert audited(7, shortcut=0.1).to_json() == audited(7, shortcut=0.1).to_json()


@pytest.mark.parametrize(
    ("n_songs", "n_labels", "significance"), [(0, 2, 0.05), (3, 2, 0.05), (4, 1, 0.05), (4, 2, 0.0), (4, 2, 1.0)]
)
def test_what_cannot_be_audited_is_refused(n_songs: int, n_labels: int, significance: float) -> None:
    table = shortcut_table([ShortcutFacts()] * 4 * (n_songs > 0))
    labels = np.zeros(n_songs, dtype=np.int64)
    with pytest.raises(InputError, match="a row of facts and a label for each of the songs"):
        audit_confounds(
            table, labels, labels, n_labels=n_labels, rng=np.random.default_rng(0), significance=significance
        )
