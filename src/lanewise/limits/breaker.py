"""Circuit breakers in memory: one per lane and deployment, over a sliding window of calls."""

from __future__ import annotations

from collections.abc import Callable

from lanewise.core.clock import Clock
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import BreakerPolicy, Deployment, Lane
from lanewise.core.protocols.breaker import BreakerState, Position, Ticket
from lanewise.core.protocols.history import History

_BUCKETS = 10  # the window slides in steps of a tenth of itself
_MOST = 10_000  # circuits; more names than that come only of many reloads
_LOOK_AGAIN_S = 1.0  # when to come back where a probe is under way
#: Failures that say something about the vendor. A 429 is a matter of pace; the caller's own mistakes and our limits are nobody's fault.
_COUNTED = frozenset(
    {
        FailureKind.OVERLOADED,
        FailureKind.SERVER_ERROR,
        FailureKind.VENDOR_ACCESS,
        FailureKind.UNREACHABLE,
        FailureKind.CONNECTION_LOST,
        FailureKind.IDLE_TIMEOUT,
        FailureKind.DEADLINE,
        FailureKind.LATE_START,
        FailureKind.SLOW,
        FailureKind.CUT_STREAM,
        FailureKind.MALFORMED,
        FailureKind.ERROR_EVENT,
    }
)
#: Cut short when time was up, which may have been the caller's own deadline, or the little that an earlier vendor had left.
_OUT_OF_TIME = frozenset({FailureKind.DEADLINE, FailureKind.SLOW})
_FAIR_SHARE = 0.5  # of the lane's own time: a call that had as much was not cut short by somebody's impatience

Moved = Callable[[str, str, Position], None]
"""Told of a breaker's new position: lane, deployment, position."""


def _nobody(lane: str, deployment: str, position: Position) -> None:
    pass


class _Circuit:
    """The calls of one lane to one deployment."""

    __slots__ = (
        "failed",
        "good",
        "open_in_all_s",
        "opened_at_s",
        "opens",
        "place",
        "policy",
        "probing",
        "rests_until_s",
        "slides_at_s",
        "term",
    )

    def __init__(self, policy: BreakerPolicy, now_s: float) -> None:
        self.policy = policy
        self.term = 1  # grows whenever it opens or closes: results of an earlier one count no more
        self.opened_at_s: float | None = None  # None while closed
        self.rests_until_s = 0.0
        self.probing = False
        self.opens = 0
        self.open_in_all_s = 0.0
        self.clear(now_s)

    def clear(self, now_s: float) -> None:
        """Begin the window anew."""
        self.good = [0] * _BUCKETS
        self.failed = [0] * _BUCKETS
        self.place = 0  # of the window's newest bucket
        self.slides_at_s = now_s + self.policy.window_s / _BUCKETS  # when the next one begins

    def slide(self, now_s: float) -> None:
        """Forget what has left the window."""
        late_s = now_s - self.slides_at_s
        if late_s < 0:
            return
        step_s = self.policy.window_s / _BUCKETS
        steps = int(late_s / step_s) + 1
        for _ in range(min(steps, _BUCKETS)):
            self.place = (self.place + 1) % _BUCKETS
            self.good[self.place] = self.failed[self.place] = 0
        self.slides_at_s += steps * step_s

    def follow(self, policy: BreakerPolicy, now_s: float) -> None:
        """A reloaded policy holds from the next call on; a window of another length begins empty."""
        another_window = policy.window_s != self.policy.window_s
        self.policy = policy
        if another_window:
            self.clear(now_s)

    def open(self, now_s: float) -> None:
        """Leave the deployment alone from now on."""
        self.opened_at_s = now_s
        self.rests_until_s = now_s + self.policy.open_s
        self.opens += 1
        self.term += 1

    def close(self, now_s: float) -> None:
        """Let everybody ask again; what led to the opening is over."""
        if self.opened_at_s is not None:
            self.open_in_all_s += now_s - self.opened_at_s
        self.opened_at_s = None
        self.probing = False
        self.term += 1
        self.clear(now_s)

    def is_over(self) -> bool:
        """Whether enough calls failed."""
        failed, policy = sum(self.failed), self.policy
        calls = failed + sum(self.good)
        return calls >= policy.min_calls and failed >= policy.error_rate * calls


