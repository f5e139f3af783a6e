"""What a demo's answers add up to, by lane: share, accuracy with its interval, P50 and P95, cost, cost per right answer."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lanewise.lab.asking import Answered

_Z_95 = 1.959963984540054


@dataclass(frozen=True, kw_only=True, slots=True)
class LaneFigures:
    """One lane's answers; a lane's latency is what its callers waited. `lane` is empty where all lanes are added up.

    `cost_per_right_nanousd` counts graded answers only: what they cost, divided by how many were right. None where none was.
    """

    lane: str
    requests: int
    share: float
    graded: int
    right: int
    accuracy: float | None
    accuracy_low: float | None
    accuracy_high: float | None
    p50_us: int | None
    p95_us: int | None
    waited_us: int
    cost_nanousd: int
    cost_per_right_nanousd: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Failover:
    """How often one deployment took over from another."""

    from_: str
    to: str
    reason: str
    count: int


def wilson(right: int, graded: int) -> tuple[float, float] | None:
    """The 95 % interval of a share by Wilson's score; None where nothing was graded."""
    if graded == 0:
        return None
    share, z2 = right / graded, _Z_95**2
    middle = (share + z2 / (2 * graded)) / (1 + z2 / graded)
    half = _Z_95 / (1 + z2 / graded) * math.sqrt(share * (1 - share) / graded + z2 / (4 * graded * graded))
    return max(0.0, middle - half), min(1.0, middle + half)


def by_lane(answers: Sequence[Answered], order: Sequence[str]) -> tuple[LaneFigures, ...]:
    """One row for each lane that answered, in the policy's order."""
    lanes = {each.lane for each in answers if each.lane}
    return tuple(
        figures([each for each in answers if each.lane == lane], lane=lane, of=len(answers))
        for lane in sorted(lanes, key=lambda lane: (order.index(lane) if lane in order else len(order), lane))
    )


def figures(answers: Sequence[Answered], *, lane: str, of: int) -> LaneFigures:
    """What these answers add up to, out of `of` requests."""
    graded = [each for each in answers if each.right is not None]
    right = sum(bool(each.right) for each in graded)
    interval = wilson(right, len(graded))
    waits = sorted(each.latency_us for each in answers if not each.problem)
    return LaneFigures(
        lane=lane,
        requests=len(answers),
        share=len(answers) / of if of else 0.0,
        graded=len(graded),
        right=right,
        accuracy=right / len(graded) if graded else None,
        accuracy_low=interval[0] if interval else None,
        accuracy_high=interval[1] if interval else None,
        p50_us=nearest_rank(waits, 50),
        p95_us=nearest_rank(waits, 95),
        waited_us=sum(waits),
        cost_nanousd=sum(each.cost_nanousd for each in answers),
        cost_per_right_nanousd=-(-sum(each.cost_nanousd for each in graded) // right) if right else None,
    )


def failovers(answers: Sequence[Answered]) -> tuple[Failover, ...]:
    """Who took over from whom, most frequent first."""
    counts = Counter((each.from_, each.to, each.reason) for answer in answers for each in answer.switches)
    return tuple(
        Failover(from_=from_, to=to, reason=reason, count=count)
        for (from_, to, reason), count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    )


def nearest_rank(values: Sequence[int], percent: int) -> int | None:
    """A percentile of sorted values; None where there is none."""
    return values[max(0, -(-len(values) * percent // 100) - 1)] if values else None
