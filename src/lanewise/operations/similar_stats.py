"""What was learned of similar questions and what audits tell of it, as the store has it: no key is needed to see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
from rich.table import Table

from lanewise.core.plurals import counted
from lanewise.core.similar import SimilarStanding
from lanewise.operations.render import plain, table_of
from lanewise.operations.thresholds import standing_of
from lanewise.similarity.learned import Certified
from lanewise.similarity.partition import RULES
from lanewise.stores.database import Database
from lanewise.stores.similar_rows import SimilarRows, Told

EVERYONE = "*"


async def similar_stats(database: Database, tenant: str | None = None) -> tuple[SimilarStanding, ...]:
    """Every threshold by tenant, `*` for one that is everyone's, with what audits tell there; the latest first. Raises StoreError."""
    known = await SimilarRows(database).known()
    found = []
    for row in reversed(known.thresholds):
        certified = msgspec.json.decode(row.certificate, type=Certified)
        if certified.rules != RULES:
            continue  # nobody uses it any more
        audited = {name for name, threshold_id in known.told if threshold_id == row.threshold_id}
        for name in sorted(audited | {row.tenant or EVERYONE}):
            if tenant is None or name in (tenant, EVERYONE):
                told = known.told.get((name, row.threshold_id), Told())
                found.append(standing_of(name, row.threshold_id, learned_us=row.learned_us, of=certified, told=told))
    return tuple(found)


def similar_view(found: Sequence[SimilarStanding]) -> Table:
    """A table of them."""
    table = table_of(
        "Answers given to similar questions",
        "tenant",
        "learned",
        "promised",
        "on",
        "certified on:",
        "bound:",
        "audited:",
        "wrong:",
        "nobody could tell:",
        "measured, and between:",
    )
    for each in found:
        table.add_row(
            plain(each.tenant),
            dt.datetime.fromtimestamp(each.learned_us / 1e6, dt.UTC).date().isoformat(),
            f"≤ {each.alpha:.1%} at {each.confidence:.0%}",
            "on" if each.on else "off: its audits broke it",
            f"{counted(each.pairs, 'pair')}, {counted(each.hits, 'hit')}, {each.wrong_hits:,} wrong",
            f"{each.bound:.1%}",
            f"{each.audited:,}",
            f"{each.wrong:,}",
            f"{each.unknown:,}",
            f"{each.share:.1%}, {each.low:.1%} and {each.high:.1%}" if each.audited else "-",
        )
    return table
