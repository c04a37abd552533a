"""Routes of sets."""

from fastapi import APIRouter

router = APIRouter(tags=["sets"])
