"""Verdicts for people who read a terminal: one file as a compact panel, many as a table."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from earmark.cli.console import table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from earmark.models.predict import FailedFile, FilePrediction
    from earmark.models.sections import Section
    from earmark.models.why import Explanation

MOST_LABELS = 8
"""Labels that a panel ranks; the others have hardly any probability left."""
STRIP_WIDTH = 72
"""Blocks of the strip of evidence."""
NEAREST = 3
"""Songs of the catalogue that a panel names."""
COLOURS = (
    "bold white on dodger_blue2",
    "bold black on gold3",
    "bold white on deep_pink3",
    "bold black on medium_turquoise",
    "bold white on medium_purple4",
    "bold black on dark_orange",
)
"""Looks of the leading labels in the strip; letters say the same where there are no colours."""
LETTERS = "ABCDEF"
"""The leading labels' letters in the strip, by rank; all others are a dot."""


def verdict_panel(prediction: "FilePrediction", told: "Explanation") -> "Group":
    """Make the panel of one file: ranked labels, evidence along the track, and what stands behind them.

    Args:
        prediction: The file's prediction.
        told: Why.
    """
    from rich.console import Group

    parts: list[object] = [_ranked(prediction, told)]
    if len(told.evidence) > 1:
        parts += [_strip(told)]
    parts.append(_facts(told))
    return Group(*parts)  # type: ignore[arg-type]  # rich's own type for anything that can be shown is a union of protocols


def _ranked(prediction: "FilePrediction", told: "Explanation") -> "Table":
    """Labels with probabilities; those of the set are marked."""
    from rich.text import Text

    inside = () if told.sure is None else told.sure.label_set
    votes = prediction.song.vote.probabilities
    sliced = len(told.evidence) > 1
    rows = []
    for rank, place in enumerate(told.ranked()[:MOST_LABELS]):
        share = float(told.probabilities[place])
        row = [_letter(rank) if sliced else rank + 1, told.labels[place], f"{100 * share:.1f} %", _bar(share)]
        row += ["●" if place in inside else ""] if told.sure is not None else []
        rows.append([*row, *([f"{100 * float(votes[place]):.0f} %"] if sliced else [])])
    columns = ["#>", "label", "probability>", ""]
    columns += [f"set at {100 * told.sure.coverage:g} %"] if told.sure is not None else []
    columns += ["slices voting>"] if sliced else []
    made = table(columns, rows)
    made.title = Text(prediction.track.display, style="bold")  # as text: a title may hold what reads like markup
    return made


def _letter(rank: int) -> str:
    return LETTERS[rank] if rank < len(LETTERS) else "·"


def _bar(share: float, width: int = 24) -> str:
    return "█" * round(share * width)


def _strip(told: "Explanation") -> "Text":
    """One block for each part of the track, with the letter of the label that leads in it, and times below."""
    from rich.text import Text

    ranks = {place: rank for rank, place in enumerate(told.ranked())}
    text = Text()
    for place in strip_labels(told, width=STRIP_WIDTH):
        rank = None if place is None else ranks[place]
        if rank is None:
            text.append(" ")
        elif rank < len(LETTERS):
            text.append(LETTERS[rank], style=COLOURS[rank])
        else:
            text.append("·", style="dim")
    text.append("\n" + time_line(float(told.evidence.ends_seconds[-1]), width=STRIP_WIDTH) + "\n")
    return text


def strip_labels(told: "Explanation", *, width: int) -> list[int | None]:
    """The label that leads in each of many equal parts of a track, by the mean of the slices that reach into it.

    Args:
        told: The verdict, explained.
        width: How many parts.

    Returns:
        Indices of labels; None for a part of which nothing was heard.
    """
    import numpy as np

    evidence = told.evidence
    edges = np.linspace(0.0, float(evidence.ends_seconds[-1]), width + 1)
    leading: list[int | None] = []
    for start, end in pairwise(edges):
        heard = np.minimum(evidence.ends_seconds, end) - np.maximum(evidence.starts_seconds, start)
        leading.append(_leading(evidence.log_probs, np.maximum(heard, 0.0)))
    return leading


def _leading(log_probs: "NDArray[np.float64]", heard: "NDArray[np.float64]") -> int | None:
    return int((heard @ log_probs).argmax()) if heard.any() else None


def time_line(seconds: float, *, width: int) -> str:
    """Times below a strip, as ``m:ss``, about every twelve letters.

    Args:
        seconds: Length of the track.
        width: Letters of the strip.
    """
    from earmark.models.evidence import clock

    line = ""
    for at in range(0, width, 12):
        line = line.ljust(at) + clock(seconds * at / width)
    return line


