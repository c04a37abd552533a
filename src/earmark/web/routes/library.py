"""Routes of library."""

from fastapi import APIRouter

router = APIRouter(tags=["library"])
