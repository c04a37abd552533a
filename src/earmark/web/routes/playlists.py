"""Playlists: those that were imported, and those that are made here."""

from fastapi import APIRouter

from earmark.library.own_playlists import change_playlist, create_playlist, delete_playlist, playlist_by_id
from earmark.library.playlists import StoredPlaylist
from earmark.web.sets.answers import PlaylistOut, PlaylistTracksOut, playlist_out
from earmark.web.sets.bodies import PlaylistBody, PlaylistChange, PlaylistIdPath
from earmark.web.shared import Shared, SharedDep

router = APIRouter(tags=["playlists"])


@router.get("/playlists", summary="List playlists")
def list_playlists(shared: SharedDep) -> list[PlaylistOut]:
    """All playlists of the library, by where they come from and by name."""
    return [playlist_out(one) for one in shared.library.playlists()]


@router.post("/playlists", status_code=201, summary="Make a playlist")
def make_playlist(asked: PlaylistBody, shared: SharedDep) -> PlaylistTracksOut:
    """Keep tracks in an order under a name that no other playlist made here has."""
    return _with_tracks(shared, create_playlist(shared.library, asked.name, asked.audio_ids))


@router.get("/playlists/{playlist_id}", summary="Show a playlist")
def show_playlist(playlist_id: PlaylistIdPath, shared: SharedDep) -> PlaylistTracksOut:
    """A playlist with its tracks in play order."""
    return _with_tracks(shared, playlist_by_id(shared.library, playlist_id))


@router.put("/playlists/{playlist_id}", summary="Change a playlist")
def put_playlist(playlist_id: PlaylistIdPath, asked: PlaylistChange, shared: SharedDep) -> PlaylistTracksOut:
    """Rename a playlist that was made here, or give it other tracks."""
    changed = change_playlist(shared.library, playlist_id, name=asked.name, audio_ids=asked.audio_ids)
    return _with_tracks(shared, changed)


@router.delete("/playlists/{playlist_id}", status_code=204, summary="Delete a playlist")
def remove_playlist(playlist_id: PlaylistIdPath, shared: SharedDep) -> None:
    """Delete a playlist that was made here; its tracks stay."""
    delete_playlist(shared.library, playlist_id)


def _with_tracks(shared: Shared, playlist: StoredPlaylist) -> PlaylistTracksOut:
    by_id = shared.tracks().by_id
    found = [by_id[audio_id] for audio_id in playlist.audio_ids if audio_id in by_id]
    gone = [one.location for one in playlist.entries if one.audio_id not in by_id]
    listed = playlist_out(playlist).model_dump() | {"tracks": len(found), "missing": len(gone)}
    return PlaylistTracksOut(**listed, items=shared.shown(found), missing_locations=gone)
