"""How long calls take: logarithmic histograms of the latest calls, by lane and by deployment."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from lanewise.core.failure import FailureKind
from lanewise.core.plan import Timing
from lanewise.core.record import CallRecord, RunRecord

_STEP = 1.1  # neighbouring buckets differ by a tenth: a quantile is told at most a tenth too long
_SHORTEST_US = 1_000
_BUCKETS = 160  # up to 70 minutes
_EDGES_US = tuple(round(_SHORTEST_US * _STEP**place) for place in range(_BUCKETS))
_ENOUGH = 20  # calls; fewer tell no P95
_HALF_LIFE_CALLS = 1_000  # counts are halved when so many were seen: the latest tell most
_NEWS = 0.05  # the share of new calls from which on it is worth while to look at the quantiles again
_MOST = 2_000  # deployments in lanes; more names than that come only of many reloads, and then all is learned anew
#: Given up before they were whole. Where one had already taken longer than most, its end would have come later still: left out, the
#: slowest calls would never be counted, and what is slow would become shorter and shorter.
_CUT_SHORT = frozenset({FailureKind.SLOW, FailureKind.OUTRUN, FailureKind.DEADLINE})


def _place(time_us: int) -> int:
    """The bucket of a time: the first whose upper edge is not below it."""
    return bisect_left(_EDGES_US, time_us, 0, _BUCKETS - 1)


class _Times:
    """Times of one kind of call."""

    __slots__ = ("counts", "seen")

    def __init__(self) -> None:
        self.counts = [0.0] * _BUCKETS
        self.seen = 0.0

    def halve(self) -> None:
        """Let what was seen so far count half as much as what is to come."""
        self.counts = [count / 2 for count in self.counts]
        self.seen /= 2

    def quantile_s(self, share: float) -> float:
        """The upper edge of the bucket that holds the quantile."""
        wanted, so_far = share * self.seen, 0.0
        for count, edge_us in zip(self.counts, _EDGES_US, strict=True):
            so_far += count
            if so_far >= wanted:
                return edge_us / 1e6
        return _EDGES_US[-1] / 1e6


class _Known:
    """What is known of one lane, or of one deployment in a lane."""

    __slots__ = ("answered", "calls", "cost_nanousd", "news", "starts", "thinking_tokens", "timing", "whole")

    def __init__(self) -> None:
        self.whole, self.starts = _Times(), _Times()
        self.answered = 0.0
        self.thinking_tokens = self.cost_nanousd = 0.0  # of the answered ones together
        self.calls = 0
        self.news = 0  # since `timing` was told
        self.timing: Timing | None = None

    def add(self, place: int) -> None:
        """A time that a call took, or more than which it would have taken."""
        whole = self.whole
        whole.counts[place] += 1
        whole.seen += 1
        self.calls += 1
        self.news += 1
        if whole.seen >= _HALF_LIFE_CALLS:
            whole.halve()
            self.answered /= 2
            self.thinking_tokens /= 2
            self.cost_nanousd /= 2

    def add_start(self, place: int) -> None:
        """A time until the first token, or more than which it would have taken."""
        starts = self.starts
        starts.counts[place] += 1
        starts.seen += 1
        self.news += 1
        if starts.seen >= _HALF_LIFE_CALLS:
            starts.halve()

    def add_answer(self, place: int, thinking_tokens: int, cost_nanousd: int) -> None:
        """A whole answer: its time, and what it took beside time."""
        self.answered += 1
        self.thinking_tokens += thinking_tokens
        self.cost_nanousd += cost_nanousd
        self.add(place)

    def told(self) -> Timing | None:
        """The quantiles, looked at again when enough is new: every request asks."""
        if self.calls < _ENOUGH:
            return None
        if self.timing is None or self.news > _NEWS * self.whole.seen:
            self.news = 0
            self.timing = Timing(
                p50_s=self.whole.quantile_s(0.5),
                p95_s=self.whole.quantile_s(0.95),
                first_token_p95_s=self.starts.quantile_s(0.95) if self.starts.seen >= _ENOUGH else None,
                thinking_tokens=self.thinking_tokens / max(1.0, self.answered),
                cost_nanousd=self.cost_nanousd / max(1.0, self.answered),
                calls=self.calls,
            )
        return self.timing


class MemoryHistory:
    """Learns from every run."""

    def __init__(self) -> None:
        self._lanes: dict[str, _Known] = {}
        self._deployments: dict[tuple[str, str], tuple[_Known, _Known]] = {}  # each with its lane

    def observe(self, record: RunRecord) -> None:
        """Learn from a finished run."""
        self.learn(record.trace.calls, stream=record.stream)

    def learn(self, calls: Iterable[CallRecord], *, stream: bool) -> None:
        """Learn from the calls of one run. Only where the answer came as a `stream` is its first token another than its last."""
        for call in calls:
            failure = call.failure
            if failure is None:
                self._learn_answer(call, stream=stream)
            elif failure == FailureKind.LATE_START:
                for known in self._of(call):
                    known.add_start(_place(call.latency_us))
            elif failure in _CUT_SHORT:
                self._learn_cut(call)

    def lane(self, lane: str) -> Timing | None:
        """How long a call of a lane takes."""
        known = self._lanes.get(lane)
        return None if known is None else known.told()

    def deployment(self, lane: str, deployment: str) -> Timing | None:
        """How long a call to one deployment of a lane takes."""
        known = self._deployments.get((lane, deployment))
        return None if known is None else known[0].told()

    def _of(self, call: CallRecord) -> tuple[_Known, _Known]:
        """What is known of a call's deployment and of its lane."""
        key = call.lane, call.deployment
        return self._deployments.get(key) or self._first(key)

    def _first(self, key: tuple[str, str]) -> tuple[_Known, _Known]:
        if len(self._deployments) >= _MOST:
            self._deployments.clear()
            self._lanes.clear()
        lane = self._lanes.get(key[0])
        if lane is None:
            lane = self._lanes[key[0]] = _Known()
        known = self._deployments[key] = _Known(), lane
        return known

    def _learn_answer(self, call: CallRecord, *, stream: bool) -> None:
        place, tokens, cost_nanousd = _place(call.latency_us), call.reasoning_tokens, call.cost.total_nanousd
        deployment, lane = self._of(call)
        lane.add_answer(place, tokens, cost_nanousd)
        deployment.add_answer(place, tokens, cost_nanousd)
        if stream and call.first_token_us is not None:
            place = _place(call.first_token_us)
            lane.add_start(place)
            deployment.add_start(place)

    def _learn_cut(self, call: CallRecord) -> None:
        usual = self.deployment(call.lane, call.deployment)
        place = _place(call.latency_us)
        if usual is not None and place >= _place(int(usual.p95_s * 1e6)):
            for known in self._of(call):
                known.add(place)
