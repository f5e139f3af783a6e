"""Who carries out what `lanewise keys` is asked for: the gateway that runs on the store, else this process on the store itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import msgspec

from lanewise.cli.late import late
from lanewise.cli.output import say
from lanewise.cli.store_file import make_current, opened
from lanewise.cli.through_gateway import RunningGateway, gateway_on
from lanewise.core.clock import SystemClock
from lanewise.stores.address import Store

with late():
    from lanewise.operations import keys as key_operations
    from lanewise.stores import keys as key_store


class Desk(Protocol):
    """Keys, for a command. Every method raises LanewiseError."""

    def create(self, wanted: key_operations.Wanted, count: int) -> list[dict[str, Any]]:
        """Make keys that are equal but for id and secret."""

    def list(self, tenant: str | None) -> list[dict[str, Any]]:
        """Every key without its secret."""

    def rotate(self, key_id: str, overlap_s: int) -> dict[str, Any] | None:
        """A key with its new secret; None where no such key is in force."""

    def revoke(self, key_id: str) -> bool:
        """Whether there was such a key in force."""


class ServedDesk:
    """Through the running gateway: what is done counts when it returns."""

    def __init__(self, gateway: RunningGateway) -> None:
        self._gateway = gateway

    def create(self, wanted: key_operations.Wanted, count: int) -> list[dict[str, Any]]:
        """Make keys that are equal but for id and secret."""
        made: list[dict[str, Any]] = self._gateway.ask(
            "POST", "/admin/keys/batch", {**msgspec.to_builtins(wanted), "count": count}
        )
        return made

    def list(self, tenant: str | None) -> list[dict[str, Any]]:
        """Every key without its secret."""
        query = "" if tenant is None else f"?{urlencode({'tenant': tenant})}"
        found: list[dict[str, Any]] = self._gateway.ask("GET", f"/admin/keys{query}")
        return found

    def rotate(self, key_id: str, overlap_s: int) -> dict[str, Any] | None:
        """A key with its new secret; None where no such key is in force."""
        made: dict[str, Any] | None = self._gateway.ask(
            "POST", f"/admin/keys/{_quoted(key_id)}/rotate", {"overlap_s": overlap_s}
        )
        return made

    def revoke(self, key_id: str) -> bool:
        """Whether there was such a key in force."""
        return self._gateway.ask("DELETE", f"/admin/keys/{_quoted(key_id)}") is not None


class FileDesk:
    """On the store itself: a gateway that runs on it all the same notices within a second."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, wanted: key_operations.Wanted, count: int) -> list[dict[str, Any]]:
        """Make keys that are equal but for id and secret; and the store where there is none."""

        async def made() -> list[dict[str, Any]]:
            # A database is migrated when its operator says so, not because a key is made.
            done = await make_current(self._store) if isinstance(self._store, Path) else None
            if done is not None:
                name = str(self._store)
                say(f"Made the store {name!r}." if done.before is None else f"Migrated the store {name!r}.")
            async with _desk(self._store) as desk:
                return await desk.create(wanted, count=count)

        return asyncio.run(made())

    def list(self, tenant: str | None) -> list[dict[str, Any]]:
        """Every key without its secret."""

        async def listed() -> list[dict[str, Any]]:
            async with _desk(self._store) as desk:
                return await desk.list(tenant=tenant)

        return asyncio.run(listed())

    def rotate(self, key_id: str, overlap_s: int) -> dict[str, Any] | None:
        """A key with its new secret; None where no such key is in force."""

        async def rotated() -> dict[str, Any] | None:
            async with _desk(self._store) as desk:
                return await desk.rotate(key_id, overlap_s=overlap_s)

        return asyncio.run(rotated())

    def revoke(self, key_id: str) -> bool:
        """Whether there was such a key in force."""

        async def revoked() -> bool:
            async with _desk(self._store) as desk:
                return await desk.revoke(key_id)

        return asyncio.run(revoked())


def desk_of(store: Store) -> Desk:
    """Whoever carries it out. Raises StoreError."""
    gateway = gateway_on(store)
    return FileDesk(store) if gateway is None else ServedDesk(gateway)


@asynccontextmanager
async def _desk(store: Store) -> AsyncIterator[key_operations.KeyDesk]:
    async with opened(store) as database:
        yield key_operations.KeyDesk(key_store.KeyStore(database, SystemClock()))


def _quoted(key_id: str) -> str:
    return quote(key_id, safe="")
