from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from lanewise.core.errors import StoreError
from lanewise.stores.following import Following


class Watched:
    """A look that is counted, and fails as often as it is told to."""

    def __init__(self, fails: int = 0, fault: Exception | None = None) -> None:
        self._fault = fault or StoreError("locked")
        self.looks = 0
        self.waits: list[str] = []
        self._fails = fails
        self._seen = asyncio.Event()

    async def look(self) -> None:
        self.looks += 1
        self._seen.set()
        if self._fails:
            self._fails -= 1
            raise self._fault

    async def until(self, looks: int) -> None:
        while self.looks < looks:
            self._seen.clear()
            await self._seen.wait()


def following(watched: Watched, every_s: float = 0.0) -> Following:
    return Following(watched.look, lambda error: watched.waits.append(error.message), name="a look", every_s=every_s)


async def test_it_looks_again_and_again_until_it_is_closed() -> None:
    watched = Watched()
    one = following(watched)
    assert not await one.close(), "it has not begun"
    one.start()
    await watched.until(3)
    assert await one.close()
    looks = watched.looks
    await asyncio.sleep(0)
    assert (watched.looks, await one.close()) == (looks, False)


async def test_a_store_that_does_not_answer_is_told_of_once_until_it_does_again() -> None:
    watched = Watched(fails=3)
    one = following(watched)
    one.start()
    await watched.until(5)
    await one.close()
    assert watched.waits == ["locked"]


async def test_it_looks_at_once_only_where_it_is_told_to() -> None:
    watched = Watched()
    one = following(watched, every_s=3600)
    one.start(at_once=True)
    await watched.until(1)
    await one.close()
    later = Watched()
    two = following(later, every_s=3600)
    two.start()
    for _ in range(5):
        await asyncio.sleep(0)
    await two.close()
    assert (watched.looks, later.looks) == (1, 0)


async def test_a_fault_of_a_look_is_told_and_looking_goes_on() -> None:
    """Else what others withdraw would be given for good, and nobody would know."""
    watched = Watched(fails=2, fault=RuntimeError("a fault of ours"))
    one = following(watched)
    with capture_logs() as logs:
        one.start()
        await watched.until(5)
        await one.close()
    assert [(line["log_level"], line["of"]) for line in logs] == [("error", "a look")]
    assert watched.waits == []
