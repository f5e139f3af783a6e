"""What of a policy's caps may be used up by calls that nobody needs any more: each counts with its worst case."""

from __future__ import annotations

from collections.abc import Iterator

from lanewise.config.advice import Advice
from lanewise.core.money import format_usd
from lanewise.core.policy import Lane, Policy
from lanewise.core.protocols.budget import caps_of_policy

_MANY = 500  # such calls in the period of a cap: a busy lane makes them in a day


def held(policy: Policy) -> Iterator[Advice]:
    """Advice on lanes that hang up on calls, where few of these would use a cap up."""
    dollars = [cap.amount for cap in caps_of_policy(policy) if cap.unit == "dollars"]
    if policy.amplification.untold_usage != "worst_case" or not dollars:
        return
    smallest = min(dollars)
    for lane in policy.lanes.values():
        why, worst = _hangs_up(lane), _worst_nanousd(lane)
        if why and worst * _MANY > smallest:
            yield Advice(
                code="held_at_worst",
                message=f"The lane {lane.name} hangs up on calls ({why}), and each counts in budgets with its worst case, since its vendor "
                f"tells no usage: {format_usd(worst)} and its input. {max(1, smallest // worst)} of them use up the smallest cap, "
                f"{format_usd(smallest)}",
                remedy=f"Lower lanes.{lane.name}.max_output_tokens, or write limits.untold_usage: estimate, by which vendors may bill a "
                "little more than a cap.",
            )


def _hangs_up(lane: Lane) -> str:
    """What makes the lane hang up on calls as a rule; empty where only faults do."""
    if lane.strategy == "best_of_n":
        return "strategy: best_of_n"
    if lane.hedge_after is not None:
        return "hedge_after"
    return "stop_when_verified" if lane.stop_when_verified else ""


def _worst_nanousd(lane: Lane) -> int:
    """The most that the answer of one call costs, at the dearest of the lane's deployments."""
    prices = [each.prices for each in lane.deployments if each.prices is not None]
    worst = (each.worst_case(input_tokens=0, output_tokens=lane.max_output_tokens) for each in prices)
    return max(worst, default=0)
