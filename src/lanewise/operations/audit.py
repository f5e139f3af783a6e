"""The audit log for whoever reads it: plain values for JSON, a table for people, and what checking it came to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from rich.console import RenderableType

from lanewise.core.acts import COMMAND_LINE, Act
from lanewise.core.clock import Clock, SystemClock
from lanewise.core.errors import InvalidRequest
from lanewise.operations.render import plain, table_of
from lanewise.stores.audit_log import AuditLog, AuditRow, Examined
from lanewise.stores.database import Database

_MOST_DIGITS = 18


async def acts(
    log: AuditLog, *, since_us: int = 0, tenant: str | None = None, act: str | None = None, count: int | None = None
) -> list[dict[str, Any]]:
    """Acts as JSON-able values, oldest first, times in ISO 8601. Raises StoreError."""
    rows = await log.read(since_us=since_us, tenant=tenant, act=act, count=count)
    return [plain_act(row) for row in rows]


def plain_act(row: AuditRow) -> dict[str, Any]:
    """One act as JSON-able values."""
    return {
        "number": row.number,
        "at": dt.datetime.fromtimestamp(row.at_us / 1e6, dt.UTC).isoformat(),
        "who": row.who,
        "from": row.origin,
        "act": row.act,
        "tenant": row.tenant,
        "subject": row.subject,
        "detail": row.detail,
    }


async def examined(log: AuditLog, known: tuple[int, str] | None = None) -> dict[str, Any]:
    """What checking the log came to, as JSON-able values. Raises StoreError."""
    return plain_examined(await log.examine(known))


def known_row(text: str) -> tuple[int, str]:
    """A row's number and digest, as `lanewise audit verify` told them: `42:0f3c…`. Raises InvalidRequest."""
    number, _, digest = text.partition(":")
    if not (number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS and digest):
        raise InvalidRequest(
            "`known`: write a row's number and digest as they were told, for example 42:0f3c…", param="known"
        )
    return int(number), digest


async def note_migration(database: Database, *, before: str | None, after: str, clock: Clock | None = None) -> None:
    """Write down that a store was brought to a schema, or made with it. Raises StoreError."""
    told = Act(actor=COMMAND_LINE, name="store.migrate", subject=after, detail={"from": before, "to": after})
    await AuditLog(database, clock or SystemClock()).append(told)


class Auditor:
    """The log as a gateway uses it. Every method raises StoreError."""

    def __init__(self, log: AuditLog) -> None:
        self._log = log

    async def note(self, act: Act) -> None:
        """Write down an act that is done."""
        await self._log.append(act)

    async def acts(self, *, since_us: int, tenant: str | None, act: str | None, count: int) -> list[dict[str, Any]]:
        """The latest acts, oldest first."""
        return await acts(self._log, since_us=since_us, tenant=tenant, act=act, count=count)

    async def examined(self, known: tuple[int, str] | None) -> dict[str, Any]:
        """What checking the log came to."""
        return await examined(self._log, known)


def plain_examined(told: Examined) -> dict[str, Any]:
    """The result of a check as JSON-able values."""
    return {
        "sound": told.sound,
        "wrong": told.wrong,
        "rows": told.rows,
        "first": told.first,
        "last": told.last,
        "digest": told.digest,
    }


def acts_view(told: Sequence[dict[str, Any]]) -> RenderableType:
    """`lanewise audit`."""
    table = table_of("Audit log", "number:", "at (UTC)", "who", "from", "act", "tenant", "subject", "detail")
    for column in table.columns[1:]:
        column.overflow = "fold"
    for each in told:
        detail = ", ".join(
            f"{name} {value}" for name, value in each["detail"].items() if value not in (None, "", False)
        )
        cells = (
            each["at"][:19].replace("T", " "),
            each["who"],
            each["from"],
            each["act"],
            each["tenant"],
            each["subject"],
        )
        table.add_row(f"{each['number']:,}", *(plain(cell) for cell in (*cells, detail)))
    return table
