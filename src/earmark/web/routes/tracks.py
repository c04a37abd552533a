"""Routes of tracks."""

from fastapi import APIRouter

router = APIRouter(tags=["tracks"])
