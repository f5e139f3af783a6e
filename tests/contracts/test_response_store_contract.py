"""What every ResponseStore must do. A new implementation adds one line to `STORES`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio

from lanewise.core.clock import SystemClock
from lanewise.core.protocols.kept import KeptResponse, ResponseStore
from lanewise.stores.address import Store
from lanewise.stores.responses import SqlResponses
from stores.opening import database_of

NOW_US = 1_800_000_000_000_000
DAY_US = 86_400_000_000


class Clock(SystemClock):
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.us = NOW_US

    def now_s(self) -> float:
        return self.us / 1e6


Opened = Callable[[Store, Clock], AbstractAsyncContextManager[ResponseStore]]


@asynccontextmanager
async def sql_responses(store: Store, clock: Clock) -> AsyncIterator[ResponseStore]:
    async with database_of(store) as database:
        responses = SqlResponses(database, clock, most_bytes=lambda: 10_000)
        yield responses
        await responses.close()


STORES: dict[str, Opened] = {SqlResponses.__name__: sql_responses}


def response(number: int, previous: int | None = None, **members: Any) -> KeptResponse:
    """The response `resp_NUMBER`, with one item of its own."""
    told: dict[str, Any] = {
        "tenant": "acme",
        "response_id": f"resp_{number}",
        "user": None,
        "created_us": NOW_US,
        "expires_us": NOW_US + DAY_US,
        "account": "there",
        "previous_id": None if previous is None else f"resp_{previous}",
        "body": b'{"n": %d}' % number,
        "asked": b"[]",
        "item_ids": (f"msg_{number}",),
    }
    return KeptResponse(**(told | members))


def ids(responses: tuple[KeptResponse, ...]) -> list[str]:
    return [each.response_id for each in responses]


@pytest_asyncio.fixture(params=STORES.values(), ids=STORES)
async def at(request: pytest.FixtureRequest, store: Store) -> AsyncIterator[tuple[ResponseStore, Clock]]:
    clock = Clock()
    async with request.param(store, clock) as responses:
        yield responses, clock


class TestResponseStore:
    """One run of it per store."""

    async def test_what_is_kept_is_there_as_it_was(self, at: tuple[ResponseStore, Clock]) -> None:
        store, _ = at
        kept = response(1, body=b'{"n": 1.10}', asked=b'[{"role":"user"}]', user="ada", account="")
        await store.keep(kept)
        (found,) = await store.line("acme", "resp_1")
        assert found == KeptResponse(**{n: getattr(kept, n) for n in kept.__struct_fields__} | {"item_ids": ()})

    async def test_a_line_is_told_from_its_beginning(self, at: tuple[ResponseStore, Clock]) -> None:
        store, _ = at
        for number, previous in ((1, None), (2, 1), (3, 2), (4, 2)):
            await store.keep(response(number, previous))
        assert ids(await store.line("acme", "resp_3")) == ["resp_1", "resp_2", "resp_3"]
        assert ids(await store.line("acme", "resp_4")) == ["resp_1", "resp_2", "resp_4"]

    async def test_a_line_with_a_gap_begins_after_it(self, at: tuple[ResponseStore, Clock]) -> None:
        store, _ = at
        for number, previous in ((1, None), (2, 1), (3, 2)):
            await store.keep(response(number, previous))
        assert await store.forget("acme", "resp_1")
        (first, *_) = await store.line("acme", "resp_3")
        assert (first.response_id, first.previous_id) == ("resp_2", "resp_1")

    async def test_another_tenant_s_are_as_unknown_as_none(self, at: tuple[ResponseStore, Clock]) -> None:
        store, _ = at
        await store.keep(response(1))
        await store.keep(response(2, 1, tenant="globex"))
        assert await store.line("globex", "resp_1") == await store.line("acme", "resp_9") == ()
        assert ids(await store.line("globex", "resp_2")) == ["resp_2"]
        assert await store.holders("globex", ("msg_1",)) == ()
        assert not await store.forget("globex", "resp_1")
        assert ids(await store.line("acme", "resp_1")) == ["resp_1"]

    async def test_two_tenants_may_have_one_of_the_same_name(self, at: tuple[ResponseStore, Clock]) -> None:
        store, _ = at
        await store.keep(response(1, body=b'{"whose": "acme"}'))
        await store.keep(response(1, body=b'{"whose": "globex"}', tenant="globex"))
        await store.forget("globex", "resp_1")
        assert (await store.line("acme", "resp_1"))[0].body == b'{"whose": "acme"}'

    async def test_items_lead_to_their_responses(self, at: tuple[ResponseStore, Clock]) -> None:
        store, _ = at
        await store.keep(response(1, item_ids=("rs_1", "msg_1")))
        await store.keep(response(2))
        assert sorted(ids(await store.holders("acme", ("rs_1", "msg_1", "msg_2", "msg_9")))) == ["resp_1", "resp_2"]
        await store.forget("acme", "resp_1")
        assert ids(await store.holders("acme", ("rs_1", "msg_2"))) == ["resp_2"]

    async def test_what_has_expired_is_not_there(self, at: tuple[ResponseStore, Clock]) -> None:
        store, clock = at
        await store.keep(response(1))
        clock.us += DAY_US - 1
        assert await store.line("acme", "resp_1")
        clock.us += 1
        assert await store.line("acme", "resp_1") == await store.holders("acme", ("msg_1",)) == ()

    async def test_what_is_gone_on_from_lives_as_long_as_what_follows(self, at: tuple[ResponseStore, Clock]) -> None:
        store, clock = at
        await store.keep(response(1))
        clock.us += DAY_US // 2
        await store.keep(response(2, 1, expires_us=clock.us + DAY_US))
        clock.us += DAY_US - 1
        assert ids(await store.line("acme", "resp_2")) == ["resp_1", "resp_2"]

    async def test_many_at_once_are_all_kept(self, at: tuple[ResponseStore, Clock]) -> None:
        store, _ = at
        await asyncio.gather(*(store.keep(response(number)) for number in range(30)))
        found = await asyncio.gather(*(store.line("acme", f"resp_{number}") for number in range(30)))
        assert [ids(each) for each in found] == [[f"resp_{number}"] for number in range(30)]

    async def test_a_caller_that_leaves_while_it_is_kept_takes_nothing_with_it(
        self, at: tuple[ResponseStore, Clock]
    ) -> None:
        store, _ = at
        keeping = [asyncio.create_task(store.keep(response(number))) for number in range(2)]
        await asyncio.sleep(0)
        keeping[0].cancel()
        await asyncio.gather(*keeping, return_exceptions=True)
        assert await store.line("acme", "resp_1")

    async def test_forgetting_twice_is_harmless(self, at: tuple[ResponseStore, Clock]) -> None:
        store, _ = at
        await store.keep(response(1))
        assert [await store.forget("acme", "resp_1") for _ in range(2)] == [True, False]
