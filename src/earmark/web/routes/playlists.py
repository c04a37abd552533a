"""Routes of playlists."""

from fastapi import APIRouter

router = APIRouter(tags=["playlists"])
