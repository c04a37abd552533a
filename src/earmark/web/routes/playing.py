"""Routes of playing."""

from fastapi import APIRouter

router = APIRouter(tags=["playing"])
