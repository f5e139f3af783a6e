"""Keys over the admin API: made, listed, given a new secret, revoked."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Protocol

from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field

from lanewise.core.acts import Actor
from lanewise.core.errors import LanewiseError
from lanewise.core.scope import Door as DoorName
from lanewise.operations.keys import DEFAULT_OVERLAP_S, MOST_AT_ONCE, MOST_OVERLAP_S, Wanted
from lanewise.server.auth import Door, actor_of


class KeyAdmin(Protocol):
    """Keys, as an administrator handles them."""

    async def create(self, wanted: Wanted, *, by: Actor, count: int = 1) -> list[dict[str, Any]]:
        """New keys, each with its secret in it: shown this once."""

    async def list(self, *, tenant: str | None) -> list[dict[str, Any]]:
        """Every key, without its secret."""

    async def rotate(self, key_id: str, *, overlap_s: int, by: Actor) -> dict[str, Any] | None:
        """The key with its new secret; None where no such key is in force."""

    async def revoke(self, key_id: str, *, by: Actor) -> bool:
        """Whether there was such a key in force; it is dead when this returns."""


class NewKey(BaseModel):
    """A key to make."""

    model_config = ConfigDict(extra="forbid")

    tenant: Annotated[str, Field(min_length=1, max_length=100)] | None = None  # an admin key has none
    name: Annotated[str, Field(max_length=200)] = ""
    admin: bool = False
    expires: dt.datetime | None = None
    user: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    feature: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    plan: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    lanes: Annotated[list[str], Field(max_length=50)] = []
    doors: list[DoorName] = []
    read_only: bool = False


class NewKeys(NewKey):
    """Keys to make that are equal but for id and secret."""

    count: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)]


class Rotation(BaseModel):
    """How long the old secret stays good beside the new one."""

    model_config = ConfigDict(extra="forbid")

    overlap_s: Annotated[int, Field(ge=0, le=MOST_OVERLAP_S)] = DEFAULT_OVERLAP_S


class NoSuchKey(LanewiseError):
    """There is no such key in force."""

    status = 404
    kind = "invalid_request_error"


def tell_of_keys(app: FastAPI, keys: KeyAdmin, door: Door) -> None:
    """Add the routes of keys to the admin application."""

    @app.post("/keys", status_code=201)
    async def create_key(new: NewKey, request: Request) -> dict[str, Any]:
        """Make a key; its secret is in the answer and nowhere else."""
        (made,) = await keys.create(Wanted(**new.model_dump()), by=actor_of(request.scope, door))
        return made

    @app.post("/keys/batch", status_code=201)
    async def create_keys(new: NewKeys, request: Request) -> list[dict[str, Any]]:
        """Make many keys, all of them or none."""
        wanted = new.model_dump()
        count = wanted.pop("count")
        return await keys.create(Wanted(**wanted), by=actor_of(request.scope, door), count=count)

    @app.get("/keys")
    async def list_keys(tenant: str | None = None) -> list[dict[str, Any]]:
        """Every key without its secret."""
        return await keys.list(tenant=tenant)

    @app.post("/keys/{key_id}/rotate")
    async def rotate_key(key_id: str, request: Request, how: Rotation | None = None) -> dict[str, Any]:
        """Give a key a new secret; the old one is good for `overlap_s` more."""
        overlap_s = (how or Rotation()).overlap_s
        made = await keys.rotate(key_id, overlap_s=overlap_s, by=actor_of(request.scope, door))
        if made is None:
            raise NoSuchKey(f"No key {key_id!r} in force")
        return made

    @app.delete("/keys/{key_id}")
    async def revoke_key(key_id: str, request: Request) -> dict[str, str]:
        """Revoke a key for good: it is dead when this returns."""
        if not await keys.revoke(key_id, by=actor_of(request.scope, door)):
            raise NoSuchKey(f"No key {key_id!r} in force")
        return {"revoked": key_id}
