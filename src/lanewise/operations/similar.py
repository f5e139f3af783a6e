"""Answers to similar questions as a gateway gives them: what was learned, the questions by nearness, and what audits tell of both.

The store is the truth: what is learned there is in force here within a second, and so is what audits anywhere have ended. `held_questions`
finds questions; an answer is only ever given by the cache, which knows of every withdrawal.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace

import msgspec
import structlog

from lanewise.core.acts import Act, Actor
from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.core.policy import Policy
from lanewise.core.similar import Alike, Asked, Audit, Semantic, Similarity, SimilarStanding, SimilarState
from lanewise.operations.held_questions import HeldQuestions, PolicyNow, vector_of
from lanewise.operations.thresholds import Threshold, Thresholds
from lanewise.similarity.features import Question, question_of
from lanewise.similarity.hashed import cosine
from lanewise.similarity.learned import Learned
from lanewise.similarity.likeness import APART
from lanewise.similarity.partition import RULES
from lanewise.stores.database import Database
from lanewise.stores.following import Following
from lanewise.stores.sealing import Seal
from lanewise.stores.similar_rows import AuditRow, QuestionRow, SimilarRows

EVERY_S = 1.0
EVERYONE = "*"
_CANDIDATES = 12  # that are compared word by word
_ENDED = Actor(who="audits", where="this gateway")

NoteAct = Callable[[Act], Awaitable[None]]

_log = structlog.get_logger()
_encode = msgspec.msgpack.Encoder().encode


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
        self._clock = clock
        self._policy = policy
        self._note = note
        self._thresholds = Thresholds(self._rows, seal)
        self._held = HeldQuestions(database, seal, clock, policy=policy)
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
        if any(True for _ in wishes_of(policy)):
            await self._held.open(policy)

    def start(self) -> None:
        """Write, and follow the store, from now on."""
        self._following.start(at_once=True)

    async def close(self) -> None:
        """Write what waits, as far as the store takes it."""
        if await self._following.close():
            await self._held.close()

    def longest(self, tenant: str, semantic: Semantic) -> int:
        """How long a question may be; 0 where nothing is in force."""
        found = self._thresholds.in_force(tenant, semantic) or self._thresholds.on_trial(tenant, semantic)
        return 0 if found is None else found.learned.certified.longest_chars

    async def find(self, tenant: str, semantic: Semantic, asked: Asked) -> Alike | None:
        """The surest question of the same place, where it is sure enough; on trial, where too many such were wrong."""
        in_force = self._thresholds.in_force(tenant, semantic)
        found = in_force or self._thresholds.on_trial(tenant, semantic)
        if found is None:
            return None
        name, score = await self._surest(found.learned, asked)
        threshold = found.learned.certified.threshold
        hit = name is not None and threshold is not None and score >= threshold
        self._counts.add(tenant, "miss" if not hit else "hit" if in_force is not None else "trial")
        if not hit or name is None:
            return None
        return Alike(
            name=name,
            threshold_id=found.threshold_id,
            told=self._told(tenant, found, score),
            score=score,
            pair=hashlib.sha256(_encode((asked.place, asked.text, name))).digest(),
            trial=in_force is None,
        )

    def keep(self, tenant: str, semantic: Semantic, asked: Asked, *, name: bytes, run_id: str, expires_us: int) -> None:
        """Hold a question now, and in the store soon."""
        question = question_of(asked.text)
        row = QuestionRow(
            name=name,
            tenant=tenant,
            run_id=run_id,
            place=_place(asked, question),
            embedding=semantic.embedding,
            created_us=self._now_us(),
            expires_us=expires_us,
            sealed=b"",
        )
        self._counts.add(tenant, "kept")
        if not self._held.keep(row, asked.text, asked.vector, vector_of(question, asked.vector)):
            self._counts.add(tenant, "unwritten")

    def drop(self, name: bytes) -> None:
        """Forget a question: its answer is gone."""
        self._held.drop(name)

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
            score=audit.score,
            pair=audit.pair,
            share=audit.share,
        )
        try:
            ended = await self._thresholds.audited(row)
            refitted = None if audit.correct is None else await self._thresholds.refit(row)
        except StoreError as error:
            _log.error("an audit is not counted", run_id=audit.run_id, cause=error.message)
            return
        if ended is not None:
            await self._end(ended)
        if refitted is not None:
            await self._begin_again(refitted)

    def state(self) -> SimilarState:
        """What is held and in force now, and what came of questions so far."""
        return SimilarState(
            events=dict(self._counts.events),
            lookups={("index", outcome): count for outcome, count in self._held.outcomes.items()},
            questions=len(self._held),
            standings=tuple(self.standings()),
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

    async def _begin_again(self, refitted: Threshold) -> None:
        """Tell that answers are given again, by what audits have certified: here at once, elsewhere within a second."""
        self._counts.add(refitted.tenant, "refitted")
        of = refitted.learned.certified
        told: dict[str, str | int | bool | list[str] | None] = {
            "alpha": f"{of.alpha:g}",
            "confidence": f"{1 - of.delta:g}",
            "pairs": of.pairs,
            "hits": of.hits,
            "wrong": of.wrong,
            "refit_of": of.refit_of,
        }
        _log.warning("similar questions are answered again, by a stricter threshold", tenant=refitted.tenant, **told)
        await self._note(
            Act(actor=_ENDED, name="similar.learn", tenant=refitted.tenant, subject=refitted.threshold_id, detail=told)
        )

    async def _surest(self, learned: Learned, asked: Asked) -> tuple[bytes | None, float]:
        mine = question_of(asked.text)
        vector = vector_of(mine, asked.vector)
        best: tuple[bytes | None, float] = (None, APART)
        for near in await self._held.near_in(_place(asked, mine), vector, _CANDIDATES):
            other = question_of(near.text)
            alike = near.alike if asked.vector else cosine(mine.vector, other.vector)
            score = learned.likeness.score(mine, other, alike=alike)
            if score > best[1]:
                best = (near.name, score)
        return best

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
        await self._held.write()

    async def _look(self) -> None:
        """What was learned, told, withdrawn and asked since the last look."""
        changes, withdrawals = await self._rows.revisions()
        await self._thresholds.follow(changes)
        await self._held.follow(withdrawals)


def _place(asked: Asked, question: Question) -> bytes:
    """Where questions may be alike: what the caller says must be equal, and the numbers, names and negations of the words."""
    return hashlib.sha256(asked.place + _encode((RULES, question.fixed))).digest()


def wishes_of(policy: Policy) -> Iterator[tuple[str, Semantic]]:
    """Which tenants of a policy want answers to similar questions, `*` standing for those that it does not name."""
    for tenant in (*policy.tenants.values(), replace(policy.default_tenant, name=EVERYONE)):
        if tenant.caching.semantic is not None:
            yield tenant.name, tenant.caching.semantic
