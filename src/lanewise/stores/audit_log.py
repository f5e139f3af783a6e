"""The audit log: rows that are only ever added, each holding the digest of the one before, so that a change or a gap shows.

A row is written in the transaction of the act that it tells of, wherever that is in the store: there is neither without the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.core.acts import Act, ActName, Actor
from lanewise.core.clock import Clock
from lanewise.stores.database import Database
from lanewise.stores.schema import audit, revisions

BEGINNING = bytes(32)
"""What the first row of a log has for the digest of the one before."""

_DAY_US = 86_400_000_000
_READ_AT_ONCE = 1_000
_DETAIL = msgspec.json.Encoder(order="deterministic")
_EXPIRE: ActName = "audit.expire"
_RETENTION = Actor(who="retention", where="the policy")


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditRow:
    """One act, as it was written down."""

    number: int
    at_us: int
    who: str
    origin: str
    act: str
    tenant: str
    subject: str
    detail: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Examined:
    """What checking the whole log came to."""

    rows: int
    first: int | None  # the oldest row that is kept; None: no row is
    last: int
    digest: str  # of the last row, in hexadecimal: write it down elsewhere, and a log cut off at its end shows too
    wrong: str = ""  # the first thing that is wrong; empty: nothing is

    @property
    def sound(self) -> bool:
        """Whether the log is as it was written."""
        return not self.wrong


async def write_down(connection: AsyncConnection, acts: Sequence[Act], clock: Clock) -> None:
    """Add acts to the log, in the transaction of `connection`."""
    last = await _last_number(connection, len(acts))
    newest = sa.select(audit.c.digest).order_by(audit.c.number.desc()).limit(1)
    previous = (await connection.execute(newest)).scalar_one_or_none() or BEGINNING
    at_us, rows = int(clock.now_s() * 1e6), []
    for number, act in enumerate(acts, start=last - len(acts) + 1):
        row: dict[str, Any] = {
            "number": number,
            "at_us": at_us,
            "who": act.actor.who,
            "origin": act.actor.where,
            "act": act.name,
            "tenant": act.tenant,
            "subject": act.subject,
            "detail": _DETAIL.encode(act.detail).decode(),
        }
        digest = digest_of_row(row, previous)
        rows.append(row | {"previous": previous, "digest": digest})
        previous = digest
    await connection.execute(sa.insert(audit), rows)


async def _last_number(connection: AsyncConnection, more: int) -> int:
    """Count up first: whoever else writes an act waits for this transaction to end, and then sees its rows."""
    counter = revisions.c.name == "audit"
    await connection.execute(sa.update(revisions).where(counter).values(revision=revisions.c.revision + more))
    return int((await connection.execute(sa.select(revisions.c.revision).where(counter))).scalar_one())


def digest_of_row(row: Any, previous: bytes) -> bytes:  # noqa: ANN401 - a row of the driver, or a dict
    """What binds a row to the one before it: SHA-256 of both, every value in a frame of its own."""
    told = (row["number"], row["at_us"], row["who"], row["origin"], row["act"], row["tenant"], row["subject"])
    return hashlib.sha256(previous + msgspec.msgpack.encode((*told, row["detail"]))).digest()


class AuditLog:
    """Writes acts that change nothing in the store, reads all, and checks that none was changed. Every method raises StoreError."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def append(self, act: Act) -> None:
        """Write down an act."""
        async with self._database.writing() as connection:
            await write_down(connection, (act,), self._clock)

    async def read(
        self, *, since_us: int = 0, tenant: str | None = None, act: str | None = None, count: int | None = None
    ) -> list[AuditRow]:
        """Acts since a moment, oldest first; with a `count` the latest so many of them. An act may be half a name: `key`."""
        query = sa.select(audit).where(audit.c.at_us >= since_us).order_by(audit.c.number.desc())
        if tenant is not None:
            query = query.where(audit.c.tenant == tenant)
        if act is not None:
            query = query.where(sa.or_(audit.c.act == act, audit.c.act.startswith(f"{act}.", autoescape=True)))
        if count is not None:
            query = query.limit(count)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [
            AuditRow(
                **{name: row[name] for name in AuditRow.__slots__ if name != "detail"},
                detail=msgspec.json.decode(row["detail"]),
            )
            for row in reversed(rows)
        ]

    async def examine(self, known: tuple[int, str] | None = None) -> Examined:
        """Check every row that is kept against the one before it, and the last against how many were ever written.

        `known` is the number and digest of a row that were written down elsewhere: it must still be so, or be kept no longer.
        """
        async with self._database.reading_at_length() as connection:  # one moment of the log
            counters = await connection.execute(sa.select(revisions.c.name, revisions.c.revision))
            counts = {row.name: int(row.revision) for row in counters}
            begun = await _begun(connection, counts["audit_expired"])
            rows, number, previous, wrong = 0, counts["audit_expired"], begun, ""
            while not wrong:
                following = (
                    sa.select(audit).where(audit.c.number > number).order_by(audit.c.number).limit(_READ_AT_ONCE)
                )
                some = (await connection.execute(following)).mappings().all()
                for row in some:
                    wrong = wrong or _wrong_with(row, number, previous)
                    rows, number, previous = rows + 1, row["number"], row["digest"]
                if len(some) < _READ_AT_ONCE:
                    break
            if not wrong and known is not None:
                wrong = await _wrong_with_known(connection, known, counts["audit_expired"])
        if not wrong and number != counts["audit"]:
            wrong = f"the log ends with row {number}, and {counts['audit']} were written: its end is missing"
        first = counts["audit_expired"] + 1 if rows else None
        return Examined(rows=rows, first=first, last=number, digest=previous.hex(), wrong=wrong)

    async def expire(self, days: int | None) -> int:
        """Delete what is older than so many days, saying so in the log; how many rows. None keeps all."""
        if days is None:
            return 0
        before_us = int(self._clock.now_s() * 1e6) - days * _DAY_US
        old = sa.select(audit.c.number, audit.c.digest).where(audit.c.at_us < before_us)
        async with self._database.writing() as connection:
            last = (await connection.execute(old.order_by(audit.c.number.desc()).limit(1))).mappings().first()
            if last is None:
                return 0
            detail: dict[str, Any] = {"through": last["number"], "digest": last["digest"].hex()}
            cut = Act(actor=_RETENTION, name=_EXPIRE, detail=detail)
            await write_down(connection, (cut,), self._clock)
            expired = sa.update(revisions).where(revisions.c.name == "audit_expired")
            await connection.execute(expired.values(revision=last["number"]))
            return (await connection.execute(sa.delete(audit).where(audit.c.number <= last["number"]))).rowcount


