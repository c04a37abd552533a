"""Tracks as files for DJ software."""

import json
import re
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field

from earmark.interop.exporting import EXPORTERS, ExportFormat, ExportOptions, MadeExport, make_export
from earmark.interop.items import ExportItem
from earmark.interop.locations import parse_path_map
from earmark.similarity.sets.played_order import PlayedTrack, judge_order
from earmark.web.sets.bodies import ExportBody
from earmark.web.shared import Shared, SharedDep

router = APIRouter(tags=["exports"])

NOTES_HEADER = "earmark-notes"
"""Where the answer says what of the tracks is not as asked: sentences as a JSON list, percent-encoded."""

MOST_NOTES, MOST_NOTE = 20, 300
"""Sentences, and letters of each: browsers refuse an answer whose headers are too large."""

_TYPES: dict[ExportFormat, str] = {
    "m3u8": "audio/x-mpegurl",
    "rekordbox": "application/xml",
    "traktor": "application/xml",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\ud800-\udfff]+')


class FormatOut(BaseModel):
    """A format that sets are exported in."""

    format: ExportFormat
    summary: str
    suffix: str


class FormatsOut(BaseModel):
    """How sets can be exported."""

    formats: list[FormatOut]
    folders: list[str] = Field(description="Folders of the library's music, of which path maps may tell another place.")


@router.get("/exports/formats", summary="List export formats")
def list_formats(shared: SharedDep) -> FormatsOut:
    """The formats, and the folders that path maps may be about."""
    formats = [FormatOut(format=kind, summary=one.summary, suffix=one.suffixes[0]) for kind, one in EXPORTERS.items()]
    return FormatsOut(formats=formats, folders=[root.path for root in shared.library.roots()])


@router.post(
    "/exports",
    summary="Export tracks",
    response_class=Response,
    responses={200: {"description": "The file.", "content": {kind: {} for kind in dict.fromkeys(_TYPES.values())}}},
)
def export_tracks(asked: ExportBody, shared: SharedDep) -> Response:
    """The tracks as a file to be downloaded, in their order, as `earmark export` writes it."""
    maps = tuple(parse_path_map(text) for text in asked.path_map)
    made = make_export(_items(shared, asked), asked.format, ExportOptions(name=asked.name, path_maps=maps))
    name = file_name(asked.name) + EXPORTERS[asked.format].suffixes[0]
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        NOTES_HEADER: quote(json.dumps(told_notes(made))),
    }
    return Response(made.content, media_type=_TYPES[asked.format], headers=headers)


def file_name(text: str) -> str:
    """Return a text as a file's name that every system takes, without an ending.

    Args:
        text: Such as a playlist's name.
    """
    kept = _UNFIT.sub(" ", text).strip(" .")
    return " ".join(kept.split())[:100].strip(" .") or "set"


def _items(shared: Shared, asked: ExportBody) -> list[ExportItem]:
    tracks = [shared.tracks().one(audio_id) for audio_id in asked.audio_ids]
    if asked.rules is None:
        return [ExportItem(track=track) for track in tracks]
    return [_played_item(one) for one in judge_order(shared.collection(), tracks, asked.rules.read()).tracks]


def _played_item(one: PlayedTrack) -> ExportItem:
    return ExportItem(
        track=one.track,
        note="the first track" if one.transition is None else one.transition.words,
        start_seconds=round(one.start_seconds, 2),
        play_bpm=one.play_bpm,
        lufs=None if one.measures is None else one.measures.lufs,
        score=None if one.transition is None else round(one.transition.score, 4),
        facts={"energy": one.level},
    )


def told_notes(made: MadeExport) -> list[str]:
    """Return what of the tracks is not as asked, in sentences that fit into a header.

    Args:
        made: The file's content.
    """
    notes = [f"Left out: {place}: {why}"[:MOST_NOTE] for place, why in made.left_out[:MOST_NOTES]]
    if len(made.left_out) > MOST_NOTES:
        notes.append(f"Left out as well: {len(made.left_out) - MOST_NOTES} more tracks.")
    if made.unmapped:
        notes.append(f"{made.unmapped} of the tracks lie in no folder of the path map and keep their paths.")
    return notes