class MemoryBreaker:
    """Opens at an error rate over a window with enough calls in it; half open after a while, one probe decides."""

    def __init__(self, clock: Clock, *, moved: Moved | None = None, history: History | None = None) -> None:
        """`moved` is told of every change of position; `history` knows what is long for a deployment."""
        self._now_s = clock.monotonic_s
        self._moved = moved or _nobody
        self._history = history
        self._circuits: dict[tuple[str, str], _Circuit] = {}

    def rests_s(self, lane: Lane, deployment: Deployment, *, alone: bool) -> float:
        """Seconds for which it is to be left alone."""
        circuit = self._circuits.get((lane.name, deployment.name))
        if circuit is None or circuit.opened_at_s is None:
            return 0.0
        now_s = self._now_s()
        if alone:
            circuit.slide(now_s)
            if any(circuit.good):
                return 0.0
        left_s = max(0.0, circuit.rests_until_s - now_s)
        return max(_LOOK_AGAIN_S, left_s) if circuit.probing else left_s

    def enter(self, lane: Lane, deployment: Deployment) -> Ticket:
        """A call begins; the probe where the breaker is half open."""
        now_s = self._now_s()
        circuit = self._circuits.get((lane.name, deployment.name))
        if circuit is None:
            circuit = self._begin(lane, deployment, now_s)
        if circuit.policy is not lane.breaker:
            circuit.follow(lane.breaker, now_s)
        if circuit.opened_at_s is None or circuit.probing or now_s < circuit.rests_until_s:
            return circuit.term, now_s
        circuit.probing = True
        self._moved(lane.name, deployment.name, "half_open")
        return -circuit.term, now_s

    def note(self, lane: Lane, deployment: Deployment, ticket: Ticket, failure: Failure | None) -> None:
        """A call ended."""
        circuit = self._circuits.get((lane.name, deployment.name))
        if circuit is None:
            return
        term, began_s = ticket
        counts = failure is None or self._is_blamed(lane, deployment, failure, began_s)
        if term == -circuit.term:
            circuit.probing = False
            if counts:
                self._decide(lane, deployment, circuit, failed=failure is not None)
        elif counts and term == circuit.term:
            now_s = self._now_s()
            if now_s >= circuit.slides_at_s:
                circuit.slide(now_s)
            if failure is None:
                circuit.good[circuit.place] += 1
                return
            circuit.failed[circuit.place] += 1
            if circuit.opened_at_s is None and circuit.is_over():
                circuit.open(now_s)
                self._moved(lane.name, deployment.name, "open")

    def states(self) -> list[BreakerState]:
        """Every breaker that has seen a call."""
        now_s = self._now_s()
        return [_state(key, circuit, now_s) for key, circuit in self._circuits.items()]

    def wake(self, lane: str, deployment: str) -> bool:
        """Close it, whatever it has seen."""
        circuit = self._circuits.get((lane, deployment))
        if circuit is None or circuit.opened_at_s is None:
            return False
        circuit.close(self._now_s())
        self._moved(lane, deployment, "closed")
        return True

    def _begin(self, lane: Lane, deployment: Deployment, now_s: float) -> _Circuit:
        circuits = self._circuits
        if len(circuits) >= _MOST:
            closed = (key for key, circuit in circuits.items() if circuit.opened_at_s is None)
            del circuits[next(closed, next(iter(circuits)))]
        circuit = circuits[lane.name, deployment.name] = _Circuit(lane.breaker, now_s)
        return circuit

    def _is_blamed(self, lane: Lane, deployment: Deployment, failure: Failure, began_s: float) -> bool:
        """Whether a failure is the vendor's fault."""
        if failure.kind not in _OUT_OF_TIME:
            return failure.kind in _COUNTED
        took_s = self._now_s() - began_s
        if took_s >= lane.timeout_s * _FAIR_SHARE:
            return True
        usual = None if self._history is None else self._history.deployment(lane.name, deployment.name)
        return usual is not None and took_s >= usual.p95_s

    def _decide(self, lane: Lane, deployment: Deployment, circuit: _Circuit, *, failed: bool) -> None:
        """A probe has answered the question it was for."""
        now_s = self._now_s()
        if failed:
            circuit.slide(now_s)
            circuit.failed[circuit.place] += 1
            circuit.rests_until_s = now_s + circuit.policy.open_s
            self._moved(lane.name, deployment.name, "open")
            return
        circuit.close(now_s)
        circuit.good[circuit.place] += 1
        self._moved(lane.name, deployment.name, "closed")


def _state(key: tuple[str, str], circuit: _Circuit, now_s: float) -> BreakerState:
    circuit.slide(now_s)
    open_s = circuit.open_in_all_s
    position: Position = "closed"
    if circuit.opened_at_s is not None:
        open_s += now_s - circuit.opened_at_s
        position = "half_open" if circuit.probing or now_s >= circuit.rests_until_s else "open"
    failed = sum(circuit.failed)
    return BreakerState(
        lane=key[0],
        deployment=key[1],
        position=position,
        calls=failed + sum(circuit.good),
        failed=failed,
        opens_in_all=circuit.opens,
        open_s=open_s,
        retry_after_s=max(0.0, circuit.rests_until_s - now_s) if position == "open" else 0.0,
    )
