"""The part of a run's report that is about how far a model can be believed, counted on the test songs.

Temperature, sets of labels and the threshold of "none of these" come from the bundle, which learnt them from songs held
out of training; the test songs had no say in them.
"""

import numpy as np
import plotly.graph_objects as go

from earmark.comparing.promises import Promises, promises
from earmark.evaluation.confidence import Confidence
from earmark.evaluation.open_set import OpenSetCalibration
from earmark.models.inspection import Inspection
from earmark.report.calibration_figures import reliability_figure, set_size_figure
from earmark.report.page import Block, FigureBlock, NoteBlock, TextBlock
from earmark.report.rows import row_height
from earmark.report.run_facts import Run
from earmark.report.score_texts import percent_range
from earmark.report.theme import MAJOR, NEUTRAL, plain, shortened, styled


def confidence_blocks(run: Run, inspection: Inspection, *, seed: int) -> list[Block]:
    """Tell how far a model can be believed, and show what it kept of its promises.

    Args:
        run: The run that it is of.
        inspection: The model with all that it says of its split.
        seed: Seed of the intervals.
    """
    confidence = inspection.bundle.confidence
    if confidence is None:
        return [
            NoteBlock(
                "plain",
                "This bundle does not say how sure it is: too few songs were held out of its training to tell.",
            )
        ]
    if confidence.n_labels != len(inspection.bundle.labels):
        return [NoteBlock("plain", "Labels were added to this bundle later, and how sure it is of those is not known.")]
    tested = inspection.part("test")
    kept = promises(
        inspection.name,
        [(confidence, np.stack([song.prediction.verdict.probabilities for song in tested]))],
        np.array([song.truth for song in tested], dtype=np.int64),
        run.grouped([song.track for song in tested]),
        seed=seed,
    )
    return [TextBlock("\n\n".join(promise_sentences(confidence, kept))), *_figures(confidence, kept, inspection.name)]


def promise_sentences(confidence: Confidence, kept: Promises) -> tuple[str, str, str]:
    """Say what a model's promises are worth: calibration, sets and strangers, a paragraph each.

    Args:
        confidence: What the model learnt of its own sureness.
        kept: What came of it on the test songs.
    """
    return _calibration(confidence, kept), _sets(confidence, kept), _strangers(confidence, kept)


def _calibration(confidence: Confidence, kept: Promises) -> str:
    before, after = kept.before, kept.after
    told = (
        f"Dividing log-probabilities by a temperature of {confidence.temperature:.2f}, chosen on {confidence.songs} "
        f"{confidence.source}, takes the expected calibration error on the {after.n} test songs from {before.ece:.2f} "
        f"to {after.ece:.2f}. A perfectly calibrated model would show about {after.expected_by_chance:.2f} on so few"
    )
    if after.ece > after.chance_high:
        return f"{told}, and hardly ever more than {after.chance_high:.2f}: these probabilities are not to be believed."
    return f"{told}, so that what is left may be chance."


def _sets(confidence: Confidence, kept: Promises) -> str:
    sets = kept.sets
    interval = percent_range(sets.interval.low, sets.interval.high)
    told = (
        f"Sets of labels that are to hold the right one in {kept.promised:.0%} of cases hold it for "
        f"{sets.coverage:.0%} of the test songs (95 % interval {interval}), with "
        f"{sets.mean_size:.1f} labels on average; {sets.singletons:.0%} hold a single one."
    )
    note = confidence.conformal.note(kept.promised)
    return f"{told} {note}".rstrip()


def _strangers(confidence: Confidence, kept: Promises) -> str:
    if confidence.open_set is None:
        return "Whether a song is like none of these labels cannot be told: no label was held back in training."
    told = confidence.open_set.sentence()
    if kept.let_pass is None or kept.to_let_pass is None:
        return told
    return (
        f"{told} Of the test songs, whose labels it knows, {1 - kept.let_pass:.0%} are called like none of the labels; "
        f"{1 - kept.to_let_pass:.0%} was to be expected."
    )


def _figures(confidence: Confidence, kept: Promises, name: str) -> list[Block]:
    blocks: list[Block] = [
        FigureBlock(
            reliability_figure(kept.reliability_before, kept.reliability_after),
            "Confidence, and what came of it",
            "Test songs in bins by how sure the model is. Points below the line promise too much.",
            f"{name}-reliability",
            half=True,
        ),
        FigureBlock(
            set_size_figure(kept.sets).update_layout(height=520),  # as high as its neighbour
            "Sizes of label sets",
            f"Of the test songs, at {kept.promised:.0%}.",
            f"{name}-sets",
            half=True,
        ),
    ]
    if confidence.open_set is not None:
        blocks.append(
            FigureBlock(
                held_back_figure(confidence.open_set),
                "Labels that were held back",
                "For each label, models that had never learnt it were asked: how often one of its songs is stranger "
                "than one of another label. The line is what guessing gives. On songs held out of training.",
                f"{name}-held-back",
            )
        )
    return blocks


def held_back_figure(open_set: OpenSetCalibration) -> go.Figure:
    """Draw how well each held-back label's songs are told from the others', and the mean.

    Args:
        open_set: What was learnt from rounds without a label.
    """
    rows = sorted(open_set.labels, key=lambda one: -one.auroc)
    figure = go.Figure()
    figure.add_vrect(
        x0=open_set.auroc.low, x1=open_set.auroc.high, line_width=0, fillcolor=NEUTRAL, opacity=0.15, layer="below"
    )
    figure.add_vline(x=open_set.auroc.value, line={"color": NEUTRAL, "width": 2})
    figure.add_vline(x=0.5, line={"color": NEUTRAL, "width": 1, "dash": "dot"})
    figure.add_scatter(
        x=[one.auroc for one in rows],
        y=[shortened(one.label, longest=28) for one in rows],
        mode="markers",
        marker={"size": 11, "color": MAJOR},
        customdata=[[plain(one.label), one.n_unknown, one.n_known, one.caught] for one in rows],
        hovertemplate="%{customdata[0]}: AUROC %{x:.2f}<br>%{customdata[1]} of its songs against %{customdata[2]} of "
        "others<br>%{customdata[3]:.0%} of its songs caught<extra></extra>",
        showlegend=False,
        cliponaxis=False,
    )
    least = min([0.5, open_set.auroc.low, *(one.auroc for one in rows)])
    figure.update_xaxes(title="AUROC (band: the mean's 95 % interval)", range=[max(0.0, least - 0.03), 1.02])
    figure.update_yaxes(showgrid=False, autorange="reversed")
    return styled(figure, height=row_height(len(rows)))
