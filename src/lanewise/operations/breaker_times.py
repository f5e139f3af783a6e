"""How long breakers were open, from their moves in the store."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.stores.statements import STATEMENTS


@dataclass(frozen=True, kw_only=True, slots=True)
class BreakerTime:
    """One breaker since a moment."""

    lane: str
    deployment: str
    openings: int  # that began since then
    open_us: int  # until it was closed, probes in between included
    open_now: bool  # as far as the store knows


async def breaker_times(connection: AsyncConnection, since_us: int) -> tuple[BreakerTime, ...]:
    """Every breaker that was open at some time since a moment, the longest first.

    Each process has breakers of its own: one is open here while it is in any of them.
    One that was never closed counts up to the last sign that the store has of a gateway: a run's end, or a breaker's move.
    """
    begun: dict[tuple[str, str], int] = {}
    open_in: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    open_us: Counter[tuple[str, str]] = Counter()
    openings: Counter[tuple[str, str]] = Counter()
    rows = await connection.stream(STATEMENTS["breaker_events"])
    async for at_us, lane, deployment, position, process in rows:
        whose = (lane, deployment)
        if position == "closed":
            open_in[whose].discard(process)
            if whose in begun and not open_in[whose]:
                open_us[whose] += max(0, at_us - max(begun.pop(whose), since_us))
            continue
        open_in[whose].add(process)
        if whose not in begun:
            begun[whose] = at_us
            openings[whose] += at_us >= since_us
    sign_us = (await connection.execute(STATEMENTS["last_sign"])).scalar_one()
    for whose, from_us in begun.items():
        open_us[whose] += max(0, sign_us - max(from_us, since_us))
    seen = {whose for whose in openings if openings[whose] or open_us[whose] or whose in begun}
    return tuple(
        BreakerTime(
            lane=lane,
            deployment=deployment,
            openings=openings[lane, deployment],
            open_us=open_us[lane, deployment],
            open_now=(lane, deployment) in begun,
        )
        for lane, deployment in sorted(seen, key=lambda each: (-open_us[each], each))
    )
