"""Similar questions over a real store, with something learned of pairs that are easily told apart."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lanewise.core.acts import Act
from lanewise.core.caching import Caching
from lanewise.core.ids import RandomIds
from lanewise.core.policy import Policy, TenantPolicy
from lanewise.core.similar import Asked, Semantic
from lanewise.operations.learning import keep_learned
from lanewise.operations.similar import SimilarQuestions
from lanewise.stores.address import Store
from lanewise.stores.database import Database
from lanewise.stores.sealing import Seal
from similarity.pairs_made_up import learned
from stores.opening import database_of, new_store, sql
from stores.samples import START_US
from walking import SetClock, lane, policy

SEMANTIC = Semantic(alpha=0.1, confidence=0.9, audit_share=0.0)
SEAL = Seal(bytes(32))
EVER_US = START_US * 2
SOON_S = 0.01


def a_policy(semantic: Semantic = SEMANTIC, **changes: Any) -> Policy:
    """Everybody is given answers to similar questions."""
    caching = Caching(exact=True, semantic=semantic, **changes)
    tenant = TenantPolicy(name="acme", daily_cap_nanousd=50_000_000_000, caching=caching)
    everybody = dataclasses.replace(tenant, name="*")
    return policy(lane("standard", "alpha/small", "beta/large"), tenant=tenant, default_tenant=everybody)


def in_the_store(store: Store) -> bool:
    """Whether a question and its answer are written there."""
    with sql(store) as connection:
        tables = ("cached_answers", "similar_questions")
        return all(connection.execute(f"SELECT 1 FROM {name}").fetchone() for name in tables)


def asked(text: str, place: bytes = b"place") -> Asked:
    return Asked(place=place, text=text)


class Held:
    """What is held, and everything that was written down of it."""

    def __init__(self, database: Database, clock: SetClock, of: Policy, every_s: float) -> None:
        self.database = database
        self.acts: list[Act] = []
        self.policy = of
        self.clock = clock
        self.similar = SimilarQuestions(
            database, SEAL, clock, policy=lambda: self.policy, note=self._note, every_s=every_s
        )

    async def learn(self, tenant: str = "", alpha: float = 0.1) -> str:
        made = learned(alpha)
        kept = await keep_learned(self.database, SEAL, made, tenant=tenant, clock=self.clock, ids=RandomIds())
        await self.similar.refresh()
        return kept.threshold_id

    def keep(
        self,
        text: str,
        name: bytes = b"name",
        *,
        tenant: str = "acme",
        place: bytes = b"place",
        expires_us: int = EVER_US,
    ) -> None:
        self.similar.keep(tenant, SEMANTIC, asked(text, place), name=name, run_id="run_1", expires_us=expires_us)

    async def found(self, text: str, *, tenant: str = "acme", place: bytes = b"place") -> bytes | None:
        alike = await self.similar.find(tenant, SEMANTIC, asked(text, place))
        return None if alike is None else alike.name

    async def _note(self, act: Act) -> None:
        self.acts.append(act)


@asynccontextmanager
async def held_at(store: Store, *, of: Policy | None = None, every_s: float = 3_600.0) -> AsyncIterator[Held]:
    clock = SetClock(START_US / 1e6)
    async with database_of(store) as database:
        held = Held(database, clock, of or a_policy(), every_s)
        await held.similar.load()
        held.similar.start()
        try:
            yield held
        finally:
            await held.similar.close()


@asynccontextmanager
async def held_in(folder: Path, **settings: Any) -> AsyncIterator[Held]:
    """A store of its own, with something learned for everyone."""
    async with held_at(await new_store(folder), **settings) as held:
        await held.learn()
        yield held
