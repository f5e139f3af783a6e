"""Where questions are held, who can read them there, and what makes them go."""

from __future__ import annotations

from pathlib import Path

from end_to_end.stage import eventually
from lanewise.operations.held_questions import WRITTEN_AT_ONCE
from operations.similar_made import SOON_S, held_at, held_in, in_the_store
from similarity.pairs_made_up import QUESTION, SAME
from stores.cached import an_answer, cache_of
from stores.opening import new_store, sql


async def test_questions_are_there_after_a_restart_and_in_another_process(tmp_path: Path) -> None:
    store = await new_store(tmp_path)
    async with (
        cache_of(store) as cache,
        held_at(store, every_s=SOON_S) as held,
        held_at(store, every_s=SOON_S) as other,
    ):
        await held.learn()
        cache.keep(an_answer())
        held.keep(QUESTION)

        async def follows() -> bool:
            return await other.found(SAME) == b"name"

        await eventually(follows)
    async with held_at(store) as later:

        async def there() -> bool:
            return await later.found(SAME) == b"name"

        await eventually(there)
        assert later.similar.state().questions == 1


async def test_the_words_are_encrypted_in_the_store(tmp_path: Path) -> None:
    async with held_in(tmp_path) as held:
        held.keep("how do i change my verysecretword")
    assert b"verysecretword" not in b"".join(file.read_bytes() for file in tmp_path.glob("lanewise.db*"))
    assert b"invoice" not in b"".join(file.read_bytes() for file in tmp_path.glob("lanewise.db*"))


async def test_a_question_goes_with_its_answer(tmp_path: Path) -> None:
    store = await new_store(tmp_path)
    async with cache_of(store) as cache, held_at(store, every_s=SOON_S) as held:
        await held.learn()
        cache.keep(an_answer())
        held.keep(QUESTION)

        async def written() -> bool:
            return in_the_store(store)

        await eventually(written)
        await cache.withdraw("run_1")
        held.clock.time_s += 40

        async def gone() -> bool:
            with sql(store) as connection:
                left = connection.execute("SELECT 1 FROM similar_questions").fetchone()
            return left is None and await held.found(SAME) is None

        await eventually(gone)
        held.keep(QUESTION)
        held.similar.drop(b"name")
        assert await held.found(SAME) is None


async def test_more_than_the_store_is_given_at_once_is_held_and_counted(tmp_path: Path) -> None:
    async with held_in(tmp_path) as held:
        for number in range(WRITTEN_AT_ONCE + 3):
            held.keep(f"how do i change invoice of kind {number}", f"{number}".encode())
        held.keep(QUESTION)
        state = held.similar.state()
        assert await held.found(SAME) == b"name"
        assert state.questions == WRITTEN_AT_ONCE + 4
        assert (state.events["acme", "kept"], state.events["acme", "unwritten"]) == (WRITTEN_AT_ONCE + 4, 4)
