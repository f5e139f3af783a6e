"""Answers to similar questions as a gateway gives them: what was learned, the questions by nearness, and what audits tell of both.

The store is the truth: what is learned there is in force here within a second, and so is what audits anywhere have ended. What is held in
memory, or in the database for all processes where the policy says so, finds questions; an answer is only ever given by the cache, which
knows of every withdrawal.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace

import msgspec
import numpy as np
import structlog

from lanewise.core.acts import Act, Actor
from lanewise.core.caching import PGVECTOR
from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.core.policy import Policy
from lanewise.core.similar import (
    Alike,
    Asked,
    Audit,
    Semantic,
    Similarity,
    SimilarStanding,
    SimilarState,
)
from lanewise.operations.shared_questions import Question as SharedQuestion
from lanewise.operations.shared_questions import SharedQuestions
from lanewise.operations.thresholds import Threshold, Thresholds
from lanewise.similarity.features import Question, question_of
from lanewise.similarity.hashed import cosine
from lanewise.similarity.index import Near, folded, question_index, unit
from lanewise.similarity.learned import Learned
from lanewise.similarity.likeness import APART
from lanewise.similarity.nearest_exact import Floats
from lanewise.similarity.partition import RULES
from lanewise.stores.cache_rows import CHUNK_ROWS
from lanewise.stores.database import Database
from lanewise.stores.following import Following
from lanewise.stores.sealing import Seal
from lanewise.stores.similar_rows import AuditRow, QuestionRow, SimilarRows

EVERY_S = 1.0
EVERYONE = "*"
WRITTEN_AT_ONCE = 64
_CANDIDATES = 12  # that are compared word by word
_OVERLAP_US = 5_000_000  # a question is written a little after it is made
_NEW_US = 30_000_000  # the answer of so new a question may not be written yet
_TIDY_EVERY_S = 60.0
_PURGE_EVERY_S = 5.0
_HELD_AT_ONCE = 20  # questions: a few milliseconds
_ENDED = Actor(who="audits", where="this gateway")

PolicyNow = Callable[[], Policy]
NoteAct = Callable[[Act], Awaitable[None]]

_log = structlog.get_logger()


class _Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """What of a question is encrypted."""

    text: str
    vector: bytes = b""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Sealed).decode


@dataclass(slots=True)
class _Seen:
    """How far the store is known."""

    withdrawals: int = -1
    last: tuple[int, bytes] = (0, b"")
    tidied_s: float = 0.0
    in_memory: bool = True  # that questions are held


@dataclass(slots=True)
class _Counts:
    """What came of questions, by tenant and event."""

    events: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, tenant: str, event: str) -> None:
        self.events[tenant, event] += 1


def _waits(error: StoreError) -> None:
    _log.warning("similar questions wait for the store", cause=error.message)


class SimilarQuestions:
    """Used on the loop that started it."""

    def __init__(
        self,
        database: Database,
        seal: Seal,
        clock: Clock,
        *,
        policy: PolicyNow,
        note: NoteAct,
        every_s: float = EVERY_S,
    ) -> None:
        """`policy` is the one in force: where it gives nobody answers to similar questions, the store is not looked at."""
        self._rows = SimilarRows(database)
        self._seal = seal
        self._clock = clock
        self._policy = policy
        self._note = note
        self._thresholds = Thresholds(self._rows, seal)
        self._index = question_index()
        self._shared = SharedQuestions(database, seal, clock)
        self._waiting: OrderedDict[bytes, QuestionRow] = OrderedDict()
        self._seen = _Seen(tidied_s=clock.monotonic_s())
        self._counts = _Counts()
        self._following = Following(self._follow, _waits, name="similar questions", every_s=every_s)

    async def load(self) -> None:
        """Learn what is in force; questions are read once it is started, beside the requests. Raises StoreError."""
        await self.refresh()

    async def refresh(self) -> None:
        """See what was learned until now. Raises StoreError."""
        changes, _ = await self._rows.revisions()
        await self._thresholds.follow(changes)

    async def ready_for(self, policy: Policy) -> None:
        """See to what a policy wants of the store. Raises StoreError, saying what to do, where the store cannot have it."""
        if _shares(policy) and any(True for _ in wishes_of(policy)):
            await self._shared.open()

    def start(self) -> None:
        """Write, and follow the store, from now on."""
        self._following.start(at_once=True)

    async def close(self) -> None:
        """Write what waits, as far as the store takes it."""
        if not await self._following.close():
            return
        try:
            await self._write()
        except StoreError as error:
            _log.warning("questions are lost", cause=error.message, questions=len(self._waiting))
        finally:
            await self._shared.close()

    def longest(self, tenant: str, semantic: Semantic) -> int:
        """How long a question may be; 0 where nothing is in force."""
        found = self._thresholds.in_force(tenant, semantic)
        return 0 if found is None else found.learned.certified.longest_chars

    async def find(self, tenant: str, semantic: Semantic, asked: Asked) -> Alike | None:
        """The surest question of the same place, where it is sure enough."""
        found = self._thresholds.in_force(tenant, semantic)
        if found is None:
            return None
        name, score = await self._surest(found.learned, asked)
        threshold = found.learned.certified.threshold
        hit = name is not None and threshold is not None and score >= threshold
        self._counts.add(tenant, "hit" if hit else "miss")
        if not hit or name is None:
            return None
        return Alike(name=name, threshold_id=found.threshold_id, told=self._told(tenant, found, score))

    def keep(self, tenant: str, semantic: Semantic, asked: Asked, *, name: bytes, run_id: str, expires_us: int) -> None:
        """Hold a question now, and in the store soon."""
        question = question_of(asked.text)
        place = _place(asked, question)
        vector = _vector_of(question, asked.vector)
        self._index.add(place, name, asked.text, vector)
        self._counts.add(tenant, "kept")
        if len(self._waiting) >= WRITTEN_AT_ONCE:
            self._counts.add(tenant, "unwritten")
            return
        sealed = self._seal.close(_encode(_Sealed(text=asked.text, vector=asked.vector)), name)
        row = self._waiting[name] = QuestionRow(
            name=name,
            tenant=tenant,
            run_id=run_id,
            place=place,
            embedding=semantic.embedding,
            created_us=self._now_us(),
            expires_us=expires_us,
            sealed=sealed,
        )
        if _shares(self._policy()):
            self._shared.keep(SharedQuestion(row, asked.text, vector))

    def drop(self, name: bytes) -> None:
        """Forget a question: its answer is gone."""
        self._index.drop(name)
        self._waiting.pop(name, None)
        self._shared.drop(name)

    async def audited(self, tenant: str, audit: Audit | None) -> None:
        """Count an audit; where it breaks the bound, it ends there, and says so everywhere."""
        if audit is None:
            self._counts.add(tenant, "audit_skipped")
            return
        word = "unknown" if audit.correct is None else "right" if audit.correct else "wrong"
        self._counts.add(audit.tenant, f"audit_{word}")
        row = AuditRow(
            run_id=audit.run_id,
            given_run_id=audit.given_run_id,
            tenant=audit.tenant,
            threshold_id=audit.threshold_id,
            correct=None if audit.correct is None else int(audit.correct),
            told_by=audit.told_by,
            at_us=self._now_us(),
        )
        try:
            ended = await self._thresholds.audited(row)
        except StoreError as error:
            _log.error("an audit is not counted", run_id=audit.run_id, cause=error.message)
            return
        if ended is not None:
            await self._end(ended)

    def state(self) -> SimilarState:
        """What is held and in force now, and what came of questions so far."""
        return SimilarState(
            events=dict(self._counts.events), questions=len(self._index), standings=tuple(self.standings())
        )

    def standings(self) -> list[SimilarStanding]:
        """What is in force, or was ended, for each tenant that the policy names."""
        tenants = sorted(self._thresholds.audited_tenants() | {tenant for tenant, _ in wishes_of(self._policy())})
        wishes = ((tenant, self._policy().tenant(tenant).caching.semantic) for tenant in tenants)
        found = (self._thresholds.standing(tenant, wish) for tenant, wish in wishes if wish is not None)
        return [each for each in found if each is not None]

    def certified(self, tenant: str, semantic: Semantic) -> bool:
        """Whether anything was certified that does for this wish, ended since or not."""
        return self._thresholds.of(tenant, semantic) is not None

    async def _end(self, standing: SimilarStanding) -> None:
        self._counts.add(standing.tenant, "ended")
        told: dict[str, str | int | bool | list[str] | None] = {
            "alpha": f"{standing.alpha:g}",
            "audited": standing.audited,
            "wrong": standing.wrong,
            "between": f"{standing.low:.3f} and {standing.high:.3f}",
        }
        _log.error("similar questions are answered no more", tenant=standing.tenant, **told)
        await self._note(
            Act(actor=_ENDED, name="similar.end", tenant=standing.tenant, subject=standing.threshold_id, detail=told)
        )

    async def _surest(self, learned: Learned, asked: Asked) -> tuple[bytes | None, float]:
        mine = question_of(asked.text)
        vector = _vector_of(mine, asked.vector)
        best: tuple[bytes | None, float] = (None, APART)
        for near in await self._near_in(_place(asked, mine), vector):
            other = question_of(near.text)
            alike = near.alike if asked.vector else cosine(mine.vector, other.vector)
            score = learned.likeness.score(mine, other, alike=alike)
            if score > best[1]:
                best = (near.name, score)
        return best

    async def _near_in(self, place: bytes, vector: Floats) -> list[Near]:
        near = self._index.near_in(place, vector, _CANDIDATES)
        if not _shares(self._policy()):
            return near
        held = {each.name for each in near}
        shared = await self._shared.near_in(place, vector, _CANDIDATES)
        return near + [each for each in shared if each.name not in held]

    def _told(self, tenant: str, found: Threshold, score: float) -> Similarity:
        certified, watch = found.learned.certified, self._thresholds.watch(tenant, found)
        _, low, high = watch.interval
        return Similarity(
            score=round(score, 4),
            threshold=round(certified.threshold or 0.0, 4),
            alpha=certified.alpha,
            confidence=round(1.0 - certified.delta, 6),
            bound=round(certified.bound, 4),
            audited=watch.audited,
            wrong=watch.wrong,
            wrong_low=round(low, 4),
            wrong_high=round(high, 4),
        )

    def _now_us(self) -> int:
        return int(self._clock.now_s() * 1e6)

    async def _follow(self) -> None:
        if any(True for _ in wishes_of(self._policy())):
            await self._look()
        await self._write()

    async def _look(self) -> None:
        """What was learned, told, withdrawn and asked since the last look."""
        changes, withdrawals = await self._rows.revisions()
        await self._thresholds.follow(changes)
        if _shares(self._policy()):
            await self._share_questions()
        else:
            await self._learn_questions()
        await self._tidy(withdrawals)

    async def _tidy(self, withdrawals: int) -> None:
        """Let questions go whose answer is gone: the cache gives none of these, so there is no hurry."""
        seen, now_s = self._seen, self._clock.monotonic_s()
        withdrawn = withdrawals != seen.withdrawals
        if now_s - seen.tidied_s < (_PURGE_EVERY_S if withdrawn else _TIDY_EVERY_S):
            return
        gone = await self._rows.tidy(self._now_us() - _NEW_US)
        for name in gone:
            self.drop(name)
        if withdrawn:  # somebody's words may have to be forgotten, and not by this process
            self._index.keep_only(await self._rows.names() | self._waiting.keys())
        if len(gone) < CHUNK_ROWS:
            seen.withdrawals, seen.tidied_s = withdrawals, now_s

    async def _share_questions(self) -> None:
        if self._seen.in_memory:  # until now
            self._index.keep_only(set(self._waiting))
            self._seen.last, self._seen.in_memory = (0, b""), False
        await self._shared.catch_up(self._read)

    async def _learn_questions(self) -> None:
        self._seen.in_memory = True
        after = (max(0, self._seen.last[0] - _OVERLAP_US), b"")
        while rows := await self._rows.questions(after, self._now_us()):
            for number, row in enumerate(rows):
                if row.name not in self._index:
                    self._hold(row)
                if number % _HELD_AT_ONCE == 0:
                    await asyncio.sleep(0)  # there may be many of them
            after = (rows[-1].created_us, rows[-1].name)
        self._seen.last = max(self._seen.last, after)

    def _hold(self, row: QuestionRow) -> None:
        said = self._read(row)
        if said is not None:
            self._index.add(row.place, row.name, *said)

    def _read(self, row: QuestionRow) -> tuple[str, Floats] | None:
        """What a question says, and its vector; None where it was sealed with another key, or by another version."""
        content = self._seal.open(row.sealed, row.name)
        try:
            question = None if content is None else _decode(content)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            question = None
        if question is None:
            return None
        return question.text, _vector_of(question_of(question.text), question.vector)

    async def _write(self) -> None:
        await self._write_questions()
        for name in await self._shared.write():
            self._index.drop(name)  # the database finds it from now on

    async def _write_questions(self) -> None:
        batch = list(self._waiting.values())
        if not batch:
            return
        await self._rows.keep(batch)
        for row in batch:
            if self._waiting.get(row.name) is row:
                del self._waiting[row.name]


def _shares(policy: Policy) -> bool:
    return policy.cache_room.semantic_index == PGVECTOR


def _place(asked: Asked, question: Question) -> bytes:
    """Where questions may be alike: what the caller says must be equal, and the numbers, names and negations of the words."""
    return hashlib.sha256(asked.place + _encode((RULES, question.fixed))).digest()


def _vector_of(question: Question, given: bytes) -> Floats:
    return unit(np.frombuffer(given, dtype=np.float32)) if given else folded(question.vector)


def wishes_of(policy: Policy) -> Iterator[tuple[str, Semantic]]:
    """Which tenants of a policy want answers to similar questions, `*` standing for those that it does not name."""
    for tenant in (*policy.tenants.values(), replace(policy.default_tenant, name=EVERYONE)):
        if tenant.caching.semantic is not None:
            yield tenant.name, tenant.caching.semantic
