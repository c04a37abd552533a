"""The page of `earmark triage`: one table of demos, each of which opens why it stands where it stands.

It is one self-contained file like every page (`earmark.report.page`), under the same policy, but draws its strips of
evidence itself: two hundred interactive figures would take a browser a minute. Without scripts all details are open.
"""

import base64
import hashlib
import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import numpy as np

from earmark.models.evidence import clock
from earmark.models.files import write_file
from earmark.models.predict import FailedFile
from earmark.models.triage import Triage, TriageRow
from earmark.report.evidence_figures import time_ticks

MOST_NEIGHBOURS = 3
"""Catalogue songs that a demo's details name."""
MOST_LABELS = 4
"""Labels whose probabilities a demo's details tell."""

_WIDTH, _HEIGHT, _BASE = 640, 118, 96
_STEEPEST = 3.0
"""Log-odds at which a bar of the strip is at its full height: odds of 20 to 1."""

_HEADS = (
    ("#", "number", "ascending", "right"),
    ("Demo", "text", "ascending", ""),
    ("{label}", "number", "descending", ""),
    ("Place", "number", "ascending", "right"),
    ("In the set", "number", "descending", ""),
    ("Most like", "text", "ascending", ""),
    ("Margin", "number", "descending", "right"),
    ("Speaks for it", "number", "ascending", ""),
    ("Nearest song of the catalogue", "number", "descending", ""),
)


