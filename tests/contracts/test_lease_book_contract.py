"""What every LeaseBook must do. A new implementation adds one line to `BOOKS`."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from book_in_memory import BookInMemory
from lanewise.core.caps import Cap, Terms
from lanewise.core.periods import span_before
from lanewise.core.protocols.leases import Granted, LeaseBook
from lanewise.stores.address import Store
from lanewise.stores.file_leases import FileLeases
from lanewise.stores.leases import SqlLeases
from leasing import ACME, CAP, TODAY, asks, trade
from ready_store import ready_store
from stores.opening import database_of, ledger_of
from walking import SetClock

Books = Callable[[str], LeaseBook]
"""The book of each process, by its name."""


@asynccontextmanager
async def of_processes(store: Store) -> AsyncIterator[Books]:
    async with database_of(store) as database:
        yield partial(SqlLeases, database)


@asynccontextmanager
async def of_a_file(store: Store) -> AsyncIterator[Books]:
    async with database_of(store) as database, ledger_of(store) as ledger:
        yield partial(FileLeases, database, ledger, SetClock())


@asynccontextmanager
async def in_memory(_store: Store) -> AsyncIterator[Books]:
    book = BookInMemory()
    yield lambda _: book


Make = Callable[[Store], AbstractAsyncContextManager[Books]]
BOOKS: dict[str, tuple[Make, str]] = {
    f"{SqlLeases.__name__} on a file": (of_processes, "sqlite"),
    f"{SqlLeases.__name__} on a database": (of_processes, "postgres"),
    FileLeases.__name__: (of_a_file, "sqlite"),
    BookInMemory.__name__: (in_memory, "sqlite"),
}

#: Who trades, what it spends of what it holds and sets aside of the rest, and what it would have more.
TRADES = st.lists(
    st.tuples(st.sampled_from("abc"), st.floats(0, 1), st.floats(0, 1), st.integers(0, 400), st.integers(0, 400)),
    max_size=30,
)


class Spender:
    """A process as the book sees it: it never goes beyond what it was granted."""

    def __init__(self, book: LeaseBook, lease: str) -> None:
        self._book = book
        self._lease = lease
        self.spent = 0
        self.held = 0
        self.ceiling = 0

    async def go_on(self, spends: float, holds: float, need: int, wish: int) -> Granted:
        self.spent += int((self.ceiling - self.spent) * spends)
        self.held = int((self.ceiling - self.spent) * holds)
        keep = (self.ceiling - self.spent - self.held) // 2
        granted = await trade(
            self._book, self._lease, spent=self.spent, held=self.held, keep=keep, need=need, least=need, wish=wish
        )
        assert granted.ceiling >= self.spent + self.held + keep
        self.ceiling = granted.ceiling
        return granted


@pytest.mark.parametrize(("books_of", "store"), BOOKS.values(), ids=BOOKS, indirect=["store"])
class TestLeaseBook:
    """One run of it per book."""

    async def test_who_needs_is_given_what_there_is(self, books_of: Make, store: Store) -> None:
        async with books_of(store) as book_of:
            ann, bob = book_of("ann"), book_of("bob")
            assert (await trade(ann, "a", need=600, least=600)).ceiling == 600
            refused = await trade(bob, "b", need=500, least=500)
            assert refused.ceiling == 0
            assert refused.left_of(asks("b").cap, 0) == 400
            assert (await trade(bob, "b", need=500, least=300)).ceiling == 400

    async def test_slices_ahead_of_need_shrink_with_what_is_left(self, books_of: Make, store: Store) -> None:
        async with books_of(store) as book_of:
            slices = [(await trade(book_of(name), name, wish=CAP)).ceiling for name in "abcdefgh"]
        assert slices == sorted(slices, reverse=True)
        assert slices[0] == CAP // 8
        assert sum(slices) < CAP

    async def test_what_is_not_kept_is_free_for_others(self, books_of: Make, store: Store) -> None:
        async with books_of(store) as book_of:
            ann, bob = book_of("ann"), book_of("bob")
            await trade(ann, "a", need=CAP, least=CAP)
            assert (await trade(bob, "b", need=1, least=1)).ceiling == 0
            await trade(ann, "a", spent=300, held=200, keep=100)
            assert (await trade(bob, "b", need=401, least=400)).ceiling == 400

    async def test_each_sees_what_the_others_have_spent_hold_and_can_spare(self, books_of: Make, store: Store) -> None:
        async with books_of(store) as book_of:
            ann, bob = book_of("ann"), book_of("bob")
            await trade(ann, "a", need=500, least=1)
            await trade(ann, "a", spent=100, held=50, keep=350)
            seen = await trade(bob, "b")
        assert (seen.settled, seen.others_held, seen.others_idle) == (100, 50, 350)
        assert seen.left_of(asks("b").cap, 0) == 500

    async def test_asking_the_same_again_does_no_harm(self, books_of: Make, store: Store) -> None:
        async with books_of(store) as book_of:
            ann = book_of("ann")
            await trade(ann, "a", need=500, least=1)
            answers = [await trade(ann, "a", spent=200, held=100, keep=50) for _ in range(3)]
        assert answers[0] == answers[1] == answers[2]
        assert (answers[0].settled, answers[0].ceiling) == (200, 350)

    async def test_what_was_billed_beyond_a_lease_is_settled_all_the_same(self, books_of: Make, store: Store) -> None:
        async with books_of(store) as book_of:
            ann = book_of("ann")
            await trade(ann, "a", need=10, least=10)
            told = await trade(ann, "a", spent=CAP + 5, wish=10)
        assert (told.settled, told.ceiling, told.left_of(asks("a").cap, CAP + 5)) == (CAP + 5, CAP + 5, -5)

    async def test_what_may_still_be_spent_of_the_period_before_is_not_carried_over(
        self, books_of: Make, store: Store
    ) -> None:
        yesterday = span_before("daily", TODAY)
        assert yesterday is not None
        cap = Cap(scope="tenant", period="daily", amount=CAP, terms=Terms(roll_over=0.5))
        async with books_of(store) as book_of:
            ann = book_of("ann")
            assert (await trade(ann, "new", cap=cap)).carried == CAP // 2
            await trade(ann, "old", cap=cap, span=yesterday, need=900, least=1)
            assert (await trade(ann, "new", cap=cap)).carried == 100
            await trade(ann, "old", cap=cap, span=yesterday, spent=700)
            assert (await trade(ann, "new", cap=cap, need=CAP + 300, least=1)).ceiling == CAP + 300

    async def test_each_cap_has_a_book_of_its_own(self, books_of: Make, store: Store) -> None:
        async with books_of(store) as book_of:
            ann = book_of("ann")
            globex = ACME._replace(tenant="glo/bex")
            both = await ann.trade(
                [asks("a", need=CAP, least=1), asks("b", tally=globex, need=CAP, least=1), asks("c", need=1, least=1)]
            )
        assert [each.ceiling for each in both] == [CAP, CAP, 0]

    async def test_who_says_nothing_renews(self, books_of: Make, store: Store) -> None:
        async with books_of(store) as book_of:
            assert list(await book_of("ann").trade([])) == []


@pytest.mark.parametrize(("books_of", "examples"), [(of_processes, 8), (of_a_file, 8), (in_memory, 60)])
def test_whatever_is_traded_the_cap_holds(
    books_of: Make, examples: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, numbers = tmp_path_factory.mktemp("books"), itertools.count()

    @given(TRADES)
    @settings(max_examples=examples)
    def cap_holds(trades: list[tuple[str, float, float, int, int]]) -> None:
        store = ready_store(folder / f"{next(numbers)}.db")
        asyncio.run(traded(store, trades))

    async def traded(store: Path, trades: list[tuple[str, float, float, int, int]]) -> None:
        async with books_of(store) as book_of:
            spenders = {name: Spender(book_of(name), name) for name in "abc"}
            for name, spends, holds, need, wish in trades:
                granted = await spenders[name].go_on(spends, holds, need, wish)
                assert sum(each.ceiling for each in spenders.values()) <= CAP
                others = sum(each.spent for each in spenders.values() if each is not spenders[name])
                assert granted.settled - spenders[name].spent <= others

    cap_holds()
