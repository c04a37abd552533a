"""Routes of audio."""

from fastapi import APIRouter

router = APIRouter(tags=["audio"])
