"""Keys in the store: made, listed, revoked. Each change counts up a revision, by which a running gateway notices (`key_ring`)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.core.clock import Clock
from lanewise.stores.database import Database
from lanewise.stores.key_text import RandomBytes, digest_of, new_key
from lanewise.stores.schema import keys, revisions


@dataclass(frozen=True, kw_only=True, slots=True)
class KeySpec:
    """A key to make."""

    tenant: str
    name: str = ""  # for people: what uses it
    admin: bool = False
    expires_us: int | None = None  # since the Unix epoch


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredKey:
    """A key as it is kept. It does not have the key itself."""

    key_id: str
    tenant: str
    name: str
    admin: bool
    created_us: int
    expires_us: int | None
    revoked_us: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewKey:
    """A key that was just made: the only time its text is known."""

    stored: StoredKey
    key: str


class KeyStore:
    """Makes, lists and revokes keys. Every method raises StoreError."""

    def __init__(self, database: Database, clock: Clock, random_bytes: RandomBytes = secrets.token_bytes) -> None:
        self._database = database
        self._clock = clock
        self._random_bytes = random_bytes

    async def create(self, spec: KeySpec, count: int = 1) -> list[NewKey]:
        """Make keys that are equal but for their text and id: all of them or none."""
        now_us = int(self._clock.now_s() * 1e6)
        made = [self._new(spec, now_us) for _ in range(count)]
        rows = [
            {
                **{name: getattr(new.stored, name) for name in StoredKey.__slots__},
                "admin": +spec.admin,
                "digest": digest_of(new.key),
            }
            for new in made
        ]
        async with self._database.writing() as connection:
            await connection.execute(sa.insert(keys), rows)
            await _count_up(connection)
        return made

    async def list(self, tenant: str | None = None) -> list[StoredKey]:
        """All keys ever made, or a tenant's, oldest first."""
        columns = [column for column in keys.columns if column.name != "digest"]
        query = sa.select(*columns).order_by(keys.c.created_us, keys.c.key_id)
        if tenant is not None:
            query = query.where(keys.c.tenant == tenant)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [StoredKey(**{**row, "admin": bool(row["admin"])}) for row in rows]

    async def revoke(self, key_id: str) -> bool:
        """Revoke a key for good. False where no key has this id, or it is revoked already."""
        now_us = int(self._clock.now_s() * 1e6)
        live = sa.update(keys).where(keys.c.key_id == key_id, keys.c.revoked_us.is_(None))
        async with self._database.writing() as connection:
            revoked = (await connection.execute(live.values(revoked_us=now_us))).rowcount > 0
            if revoked:
                await _count_up(connection)
        return revoked

    def _new(self, spec: KeySpec, now_us: int) -> NewKey:
        stored = StoredKey(
            key_id=f"key_{self._random_bytes(8).hex()}",
            tenant=spec.tenant,
            name=spec.name,
            admin=spec.admin,
            created_us=now_us,
            expires_us=spec.expires_us,
            revoked_us=None,
        )
        return NewKey(stored=stored, key=new_key(self._random_bytes))


async def _count_up(connection: AsyncConnection) -> None:
    await connection.execute(
        sa.update(revisions).where(revisions.c.name == "keys").values(revision=revisions.c.revision + 1)
    )