async def _begun(connection: AsyncConnection, expired: int) -> bytes:
    """What the oldest kept row must have for the digest before it: as the log itself says where it was cut."""
    if expired == 0:
        return BEGINNING
    cuts = sa.select(audit.c.detail).where(audit.c.act == _EXPIRE).order_by(audit.c.number.desc())
    for detail in (await connection.execute(cuts)).scalars():
        cut = msgspec.json.decode(detail)
        if cut.get("through") == expired:
            return bytes.fromhex(cut["digest"])
    return b""


async def _wrong_with_known(connection: AsyncConnection, known: tuple[int, str], expired: int) -> str:
    number, digest = known
    found = (await connection.execute(sa.select(audit.c.digest).where(audit.c.number == number))).scalar_one_or_none()
    if found is None:
        return (
            f"row {number} is kept no longer, so nothing follows from it"
            if number <= expired
            else f"row {number} is missing"
        )
    return (
        "" if found.hex() == digest.lower() else f"row {number} is another one than was known: the log was written anew"
    )


def _wrong_with(row: Any, number: int, previous: bytes) -> str:  # noqa: ANN401 - a row of the driver
    if row["number"] != number + 1:
        return f"row {number + 1} is missing: the next one is {row['number']}"
    if row["previous"] != previous:
        return f"row {row['number']} does not follow the row before it: that was changed, or put in its place"
    if row["digest"] != digest_of_row(row, previous):
        return f"row {row['number']} is not as it was written"
    return ""
