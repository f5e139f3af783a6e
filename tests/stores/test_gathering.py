"""Rows that are gathered: who goes together, when, and that none is left behind."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.stores.gathering import Gathering
from lanewise.stores.ledger_rows import Entry, Kept
from patience import PATIENCE_S
from stores.samples import a_record

pytestmark = pytest.mark.every_loop


class Written:
    """What a gathering handed on; `under_way` runs are to come to it in all, of which those of `gone` batches have left."""

    def __init__(self, *, under_way: int, linger_s: float = 3_600.0, most_rows: int = 100) -> None:
        self.under_way = under_way
        self.batches: list[list[str]] = []
        self.waiting = 0
        self._news = asyncio.Event()
        self.rows = Gathering(
            self._write,
            everybody_waits=lambda: self.waiting >= self.under_way,
            linger_s=linger_s,
            most_rows=most_rows,
        )

    def put(self, *run_ids: str) -> None:
        for run_id in run_ids:
            self.waiting += 1
            self.rows.put(cast("Entry", (Kept(record=a_record(run_id)), None)))

    def done(self) -> None:
        """The batch that went last is written, and its runs are over."""
        self.waiting -= len(self.batches[-1])
        self.under_way -= len(self.batches[-1])
        self.rows.done()

    async def of(self, batches: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.batches) < batches:
                self._news.clear()
                await self._news.wait()

    def _write(self, batch: list[Entry]) -> None:
        self.batches.append([row.record.run_id for row, _ in batch])
        self._news.set()


async def a_turn() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_a_lone_row_waits_for_nobody() -> None:
    written = Written(under_way=1)
    written.put("run_1")
    await a_turn()
    assert written.batches == [["run_1"]]


async def test_rows_wait_until_nobody_else_can_join() -> None:
    written = Written(under_way=3)
    written.put("run_1")
    await a_turn()
    written.put("run_2")
    await a_turn()
    assert written.batches == []
    written.put("run_3")
    await a_turn()
    assert written.batches == [["run_1", "run_2", "run_3"]]


async def test_those_who_come_in_one_turn_of_the_loop_go_together_though_the_first_seems_to_be_alone() -> None:
    written = Written(under_way=1)
    for number in range(3):  # each is read when the one before has put its row already
        asyncio.get_running_loop().call_soon(written.put, f"run_{number}")
    await a_turn()
    assert written.batches == [["run_0", "run_1", "run_2"]]


async def test_rows_wait_no_longer_than_they_are_to() -> None:
    written = Written(under_way=2, linger_s=0.01)
    written.put("run_1")
    await written.of(1)
    assert written.batches == [["run_1"]]


async def test_what_comes_while_a_batch_is_written_goes_with_the_next() -> None:
    written = Written(under_way=1)
    written.put("run_1")
    await a_turn()
    written.under_way = 3
    written.put("run_2", "run_3")
    await a_turn()
    assert written.batches == [["run_1"]]
    written.done()
    assert written.batches == [["run_1"], ["run_2", "run_3"]]


async def test_a_row_that_seems_to_be_alone_waits_a_moment_for_those_who_came_with_the_one_before() -> None:
    written = Written(under_way=2)
    written.put("run_1", "run_2")
    await a_turn()
    written.done()
    written.under_way = 1
    written.put("run_3")
    await a_turn()
    assert written.batches == [["run_1", "run_2"]]
    written.under_way = 2
    written.put("run_4")
    await a_turn()
    assert written.batches[1:] == [["run_3", "run_4"]]
    written.done()
    written.under_way = 1
    written.put("run_5")
    await written.of(3)  # nobody came
    written.done()
    written.under_way = 1
    written.put("run_6")
    await a_turn()
    assert written.batches[2:] == [["run_5"], ["run_6"]]


async def test_a_full_batch_goes_whoever_may_come() -> None:
    written = Written(under_way=100, most_rows=2)
    written.put("run_1", "run_2", "run_3")
    await a_turn()
    assert written.batches == [["run_1", "run_2"]]


async def test_who_waits_elsewhere_may_be_the_last() -> None:
    written = Written(under_way=2)
    written.put("run_1")
    await a_turn()
    written.under_way = 1  # the other one's row goes another way
    written.rows.hurry()
    await a_turn()
    assert written.batches == [["run_1"]]


async def test_rows_are_given_back_with_nothing_left_to_happen() -> None:
    written = Written(under_way=9, linger_s=0.01)
    written.put("run_1", "run_2")
    await a_turn()
    assert [row.record.run_id for row, _ in written.rows.give_back()] == ["run_1", "run_2"]
    await asyncio.sleep(0.02)
    assert written.batches == []
    written.put("run_3")  # who takes what was given back goes on with the rest
    await written.of(1)
    assert written.batches == [["run_3"]]


async def test_draining_waits_for_the_last_batch() -> None:
    written = Written(under_way=9, most_rows=2)
    written.put("run_1", "run_2", "run_3")
    draining = asyncio.create_task(written.rows.drain())
    await a_turn()
    assert written.batches == [["run_1", "run_2"]]
    written.done()
    await a_turn()
    assert (written.batches[1:], draining.done()) == ([["run_3"]], False)
    written.done()
    async with asyncio.timeout(PATIENCE_S):
        await draining


@given(st.lists(st.sampled_from(["put", "done", "turn", "hurry"]), max_size=40), st.integers(1, 4))
def test_every_row_is_written_once_and_in_its_order_whatever_happens_when(events: list[str], most_rows: int) -> None:
    async def run() -> None:
        written = Written(under_way=3, linger_s=0.0, most_rows=most_rows)
        count = finished = 0
        for event in events:
            if event == "put":
                written.put(f"run_{count}")
                count += 1
            elif event == "done" and len(written.batches) > finished:
                finished += 1
                written.done()
            elif event == "hurry":
                written.rows.hurry()
            else:
                await a_turn()
        draining = asyncio.create_task(written.rows.drain())
        async with asyncio.timeout(PATIENCE_S):
            while not draining.done():
                await asyncio.sleep(0)
                if len(written.batches) > finished:
                    finished += 1
                    written.done()
        assert [run_id for batch in written.batches for run_id in batch] == [f"run_{number}" for number in range(count)]
        assert all(0 < len(batch) <= most_rows for batch in written.batches)

    asyncio.run(run())
