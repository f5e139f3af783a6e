"""Questions that the database holds for all gateways: what finds them, what makes them go, and what of them can be read there."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from end_to_end.stage import eventually
from lanewise.core.caching import IN_MEMORY, PGVECTOR, CacheRoom
from lanewise.core.errors import StoreError
from lanewise.core.policy import Policy
from lanewise.operations.forget import forget
from lanewise.operations.shared_questions import SharedQuestions
from lanewise.stores.address import PostgresStore
from lanewise.stores.answer_cache import StoredAnswers
from lanewise.stores.lookups import PATIENCE_S
from operations.similar_made import SEAL, SOON_S, Held, a_policy, held_at, in_the_store
from operations.test_forget import SECRET, keep, personal
from similarity.pairs_made_up import ANOTHER, QUESTION, SAME
from stores.cached import an_answer, cache_of
from stores.opening import database_of, new_store, sql
from walking import SetClock


def sharing(where: str = PGVECTOR) -> Policy:
    return replace(a_policy(), cache_room=CacheRoom(semantic_index=where))


@asynccontextmanager
async def gateway(store: PostgresStore, where: str = PGVECTOR) -> AsyncIterator[Held]:
    async with held_at(store, of=sharing(where), every_s=SOON_S) as held:
        await held.similar.ready_for(held.policy)
        yield held


def vectors_in(store: PostgresStore) -> int:
    with sql(store) as connection:
        return int(connection.execute("SELECT count(*) FROM similar_vectors").fetchone()[0])


async def kept_by(held: Held, store: PostgresStore, count: int = 1) -> None:
    """Until all gateways can find it, and this one has it no more."""

    async def there() -> bool:
        return vectors_in(store) == count and held.similar.state().questions == 0

    await eventually(there)


@asynccontextmanager
async def kept_question(store: PostgresStore) -> AsyncIterator[tuple[Held, StoredAnswers]]:
    """A gateway whose one question all can find, and the cache that has its answer."""
    async with cache_of(store) as cache, gateway(store) as held:
        await held.learn()
        cache.keep(an_answer())
        held.keep(QUESTION)
        await kept_by(held, store)
        yield held, cache


async def test_what_one_gateway_keeps_another_finds_and_neither_holds_it(postgres_store: PostgresStore) -> None:
    async with cache_of(postgres_store) as cache, gateway(postgres_store) as one, gateway(postgres_store) as other:
        await one.learn()
        await other.similar.refresh()
        cache.keep(an_answer())
        one.keep(QUESTION)
        assert await one.found(SAME) == b"name", "who keeps a question finds it at once"
        await kept_by(one, postgres_store)
        for each in (one, other):
            assert await each.found(SAME) == b"name"
            assert await each.found(ANOTHER) is None
            assert await each.found(SAME, place=b"another place") is None
            assert each.similar.state().questions == 0
    async with gateway(postgres_store) as later:
        assert await later.found(SAME) == b"name"


@pytest.mark.parametrize("end", ["withdrawn", "forgotten", "over"])
async def test_it_is_gone_with_its_answer_at_once(postgres_store: PostgresStore, end: str) -> None:
    async with cache_of(postgres_store) as cache, gateway(postgres_store) as held:
        await held.learn()
        cache.keep(an_answer())
        held.keep(QUESTION, expires_us=an_answer().expires_us)
        await kept_by(held, postgres_store)
        assert await held.found(SAME) == b"name"
        if end == "withdrawn":
            await cache.withdraw("run_1")
        elif end == "forgotten":
            # As `lanewise forget` of an older release does, which knows no vectors.
            with sql(postgres_store) as connection:
                connection.execute("DELETE FROM similar_questions WHERE run_id = 'run_1'")
        else:
            held.clock.time_s = an_answer().expires_us / 1e6
        assert await held.found(SAME) is None
        assert vectors_in(postgres_store) == (end == "over")


async def test_a_user_who_is_forgotten_leaves_no_vector(postgres_store: PostgresStore) -> None:
    async with kept_question(postgres_store) as (held, _):
        keep(postgres_store, personal("run_1"))
        assert (await forget(held.database, SECRET)).runs == 1
        assert vectors_in(postgres_store) == 0
        assert await held.found(SAME) is None


async def test_a_database_that_does_not_answer_is_a_miss_and_fails_nobody(postgres_store: PostgresStore) -> None:
    async with kept_question(postgres_store) as (held, _):
        with sql(postgres_store) as other:
            other.execute("BEGIN")
            other.execute("LOCK TABLE similar_vectors IN ACCESS EXCLUSIVE MODE")
            began_s = time.monotonic()
            assert await held.found(SAME) is None
            assert await held.found(SAME) is None, "the second does not wait"
            assert time.monotonic() - began_s < 4 * PATIENCE_S
            other.execute("ROLLBACK")
        held.clock.time_s += 2

        async def found() -> bool:
            held.clock.time_s += 2
            return await held.found(SAME) == b"name"

        await eventually(found)


async def test_no_word_and_no_vector_of_the_embedding_can_be_read_in_the_database(
    postgres_store: PostgresStore,
) -> None:
    async with cache_of(postgres_store) as cache, gateway(postgres_store) as held:
        await held.learn()
        for name, place in ((b"name", b"place"), (b"other", b"another place")):
            cache.keep(an_answer(name))
            held.keep(QUESTION, name, place=place)
        await kept_by(held, postgres_store, 2)
    with sql(postgres_store) as connection:
        rows = connection.execute("SELECT sealed, vector::text FROM similar_vectors").fetchall()
    assert not any(b"invoice" in bytes(sealed) for sealed, _ in rows)
    one, other = (np.array([float(each) for each in vector[1:-1].split(",")]) for _, vector in rows)
    assert np.linalg.norm(one) == pytest.approx(1.0, abs=1e-2)
    assert abs(one @ other) < 0.5, "of the same words in two places the vectors have nothing in common"


async def test_questions_from_before_the_policy_wanted_it_are_found_too_and_both_ways(
    postgres_store: PostgresStore,
) -> None:
    async with cache_of(postgres_store) as cache, gateway(postgres_store, IN_MEMORY) as held:
        await held.learn()
        cache.keep(an_answer())
        held.keep(QUESTION)

        async def written() -> bool:
            return in_the_store(postgres_store)

        await eventually(written)
        held.clock.time_s += 40
        held.policy = sharing()
        await held.similar.ready_for(held.policy)
        await kept_by(held, postgres_store)
        assert await held.found(SAME) == b"name"
        held.policy = sharing(IN_MEMORY)

        async def holds_it() -> bool:
            return held.similar.state().questions == 1

        await eventually(holds_it)
        assert await held.found(SAME) == b"name"


async def test_a_file_is_refused_with_what_to_write(tmp_path: Path) -> None:
    async with database_of(await new_store(tmp_path)) as database:
        with pytest.raises(
            StoreError, match=r"cache\.semantic_index: pgvector needs a PostgreSQL store.*write `memory`"
        ):
            await SharedQuestions(database, SEAL, SetClock(0.0)).open()
