"""Processes share their limits on a real Redis; what each does while it is out of reach, and when it is back."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence

import pytest
from redis import Redis
from structlog.testing import capture_logs

from lanewise.core.protocols.hot_state import Claim, Short, Taken
from lanewise.limits import hot_shared
from lanewise.limits.hot_batch import Batch
from lanewise.limits.hot_shared import SharedHotState
from limiting import claim
from limits.virtual_redis import VirtualRedis
from patience import PATIENCE_S
from redis_server import new_prefix, own_redis
from sharing import Heard, process_beside
from virtual_time import LoopClock, in_virtual_time


async def taken_of(state: SharedHotState, of: Claim, times: int, tokens: int = 0) -> list[Taken]:
    told = await asyncio.gather(*(state.take((of,), tokens) for _ in range(times)))
    return [each for each in told if isinstance(each, Taken)]


async def until(holds: object, within_s: float = PATIENCE_S) -> None:
    async with asyncio.timeout(within_s):
        while not holds():  # type: ignore[operator]
            await asyncio.sleep(0.01)


async def has_said_all(state: SharedHotState) -> None:
    await until(lambda: state._speaking is None and state._later is None)


def forget(url: str, prefix: str) -> None:
    """As a server does that was started anew, or that somebody has flushed."""
    with Redis.from_url(url) as client:
        client.delete(*client.scan_iter(f"{{{prefix}}}:*"))


async def test_two_processes_have_one_limit_between_them(redis: str) -> None:
    prefix = new_prefix()
    async with process_beside(redis, prefix) as one, process_beside(redis, prefix) as other:
        of = claim(rate=60, burst=0.5, at_once=20)
        first = await taken_of(one, of, 15)
        second = await taken_of(other, of, 15)
        assert (len(first), len(second)) == (15, 5)
        for each in first:
            one.give_back(each, 0)
        await has_said_all(one)
        assert len(await taken_of(other, of, 15)) in (10, 11)  # as many as the rate still holds
        assert other.stands().processes == 2


async def test_tokens_are_settled_for_all(redis: str) -> None:
    prefix = new_prefix()
    async with process_beside(redis, prefix) as one, process_beside(redis, prefix) as other:
        of = claim(tokens=60_000)
        (first,) = await taken_of(one, of, 1, tokens=60_000)
        assert not await taken_of(other, of, 1, tokens=30_000)
        one.give_back(first, 10_000)
        await has_said_all(one)
        assert len(await taken_of(other, of, 1, tokens=49_000)) == 1
        assert not await taken_of(one, of, 1, tokens=20_000)


async def test_what_is_given_back_goes_with_the_next_request_and_by_itself_where_none_comes(
    redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with process_beside(redis) as state:
        say, said = state._say, []

        async def counted(batch: Batch, **how: float) -> bool:
            said.append(len(batch))
            return await say(batch, **how)

        monkeypatch.setattr(state, "_say", counted)
        monkeypatch.setattr(hot_shared, "_UNHURRIED_S", 0.5)  # longer than a busy machine stands still
        of = claim(at_once=1)
        for _ in range(5):
            (place,) = await taken_of(state, of, 1)
            state.give_back(place, 0)
        await has_said_all(state)
        assert [size for size in said if size] == [1, 2, 2, 2, 2, 1]  # the others are heartbeats


async def test_a_request_whose_caller_leaves_while_it_asks_has_taken_nothing(redis: str) -> None:
    async with process_beside(redis) as state:
        of = claim(at_once=1, rate=1)
        for _ in range(3):
            asking = asyncio.create_task(state.take((of,), 0))
            await asyncio.sleep(0)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
        await has_said_all(state)
        assert len(await taken_of(state, of, 1)) == 1


async def test_a_process_that_ends_gives_its_places_back_at_once(redis: str) -> None:
    prefix = new_prefix()
    async with process_beside(redis, prefix) as stays:
        of = claim(at_once=2)
        async with process_beside(redis, prefix) as goes:
            assert len(await taken_of(goes, of, 2)) == 2
            assert not await taken_of(stays, of, 1)
        assert len(await taken_of(stays, of, 2)) == 2


async def test_keys_that_one_process_changes_are_heard_of_by_the_others(redis: str) -> None:
    prefix, told = new_prefix(), Heard()
    async with process_beside(redis, prefix, told=told) as hears, process_beside(redis, prefix) as changes:
        await changes._line.keys_changed()  # type: ignore[attr-defined]  # of Redis's line
        await taken_of(hears, claim(rate=60), 1)
        assert told.changes == 1
        await taken_of(hears, claim(rate=60), 1)
        assert told.changes == 1


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL])
async def test_while_redis_is_out_of_reach_each_process_holds_its_share_and_says_so(how: signal.Signals) -> None:
    with own_redis() as server:
        prefix, told = new_prefix(), Heard()
        of = claim(rate=60, at_once=10, burst=0.5)
        async with (
            process_beside(server.url, prefix, told=told, timeout_s=0.1) as one,
            process_beside(server.url, prefix, timeout_s=0.1),
        ):
            await one._beat()
            before = await taken_of(one, of, 3)
            server.send(how)
            alone = await taken_of(one, of, 10)
            # Five places of ten are its own, and three are taken.
            assert len(alone) == 2
            assert all(each.standing and each.standing.alone for each in alone)
            short = await one.take((of,), 0)
            assert isinstance(short, Short)
            assert short.standing is not None
            assert short.standing.alone
            assert one.stands().alone
            for each in [*before, *alone]:
                one.give_back(each, 0)
            rest = await taken_of(one, of, 20)
            # Thirty at once are let in for all, fifteen by each: five have come before.
            assert len(before) + len(alone) + len(rest) <= 16
            if how is signal.SIGSTOP:
                server.send(signal.SIGCONT)
            else:
                server.stop()
                server.start()
            await until(lambda: not one.stands().alone)
            assert told.moves == [True, False]
            shared = await taken_of(one, of, 30)
            # What was taken meanwhile counts, whatever Redis still knew.
            assert len(before) + len(alone) + len(rest) + len(shared) <= 30 + 60 * 5 / 60


async def test_a_process_that_starts_without_redis_holds_the_share_of_one_of_as_many_as_are_expected() -> None:
    told = Heard()
    async with process_beside("redis://127.0.0.1:1/0", told=told, expected=4) as state:
        assert len(await taken_of(state, claim(at_once=8), 8)) == 2
        assert told.moves == [True]
        assert state.stands().processes == 4


async def test_a_redis_that_lost_its_memory_between_two_batches_is_told_what_was_taken() -> None:
    with own_redis() as server:
        prefix = new_prefix()
        of = claim(rate=60, at_once=3)
        async with process_beside(server.url, prefix, timeout_s=0.5) as one:
            await taken_of(one, of, 3)
            server.stop()
            server.start()
            async with process_beside(server.url, prefix, timeout_s=0.5) as other:
                await until(lambda: not one.stands().alone and other.stands().processes == 2)
                await one._beat()
                assert not await taken_of(other, of, 1)


async def test_requests_that_find_it_without_its_memory_are_decided_here_and_what_was_taken_counts(redis: str) -> None:
    prefix, told = new_prefix(), Heard()
    of = claim(tokens=60_000)
    async with process_beside(redis, prefix, told=told) as one:
        assert len(await taken_of(one, of, 3, tokens=10_000)) == 3
        forget(redis, prefix)
        after = await taken_of(one, of, 4, tokens=10_000)
        assert [each.standing is not None and each.standing.alone for each in after] == [True] * 3
        await until(lambda: told.moves == [True, False])
        assert not await taken_of(one, of, 1, tokens=10_000)


async def test_a_process_that_ends_while_redis_stands_still_ends_soon_and_raises_no_alarm() -> None:
    told = Heard()
    with own_redis() as server:
        async with process_beside(server.url, told=told, timeout_s=0.3) as state:
            assert len(await taken_of(state, claim(rate=60), 1)) == 1
            server.send(signal.SIGSTOP)
            beat = asyncio.create_task(state._beat())
            asking = asyncio.create_task(state.take((claim(rate=60),), 0))
            await asyncio.sleep(0.05)
            beat.cancel()
            await asyncio.gather(beat, return_exceptions=True)
            state._closing = True
            assert isinstance(await asking, Taken)
        server.send(signal.SIGCONT)
    assert told.moves == []


class FaultyLine:
    """Carries nothing out until it is mended: a fault of ours, not of the way to the server."""

    def __init__(self, clock: LoopClock, redis: str) -> None:
        self._server = VirtualRedis(redis, clock)
        self.faulty = False

    async def carry_out(self, subjects: Sequence[str], batch: bytes) -> bytes:
        if self.faulty:
            raise RuntimeError("a fault of ours")
        return await self._server.carry_out(subjects, batch)

    async def close(self) -> None:
        self._server.close()


def test_a_fault_of_a_beat_is_told_and_beating_goes_on(redis: str) -> None:
    @in_virtual_time
    async def beat() -> None:
        clock = LoopClock()
        line = FaultyLine(clock, redis)
        one = SharedHotState(clock, line, process="one", expected=2, told=Heard())
        other = SharedHotState(clock, line, process="other", expected=2, told=Heard())
        await one.start()
        await other.start()
        line.faulty = True
        with capture_logs() as logs:
            await asyncio.sleep(20.0)
        assert {(each["log_level"], each["event"]) for each in logs} == {
            ("error", "limits are not shared, by a fault of this program")
        }
        line.faulty = False
        await asyncio.sleep(20.0)
        assert (one.stands().processes, other.stands().processes) == (2, 2)
        assert len(await taken_of(one, claim(at_once=3), 5)) + len(await taken_of(other, claim(at_once=3), 5)) == 3
        for state in (one, other):
            await state.close()
        await line.close()

    beat()
