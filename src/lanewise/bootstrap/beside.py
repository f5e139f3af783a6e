"""A gateway beside others on one database: what has to be shared for that, and how it makes itself known to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from lanewise.bootstrap.budgets import Budgets
from lanewise.bootstrap.similar import require_certified
from lanewise.core.clock import Clock
from lanewise.core.errors import PolicyError, StoreError
from lanewise.core.policy import Policy, TenantPolicy
from lanewise.operations.similar import SimilarQuestions
from lanewise.stores.database import Database
from lanewise.stores.roll import Roll
from lanewise.stores.sealing import Seal
from lanewise.stores.seat import Seat


def alone_because(policy: Policy, *, shares_limits: bool) -> str:
    """Why no other gateway may serve from the same database by this policy; empty where others may, or limits are shared on a Redis."""
    if shares_limits:
        return ""
    limited = next((each for each in (*policy.tenants.values(), policy.default_tenant) if _is_limited(each)), None)
    if limited is None:
        return ""
    return (
        f"rates and concurrency of tenant {limited.name!r} are counted by each gateway for itself, so that several would let in several "
        "times as much: set `redis`, on which they share them, leave them away (`rate`, `token_rate`, `concurrency`, of keys too), or "
        "give each gateway a database, or a schema, of its own"
    )


def _is_limited(tenant: TenantPolicy) -> bool:
    keys = tenant.key_limits
    return not all(each.unlimited for each in (tenant.limits, keys.each, *keys.single.values()))


async def on_the_roll(
    stack: AsyncExitStack, seat: Seat, database: Database, *, seal: Seal, clock: Clock
) -> Roll | None:
    """Be one of those that serve from the seat's database, until the stack is closed; None on a file. Raises StoreError."""
    if seat.session is None:
        return None
    roll = Roll(seat, database, clock, seal=seal.name)
    await roll.join()
    stack.push_async_callback(roll.close)
    roll.start()
    return roll


async def hold_alone(roll: Roll | None, policy: Policy, *, shares_limits: bool) -> None:
    """Have the seat that a policy needs which is about to be in force. Raises PolicyError: others serve, and it may not be beside them."""
    if roll is None:
        return
    try:
        await roll.stand(alone_because(policy, shares_limits=shares_limits))
    except StoreError as error:
        raise PolicyError(error.message) from error


def learning(
    budgets: Budgets, roll: Roll | None, similar: SimilarQuestions, *, shares_limits: bool
) -> Callable[[Policy], Awaitable[None]]:
    """What is done before a policy is in force: it may serve as it wants, what it wants is certified, its caps find what was spent."""

    async def learn(policy: Policy) -> None:
        await hold_alone(roll, policy, shares_limits=shares_limits)
        await require_certified(similar, policy)
        await budgets.learn(policy)

    return learn


def in_company(roll: Roll | None) -> bool:
    """Whether others write to the store, or have since this process began."""
    return roll is not None and roll.company


def does_for_all(roll: Roll | None) -> bool:
    """Whether what one process does for all of a store is this one's to do."""
    return roll is None or roll.eldest
