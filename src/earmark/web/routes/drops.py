"""Routes of drops."""

from fastapi import APIRouter

router = APIRouter(tags=["drops"])
