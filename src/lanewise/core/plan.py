"""Where a request goes: the lanes to try, in order, and why."""

from __future__ import annotations

import msgspec

from lanewise.core.policy import Check, Lane

HUMAN = "human"
"""The rung on which a person decides: no lane of machines."""


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """A lane's place in a plan. Where the caller pinned a model, the lane holds only that model's deployments."""

    lane: Lane
    checks: tuple[Check, ...] = ()  # of its answers, in order
    held: bool = True  # nothing of an answer is shown before its verdict
    threshold: float = 0.0  # below which confidence an answer that nothing has proven is not good enough


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Rungs in climbing order, and the decision behind them: recorded as it is, so that it can be replayed and judged."""

    rungs: tuple[Rung, ...]
    reason: str  # caller, pin, model, rule:2, profile:chatbot, task:extract, small_model:hard, difficulty:easy, default
    propensity: float = 1.0  # the probability with which this plan was chosen, for off-policy estimates
    features: dict[str, str | int | bool] = {}
    weighed: bool = False  # answers are checked, made of several, or climbed from; else the first is the answer
    # Their calls are not handed out before they pass a check; `*` at the end: all that begin so.
    guarded_tools: tuple[str, ...] = ()
    deadline_s: float | None = None  # the caller's own, where that is less than the lane's
    note: str = ""  # what the caller should know of the choice: what a slower lane would have added
    expected: Timing | None = None  # how long the first lane usually takes, where that was measured


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """How long something usually takes, measured on its latest calls, in seconds."""

    p50_s: float
    p95_s: float
    first_token_p95_s: float | None = None
    thinking_tokens: float = 0.0  # of a call, on average
    cost_nanousd: float = 0.0  # of a call, on average
    calls: int = 0
