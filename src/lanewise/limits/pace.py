"""How many calls at once a deployment takes, learned: halved by a 429, grown by one for every full round of good calls.

Additive increase, multiplicative decrease (Chiu and Jain 1989), beside what vendors say themselves: Retry-After, and what is left.
"""

from __future__ import annotations

from lanewise.core.clock import Clock
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import Deployment
from lanewise.core.protocols.pace import PaceState, Quota

_MOST = 10_000  # deployments; more names than that come only of many reloads
_LONGEST_HOLD_S = 60.0  # then one asks again, whatever the vendor said: limits are raised, and words can be wrong
_FIRST_HOLD_S = 0.5  # where a vendor refuses again without a word of when to come back; doubled each time
_AGAIN_S = 0.5  # when to look again for a place among those that run
_FORGOTTEN_S = 300.0  # a limit that nothing confirmed for so long is no longer believed
# Vendors tell when a limit is full again, and most refill it steadily: after a twentieth of that time there is room for some calls.
_SOME_OF_IT = 20
_LEAST_RESET_S = 1.0  # what is full again sooner needs no care


class _Road:
    """What is known of one deployment."""

    __slots__ = ("begun", "cut_at_s", "good", "held_until_s", "limit", "refused_in_a_row", "running", "tells_from")

    def __init__(self) -> None:
        self.running = 0
        self.begun = 0
        self.limit: int | None = None  # calls at once; no limit was met yet
        self.good = 0  # calls that went well since the limit last changed
        self.held_until_s = 0.0
        self.cut_at_s = 0.0
        self.tells_from = 0  # the number of the first call whose refusal tells something new
        self.refused_in_a_row = 0  # bursts of refusals with no good call between them


class MemoryPace:
    """One road per deployment."""

    def __init__(self, clock: Clock) -> None:
        self._now_s = clock.monotonic_s
        self._roads: dict[str, _Road] = {}

    def rests_s(self, deployment: Deployment, *, alone: bool) -> float:
        """Seconds until a call is welcome."""
        road = self._roads.get(deployment.name)
        if road is None:
            return 0.0
        if road.held_until_s:
            held_s = road.held_until_s - self._now_s()
            if held_s > 0:
                return held_s
            road.held_until_s = 0.0
        if alone or road.limit is None or road.running < road.limit:
            return 0.0
        if self._now_s() - road.cut_at_s > _FORGOTTEN_S:
            road.limit = None
            return 0.0
        return _AGAIN_S

    def begin(self, deployment: Deployment) -> int:
        """A call begins."""
        road = self._roads.get(deployment.name) or self._first(deployment)
        road.running += 1
        road.begun += 1
        return road.begun

    def end(self, deployment: Deployment, number: int, failure: Failure | None, quota: Quota | None) -> None:
        """A call ended, and what was learned from it."""
        road = self._roads.get(deployment.name)
        if road is None:
            return
        road.running -= 1
        if failure is None:
            road.refused_in_a_row = 0
            if road.limit is not None:
                _speed_up(road, road.limit)
        elif failure.kind is FailureKind.RATE_LIMITED:
            self._slow_down(road, number, failure.retry_after_s)
        if quota is not None:
            self._heed(road, quota)

    def states(self) -> list[PaceState]:
        """Every deployment that has been asked."""
        now_s = self._now_s()
        return [
            PaceState(
                deployment=name,
                running=road.running,
                limit=road.limit,
                held_s=max(0.0, road.held_until_s - now_s),
            )
            for name, road in self._roads.items()
        ]

    def wake(self, deployment: str) -> bool:
        """Forget that its vendor asked to be left alone; how many calls at once it takes stays learned."""
        road = self._roads.get(deployment)
        if road is None or road.held_until_s <= self._now_s():
            return False
        road.held_until_s = 0.0
        road.refused_in_a_row = 0
        return True

    def _first(self, deployment: Deployment) -> _Road:
        if len(self._roads) >= _MOST:
            idle = (name for name, road in self._roads.items() if not road.running)
            del self._roads[next(idle, next(iter(self._roads)))]
        road = self._roads[deployment.name] = _Road()
        return road

    def _slow_down(self, road: _Road, number: int, retry_after_s: float | None) -> None:
        now_s = self._now_s()
        hold_s = retry_after_s
        if number >= road.tells_from:  # of a burst of refusals the first has told everything
            road.limit = max(1, (road.running + 1) // 2)
            road.good, road.cut_at_s, road.tells_from = 0, now_s, road.begun + 1
            road.refused_in_a_row += 1
            if hold_s is None and road.refused_in_a_row > 1:
                hold_s = _FIRST_HOLD_S * 2.0 ** min(road.refused_in_a_row - 2, 10)
        _hold(road, now_s, hold_s)

    def _heed(self, road: _Road, quota: Quota) -> None:
        left, reset_s = quota.requests_left, quota.requests_reset_s
        if left is not None and left <= road.running:
            if left == 0:
                _hold(road, self._now_s(), _some_of(reset_s))
            elif reset_s is not None and reset_s >= _LEAST_RESET_S and (road.limit is None or road.limit > left):
                road.limit, road.good, road.cut_at_s = left, 0, self._now_s()
        if quota.tokens_left == 0:
            _hold(road, self._now_s(), _some_of(quota.tokens_reset_s))


def _speed_up(road: _Road, limit: int) -> None:
    """Only a limit that is in use is tried a little higher."""
    if (road.running + 1) * 2 < limit:
        return
    road.good += 1
    if road.good >= limit:
        road.limit, road.good = limit + 1, 0


def _some_of(reset_s: float | None) -> float | None:
    """After how much of the time to a full limit there is room for some calls."""
    return None if reset_s is None else min(reset_s, max(_LEAST_RESET_S, reset_s / _SOME_OF_IT))


def _hold(road: _Road, now_s: float, hold_s: float | None) -> None:
    if hold_s:
        road.held_until_s = max(road.held_until_s, now_s + min(hold_s, _LONGEST_HOLD_S))
