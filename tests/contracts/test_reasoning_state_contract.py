"""What every ReasoningState must do. A new implementation adds one line to `STATES`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from lanewise.core.answer import Thought
from lanewise.core.protocols.reasoning import Kept, Origin, ReasoningState
from lanewise.core.request import Dialect
from lanewise.stores.address import Store
from lanewise.stores.reasoning_states import StoredReasoningState
from lanewise.stores.sealing import Seal
from stores.opening import database_of
from walking import SetClock

ORIGIN = Origin(dialect=Dialect.ANTHROPIC_MESSAGES, provider="anthropic", account="a1", model="claude")
DAY_S = 86_400.0


def kept(signature: str = "sig") -> Kept:
    return Kept(origin=ORIGIN, thoughts=(Thought(text="hm", signature=signature),))


@asynccontextmanager
async def stored(store: Store, clock: SetClock) -> AsyncIterator[ReasoningState]:
    async with database_of(store) as database:
        state = StoredReasoningState(database, Seal(bytes(32)), clock)
        await state.start()
        try:
            yield state
        finally:
            await state.close()


Make = Callable[[Store, SetClock], AbstractAsyncContextManager[ReasoningState]]
STATES: dict[str, Make] = {StoredReasoningState.__name__: stored}


@pytest.mark.parametrize("opened", STATES.values(), ids=STATES)
class TestReasoningState:
    """One run of it per state."""

    async def test_what_is_kept_is_found_by_its_name(self, opened: Make, store: Store) -> None:
        async with opened(store, SetClock()) as state:
            state.keep("acme", "call_1", kept())
            assert await state.recall("acme", ["call_0", "call_1", "call_2"]) == {"call_1": kept()}
            assert await state.recall("acme", []) == {}

    async def test_no_tenant_finds_another_s(self, opened: Make, store: Store) -> None:
        async with opened(store, SetClock()) as state:
            state.keep("acme", "call_1", kept())
            assert await state.recall("globex", ["call_1"]) == {}
            assert await state.recall("acm", ["ecall_1"]) == {}

    async def test_a_later_word_stands_in_for_the_earlier_one(self, opened: Make, store: Store) -> None:
        async with opened(store, SetClock()) as state:
            state.keep("acme", "call_1", kept(signature="one"))
            state.keep("acme", "call_1", kept(signature="two"))
            assert await state.recall("acme", ["call_1"]) == {"call_1": kept(signature="two")}

    async def test_after_a_day_it_is_forgotten(self, opened: Make, store: Store) -> None:
        clock = SetClock()
        async with opened(store, clock) as state:
            state.keep("acme", "call_1", kept())
            clock.time_s += DAY_S - 1
            assert await state.recall("acme", ["call_1"])
            clock.time_s += 2
            assert await state.recall("acme", ["call_1"]) == {}

    async def test_what_is_too_large_or_has_no_name_is_not_kept(self, opened: Make, store: Store) -> None:
        async with opened(store, SetClock()) as state:
            state.keep("acme", "call_1", kept(signature="s" * 1_000_000))
            state.keep("acme", "", kept())
            assert await state.recall("acme", ["call_1", ""]) == {}

    async def test_it_outlives_its_process(self, opened: Make, store: Store) -> None:
        async with opened(store, SetClock()) as state:
            state.keep("acme", "call_1", kept())
        async with opened(store, SetClock()) as state:
            assert await state.recall("acme", ["call_1"]) == {"call_1": kept()}
