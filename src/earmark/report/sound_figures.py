"""Pictures of sound: the log-mel spectrogram of a track, large with what the model says along it, or small.

Decibels are drawn relative to the loudest value of what is shown, rounded to whole decibels (int8), and thinned to
about as many columns as a screen has room for, so that a picture costs tens of kilobytes.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from earmark.audio.mel import mel_filterbank
from earmark.audio.settings import FeatureSettings
from earmark.report.theme import LabelStyle, plain, shortened, styled

FLOOR_DB = -80
"""What is quieter than this, relative to the loudest, is drawn as this."""

MOST_COLUMNS = 340
"""Columns of the large picture: 128 bands of so many bytes are 58 kB in a page."""

GRID_COLUMNS, GRID_BANDS = 170, 64
"""Columns and bands of a small picture."""

MOST_LINES = 8
"""Labels whose probabilities are drawn along a track: those that the model finds most probable on the whole."""

_HERTZ_TICKS = (100, 250, 500, 1000, 2000, 4000, 8000, 16000)
_SCALE = "Magma"


@dataclass(frozen=True, slots=True, eq=False)
class SoundPicture:
    """A log-mel picture, ready to be drawn.

    Attributes:
        decibels: int8 of shape (bands, columns), lowest band first, relative to the loudest, `FLOOR_DB` to 0.
        seconds: float64 of shape (columns,): the middle of each column.
        hertz: float64 of shape (bands,): the middle of each band.
    """

    decibels: NDArray[np.int8]
    seconds: NDArray[np.float64]
    hertz: NDArray[np.float64]


def sound_picture(
    log_mel: NDArray[np.floating],
    settings: FeatureSettings,
    *,
    columns: int = MOST_COLUMNS,
    bands: int | None = None,
    first: int = 0,
) -> SoundPicture:
    """Thin a log-mel to a picture; neighbouring frames and bands are averaged in decibels.

    Args:
        log_mel: Decibels of shape (frames, n_mels), at least one frame.
        settings: What it was computed with.
        columns: Columns at most.
        bands: Bands at most; all where None.
        first: Where in the track the log-mel starts, in frames, for the axis of time.
    """
    values = np.asarray(log_mel, dtype=np.float64)
    by_time = math.ceil(values.shape[0] / columns)
    by_band = 1 if bands is None else math.ceil(values.shape[1] / bands)
    thin = _averaged(_averaged(values, by_time, axis=0), by_band, axis=1)
    relative = np.clip(np.rint(thin - thin.max()), FLOOR_DB, 0).astype(np.int8)
    starts = np.arange(0, values.shape[0], by_time)
    middles = first + starts + (np.minimum(starts + by_time, values.shape[0]) - starts) / 2
    hertz = _averaged(band_centres(settings)[:, None], by_band, axis=0)[:, 0]
    return SoundPicture(np.ascontiguousarray(relative.T), middles / settings.frames_per_second, hertz)


def band_centres(settings: FeatureSettings) -> NDArray[np.float64]:
    """Centre of gravity of each mel band in hertz, float64 of shape (n_mels,)."""
    weights = mel_filterbank(settings).astype(np.float64)
    bins = np.fft.rfftfreq(settings.n_fft, 1.0 / settings.sample_rate)
    mass = weights.sum(axis=1)
    centres = np.divide(weights @ bins, mass, out=np.full(len(mass), np.nan), where=mass > 0)
    # Bands narrower than a bin hold none; they lie between their neighbours, or the ends of the range.
    known = np.flatnonzero(np.isfinite(centres))
    places, edges = [-1, *known, len(mass)], [settings.fmin, *centres[known], settings.highest_frequency]
    return np.asarray(np.interp(np.arange(len(mass)), places, edges), dtype=np.float64)


def _averaged(values: NDArray[np.float64], by: int, *, axis: int) -> NDArray[np.float64]:
    """The means of runs of `by` neighbours along an axis; the last run may be shorter."""
    starts = np.arange(0, values.shape[axis], by)
    sizes = np.diff(np.append(starts, values.shape[axis]))
    shape = [-1 if at == axis else 1 for at in range(values.ndim)]
    return np.asarray(np.add.reduceat(values, starts, axis=axis) / sizes.reshape(shape))


def track_picture(
    picture: SoundPicture,
    *,
    starts: NDArray[np.float64],
    probabilities: NDArray[np.floating],
    labels: Sequence[str],
    styles: Mapping[str, LabelStyle],
) -> go.Figure:
    """Draw one track, and below it what the model says of each slice.

    Args:
        picture: The track's log-mel.
        starts: Where each slice starts, in seconds, shape (slices,); one for a model that hears a song at once.
        probabilities: Of each label in each slice, shape (slices, labels).
        labels: Names of the labels.
        styles: The labels' colours.
    """
    told = len(starts) > 1
    figure = make_subplots(
        rows=2 if told else 1,
        cols=1,
        shared_xaxes=True,
        row_heights=[0.64, 0.36] if told else [1.0],
        vertical_spacing=0.06,
    )
    figure.add_trace(_heatmap(picture, colorbar={"len": 0.64 if told else 1, "y": 1, "yanchor": "top"}), row=1, col=1)
    figure.update_yaxes(row=1, col=1, **_hertz_axis(picture.hertz), title="mel frequency")
    if told:
        _add_slices(figure, starts, probabilities, labels, styles)
    figure.update_xaxes(title="time (s)", row=2 if told else 1, col=1)
    figure.update_xaxes(showgrid=False, range=[0, float(picture.seconds[-1])])
    figure.update_layout(legend={"orientation": "h", "x": 0, "y": -0.16, "yanchor": "top"})
    return styled(figure, height=570 if told else 380)


def _add_slices(
    figure: go.Figure,
    starts: NDArray[np.float64],
    probabilities: NDArray[np.floating],
    labels: Sequence[str],
    styles: Mapping[str, LabelStyle],
) -> None:
    # The last slice is as long as the others, so its step needs an end.
    edges = np.append(starts, 2 * starts[-1] - starts[-2]).astype(np.float32)
    steps = np.concatenate([probabilities, probabilities[-1:]]).astype(np.float32)
    likely = np.argsort(-probabilities.mean(axis=0), kind="stable")[:MOST_LINES]
    for place in sorted(likely.tolist()):
        label = labels[place]
        style = styles[label]
        figure.add_scatter(
            x=edges,
            y=steps[:, place],
            mode="lines",
            line={"color": style.colour, "dash": style.dash, "width": 2, "shape": "hv"},
            name=shortened(label),
            hovertemplate=f"{plain(label)}: %{{y:.0%}}<br>slice at %{{x:.0f}} s<extra></extra>",
            row=2,
            col=1,
        )
    figure.update_yaxes(row=2, col=1, title="probability", range=[0, 1.02], tickformat=".0%")


def label_picture(picture: SoundPicture, *, style: LabelStyle) -> go.Figure:
    """Draw a track as one of several, on the same scale of decibels, under a bar in its label's colour.

    Args:
        picture: The track's log-mel, or a part of it.
        style: The label's colour.
    """
    figure = go.Figure(_heatmap(picture, colorbar=None))
    figure.update_xaxes(title="time (s)", showgrid=False)
    figure.update_yaxes(**_hertz_axis(picture.hertz, every=2))
    bar = {"type": "rect", "xref": "paper", "yref": "paper", "x0": 0, "x1": 1, "y0": 1.015, "y1": 1.045}
    figure.add_shape({**bar, "fillcolor": style.colour, "line": {"width": 0}})
    return styled(figure, height=250)


def _heatmap(picture: SoundPicture, *, colorbar: Mapping[str, object] | None) -> go.Heatmap:
    return go.Heatmap(
        z=picture.decibels,
        x=np.round(picture.seconds, 3).astype(np.float32),
        y=_band_names(picture.hertz),
        zmin=FLOOR_DB,
        zmax=0,
        colorscale=_SCALE,
        showscale=colorbar is not None,
        colorbar={
            "title": {"text": "dB", "font": {"size": 12}},
            "outlinewidth": 0,
            "thickness": 10,
            **(colorbar or {}),
        },
        hovertemplate="%{x:.1f} s, %{y}: %{z} dB<extra></extra>",
    )


def _band_names(hertz: NDArray[np.float64]) -> list[str]:
    """A name for each band: an axis of categories, since the mel scale is neither linear nor logarithmic."""
    whole = [f"{one:.0f} Hz" for one in hertz.tolist()]
    if len(set(whole)) == len(whole):
        return whole
    # Bands narrower than a bin of the transform may have one centre, and a name stands for one row only.
    return [f"{name} (band {place})" for place, name in enumerate(whole, start=1)]


def _hertz_axis(hertz: NDArray[np.float64], *, every: int = 1) -> dict[str, object]:
    """Ticks at round frequencies, on the bands that lie nearest to them."""
    ticks = [tick for tick in _HERTZ_TICKS if hertz[0] < tick <= hertz[-1] * 1.05][::-1][::every][::-1]
    places = [int(np.abs(hertz - tick).argmin()) for tick in ticks]
    texts = [f"{tick} Hz" if tick < 1000 else f"{tick // 1000} kHz" for tick in ticks]
    return {"type": "category", "tickvals": places, "ticktext": texts, "showgrid": False}
