"""A confound audit in plain sentences, for people: what was found, by what, and what to do about it."""

from collections.abc import Sequence

from earmark.evaluation.associations import Association
from earmark.evaluation.confounds import FEWEST_MISTAKES, ConfoundAudit, Leaning, Share
from earmark.evaluation.intervals import Interval
from earmark.evaluation.shortcuts import MASTERING_COLUMNS

_MOST_COLUMNS = 3


def audit_sentences(audit: ConfoundAudit) -> tuple[str, ...]:
    """Say in a few sentences what an audit found.

    Args:
        audit: What `earmark.evaluation.confounds.audit_confounds` found.

    Returns:
        The finding first, then what it rests on, the model's leaning where one was audited, and what to do.
    """
    sentences = [_finding(audit), _score(audit), _columns(audit)]
    if audit.leaning is not None:
        sentences += [_mistakes(audit.leaning, audit.significance), _apart(audit.leaning)]
    return tuple(sentence for sentence in [*sentences, _advice(audit)] if sentence)


def _finding(audit: ConfoundAudit) -> str:
    if audit.finding == "shortcut found":
        return "The files by themselves tell the labels to some extent: a model can score without hearing music."
    if audit.finding == "none found":
        return "No sign that the files by themselves tell the labels."
    return "Too few songs to say whether the files by themselves tell the labels."


def _score(audit: ConfoundAudit) -> str:
    score = audit.score
    groups = "" if audit.n_groups is None else f" in {audit.n_groups} groups"
    return (
        f"A classifier that sees only the files' facts is right on {score.accuracy:.0%} of {score.n_songs} "
        f"songs{groups} (95 % interval {_range(score.accuracy_interval)}), where chance gives {audit.chance:.0%} and "
        f"the largest label {audit.majority:.0%} (permutation test, p = {audit.p:.2g})."
    )


def _columns(audit: ConfoundAudit) -> str:
    if not any(one.varies for one in audit.columns):
        return "All files are alike in every fact that is known of them."
    if not audit.telling:
        return "No fact by itself tells the labels better than chance would."
    listed = "; ".join(_column(one) for one in audit.telling[:_MOST_COLUMNS])
    more = len(audit.telling) - _MOST_COLUMNS
    return f"What tells them: {listed}{f'; and {more} more' if more > 0 else ''}."


def _column(one: Association) -> str:
    return f"{one.column} ({one.measure} {one.strength:.2f}, corrected p = {one.p_corrected:.2g})"


def _mistakes(leaning: Leaning, significance: float) -> str:
    if leaning.n_wrong < FEWEST_MISTAKES:
        return f"The model made {leaning.n_wrong} mistakes, too few to say whether it follows the files."
    told = (
        f"in {leaning.n_agreeing} of its {leaning.n_wrong} mistakes it says what that classifier says, "
        f"{leaning.expected:.1f} would be chance (p = {leaning.p:.2g})"
    )
    if leaning.p <= significance:
        return f"The model leans on the files: {told}."
    return f"No sign that the model leans on the files: {told}."


def _apart(leaning: Leaning) -> str:
    wrong, right = leaning.where_shortcut_wrong, leaning.where_shortcut_right
    if not wrong.n_songs or not right.n_songs:
        return ""
    return f"The model is right on {_told(wrong)} where the files mislead, and on {_told(right)} where they do not."


def _told(share: Share) -> str:
    return f"{share.hits / share.n_songs:.0%} of {share.n_songs} songs (95 % interval {_range(share.interval)})"


def _advice(audit: ConfoundAudit) -> str:
    if audit.finding == "shortcut found":
        common = "Judge models by how far they beat this classifier"
        telling = [one.column for one in audit.telling]
        if telling and all(column in MASTERING_COLUMNS for column in telling):
            return f"{common}; how loud, wide and bright a label masters may be its sound, or only its files'."
        varying = [one.column for one in audit.columns if one.varies and one.column not in MASTERING_COLUMNS]
        if not varying:
            return f"{common}."
        return f"{common}, and bring all files to one {_listed(varying)} before believing the rest."
    if audit.finding == "cannot tell":
        return "More songs, or cross-validation in place of one test set, would tell."
    return ""


def _listed(names: Sequence[str]) -> str:
    """Names with commas and an "and", without their units."""
    plain = [name.partition(" (")[0] for name in names]
    return plain[0] if len(plain) == 1 else f"{', '.join(plain[:-1])} and {plain[-1]}"


def _range(interval: Interval) -> str:
    return f"{100 * interval.low:.0f} to {100 * interval.high:.0f} %"
