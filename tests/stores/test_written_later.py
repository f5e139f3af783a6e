"""What may be written later is written in order, once, whatever the store does meanwhile; nobody who hands it over waits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from structlog.testing import capture_logs

from lanewise.core.errors import StoreError
from lanewise.stores.written_later import WrittenLater
from patience import PATIENCE_S


class Shelf:
    """A store of numbers that can be down."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.up = asyncio.Event()
        self.up.set()
        self.refusals = 0

    async def write(self, numbers: Sequence[int]) -> None:
        if not self.up.is_set():
            self.refusals += 1
            raise StoreError("it is down")
        self.batches.append(list(numbers))

    @property
    def numbers(self) -> list[int]:
        return [number for batch in self.batches for number in batch]


async def refused(shelf: Shelf, times: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while shelf.refusals < times:
            await asyncio.sleep(0)


async def test_all_is_written_in_order_and_in_batches() -> None:
    shelf = Shelf()
    later = WrittenLater(shelf.write, "numbers wait")
    for number in range(1_100):
        later.add(number)
    later.start()
    await later.close()
    assert shelf.numbers == list(range(1_100))
    assert [len(batch) for batch in shelf.batches] == [500, 500, 100]
    assert len(later) == 0


async def test_while_the_store_is_down_it_waits_and_the_log_says_so_once() -> None:
    shelf = Shelf()
    shelf.up.clear()
    later = WrittenLater(shelf.write, "numbers wait", retry_s=0.0)
    later.start()
    with capture_logs() as said:
        later.add(1)
        await refused(shelf, times=3)
        assert (later.failing, len(later)) == (True, 1)
        later.add(2)
        shelf.up.set()
        await later.close()
    assert (shelf.numbers, later.failing) == ([1, 2], False)
    assert [(each["event"], each["waiting"]) for each in said] == [("numbers wait", 1)]


async def test_what_is_lost_while_a_batch_is_written_takes_nothing_else_with_it() -> None:
    """The oldest give way to newer ones, which are not taken for written because those that were written are gone."""
    written: list[int] = []
    taken, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(numbers: Sequence[int]) -> None:
        taken.set()
        await go_on.wait()
        written.extend(numbers)

    later = WrittenLater(slowly, "numbers wait", most=2)
    later.add(1)
    later.add(2)
    later.start()
    async with asyncio.timeout(PATIENCE_S):
        await taken.wait()
    later.add(3)
    go_on.set()
    await later.close()
    assert written == [1, 2, 3]


async def test_of_a_store_that_stays_down_the_newest_are_kept_and_closing_ends() -> None:
    shelf = Shelf()
    shelf.up.clear()
    later = WrittenLater(shelf.write, "numbers wait", retry_s=0.0, most=2)
    later.start()
    for number in range(5):
        later.add(number)
    async with asyncio.timeout(PATIENCE_S):
        await later.close()
    assert (shelf.numbers, len(later)) == ([], 2)


async def test_closing_what_was_not_started_is_harmless() -> None:
    await WrittenLater(Shelf().write, "numbers wait").close()


async def test_what_cannot_be_written_by_a_fault_of_ours_is_told_and_keeps_nothing_else_from_it() -> None:
    shelf = Shelf()

    async def write(numbers: Sequence[int]) -> None:
        if 13 in numbers:
            raise RuntimeError("a fault of ours")
        await shelf.write(numbers)

    later = WrittenLater(write, "numbers wait", retry_s=0.0)
    later.start()
    with capture_logs() as said:
        for number in (12, 13, 14):
            later.add(number)
            await asyncio.sleep(0.001)
        await later.close()
    assert shelf.numbers == [12, 14]
    assert [(each["log_level"], each["lost"]) for each in said] == [("error", 1)]
