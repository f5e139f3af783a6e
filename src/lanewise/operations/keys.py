"""Keys as an administrator handles them, on the command line and over HTTP: plain values in and out, checked in one place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import msgspec

from lanewise.core.acts import COMMAND_LINE, Actor
from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import Policy
from lanewise.core.scope import DOORS, NO_SCOPE, Door, KeyScope
from lanewise.stores.keys import KeySpec, KeyStore, NewKey, StoredKey

MOST_AT_ONCE = 500
"""Keys of one transaction: a gateway's ledger waits for it."""

DEFAULT_OVERLAP_S = 24 * 3600
MOST_OVERLAP_S = 90 * 24 * 3600

ADMINISTRATORS = "admin"
"""The tenant of every admin key: what is asked for with one counts there."""

_MOST_NAME_CHARS = 100
_MOST_LABEL_CHARS = 200  # as callers may say of a user, and of what a key is for
_MOST_LANES = 50


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key as it is asked for: nothing of it is checked yet."""

    tenant: str | None = None
    name: str = ""
    admin: bool = False
    expires: dt.datetime | None = None
    user: str | None = None
    feature: str | None = None
    plan: str | None = None
    lanes: list[str] = []
    doors: list[str] = []
    read_only: bool = False


async def _nobody_waits() -> None:
    """A command line has no gateway of its own: running ones notice within a second."""


class KeyDesk:
    """Makes, lists, rotates and revokes keys."""

    def __init__(
        self,
        store: KeyStore,
        changed: Callable[[], Awaitable[None]] = _nobody_waits,
        *,
        policy: Callable[[], Policy] | None = None,
    ) -> None:
        """`changed` is awaited after each change: a gateway passes its ring's `refresh`, so that a key counts when the call returns.

        `policy` is the one in force, by which lanes and plans are known; without one their names are taken as they are.
        """
        self._store = store
        self._changed = changed
        self._policy = policy

    async def create(self, wanted: Wanted, *, by: Actor = COMMAND_LINE, count: int = 1) -> list[dict[str, Any]]:
        """Keys that are equal but for id and secret, which is under `key`: shown this once. Raises InvalidRequest, StoreError."""
        if not 1 <= count <= MOST_AT_ONCE:
            raise InvalidRequest(f"`count`: write 1 to {MOST_AT_ONCE}", param="count")
        spec = spec_of(wanted, None if self._policy is None else self._policy())
        made = await self._store.create(spec, count, by=by)
        await self._changed()
        return [_with_secret(each) for each in made]

    async def list(self, *, tenant: str | None = None) -> list[dict[str, Any]]:
        """Every key without its secret, oldest first. Raises StoreError."""
        return [plain_key(each) for each in await self._store.list(tenant)]

    async def rotate(
        self, key_id: str, *, overlap_s: int = DEFAULT_OVERLAP_S, by: Actor = COMMAND_LINE
    ) -> dict[str, Any] | None:
        """The key with a new secret, the old one good for `overlap_s` more; None where no key of this id is in force.

        Raises InvalidRequest, StoreError.
        """
        if not 0 <= overlap_s <= MOST_OVERLAP_S:
            raise InvalidRequest(
                f"`overlap_s`: write 0 to {MOST_OVERLAP_S:,} seconds, {MOST_OVERLAP_S // 86_400} days",
                param="overlap_s",
            )
        made = await self._store.rotate(key_id, overlap_s * 1_000_000, by=by)
        await self._changed()
        return None if made is None else _with_secret(made)

    async def revoke(self, key_id: str, *, by: Actor = COMMAND_LINE) -> bool:
        """Whether there was such a key, not revoked yet; it is dead when this returns. Raises StoreError."""
        revoked = await self._store.revoke(key_id, by=by)
        await self._changed()
        return revoked


def spec_of(wanted: Wanted, policy: Policy | None) -> KeySpec:
    """What is asked for, checked. Raises InvalidRequest, which names what is wrong and what to write."""
    scope = KeyScope(
        user=_label("user", wanted.user),
        feature=_label("feature", wanted.feature),
        plan=_label("plan", wanted.plan),
        lanes=_lanes(wanted.lanes),
        doors=_doors(wanted.doors),
        read_only=wanted.read_only,
    )
    if wanted.admin and msgspec.structs.replace(scope, read_only=False) != NO_SCOPE:
        raise InvalidRequest("`admin`: an admin key may be `read_only`, and has no other scope", param="admin")
    tenant = _tenant(wanted)
    if policy is not None:
        _known("lanes", scope.lanes, policy.lanes)
        _known("plan", () if scope.plan is None else (scope.plan,), policy.plans)
        known = policy.tenant(tenant).known
        if known is not None:
            known.refuse_unknown(scope.user, scope.feature)
    return KeySpec(
        tenant=tenant,
        name=_text("name", wanted.name, least=0, most=_MOST_LABEL_CHARS),
        admin=wanted.admin,
        expires_us=_microseconds(wanted.expires),
        scope=scope,
    )


def plain_key(key: StoredKey) -> dict[str, Any]:
    """A key as JSON-able values, times in ISO 8601."""
    scope = key.scope
    return {
        "key_id": key.key_id,
        "tenant": key.tenant,
        "name": key.name,
        "admin": key.admin,
        "created": _iso(key.created_us),
        "expires": _iso(key.expires_us),
        "revoked": _iso(key.revoked_us),
        "rotated": _iso(key.rotated_us),
        "previous_until": _iso(key.previous_until_us),
        "user": scope.user,
        "feature": scope.feature,
        "plan": scope.plan,
        "lanes": list(scope.lanes),
        "doors": list(scope.doors),
        "read_only": scope.read_only,
    }


def _with_secret(made: NewKey) -> dict[str, Any]:
    return {**plain_key(made.stored), "key": made.key}


def _tenant(wanted: Wanted) -> str:
    """Whose key it is. An admin key is no tenant's: it would look like one that administers this tenant alone."""
    if wanted.admin:
        if wanted.tenant not in (None, ADMINISTRATORS):
            raise InvalidRequest("`tenant`: an admin key administers every tenant; leave it out", param="tenant")
        return ADMINISTRATORS
    if wanted.tenant is None:
        raise InvalidRequest("`tenant`: write whose key it is, or `admin` for an admin key", param="tenant")
    if wanted.tenant.strip() == "*":
        raise InvalidRequest("`tenant`: '*' stands for all tenants; write the name of one", param="tenant")
    return _text("tenant", wanted.tenant, least=1, most=_MOST_NAME_CHARS)


