"""Keys as an administrator handles them, on the command line and over HTTP: plain values in and out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

from lanewise.core.errors import InvalidRequest
from lanewise.stores.keys import KeySpec, KeyStore, StoredKey


async def _nobody_waits() -> None:
    """A command line has no gateway of its own: running ones notice within a second."""


class KeyDesk:
    """Makes, lists and revokes keys."""

    def __init__(self, store: KeyStore, changed: Callable[[], Awaitable[None]] = _nobody_waits) -> None:
        """`changed` is awaited after each change: a gateway passes its ring's `refresh`, so that a key counts when the call returns."""
        self._store = store
        self._changed = changed

    async def create(self, *, tenant: str, name: str, admin: bool, expires: dt.datetime | None) -> dict[str, Any]:
        """A new key, its secret under `key`: shown this once. Raises InvalidRequest, StoreError."""
        (made,) = await self.create_many(
            KeySpec(tenant=tenant, name=name, admin=admin, expires_us=_microseconds(expires)), 1
        )
        return made

    async def create_many(self, spec: KeySpec, count: int) -> list[dict[str, Any]]:
        """Keys that are equal but for id and secret. Raises StoreError."""
        made = await self._store.create(spec, count)
        await self._changed()
        return [{**plain_key(each.stored), "key": each.key} for each in made]

    async def list(self, *, tenant: str | None = None) -> list[dict[str, Any]]:
        """Every key without its secret, oldest first. Raises StoreError."""
        return [plain_key(each) for each in await self._store.list(tenant)]

    async def revoke(self, key_id: str) -> bool:
        """Whether there was such a key, not revoked yet; it is dead when this returns. Raises StoreError."""
        revoked = await self._store.revoke(key_id)
        await self._changed()
        return revoked


def plain_key(key: StoredKey) -> dict[str, Any]:
    """A key as JSON-able values, times in ISO 8601."""
    return {
        "key_id": key.key_id,
        "tenant": key.tenant,
        "name": key.name,
        "admin": key.admin,
        "created": _iso(key.created_us),
        "expires": _iso(key.expires_us),
        "revoked": _iso(key.revoked_us),
    }


def _iso(us: int | None) -> str | None:
    return None if us is None else dt.datetime.fromtimestamp(us // 1_000_000, dt.UTC).isoformat()


def _microseconds(moment: dt.datetime | None) -> int | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise InvalidRequest(
            f"{moment.isoformat()!r} has no time zone; write for example {moment.isoformat()}Z", param="expires"
        )
    return int(moment.timestamp() * 1_000_000)
