"""Takes a user's name out of what budgets stand on. The money stays: it was spent, by somebody."""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.core.caps import Tally
from lanewise.stores.schema import budget_books, budget_events, leases, spending
from lanewise.stores.statements import STATEMENTS

_WHO = ("day", "tenant", "key_id", "user", "feature", "lane")
_SUMS = ("nanousd", "tokens", "thinking_tokens", "late_nanousd", "late_tokens", "late_thinking_tokens")


async def forget_spender(connection: AsyncConnection, user: str, tenant: str | None) -> None:
    """Count a user's days and books as nobody's, and drop the alarms of that user's caps, and leases of them."""
    days = spending.c.user == user
    alarms = sa.and_(budget_events.c.subject == user, budget_events.c.cap.startswith("user."))
    if tenant is not None:
        days, alarms = days & (spending.c.tenant == tenant), alarms & (budget_events.c.tenant == tenant)
    await connection.execute(sa.delete(budget_events).where(alarms))
    await _forget_books(connection, user, tenant)
    found = (await connection.execute(sa.select(spending).where(days))).mappings().all()
    await connection.execute(sa.delete(spending).where(days))
    sums: defaultdict[tuple[object, ...], list[int]] = defaultdict(lambda: [0] * len(_SUMS))
    for row in found:
        whose = tuple("" if name == "user" else row[name] for name in _WHO)
        sums[whose] = [before + row[name] for before, name in zip(sums[whose], _SUMS, strict=True)]
    for whose, amounts in sums.items():
        same = sa.and_(*(spending.c[name] == value for name, value in zip(_WHO, whose, strict=True)))
        added = {name: spending.c[name] + amount for name, amount in zip(_SUMS, amounts, strict=True)}
        if not (await connection.execute(sa.update(spending).where(same).values(added))).rowcount:
            made = dict(zip(_WHO, whose, strict=True)) | dict(zip(_SUMS, amounts, strict=True))
            await connection.execute(sa.insert(spending).values(made))


async def _forget_books(connection: AsyncConnection, user: str, tenant: str | None) -> None:
    """Move what is in a user's books to those of requests that name nobody. A gateway that still leases of them opens them anew."""
    # Everybody else who writes waits meanwhile: of a hundred thousand users' books only these are read.
    _, _, written, _ = Tally("user", "", user, "dollars", "daily").text.split("/", 3)
    named = budget_books.c.tally.contains(f"/{written}/", autoescape=True)
    of_user = sa.select(budget_books).where(budget_books.c.tally.startswith("user/"), named)
    for book in (await connection.execute(of_user)).mappings().all():
        tally = Tally.of_text(book["tally"])
        if tally.subject != user or tenant not in (None, tally.tenant):
            continue
        nobody_s = {**book, "tally": tally._replace(subject="").text}
        await connection.execute(STATEMENTS["open_book"], {**nobody_s, "settled": 0, "unaccounted": 0})
        await connection.execute(STATEMENTS["count_lost"], {name: nobody_s[name] for name in _COUNTED})
        for table in (budget_books, leases):
            same = sa.and_(table.c.tally == book["tally"], table.c.period == book["period"])
            await connection.execute(sa.delete(table).where(same))


_COUNTED = ("settled", "unaccounted", "tally", "period")