def _text(param: str, value: str, *, least: int, most: int) -> str:
    text = value.strip()
    if not least <= len(text) <= most or not text.isprintable():
        raise InvalidRequest(f"`{param}`: write {least} to {most} printable characters", param=param)
    return text


def _label(param: str, value: str | None) -> str | None:
    return None if value is None else _text(param, value, least=1, most=_MOST_LABEL_CHARS)


def _lanes(written: list[str]) -> tuple[str, ...]:
    if len(written) > _MOST_LANES:
        raise InvalidRequest(f"`lanes`: write at most {_MOST_LANES}", param="lanes")
    return tuple(dict.fromkeys(_text("lanes", lane, least=1, most=_MOST_NAME_CHARS) for lane in written))


def _doors(written: list[str]) -> tuple[Door, ...]:
    unknown = [each for each in written if each not in DOORS]
    if unknown:
        raise InvalidRequest(f"`doors`: {unknown[0]!r} is not one of {', '.join(DOORS)}", param="doors")
    return tuple(door for door in DOORS if door in written)


def _known(param: str, names: Collection[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            remedy = f"write one of {', '.join(known)}" if known else f"write none, or add it to `{param}s` first"
            raise InvalidRequest(f"`{param}`: the policy in force has no {name!r}; {remedy}", param=param)


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
