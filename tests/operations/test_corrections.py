from __future__ import annotations

import msgspec
import pytest

from lanewise.core.errors import StoreError
from lanewise.core.record import Recalled
from lanewise.core.verdict import VerdictWord
from lanewise.operations.corrections import Corrections
from lanewise.stores.address import Store
from lanewise.stores.later_verdicts import LaterVerdict, LaterVerdicts
from stores.cached import an_answer
from stores.opening import database_of, fill
from stores.samples import a_record, a_trace
from walking import RememberingCache, SetClock


@pytest.mark.parametrize(
    ("of", "word", "left"),
    [("run_paid", "reject", 0), ("run_given", "reject", 0), ("run_paid", "accept", 1), ("run_other", "reject", 1)],
)
async def test_only_a_rejected_answer_is_withdrawn(store: Store, of: str, word: VerdictWord, left: int) -> None:
    recalled = Recalled(kind="exact", run_id="run_paid", age_us=1, saved_nanousd=1)
    given = msgspec.structs.replace(a_record("run_given"), trace=a_trace(recalled=recalled), recalled="exact")
    fill(store, a_record("run_paid"), given, a_record("run_other"))
    cache = RememberingCache()
    cache.keep(an_answer(run_id="run_paid"))
    async with database_of(store) as database:
        corrections = Corrections(LaterVerdicts(database, SetClock()), database, cache)
        updated = await corrections.take(LaterVerdict(word=word, verifier="user", run_id=of, tenant="acme"))
    assert updated is not None
    assert updated.verdict == word
    assert len(cache.answers) == left


class StuckCache(RememberingCache):
    """One whose store takes nothing."""

    async def withdraw(self, run_id: str) -> int:
        raise StoreError("down")


async def test_a_verdict_stands_even_where_the_cache_cannot_be_told(store: Store) -> None:
    fill(store, a_record("run_paid"))
    async with database_of(store) as database:
        corrections = Corrections(LaterVerdicts(database, SetClock()), database, StuckCache())
        updated = await corrections.take(LaterVerdict(word="reject", verifier="user", run_id="run_paid", tenant="acme"))
        assert updated is not None
        assert await corrections.take(LaterVerdict(word="reject", run_id="run_none", tenant="acme")) is None
