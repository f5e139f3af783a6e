"""Keys in the store: made, listed, rotated, revoked. Each change counts up a revision, by which a running gateway notices (`key_ring`).

What was done is written to the audit log in the same transaction.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.core.acts import COMMAND_LINE, Act, ActName, Actor
from lanewise.core.clock import Clock
from lanewise.core.errors import InvalidRequest
from lanewise.core.scope import NO_SCOPE, KeyScope
from lanewise.stores.audit_log import write_down
from lanewise.stores.database import Database
from lanewise.stores.key_text import RandomBytes, digest_of, new_key
from lanewise.stores.schema import keys, revisions

MOST_LIVE_KEYS = 100_000
"""Keys that may be in force at one time, of all tenants: every gateway process holds each of them in memory."""

FORGOTTEN = "(forgotten)"
"""The user of a key whose user is kept no longer: it is revoked, and stays narrow whatever becomes of that."""

_SECRET = frozenset({"digest", "previous_digest"})


@dataclass(frozen=True, kw_only=True, slots=True)
class KeySpec:
    """A key to make."""

    tenant: str
    name: str = ""  # for people: what uses it
    admin: bool = False
    expires_us: int | None = None  # since the Unix epoch
    scope: KeyScope = NO_SCOPE


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
    scope: KeyScope = NO_SCOPE
    rotated_us: int | None = None
    previous_until_us: int | None = None  # until when the secret before the last rotation is good as well

    def in_force(self, now_us: int) -> bool:
        """Whether it opens the door."""
        return self.revoked_us is None and (self.expires_us is None or now_us < self.expires_us)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewKey:
    """A key that was just made, or has a new secret: the only time its text is known."""

    stored: StoredKey
    key: str


class KeyStore:
    """Makes, lists, rotates and revokes keys. Every method raises StoreError."""

    def __init__(self, database: Database, clock: Clock, random_bytes: RandomBytes = secrets.token_bytes) -> None:
        self._database = database
        self._clock = clock
        self._random_bytes = random_bytes

    async def create(self, spec: KeySpec, count: int = 1, *, by: Actor = COMMAND_LINE) -> list[NewKey]:
        """Make keys that are equal but for their text and id: all of them or none. Raises InvalidRequest where they are too many."""
        now_us = self._now_us()
        made = [self._new(spec, now_us) for _ in range(count)]
        rows = [
            {
                **{name: getattr(new.stored, name) for name in StoredKey.__slots__},
                "admin": +spec.admin,
                "scope": _written(spec.scope),
                "digest": digest_of(new.key),
            }
            for new in made
        ]
        async with self._database.writing() as connection:
            await _refuse_too_many(connection, now_us, count)
            await connection.execute(sa.insert(keys), rows)
            await write_down(connection, [_act("key.create", new.stored, by, _told(spec)) for new in made], self._clock)
            await _count_up(connection)
        return made

    async def list(self, tenant: str | None = None) -> list[StoredKey]:
        """All keys ever made, or a tenant's, oldest first."""
        query = _kept().order_by(keys.c.created_us, keys.c.key_id)
        if tenant is not None:
            query = query.where(keys.c.tenant == tenant)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [_stored(row) for row in rows]

    async def rotate(self, key_id: str, overlap_us: int, *, by: Actor = COMMAND_LINE) -> NewKey | None:
        """Give a key a new secret; the one it had is good for `overlap_us` more, any earlier one ends now.

        None where no key of this id is in force.
        """
        now_us, key = self._now_us(), new_key(self._random_bytes)
        changed = {
            "digest": digest_of(key),
            "rotated_us": now_us,
            "previous_digest": keys.c.digest if overlap_us else None,
            "previous_until_us": now_us + overlap_us if overlap_us else None,
        }
        async with self._database.writing() as connection:
            stored = await _one(connection, key_id)
            if stored is None or not stored.in_force(now_us):
                return None
            await connection.execute(sa.update(keys).where(keys.c.key_id == key_id).values(changed))
            stored = await _one(connection, key_id)
            assert stored is not None, "it was there a statement ago, in this transaction"
            told = _act("key.rotate", stored, by, {"overlap_s": overlap_us // 1_000_000})
            await write_down(connection, (told,), self._clock)
            await _count_up(connection)
        return NewKey(stored=stored, key=key)

    async def revoke(self, key_id: str, *, by: Actor = COMMAND_LINE) -> bool:
        """Revoke a key for good, the secret before its rotation too. False where no key has this id, or it is revoked already."""
        live = sa.update(keys).where(keys.c.key_id == key_id, keys.c.revoked_us.is_(None))
        async with self._database.writing() as connection:
            revoked = (await connection.execute(live.values(revoked_us=self._now_us()))).rowcount > 0
            if revoked:
                stored = await _one(connection, key_id)
                assert stored is not None, "it was there a statement ago, in this transaction"
                await write_down(connection, (_act("key.revoke", stored, by, {"name": stored.name}),), self._clock)
                await _count_up(connection)
        return revoked

    async def forget_user(self, user: str, tenant: str | None, *, by: Actor = COMMAND_LINE) -> int:
        """Revoke a user's own keys, and keep of whom they were no longer; how many."""
        written = keys.c.scope.contains(msgspec.json.encode(user).decode(), autoescape=True)
        theirs = _kept().where(written) if tenant is None else _kept().where(written, keys.c.tenant == tenant)
        async with self._database.writing() as connection:
            found = [_stored(row) for row in (await connection.execute(theirs)).mappings().all()]
            found = [key for key in found if key.scope.user == user]
            for key in found:
                nameless = msgspec.structs.replace(key.scope, user=FORGOTTEN)
                changed = {"scope": _written(nameless), "revoked_us": key.revoked_us or self._now_us()}
                await connection.execute(sa.update(keys).where(keys.c.key_id == key.key_id).values(changed))
            if found:
                acts = [_act("key.revoke", key, by, {"why": "its user is forgotten"}) for key in found]
                await write_down(connection, acts, self._clock)
                await _count_up(connection)
        return len(found)

    def _new(self, spec: KeySpec, now_us: int) -> NewKey:
        stored = StoredKey(
            key_id=f"key_{self._random_bytes(8).hex()}",
            tenant=spec.tenant,
            name=spec.name,
            admin=spec.admin,
            created_us=now_us,
            expires_us=spec.expires_us,
            revoked_us=None,
            scope=spec.scope,
        )
        return NewKey(stored=stored, key=new_key(self._random_bytes))

    def _now_us(self) -> int:
        return int(self._clock.now_s() * 1e6)


def scope_of(text: str) -> KeyScope | None:
    """The scope as the table has it; None for none. Raises msgspec.DecodeError for what a newer version wrote."""
    return msgspec.json.decode(text, type=KeyScope) if text else None


def _act(name: ActName, key: StoredKey, by: Actor, detail: dict[str, Any]) -> Act:
    return Act(actor=by, name=name, tenant=key.tenant, subject=key.key_id, detail=detail)


def _written(scope: KeyScope) -> str:
    return "" if scope == NO_SCOPE else msgspec.json.encode(scope).decode()


def _told(spec: KeySpec) -> dict[str, Any]:
    """What the audit log says of a new key: all but its secret, and whose it is: users may have to be forgotten."""
    scope = msgspec.to_builtins(msgspec.structs.replace(spec.scope, user=None))
    return {
        "of_a_user": spec.scope.user is not None,
        "name": spec.name,
        "admin": spec.admin,
        "expires_us": spec.expires_us,
        **{name: value for name, value in scope.items() if value},
    }


def _kept() -> sa.Select[Any]:
    return sa.select(*[column for column in keys.columns if column.name not in _SECRET])


def _stored(row: sa.RowMapping) -> StoredKey:
    return StoredKey(**{**row, "admin": bool(row["admin"]), "scope": scope_of(row["scope"]) or NO_SCOPE})


async def _one(connection: AsyncConnection, key_id: str) -> StoredKey | None:
    row = (await connection.execute(_kept().where(keys.c.key_id == key_id))).mappings().first()
    return None if row is None else _stored(row)


async def _refuse_too_many(connection: AsyncConnection, now_us: int, count: int) -> None:
    live = sa.select(sa.func.count()).where(
        keys.c.revoked_us.is_(None), sa.or_(keys.c.expires_us.is_(None), keys.c.expires_us > now_us)
    )
    there = int((await connection.execute(live)).scalar_one())
    if there + count > MOST_LIVE_KEYS:
        raise InvalidRequest(
            f"{there:,} keys are in force, and {MOST_LIVE_KEYS:,} are the most: revoke those that nobody uses",
            param="count",
        )


async def _count_up(connection: AsyncConnection) -> None:
    await connection.execute(
        sa.update(revisions).where(revisions.c.name == "keys").values(revision=revisions.c.revision + 1)
    )
