"""How caps stand in the store: what all processes have spent, set aside and hold."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from lanewise.core.caps import Tally
from lanewise.stores.database import Database
from lanewise.stores.schema import budget_books, leases


class SharedCap(NamedTuple):
    """One cap in one period, in its unit, as far as its processes have said."""

    settled: int
    unaccounted: int  # of that
    held: int  # set aside for calls under way
    idle: int  # leased beside that


async def shared_caps(database: Database) -> dict[tuple[Tally, str], SharedCap]:
    """Every cap that processes have leased of, by tally and the name of the period. Raises StoreError."""
    of = sa.and_(leases.c.tally == budget_books.c.tally, leases.c.period == budget_books.c.period, leases.c.amount > 0)
    amount, held = sa.func.sum(leases.c.amount), sa.func.sum(leases.c.unrecorded)
    name = (budget_books.c.tally, budget_books.c.period)
    sums = (budget_books.c.settled, budget_books.c.unaccounted)
    wanted = (
        sa.select(*name, *sums, sa.func.coalesce(amount, 0), sa.func.coalesce(held, 0))
        .select_from(budget_books.outerjoin(leases, of))
        .group_by(*name, *sums)
    )
    async with database.reading() as connection:
        rows = (await connection.execute(wanted)).all()
    return {
        (Tally.of_text(tally), period): SharedCap(settled, unaccounted, int(held), int(amount) - int(held))
        for tally, period, settled, unaccounted, amount, held in rows
    }