@dataclass(frozen=True, slots=True)
class TriagePage:
    """A page of triage.

    Attributes:
        triage: The demos.
        model: What the model is called.
        known_score: How it did on songs that it had never heard, in a sentence; may be empty.
    """

    triage: Triage
    model: str
    known_score: str = ""

    def to_html(self) -> str:
        """Return the page as one HTML document."""
        script, style = _asset("triage.js"), _asset("page.css") + _asset("triage.css")
        policy = (
            f"default-src 'none'; script-src {_hash_of(script)}; style-src 'unsafe-inline'; img-src data:; "
            "base-uri 'none'; form-action 'none'"
        )
        title = _text(f"Demos for {self.triage.label}")
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f'<meta name="color-scheme" content="light dark">\n<title>{title}</title>\n'
            f'<style>\n{style}</style>\n</head>\n<body class="triage">\n'
            f'<a class="skip" href="#content">Skip to the demos</a>\n{self._header(title)}\n'
            f'<div class="frame"><main id="content">\n{self._body()}</main></div>\n'
            f"<footer>Made with Earmark {_text(version('earmark'))}. This file is complete: it opens without a network "
            f"and tells nobody.</footer>\n<script>{script}</script>\n</body>\n</html>\n"
        )

    def write(self, path: str | Path) -> Path:
        """Write the page, wholly or not at all; its folder is made where there is none.

        Returns:
            The path.
        """
        target = Path(path)
        write_file(target, self.to_html().encode())
        target.chmod(0o644)  # a page is there to be passed on
        return target

    def _header(self, title: str) -> str:
        rows, triage = self.triage.rows, self.triage
        facts = [
            ("Demos", str(len(rows))),
            (f"Most like {triage.label}", str(_count(rows, lambda row: row.label_rank == 1))),
        ]
        if triage.calibrated:
            facts.append((f"In the set at {triage.coverage:.0%}", str(_count(rows, lambda row: bool(row.in_set)))))
        if any(row.is_none is not None for row in rows):
            facts.append(("Like none of the labels", str(_count(rows, lambda row: bool(row.is_none)))))
        if triage.failures:
            facts.append(("Could not be heard", str(len(triage.failures))))
        tiles = "".join(f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>" for name, value in facts)
        return (
            f'<header class="top"><div class="headline"><div><h1>{title}</h1><p>{_text(self._subtitle())}</p></div>'
            f'<button id="theme" type="button" hidden>Dark</button></div><dl class="facts">{tiles}</dl></header>'
        )

    def _subtitle(self) -> str:
        kind = "calibrated probability" if self.triage.calibrated else "probability (not calibrated)"
        said = f"Ranked by the {kind} of {self.triage.label}, as {self.model} hears them."
        return f"{said} {self.known_score}".strip()

    def _body(self) -> str:
        triage = self.triage
        notes = "".join(f'<p class="note" role="note">{_text(text)}</p>' for text in triage.notes)
        heads = "".join(map(self._head, _HEADS))
        rows = "".join(self._row(row, place) for place, row in enumerate(triage.rows))
        table = (
            f'{_tools(triage)}<div class="card demos"><div class="scroll" role="region" aria-label="Demos"><table>'
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></div>"
        )
        if not triage.rows:
            table = '<p class="note warning" role="note">There is no demo that could be heard.</p>'
        return f"{notes}{table}{_failures(triage.failures)}"

    def _head(self, head: tuple[str, str, str, str]) -> str:
        name, kind, first, side = head
        marked = ' aria-sort="ascending"' if name == "#" else ""
        shown = _text(name.format(label=self.triage.label))
        return (
            f'<th scope="col" class="{side}" data-kind="{kind}" data-first="{first}"{marked}>'
            f'<button type="button">{shown}</button></th>'
        )

    def _row(self, row: TriageRow, place: int) -> str:
        text = " ".join((row.track.display, row.track.path, row.verdict)).lower()
        nearest = row.nearest
        cells = (
            _cell(row.rank, f'<span class="rank">{"=" if row.tied else ""}{row.rank}</span>', "right"),
            _cell(row.track.display, self._name(row, place)),
            _cell(row.probability, _share(row.probability)),
            _cell(row.label_rank, f"{row.label_rank} of {len(row.explanation.labels)}", "right"),
            _cell(-1 if row.in_set is None else int(row.in_set) - 2 * bool(row.is_none), _set_words(row)),
            _cell(row.verdict, f'{_text(row.verdict)}<span class="sub">{_second(row, self.triage.label)}</span>'),
            _cell(row.margin, f"{row.margin:+.1f}", "right"),
            _cell("" if row.loudest is None else row.loudest.start_seconds, _span(row)),
            _cell(
                "" if nearest is None else nearest.similarity,
                ""
                if nearest is None
                else f'{_text(nearest.song.name)}<span class="sub">{_text(nearest.song.label)}, '
                f"likeness {nearest.similarity:.2f}</span>",
            ),
        )
        return (
            f'<tr class="demo" data-text="{_text(text)}" data-set="{_yes(row.in_set)}" data-none="{_yes(row.is_none)}">'
            f'{"".join(cells)}</tr><tr class="details" id="why-{place}"><td colspan="{len(_HEADS)}">'
            f"{self._details(row)}</td></tr>"
        )

    def _name(self, row: TriageRow, place: int) -> str:
        tags = "".join(
            f'<span class="tag warning">{words}</span>'
            for words, here in (
                ("in training", row.in_training),
                ("duplicate", bool(row.duplicate_of)),
                ("none of these", bool(row.is_none)),
            )
            if here
        )
        return (
            f'<button type="button" class="opener" aria-expanded="true" aria-controls="why-{place}">'
            f'<span>{_text(row.track.display)}</span></button><span class="sub">{_facts(row)} {tags}</span>'
        )

    def _details(self, row: TriageRow) -> str:
        told, label = row.explanation, self.triage.label
        strip = _strip(row, told.labels.index(label), told.labels.index(row.other))
        chances = "".join(
            f"<dt>{_text(told.labels[at])}</dt><dd>{_share(float(told.probabilities[at]))}</dd>"
            for at in told.ranked()[:MOST_LABELS]
        )
        near = "".join(
            f"<li>{_text(one.song.name)} ({_text(one.song.label)}, {one.similarity:.2f})</li>"
            for one in (told.neighbours or ())[:MOST_NEIGHBOURS]
        )
        notes = "".join(f"<li>{_text(text)}</li>" for text in row.notes)
        return (
            f'<div class="why"><div><h4>Evidence for {_text(label)} against {_text(row.other)}</h4>{strip}'
            f'<p class="sub">Up: for it, down: against it, a full bar is 20 to 1; shaded: where most speaks for it.</p>'
            f'<p class="sub">{_text(row.track.path)}</p></div><div><p>{_text(told.sentence())}</p><dl>{chances}</dl>'
            + (f"<h4>Nearest songs by other artists</h4><ul>{near}</ul>" if near else "")
            + (f"<h4>Notes</h4><ul>{notes}</ul>" if notes else "")
            + "</div></div>"
        )


def _count(rows: Sequence[TriageRow], fits: Callable[[TriageRow], bool]) -> int:
    return sum(map(fits, rows))


def _tools(triage: Triage) -> str:
    boxes = ""
    if triage.calibrated:
        boxes += f'<label><input type="checkbox" name="set" value="yes">{_text(triage.label)} in the set</label>'
    if any(row.is_none is not None for row in triage.rows):
        boxes += '<label><input type="checkbox" name="none" value="no">not like none of the labels</label>'
    return (
        '<div class="tools" role="search" hidden><input type="search" id="search" aria-label="Find a demo" '
        f'placeholder="Find artist, title, file">{boxes}<output aria-live="polite"></output></div>'
    )


def _failures(failures: Sequence[FailedFile]) -> str:
    if not failures:
        return ""
    rows = "".join(
        f"<tr><td>{_text(one.path)}</td><td>"
        f"{_text('; '.join(f'{name}: {reason}' for name, reason in one.reasons.items()))}</td></tr>"
        for one in failures
    )
    return (
        '<div class="card table failures"><h3>Files that could not be heard</h3><div class="scroll" tabindex="0" '
        'role="region" aria-label="Files that could not be heard"><table><thead><tr><th scope="col">file</th>'
        f'<th scope="col">why</th></tr></thead><tbody>{rows}</tbody></table></div></div>'
    )


def _strip(row: TriageRow, place: int, other: int) -> str:
    """Bars of log-odds along the track, up for the label and down against it, over a shaded loudest section."""
    evidence = row.explanation.evidence
    odds = evidence.log_odds(place, other) * len(evidence) + evidence.rest[place] - evidence.rest[other]
    end = float(evidence.ends_seconds[-1])
    scale, middle = _WIDTH / (end if end > 0 else 1.0), _BASE / 2
    parts = []
    if row.loudest is not None:
        left, right = row.loudest.start_seconds * scale, row.loudest.end_seconds * scale
        parts.append(f'<rect class="loud" x="{left:.1f}" y="0" width="{right - left:.1f}" height="{_BASE}"/>')
    for start, stop, value in zip(evidence.starts_seconds, evidence.ends_seconds, odds, strict=True):
        height = min(abs(float(value)) / _STEEPEST, 1.0) * (middle - 2)
        top = middle - height if value > 0 else middle
        width = max((stop - start) * scale - 0.6, 0.6)
        kind = "for" if value > 0 else "against"
        parts.append(
            f'<rect class="{kind}" x="{start * scale:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
        )
    parts.append(f'<line class="zero" x1="0" x2="{_WIDTH}" y1="{middle}" y2="{middle}"/>')
    for tick in time_ticks(end):
        anchor = "start" if tick == 0 else "middle" if tick * scale < _WIDTH - 16 else "end"
        parts.append(f'<text x="{tick * scale:.1f}" y="{_HEIGHT - 6}" text-anchor="{anchor}">{clock(tick)}</text>')
    share = float(np.mean(odds > 0))
    return (
        f'<svg class="strip" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{share:.0%} of the track speak for it">{"".join(parts)}</svg>'
    )


def _facts(row: TriageRow) -> str:
    track = row.track
    told = [clock(track.seconds)]
    told += [] if track.bpm is None else [f"{track.bpm:g} BPM"]
    told += [] if track.key is None else [track.key.camelot]
    return _text(", ".join(told))


def _second(row: TriageRow, label: str) -> str:
    return _text(f"then {row.other}" if row.verdict == label else f"leads {label}")


def _set_words(row: TriageRow) -> str:
    if row.in_set is None:
        return '<span class="sub">not known</span>'
    if row.is_none:
        return '<span class="tag warning">none of these</span>'
    return '<span class="tag good">in the set</span>' if row.in_set else '<span class="tag">no</span>'


def _span(row: TriageRow) -> str:
    if row.loudest is None:
        return ""
    return f"{clock(row.loudest.start_seconds)}–{clock(row.loudest.end_seconds)}"


def _share(value: float) -> str:
    return f'<span class="share"><b>{value:.1%}</b><i><span style="width:{100 * value:.1f}%"></span></i></span>'


def _cell(value: object, shown: str, side: str = "") -> str:
    return f'<td class="{side}" data-value="{_text(value)}">{shown}</td>'


def _yes(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def _asset(name: str) -> str:
    return files("earmark.report").joinpath(name).read_text(encoding="utf-8")


def _hash_of(script: str) -> str:
    """A script's place in a content security policy."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() + "'"


def _text(value: object) -> str:
    """Text as HTML shows it letter by letter, inside and outside of attributes."""
    return html.escape(str(value))
