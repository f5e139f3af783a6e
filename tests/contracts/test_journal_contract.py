"""What every Journal must do. A new implementation adds one line to `JOURNALS`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from lanewise.core.protocols.journal import Journal
from lanewise.pipeline.journal import TransientJournal
from patience import PATIENCE_S

JOURNALS: dict[str, Callable[[], Journal]] = {TransientJournal.__name__: TransientJournal}


class VendorDown(Exception):
    """What an act may raise."""


@pytest.fixture(params=JOURNALS)
def journal(request: pytest.FixtureRequest) -> Journal:
    return JOURNALS[request.param]()


class TestJournal:
    """One run of it per journal."""

    async def test_an_act_is_done_once_and_its_value_handed_on(self, journal: Journal) -> None:
        done: list[str] = []

        async def act() -> str:
            done.append("paid")
            return "the answer"

        assert await journal.step("standard/call-0", act) == "the answer"
        assert done == ["paid"]

    async def test_nothing_is_done_before_it_is_awaited(self, journal: Journal) -> None:
        done: list[str] = []

        async def act() -> None:
            done.append("paid")

        step = journal.step("standard/call-0", act)
        assert done == []
        await step
        assert done == ["paid"]

    async def test_an_act_that_fails_fails_the_step_and_may_be_tried_again(self, journal: Journal) -> None:
        tries: list[int] = []

        async def act() -> str:
            tries.append(1)
            if len(tries) == 1:
                raise VendorDown
            return "the answer"

        with pytest.raises(VendorDown):
            await journal.step("standard/call-0", act)
        assert await journal.step("standard/call-0", act) == "the answer"

    async def test_cancelling_a_step_cancels_its_act_before_it_returns(self, journal: Journal) -> None:
        begun, closed = asyncio.Event(), asyncio.Event()

        async def act() -> None:
            begun.set()
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                closed.set()

        step = asyncio.ensure_future(journal.step("standard/call-0", act))
        await begun.wait()
        step.cancel()
        with pytest.raises(asyncio.CancelledError):
            await step
        assert closed.is_set()

    async def test_acts_of_different_names_run_beside_each_other(self, journal: Journal) -> None:
        """A vote's samples and a hedge wait for no other: each of these two ends only when the other has begun."""
        begun = {"sample-0": asyncio.Event(), "sample-1": asyncio.Event()}

        async def sample(own: str, other: str) -> str:
            begun[own].set()
            await begun[other].wait()
            return own

        async with asyncio.timeout(PATIENCE_S):
            one, other = await asyncio.gather(
                journal.step("reasoning/sample-0", lambda: sample("sample-0", "sample-1")),
                journal.step("reasoning/sample-1", lambda: sample("sample-1", "sample-0")),
            )
        assert (one, other) == ("sample-0", "sample-1")
