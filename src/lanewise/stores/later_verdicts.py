"""Verdicts that come after their run is over: kept as rows that are never changed, and told in the run's own.

A run's verdict is what its own checks have said together with the latest word of each who spoke later. In which order they
came makes no difference, but for who takes back what they said themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.core.acts import Act, Actor
from lanewise.core.clock import Clock
from lanewise.core.errors import NotJudged
from lanewise.core.verdict import Verdict, VerdictKind, VerdictWord, combined, digest_of_name
from lanewise.stores.audit_log import write_down
from lanewise.stores.database import Database
from lanewise.stores.schema import AWAITED, later_verdicts, runs

MOST_OF_A_RUN = 100
"""Later verdicts on one run: whoever says more is not judging."""

_ANSWERED = ("success", "fallback", "human")  # outcomes with an answer that somebody has


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
    repeated: bool = False  # it was said before in the same words, and nothing has changed


class _Voice(msgspec.Struct, frozen=True, kw_only=True):
    """Who says it: a verifier that was waited for, or a verifier as one key names it."""

    run_id: str
    verifier: str
    kind: VerdictKind
    name: str  # the digest of what was waited for, else empty
    nameless: bool = False  # the run's user was forgotten since: reasons are not kept


class LaterVerdicts:
    """Takes them. Every method raises StoreError."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def take(self, later: LaterVerdict) -> Updated | None:
        """Write it down, and what the run's verdict is with it; None where no such run is there, or nothing waits under this name.

        The same once more changes nothing. Raises NotJudged for what cannot be taken.
        """
        # Whoever knows neither run nor name takes no turn at writing.
        async with self._database.reading() as connection:
            if await _found(connection, later) is None:
                return None
        async with self._database.writing() as connection:
            found = await _found(connection, later)
            if found is None:
                return None
            voice, run = found
            if voice.nameless:
                later = msgspec.structs.replace(later, reason="")
            said = await _said(connection, voice.run_id)
            earlier = next(
                (row for row in reversed(said) if _whose(row) == (later.key_id, voice.verifier, voice.name)), None
            )
            again = earlier is not None and _words(earlier) == (later.word, voice.kind, later.score, later.reason)
            if not again:
                _refuse(later, run, said, answered=voice.name != "" and earlier is not None)
            updated = _updated(later, voice, run, said, repeated=again)
            if not again:
                at_us = max([int(self._clock.now_s() * 1e6), *(row["at_us"] + 1 for row in said)])
                await connection.execute(sa.insert(later_verdicts), [_row(later, voice, updated) | {"at_us": at_us}])
                now = {"verdict": updated.verdict, "verdict_kind": updated.verdict_kind}
                await connection.execute(sa.update(runs).where(runs.c.run_id == updated.run_id).values(**now))
                await write_down(connection, (_act(later, updated),), self._clock)
        return updated


async def _found(connection: AsyncConnection, later: LaterVerdict) -> tuple[_Voice, sa.RowMapping] | None:
    """Who speaks, and the run that it is about; None where nothing waits under the name, or the run is not the sender's."""
    if later.name:
        digest, rows = digest_of_name(later.name), later_verdicts.c
        query = sa.select(later_verdicts).where(rows.name != "", rows.name == digest, rows.verdict == AWAITED)
        waits = (await connection.execute(query)).mappings().first()
        if waits is None:
            return None
        voice = _Voice(
            run_id=waits["run_id"],
            verifier=waits["verifier"],
            kind=waits["kind"],
            name=digest,
            nameless=waits["reason"] == "forgotten",
        )
    else:
        voice = _Voice(run_id=later.run_id, verifier=later.verifier, kind=later.kind or "evidence", name="")
    columns = (runs.c.tenant, runs.c.user, runs.c.outcome, runs.c.verdict, runs.c.verdict_kind)
    run = (await connection.execute(sa.select(*columns).where(runs.c.run_id == voice.run_id))).mappings().first()
    if run is None or not (later.name or (run["tenant"] == later.tenant and later.user in (None, run["user"]))):
        return None
    return voice, run


async def _said(connection: AsyncConnection, run_id: str) -> Sequence[sa.RowMapping]:
    """What was said of a run until now, oldest first."""
    rows = later_verdicts.c
    query = sa.select(later_verdicts).where(rows.run_id == run_id, rows.verdict != AWAITED).order_by(rows.at_us)
    return (await connection.execute(query)).mappings().all()


def _refuse(later: LaterVerdict, run: sa.RowMapping, said: Sequence[sa.RowMapping], *, answered: bool) -> None:
    """Raises NotJudged."""
    if answered:
        raise NotJudged("Another verdict has come under this name, and it is taken once")
    if run["outcome"] not in _ANSWERED:
        raise NotJudged(f"This run gave no answer ({run['outcome']}), so there is nothing to be judged")
    if len(said) >= MOST_OF_A_RUN and not later.name:
        raise NotJudged(f"{MOST_OF_A_RUN} later verdicts were taken for this run, and no more are")


def _updated(
    later: LaterVerdict, voice: _Voice, run: sa.RowMapping, said: Sequence[sa.RowMapping], *, repeated: bool
) -> Updated:
    latest = {_whose(row): (row["verdict"], row["kind"]) for row in said}
    latest[later.key_id, voice.verifier, voice.name] = (later.word, voice.kind)
    first = said[0] if said else {"before": run["verdict"], "before_kind": run["verdict_kind"]}
    now = together([(first["before"], first["before_kind"]), *latest.values()])
    return Updated(
        run_id=voice.run_id,
        tenant=run["tenant"],
        verifier=voice.verifier,
        verdict=run["verdict"] if repeated else now.word,
        verdict_kind=run["verdict_kind"] if repeated else now.kind,
        before=run["verdict"],
        before_kind=run["verdict_kind"],
        repeated=repeated,
    )


def together(words: Iterable[tuple[str, str]]) -> Verdict:
    """One verdict of several words and their kinds, in whatever order: any reject wins, but a proof stands against evidence.

    What was unchecked or could not be judged gives way to whoever judged.
    """
    given = [
        Verdict(verifier="later", word=word, kind=kind)  # type: ignore[arg-type]  # the store has no others
        for word, kind in words
        if word in ("accept", "reject", "unverifiable") and kind
    ]
    judged = [each for each in given if each.word != "unverifiable"]
    if any((each.word, each.kind) == ("accept", "proof") for each in judged):
        judged = [each for each in judged if (each.word, each.kind) != ("reject", "evidence")]
    verdict = combined(judged or given)
    assert verdict is not None, "somebody has just said something"
    return verdict


def _whose(row: sa.RowMapping) -> tuple[str, str, str]:
    return row["key_id"], row["verifier"], row["name"]


def _words(row: sa.RowMapping) -> tuple[str, str, float | None, str]:
    return row["verdict"], row["kind"], row["score"], row["reason"]


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


def _row(later: LaterVerdict, voice: _Voice, updated: Updated) -> dict[str, Any]:
    return {
        "run_id": updated.run_id,
        "verifier": updated.verifier,
        "tenant": updated.tenant,
        "key_id": later.key_id,
        "verdict": later.word,
        "kind": voice.kind,
        "score": later.score,
        "reason": later.reason,
        "before": updated.before,
        "before_kind": updated.before_kind,
        "name": voice.name,
    }
