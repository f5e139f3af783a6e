"""The keys in force, in memory: a look-up is one hash and one dict miss or hit, whatever is sent as a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog

from lanewise.core.clock import Clock
from lanewise.core.errors import InvalidKey, StoreError
from lanewise.core.request import Caller
from lanewise.stores.database import Database
from lanewise.stores.following import Following
from lanewise.stores.key_text import digest_of
from lanewise.stores.keys import scope_of
from lanewise.stores.schema import keys, revisions

POLL_S = 0.5  # a key made or revoked by another process counts within a second

_log = structlog.get_logger()


class KeyRing:
    """Says whose key a text is, scope and all. Follows the store once it is started."""

    def __init__(
        self, database: Database, clock: Clock, *, poll_s: float = POLL_S, fixed: Mapping[str, Caller] | None = None
    ) -> None:
        """`fixed` are keys that are not in the store, e.g. an admin key of the environment."""
        self._database = database
        self._clock = clock
        self._fixed = {digest_of(key): (caller, None) for key, caller in (fixed or {}).items()}
        self._callers: dict[bytes, tuple[Caller, float | None]] = dict(self._fixed)
        self._revision = -1
        self._following = Following(self.refresh, _waits, name="key ring", every_s=poll_s)

    def caller(self, token: str) -> Caller:
        """Whose key this is. Raises InvalidKey, with the same words for one that is unknown, revoked or expired."""
        found = self._callers.get(digest_of(token))
        if found is not None:
            caller, expires_s = found
            if expires_s is None or self._clock.now_s() < expires_s:
                return caller
        raise InvalidKey(
            "This key is not valid: it is unknown, revoked or expired. Make one with 'lanewise keys create'"
        )

    async def start(self) -> None:
        """Load the keys and follow the store from now on. Raises StoreError."""
        await self.refresh()
        self._following.start()

    async def close(self) -> None:
        """Stop following."""
        await self._following.close()

    async def refresh(self) -> None:
        """Load the keys if any was made or revoked since the last time. Raises StoreError."""
        if await self._database.changes_of("keys") == self._revision:
            return
        async with self._database.reading() as connection:
            # One read transaction: keys that are newer than the revision cannot be mistaken for it.
            revision = (
                await connection.execute(sa.select(revisions.c.revision).where(revisions.c.name == "keys"))
            ).scalar_one()
            live = sa.select(keys).where(keys.c.revoked_us.is_(None))
            rows = (await connection.execute(live)).all()
        found: dict[bytes, tuple[Caller, float | None]] = dict(self._fixed)
        for row in rows:
            _admit(row, found)
        self._callers = found
        self._revision = revision


def _waits(error: StoreError) -> None:
    _log.error("keys cannot be read: those known keep their force until the store answers", cause=str(error))


def _admit(row: Any, found: dict[bytes, tuple[Caller, float | None]]) -> None:  # noqa: ANN401 - a row of the driver
    """Let a key in by its secret, and by the one it had before while that is still good."""
    try:
        scope = scope_of(row.scope)
    except msgspec.DecodeError:  # of a newer version: what cannot be read may be narrower than anything known here
        _log.error("a key is refused: its scope cannot be read", key_id=row.key_id)
        return
    caller = Caller(tenant=row.tenant, key_id=row.key_id, admin=bool(row.admin), scope=scope)
    expires_s = None if row.expires_us is None else row.expires_us / 1e6
    found[row.digest] = (caller, expires_s)
    if row.previous_digest is not None and row.previous_until_us is not None:
        until_s = row.previous_until_us / 1e6
        found[row.previous_digest] = (caller, until_s if expires_s is None else min(until_s, expires_s))
