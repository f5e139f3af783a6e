"""The tables of answers to similar questions. Plain statements, which every store understands; each method raises StoreError."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.stores.cache_rows import CHUNK_ROWS
from lanewise.stores.cache_rows import REVISION as WITHDRAWALS
from lanewise.stores.database import Database
from lanewise.stores.schema import cached_answers, revisions
from lanewise.stores.schema_similar import similar_audits, similar_ends, similar_questions, similar_thresholds

MOST_AT_ONCE = 5_000  # questions, in one look at the store
REVISION = "similar"
"""Counts whenever something is learned, audited or ended: every process then looks again."""


class QuestionRow(msgspec.Struct, frozen=True, kw_only=True):
    """The question of a cached answer."""

    name: bytes
    tenant: str
    run_id: str
    place: bytes
    embedding: str
    created_us: int
    expires_us: int
    sealed: bytes


class ThresholdRow(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was learned."""

    threshold_id: str
    tenant: str
    learned_us: int
    certificate: str
    sealed: bytes


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that was given to a similar question, and was asked for again."""

    run_id: str
    given_run_id: str
    tenant: str
    threshold_id: str
    correct: int | None
    told_by: str
    at_us: int
    score: float = 0.0
    pair: bytes = b""
    share: float = 0.0


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What audits have told of one threshold in one tenant, and when it ended there."""

    right: int = 0
    wrong: int = 0
    unknown: int = 0
    ended_us: int | None = None


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """All that was learned, and what audits have told of it by tenant and threshold."""

    thresholds: list[ThresholdRow]
    told: dict[tuple[str, str], Told]


class SimilarRows:
    """Reads and writes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def revisions(self) -> tuple[int, int]:
        """How often something was learned, audited or ended, and how often cached answers were withdrawn."""
        wanted = sa.select(revisions.c.name, revisions.c.revision).where(revisions.c.name.in_((REVISION, WITHDRAWALS)))
        async with self._database.reading() as connection:
            found = {row.name: row.revision for row in await connection.execute(wanted)}
        return found.get(REVISION, 0), found.get(WITHDRAWALS, 0)

    async def known(self) -> Known:
        """What was learned, the oldest first, and what became of it."""
        async with self._database.reading() as connection:
            learned = (await connection.execute(_THRESHOLDS)).mappings().all()
            counted = (await connection.execute(_COUNTED)).all()
            ended = (await connection.execute(sa.select(similar_ends))).all()
        ends = {(row.tenant, row.threshold_id): row.at_us for row in ended}
        told: dict[tuple[str, str], Told] = {whose: Told(ended_us=at_us) for whose, at_us in ends.items()}
        for row in counted:
            whose = (row.tenant, row.threshold_id)
            told[whose] = Told(right=row.right, wrong=row.wrong, unknown=row.unknown, ended_us=ends.get(whose))
        return Known(thresholds=[_threshold(row) for row in learned], told=told)

    async def learn(self, row: ThresholdRow) -> None:
        """Keep what was learned."""
        async with self._database.writing() as connection:
            await connection.execute(sa.insert(similar_thresholds), msgspec.structs.asdict(row))
            await connection.execute(_NOTED)

    async def audit(self, row: AuditRow) -> Told:
        """Keep what an audit has told; what all audits of its threshold in its tenant have."""
        async with self._database.writing() as connection:
            await connection.execute(sa.insert(similar_audits), msgspec.structs.asdict(row))
            await connection.execute(_NOTED)
            return await _told(connection, row.tenant, row.threshold_id)

    async def audits_of(self, tenant: str, threshold_id: str) -> list[tuple[bytes, float, int, float]]:
        """What audits of a threshold have told in a tenant, the oldest first: pair, score, whether it did, and the share that was drawn."""
        table = similar_audits.c
        wanted = (
            sa.select(table.pair, table.score, table.correct, table.share)
            .where(table.tenant == tenant, table.threshold_id == threshold_id, table.correct.is_not(None))
            .order_by(table.at_us, table.run_id)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).all()
        return [(bytes(row.pair or b""), row.score, row.correct, row.share) for row in rows]

    async def end(self, tenant: str, threshold_id: str, told: Told, at_us: int) -> bool:
        """Write down that a threshold is off in a tenant; False where it was already."""
        values = {"tenant": tenant, "threshold_id": threshold_id, "at_us": at_us}
        async with self._database.writing() as connection:
            if (await _told(connection, tenant, threshold_id)).ended_us is not None:
                return False
            values |= {"audited": told.right + told.wrong, "wrong": told.wrong}
            await connection.execute(sa.insert(similar_ends), values)
            await connection.execute(_NOTED)
        return True

    async def keep(self, rows: Sequence[QuestionRow]) -> None:
        """Keep questions, each in the place of an earlier one of its answer's name."""
        names = [row.name for row in rows]
        async with self._database.writing() as connection:
            await connection.execute(sa.delete(similar_questions).where(similar_questions.c.name.in_(names)))
            await connection.execute(sa.insert(similar_questions), [msgspec.structs.asdict(row) for row in rows])

    async def questions(self, after: tuple[int, bytes], now_us: int) -> list[QuestionRow]:
        """Those that still count and came after this moment and name, the oldest first, as many as are read at once."""
        table = similar_questions.c
        wanted = (
            sa.select(similar_questions)
            .where(sa.tuple_(table.created_us, table.name) > sa.tuple_(*map(sa.literal, after)))
            .where(table.expires_us > now_us)
            .order_by(table.created_us, table.name)
            .limit(MOST_AT_ONCE)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).mappings().all()
        return [
            QuestionRow(
                **{**row, "name": bytes(row["name"]), "place": bytes(row["place"]), "sealed": bytes(row["sealed"])}
            )
            for row in rows
        ]

    async def names(self) -> set[bytes]:
        """Of all questions that there are."""
        async with self._database.reading() as connection:
            return {bytes(name) for name in await connection.scalars(sa.select(similar_questions.c.name))}

    async def tidy(self, before_us: int) -> list[bytes]:
        """Delete some questions from before this moment whose answer is gone; their names."""
        orphan = (
            sa.select(similar_questions.c.name)
            .where(
                similar_questions.c.created_us < before_us,
                ~sa.exists().where(cached_answers.c.name == similar_questions.c.name),
            )
            .limit(CHUNK_ROWS)
        )
        async with self._database.reading() as connection:
            names = [bytes(name) for name in await connection.scalars(orphan)]
        if names:
            async with self._database.writing() as connection:
                await connection.execute(sa.delete(similar_questions).where(similar_questions.c.name.in_(names)))
        return names


