"""Cached answers, with only what a test is about spelled out, and a cache over a real store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from lanewise.core.answer import Content, Finish, Generation
from lanewise.core.cached_answer import CachedAnswer
from lanewise.core.caching import CacheRoom
from lanewise.core.request import Dialect
from lanewise.stores.address import Store
from lanewise.stores.answer_cache import StoredAnswers
from lanewise.stores.sealing import Seal
from stores.opening import database_of
from stores.samples import START_US
from walking import SetClock

HOUR_US = 3_600_000_000
SOON_S = 0.01  # between looks at the store


def an_answer(name: bytes = b"name", **changes: Any) -> CachedAnswer:
    answer = CachedAnswer(
        name=name,
        tenant="acme",
        run_id="run_1",
        created_us=START_US,
        expires_us=START_US + HOUR_US,
        lane="standard",
        deployment="alpha/small",
        served_model="small",
        verdict="unchecked",
        verdict_kind="",
        attempts=1,
        cost_nanousd=300_000,
        dropped=(),
        generation=Generation(
            dialect=Dialect.OPENAI_CHAT, body=b'{"a secret": 1}', content=Content(text="Eight."), finish=Finish.STOP
        ),
    )
    return msgspec.structs.replace(answer, **changes)


@asynccontextmanager
async def cache_of(
    store: Store,
    *,
    key: bytes = bytes(32),
    clock: SetClock | None = None,
    room: CacheRoom | None = None,
    every_s: float = SOON_S,
) -> AsyncIterator[StoredAnswers]:
    async with database_of(store) as database:
        space = room or CacheRoom()
        cache = StoredAnswers(database, Seal(key), clock or SetClock(), room=lambda: space, every_s=every_s)
        await cache.load()
        cache.start()
        try:
            yield cache
        finally:
            await cache.close()