def _facts(told: "Explanation") -> "Table":
    """What stands behind the verdict, a line each."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, words in _lines(told):
        grid.add_row(name, Text(words))
    return grid


def _lines(told: "Explanation") -> list[tuple[str, str]]:
    lines = [("Margin", margin_words(told))]
    if len(told.sections) > 1:
        lines.append(("Loudest for", _spans(told, told.loudest()) or "no section more than the others"))
        if against := told.opposing():
            lines.append(("Loudest against", _spans(told, against)))
        lines.append(("To turn it", _change_words(told)))
    if told.parts:
        lines.append(("Parts", ", ".join(f"{name} {value:+.1f}" for name, value in told.parts.items())))
    if told.neighbours is not None:
        near = [f"{one.song.name} ({one.song.label}, {one.similarity:.2f})" for one in told.neighbours[:NEAREST]]
        lines.append(("Nearest", "\n".join(near) or "no song by another artist"))
    if told.habits is not None:
        lines.append(("Habits", habits_words(told)))
    return lines


def margin_words(told: "Explanation") -> str:
    """The lead of the label over the runner-up."""
    lead = f"{told.margin:.1f} in log-odds, {100 * told.probability_margin:.0f} points"
    return f"{told.label} leads {told.second} by {lead}"


def _spans(told: "Explanation", sections: "Sequence[Section]") -> str:
    from earmark.models.evidence import clock

    return ", ".join(
        f"{clock(one.start_seconds)}–{clock(one.end_seconds)} ({told.labels[one.label]} "
        f"{100 * one.probability:.0f} %, {one.evidence:+.1f})"
        for one in sections
    )


def _change_words(told: "Explanation") -> str:
    change = told.change
    if change is None:
        return "no choice of sections does"
    count = "1 section" if len(change.sections) == 1 else f"{len(change.sections)} sections"
    share, to = f"{100 * change.share:.0f} % of the sound", told.labels[change.label]
    return f"without {count} ({share}) it is {to} ({100 * change.probability:.0f} %)"


def habits_words(told: "Explanation") -> str:
    """Tempo, key and length beside the label's habits, in a line; empty where they are not known."""
    if told.habits is None:
        return ""
    from earmark.models.evidence import clock

    words = []
    bpm, seconds, key = told.habits.bpm, told.habits.seconds, told.habits.key
    for value, own, show, unit in ((bpm.value, bpm.own, _tempo, " BPM"), (seconds.value, seconds.own, clock, "")):
        this = "unknown" if value is None else show(value) + unit
        if own.low is None or own.high is None:
            words.append(f"{this} (unknown of {own.label})")
        else:
            few = f", only {own.songs} songs" if own.few else ""
            words.append(f"{this} ({own.label} {show(own.low)}–{show(own.high)}{few})")
    this = "key unknown" if key.value is None else f"{key.value.camelot} ({key.own.same} of {key.own.songs} in it)"
    return ", ".join([words[0], this, words[1]])


def _tempo(value: float) -> str:
    return f"{value:.0f}"


def verdicts_table(told: "Sequence[tuple[FilePrediction, Explanation]]") -> "Table":
    """Make the table of many files, a line each.

    Args:
        told: Each file's prediction, and why.
    """
    rows = [_verdict_row(prediction, why) for prediction, why in told]
    covered = next((why.sure.coverage for _, why in told if why.sure is not None), None)
    if covered is None:
        rows = [[*row[:4], row[5]] for row in rows]
        return table(["file", "label", "probability>", "then", ""], rows)
    return table(["file", "label", "probability>", "then", f"set at {100 * covered:g} %", ""], rows)


def _verdict_row(prediction: "FilePrediction", why: "Explanation") -> list[object]:
    share, second = (f"{100 * float(why.probabilities[place]):.0f} %" for place in (why.winner, why.runner_up))
    return [
        prediction.track.path,
        why.label,
        share,
        f"{why.second} {second}",
        set_words(why),
        _remark(prediction, why),
    ]


def set_words(told: "Explanation") -> str:
    """The labels of the set; empty where the bundle is not calibrated."""
    if told.sure is None:
        return ""
    if len(told.sure.label_set) == len(told.labels):
        return "any label"
    return ", ".join(told.labels[place] for place in told.sure.label_set)


def _remark(prediction: "FilePrediction", why: "Explanation") -> str:
    told = ["like none of them"] if why.sure is not None and why.sure.is_none else []
    told += ["was in training"] if prediction.in_training else []
    return ", ".join([*told, *(["shorter than a slice, padded"] if prediction.song.padded else [])])


def failed_table(failures: "Sequence[FailedFile]") -> "Table":
    """Make the table of files without a verdict."""
    rows = [(one.path, "; ".join(f"{who}: {why}" for who, why in one.reasons.items())) for one in failures]
    return table(["file", "why"], rows, title=f"{len(rows)} files could not be predicted")
