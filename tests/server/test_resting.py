"""A connection that nobody uses is closed after its time, and not before."""

from __future__ import annotations

import asyncio

import pytest

from lanewise.server.resting import Resting
from virtual_time import VirtualTimeLoop

KEPT_S = 75.0


def closed_at(moments: list[tuple[float, str]]) -> float | None:
    """When a connection is closed to which this happens at these moments."""
    loop, at = VirtualTimeLoop(), list[float]()

    async def story() -> None:
        begun = loop.time()
        resting = Resting(loop, lambda: at.append(loop.time() - begun), KEPT_S)
        for moment, what in moments:
            await asyncio.sleep(moment - (loop.time() - begun))
            {"answered": resting.begin, "asked": resting.end, "lost": resting.over}[what]()
        await asyncio.sleep(3 * KEPT_S)

    loop.run_until_complete(story())
    loop.close()
    return at[0] if at else None


@pytest.mark.parametrize(
    ("moments", "closed"),
    [
        ([], None),
        ([(1, "answered")], 1 + KEPT_S),
        ([(1, "answered"), (2, "asked")], None),
        ([(1, "answered"), (2, "lost")], None),
        ([(1, "answered"), (2, "asked"), (70, "answered")], 70 + KEPT_S),
        ([(1, "answered"), (2, "asked"), (90, "answered")], 90 + KEPT_S),
        ([(1, "answered"), (2, "asked"), (50, "answered"), (60, "asked"), (70, "answered")], 70 + KEPT_S),
    ],
)
def test_it_is_closed_when_it_has_rested_for_its_time_since_the_last_answer(
    moments: list[tuple[float, str]], closed: float | None
) -> None:
    assert closed_at(moments) == (None if closed is None else pytest.approx(closed))