def _threshold(row: sa.RowMapping) -> ThresholdRow:
    return ThresholdRow(**{**row, "sealed": bytes(row["sealed"])})


async def _told(connection: AsyncConnection, tenant: str, threshold_id: str) -> Told:
    audits, ends = similar_audits.c, similar_ends.c
    ours = _COUNTED.where(audits.tenant == tenant, audits.threshold_id == threshold_id)
    row = (await connection.execute(ours)).one_or_none()
    ended = sa.select(ends.at_us).where(ends.tenant == tenant, ends.threshold_id == threshold_id)
    at_us = await connection.scalar(ended)
    if row is None:
        return Told(ended_us=at_us)
    return Told(right=row.right, wrong=row.wrong, unknown=row.unknown, ended_us=at_us)


def _counting(which: sa.ColumnElement[bool], name: str) -> sa.Label[int]:
    return sa.cast(sa.func.sum(sa.case((which, 1), else_=0)), sa.BigInteger).label(name)


_THRESHOLDS = sa.select(similar_thresholds).order_by(similar_thresholds.c.learned_us, similar_thresholds.c.threshold_id)
_COUNTED = sa.select(
    similar_audits.c.tenant,
    similar_audits.c.threshold_id,
    _counting(similar_audits.c.correct == 1, "right"),
    _counting(similar_audits.c.correct == 0, "wrong"),
    _counting(similar_audits.c.correct.is_(None), "unknown"),
).group_by(similar_audits.c.tenant, similar_audits.c.threshold_id)
_NOTED = sa.update(revisions).where(revisions.c.name == REVISION).values(revision=revisions.c.revision + 1)
