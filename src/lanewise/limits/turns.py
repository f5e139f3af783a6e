"""The places of a process that is full, given out in turns: fair between tenants, and interactive requests first.

Start-time fair queueing (Goyal, Vin, Cheng 1996) over the time for which places are held: a tenant is charged, divided by its weight, what
its requests usually take when one begins, and what it really took when it ends. The tenant charged least is next. Where the queue is
full, the newest of whoever has most in it gives way (longest queue drop; Suter et al. 1998), so that a flood cannot keep others out of it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator

from lanewise.core.clock import Clock

IN_A_ROW = 4
"""Interactive requests that may pass one that can wait before its turn has come."""

FIRST_GUESS_S = 1.0  # how long a place is held by a tenant's first request
_LEAST_S = 0.001  # that is charged: who holds places for no time has its turns too
_LEARNED = 0.2  # the weight of the newest among those a tenant's usual time is learned from
_FEW = 1_024

INTERACTIVE, CAN_WAIT = 0, 1


class Full(Exception):
    """There was no place in time, or no room to wait for one."""


class Turn:
    """One tenant's request that has a place or waits for one."""

    __slots__ = ("began_s", "charged_s", "place", "queue", "weight")

    def __init__(self, queue: _Queue, weight: float) -> None:
        self.queue = queue
        self.weight = weight
        self.charged_s = 0.0
        self.began_s = 0.0
        self.place: asyncio.Future[None] | None = None  # that is waited for


class _Queue:
    """One tenant: what it was charged, and its requests that wait, by how urgent they are."""

    __slots__ = ("charged_s", "running", "usual_s", "waiting")

    def __init__(self) -> None:
        self.charged_s = 0.0  # divided by its weight
        self.usual_s = FIRST_GUESS_S
        self.running = 0
        self.waiting: tuple[deque[Turn], deque[Turn]] = (deque(), deque())

    def length(self) -> int:
        """How many of its requests wait."""
        return len(self.waiting[INTERACTIVE]) + len(self.waiting[CAN_WAIT])


class Turns:
    """Who has a place, and who is next. Without `places` everybody has one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queues: dict[str, _Queue] = {}
        self._queuing: dict[_Queue, None] = {}  # those with requests that wait, in the order in which they came
        self._places: int | None = None
        self._forget_at = _FEW
        self._now_s = 0.0  # the charge at which the latest request began: whoever comes anew begins there
        self._in_a_row = 0
        self._anywhere = Turn(_Queue(), 1.0)  # of all that came while there was no bound, and nothing to share
        self.running = 0
        self.waiting = 0

    def take(self, tenant: str, weight: float, places: int | None) -> Turn | None:
        """A place, if one is free and nobody waits for it."""
        self._places = places
        if places is None:
            self.running += 1
            return self._anywhere
        if self.running >= places or self.waiting:
            return None
        turn = Turn(self._queue(tenant), weight)
        turn.queue.charged_s = max(turn.queue.charged_s, self._now_s)
        self._begin(turn)
        return turn

    async def wait(self, tenant: str, weight: float, urgency: int, *, room: int, wait_s: float) -> Turn:
        """A place in its turn. Raises Full after so long, or at once where the room to wait is taken by others no greedier."""
        queue = self._queue(tenant)
        if self.waiting >= room:
            self._make_room(queue)
        if queue not in self._queuing:
            queue.charged_s = max(queue.charged_s, self._now_s)
            self._queuing[queue] = None
        turn = Turn(queue, weight)
        turn.place = place = asyncio.get_running_loop().create_future()
        queue.waiting[urgency].append(turn)
        self.waiting += 1
        self._give_out()  # a reload may have made places
        try:
            async with asyncio.timeout(wait_s):
                await place
        except TimeoutError:
            if not _was_given(place):
                self._step_out(turn, urgency)
                raise Full from None
        except asyncio.CancelledError:
            if _was_given(place):
                self.give_back(turn)
            else:
                self._step_out(turn, urgency)
            raise
        return turn

    def give_back(self, turn: Turn) -> None:
        """The request is over; its place goes to whoever is next."""
        if turn is self._anywhere:
            self.running -= 1
            if self.waiting:
                self._give_out()
            return
        held_s = self._clock.monotonic_s() - turn.began_s
        queue = turn.queue
        queue.charged_s += held_s / turn.weight - turn.charged_s
        queue.usual_s += _LEARNED * (held_s - queue.usual_s)
        queue.running -= 1
        self.running -= 1
        if self.waiting:
            self._give_out()

    def _begin(self, turn: Turn) -> None:
        queue = turn.queue
        self._now_s = max(self._now_s, queue.charged_s)
        turn.charged_s = max(queue.usual_s, _LEAST_S) / turn.weight
        turn.began_s = self._clock.monotonic_s()
        queue.charged_s += turn.charged_s
        queue.running += 1
        self.running += 1

    def _give_out(self) -> None:
        while self.waiting and (self._places is None or self.running < self._places):
            urgency = self._urgency()
            queue = min(self._of(urgency), key=lambda each: each.charged_s)
            turn = queue.waiting[urgency].popleft()
            self._left(queue)
            assert turn.place is not None
            if not turn.place.done():  # else its caller has left
                self._begin(turn)
                turn.place.set_result(None)

    def _urgency(self) -> int:
        """Interactive first; now and then one that can wait, while both do."""
        interactive = next(self._of(INTERACTIVE), None) is not None
        can_wait = next(self._of(CAN_WAIT), None) is not None
        if interactive and can_wait and self._in_a_row < IN_A_ROW:
            self._in_a_row += 1
            return INTERACTIVE
        self._in_a_row = 0
        return CAN_WAIT if can_wait else INTERACTIVE

    def _of(self, urgency: int) -> Iterator[_Queue]:
        return (each for each in self._queuing if each.waiting[urgency])

    def _make_room(self, newcomer: _Queue) -> None:
        """Let the newest of the greediest tenant give way. Raises Full where that is the newcomer's own, or nobody's."""
        greediest = max(self._queuing, key=_Queue.length, default=newcomer)
        if greediest.length() <= newcomer.length() + 1:
            raise Full
        turn = greediest.waiting[CAN_WAIT if greediest.waiting[CAN_WAIT] else INTERACTIVE].pop()
        self._left(greediest)
        assert turn.place is not None
        if not turn.place.done():
            turn.place.set_exception(Full())

    def _step_out(self, turn: Turn, urgency: int) -> None:
        line = turn.queue.waiting[urgency]
        if turn in line:
            line.remove(turn)
            self._left(turn.queue)

    def _left(self, queue: _Queue) -> None:
        self.waiting -= 1
        if not queue.length():
            del self._queuing[queue]

    def _queue(self, tenant: str) -> _Queue:
        queue = self._queues.get(tenant)
        if queue is None:
            if len(self._queues) >= self._forget_at:
                self._forget()
            queue = self._queues[tenant] = _Queue()
        return queue

    def _forget(self) -> None:
        """Forget who has nothing here and owes nothing; each sweep pays for itself by as many newcomers."""
        self._queues = {
            tenant: each
            for tenant, each in self._queues.items()
            if each.running or each.length() or each.charged_s > self._now_s
        }
        self._forget_at = max(_FEW, 2 * len(self._queues))


def _was_given(place: asyncio.Future[None]) -> bool:
    return place.done() and not place.cancelled() and place.exception() is None
