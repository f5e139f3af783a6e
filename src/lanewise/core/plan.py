"""Where a request goes: the lanes to try, in order, and why."""

from __future__ import annotations

import msgspec

from lanewise.core.policy import Lane


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """A lane's place in a plan. Where the caller pinned a model, the lane holds only that model's deployments."""

    lane: Lane


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Rungs in climbing order, and the decision behind them: recorded as it is, so that it can be replayed and judged."""

    rungs: tuple[Rung, ...]
    reason: str  # `caller`, `pin`, `model`, `rule:2`, `default`
    propensity: float = 1.0  # the probability with which this plan was chosen, for off-policy estimates
    features: dict[str, str | int | bool] = {}
