"""What a job's process tells the server: one JSON object a line, checked before it is believed."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, RootModel


class Progressed(BaseModel):
    """How far it is."""

    event: Literal["progress"]
    stage: str
    done: int
    total: int
    text: str


class Measured(BaseModel):
    """A point of a training's curves."""

    event: Literal["metrics"]
    point: dict[str, float | None]


class Done(BaseModel):
    """What came of it."""

    event: Literal["done"]
    result: dict[str, Any]


class Failed(BaseModel):
    """Why nothing came of it."""

    event: Literal["failed"]
    kind: str
    message: str


class Cancelled(BaseModel):
    """It was ended from outside."""

    event: Literal["cancelled"]


class Event(RootModel[Annotated[Progressed | Measured | Done | Failed | Cancelled, Field(discriminator="event")]]):
    """Any of these."""
