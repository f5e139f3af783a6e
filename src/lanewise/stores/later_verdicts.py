"""Verdicts that come after their run is over: kept as rows that are never changed, and told in the run's own."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.core.acts import Act, Actor
from lanewise.core.clock import Clock
from lanewise.core.verdict import Verdict, VerdictKind, VerdictWord, combined
from lanewise.stores.audit_log import write_down
from lanewise.stores.database import Database
from lanewise.stores.schema import AWAITED, later_verdicts, runs


class LaterVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict from outside, for a run of a tenant, or for whatever waits under a name that nobody can guess."""

    word: VerdictWord
    verifier: str = ""  # with a name: the one that waits for it
    kind: VerdictKind | None = None  # with a name: as its verifier's policy says
    score: float | None = None
    reason: str = ""
    name: str = ""
    run_id: str = ""
    tenant: str = ""
    user: str | None = None  # only of a run of this user's; None: of any
    key_id: str = ""  # who sent it; empty: whoever knows the name
    where: str = ""  # from which address


class Updated(msgspec.Struct, frozen=True, kw_only=True):
    """What a run's verdict was, and what it is now."""

    run_id: str
    tenant: str
    verifier: str
    verdict: str
    verdict_kind: str
    before: str
    before_kind: str


class LaterVerdicts:
    """Takes them. Every method raises StoreError."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def take(self, later: LaterVerdict) -> Updated | None:
        """Write it down, and what the run's verdict is with it; None where no such run is there, or nothing waits under this name."""
        async with self._database.writing() as connection:
            awaited = await _awaited(connection, later.name) if later.name else None
            if later.name and awaited is None:
                return None
            run_id = later.run_id if awaited is None else awaited["run_id"]
            query = sa.select(runs.c.tenant, runs.c.user, runs.c.verdict, runs.c.verdict_kind).where(
                runs.c.run_id == run_id
            )
            run = (await connection.execute(query)).mappings().first()
            if run is None or (awaited is None and not _is_its_senders(run, later)):
                return None
            verifier = later.verifier if awaited is None else awaited["verifier"]
            kind = later.kind or "evidence" if awaited is None else awaited["kind"]
            now = _together(run["verdict"], run["verdict_kind"], later.word, kind)
            updated = Updated(
                run_id=run_id,
                tenant=run["tenant"],
                verifier=verifier,
                verdict=now.word,
                verdict_kind=now.kind,
                before=run["verdict"],
                before_kind=run["verdict_kind"],
            )
            await connection.execute(
                sa.insert(later_verdicts), [_row(later, updated, kind, int(self._clock.now_s() * 1e6))]
            )
            await connection.execute(
                sa.update(runs).where(runs.c.run_id == run_id).values(verdict=now.word, verdict_kind=now.kind)
            )
            await write_down(connection, (_act(later, updated),), self._clock)
        return updated


async def _awaited(connection: AsyncConnection, name: str) -> dict[str, Any] | None:
    """What waits under a name, unless its verdict has come already."""
    rows = later_verdicts.alias()
    waits = sa.select(rows).where(rows.c.verdict == AWAITED, rows.c.reason == name)
    found = (await connection.execute(waits)).mappings().first()
    if found is None:
        return None
    come = sa.select(rows.c.run_id).where(
        rows.c.run_id == found["run_id"], rows.c.verifier == found["verifier"], rows.c.verdict != AWAITED
    )
    return None if (await connection.execute(come)).first() is not None else dict(found)


def _act(later: LaterVerdict, updated: Updated) -> Act:
    """For the audit log: who said what; not the reason, which may quote the answer."""
    return Act(
        actor=Actor(who=later.key_id or "webhook", where=later.where),
        name="verdict.late",
        tenant=updated.tenant,
        subject=updated.run_id,
        detail={
            "verifier": updated.verifier,
            "said": later.word,
            "from": f"{updated.before} {updated.before_kind}".strip(),
            "to": f"{updated.verdict} {updated.verdict_kind}".strip(),
        },
    )


def _is_its_senders(run: sa.RowMapping, later: LaterVerdict) -> bool:
    return run["tenant"] == later.tenant and later.user in (None, run["user"])


def _together(before: str, before_kind: str, word: VerdictWord, kind: VerdictKind) -> Verdict:
    """Any reject wins, and the strongest accept; what was unchecked or could not be judged gives way."""
    new = Verdict(verifier="later", word=word, kind=kind)
    if before not in ("accept", "reject") or before_kind == "":
        return new
    old = msgspec.convert({"verifier": "before", "word": before, "kind": before_kind}, Verdict)
    if (word, kind) == ("accept", "proof") and (before, before_kind) == ("reject", "evidence"):
        return new  # what is proven stands against what was only thought
    return combined((old, new)) or new


def _row(later: LaterVerdict, updated: Updated, kind: VerdictKind, at_us: int) -> dict[str, Any]:
    return {
        "run_id": updated.run_id,
        "at_us": at_us,
        "verifier": updated.verifier,
        "tenant": updated.tenant,
        "key_id": later.key_id,
        "verdict": later.word,
        "kind": kind,
        "score": later.score,
        "reason": later.reason,
        "before": updated.before,
        "before_kind": updated.before_kind,
    }
