"""The incidents of a drill, as data: who asks, what goes wrong when, and what must hold. All times at the usual time scale.

A new incident is one more row of INCIDENTS; nothing else has to know it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

Fault = Mapping[str, Any]
"""As `POST /__faults__` of the simulated vendors takes it; a `timedelta` is stretched with the drill."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """From `at_s` on these faults are in force and no others; `unplugged` names a vendor that refuses connections."""

    at_s: float
    says: str
    faults: tuple[Fault, ...] = ()
    unplugged: str | None = None

    def hurts(self, whom: str) -> bool:
        """Whether a vendor, or a deployment of one, fails from here on."""
        vendor, _, model = whom.partition("/")
        return self.unplugged == vendor or any(
            fault.get("vendor") in (None, vendor) and (not model or fault.get("model") in (None, model))
            for fault in self.faults
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """Who asks: so many requests over so many seconds, `at_once` of them together, shared among lanes, half of them streams."""

    requests: int
    over_s: float
    lanes: Mapping[str, float]
    at_once: int = 1
    can_wait: float = 0.0
    """The share of callers who can wait."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """One incident.

    `failing` are the vendors, or deployments, whose load is watched. `all_down`: between the first step and the last nobody lives, so only
    who can wait is answered. `may_break`: streams may fail after their first words. `opens`: a breaker must open, probe and close.
    `comes_back`: the least share of the last requests that must be answered as in calm. `policy` is laid over the drill's own.
    """

    name: str
    title: str
    story: str
    failing: tuple[str, ...]
    load: Load
    steps: tuple[Step, ...]
    all_down: bool = False
    may_break: bool = False
    opens: bool = False
    comes_back: float = 0.5
    policy: Mapping[str, Any] = field(default_factory=dict)


def _ms(count: float) -> timedelta:
    return timedelta(milliseconds=count)


_ALL_LANES = {"small": 0.3, "standard": 0.3, "reasoning_low": 0.2, "reasoning": 0.2}
_REASONERS = (("simthropic", "sim-opus"), ("simopen", "sim-reasoner"), ("simdeep", "sim-deep-reasoner"))

#: Kind of fault, after how many pieces of the answer, and how likely.
_POISONS = (
    ("malformed", 0, 0.1),
    ("cut", 0, 0.1),
    ("error_event", 0, 0.1),
    ("malformed", 1, 0.12),
    ("cut", 1, 0.12),
    ("error_event", 1, 0.12),
)


def _poison(vendor: str, *, at_s: float) -> Step:
    return Step(
        at_s=at_s,
        says=f"{vendor} poisons half of its answers: malformed, cut off, or with an error in the middle",
        faults=tuple(
            {"kind": kind, "vendor": vendor, "after": after, "probability": probability, "code": 529}
            for kind, after, probability in _POISONS
        ),
    )


#: What every incident's policy adds to that of `serve --simulate`; durations are stretched with the drill.
POLICY: Mapping[str, Any] = {
    "breaker": {"window": _ms(600), "min_calls": 3, "open_for": _ms(500)},
    "lanes": {
        "standard": {"deployments": ["simthropic/sim-sonnet", "simdeep/sim-deep-standard", "simopen/sim-standard"]},
        "small": {"degrade_to": "standard"},  # two vendors answer it: where both fail, a third still lives
        "reasoning": {"effort": "medium"},  # half the time of a hard question: a drill is to be short
    },
    # Rules alone: the same request goes to the same lane in both passes.
    "routing": {"classifier": None, "grades": None},
    # Play money: the default cap would stop a long drill.
    "tenants": {"*": {"budget": {"daily": "$100000"}}},
}

INCIDENTS: tuple[Incident, ...] = (
    Incident(
        name="primary_down",
        title="A primary vendor is down for hours",
        story="1 s stands for 45 minutes: simopen refuses connections, then answers 503, for two hours in all",
        failing=("simopen",),
        load=Load(
            requests=110, over_s=4.6, lanes={"small": 0.35, "standard": 0.2, "reasoning_low": 0.3, "reasoning": 0.15}
        ),
        steps=(
            Step(at_s=0.6, says="simopen refuses connections", unplugged="simopen"),
            Step(
                at_s=2.2,
                says="simopen takes connections again and answers 503",
                faults=({"kind": "status", "vendor": "simopen", "code": 503},),
            ),
            Step(at_s=3.3, says="simopen works again"),
        ),
        may_break=True,  # a connection that is cut takes streams with it that have begun
        opens=True,
        policy={"breaker": {"window": _ms(1_000), "open_for": _ms(150)}},
    ),
    Incident(
        name="brown_out",
        title="A primary vendor answers half of the time",
        story="simthropic fails 30 % and delays 20 % of its answers, then fails 60 % and delays none",
        failing=("simthropic",),
        load=Load(requests=120, over_s=3.4, lanes=_ALL_LANES),
        steps=(
            Step(
                at_s=0.3,
                says="simthropic fails 30 % with 500 or 529, and delays 20 % by 1.5 s",
                faults=(
                    {"kind": "status", "vendor": "simthropic", "code": 500, "probability": 0.15},
                    {"kind": "status", "vendor": "simthropic", "code": 529, "probability": 0.18},
                    {"kind": "slow_first_token", "vendor": "simthropic", "s": _ms(1_500), "probability": 0.3},
                ),
            ),
            Step(
                at_s=1.3,
                says="simthropic fails 60 % with 529",
                faults=({"kind": "status", "vendor": "simthropic", "code": 529, "probability": 0.6},),
            ),
            Step(at_s=2.2, says="simthropic works again"),
        ),
        policy={
            "breaker": {"window": _ms(1_000), "min_calls": 6},
            "lanes": {"standard": {"first_token_timeout": _ms(600)}, "reasoning": {"first_token_timeout": _ms(2_000)}},
        },
    ),
    Incident(
        name="retry_storm",
        title="A vendor refuses a crowd of callers",
        story="simopen takes three calls at a time and answers 429 to all others, first with Retry-After, then without",
        failing=("simopen",),
        load=Load(
            requests=160,
            over_s=3.0,
            at_once=20,
            lanes={"small": 0.4, "standard": 0.2, "reasoning_low": 0.3, "reasoning": 0.1},
        ),
        steps=(
            Step(
                at_s=0.4,
                says="simopen refuses the fourth call at a time: 429, Retry-After 1 s",
                faults=({"kind": "crowd", "vendor": "simopen", "count": 3, "code": 429, "retry_after": 1.0},),
            ),
            Step(
                at_s=1.1,
                says="simopen refuses the fourth call at a time: 429 without Retry-After",
                faults=(
                    {
                        "kind": "crowd",
                        "vendor": "simopen",
                        "count": 3,
                        "code": 429,
                        "headers": {"retry-after": "", "retry-after-ms": ""},
                    },
                ),
            ),
            Step(at_s=1.8, says="simopen takes every call again"),
        ),
    ),
    Incident(
        name="slow_tokens",
        title="Tokens come late, or one by one, or stop coming",
        story="simthropic's first tokens are late, then its tokens trickle, and some answers stall after their first words",
        failing=("simthropic",),
        load=Load(
            requests=80, over_s=3.0, lanes={"small": 0.2, "standard": 0.5, "reasoning_low": 0.1, "reasoning": 0.2}
        ),
        steps=(
            Step(
                at_s=0.4,
                says="half of simthropic's first tokens are 3 s late",
                faults=({"kind": "slow_first_token", "vendor": "simthropic", "s": _ms(3_000), "probability": 0.5},),
            ),
            Step(
                at_s=1.1,
                says="simthropic trickles 60 % of its standard answers, and stalls 30 % after their first words",
                faults=(
                    {
                        "kind": "stall",
                        "vendor": "simthropic",
                        "model": "sim-sonnet",
                        "after": 2,
                        "s": _ms(30_000),
                        "probability": 0.3,
                    },
                    {
                        "kind": "slow_tokens",
                        "vendor": "simthropic",
                        "model": "sim-sonnet",
                        "after": 0,
                        "s": _ms(40),
                        "probability": 0.8,
                    },
                ),
            ),
            Step(at_s=1.8, says="simthropic works again"),
        ),
        may_break=True,
        policy={
            "lanes": {
                "standard": {"first_token_timeout": _ms(600), "idle_timeout": _ms(600), "hedge_after": 4},
                "reasoning": {"first_token_timeout": _ms(2_000)},
            }
        },
    ),
    Incident(
        name="poisoned_stream",
        title="Streams are malformed, cut off or end in an error",
        story="first simopen, then simthropic: half of their answers are poisoned, some of them after the first words",
        failing=("simopen", "simthropic"),
        load=Load(requests=140, over_s=3.7, lanes=_ALL_LANES),
        steps=(
            _poison("simopen", at_s=0.3),
            Step(at_s=1.1, says="all streams are clean, and simopen's breakers may close"),
            _poison("simthropic", at_s=1.7),
            Step(at_s=2.5, says="all streams are clean again"),
        ),
        may_break=True,
        policy={"breaker": {"window": _ms(1_000), "min_calls": 6}},
    ),
    Incident(
        name="reasoning_down",
        title="Nobody of a whole lane answers",
        story="every reasoning model of every vendor answers 529; the standard lane answers instead, marked",
        failing=tuple(f"{vendor}/{model}" for vendor, model in _REASONERS),
        load=Load(requests=100, over_s=3.6, lanes={"standard": 0.3, "reasoning_low": 0.35, "reasoning": 0.35}),
        steps=(
            Step(
                at_s=0.4,
                says="all reasoning models answer 529",
                faults=tuple(
                    {"kind": "status", "vendor": vendor, "model": model, "code": 529} for vendor, model in _REASONERS
                ),
            ),
            Step(at_s=2.3, says="the reasoning models work again"),
        ),
        opens=True,
        policy={
            "breaker": {"open_for": _ms(700)},
            "lanes": {"standard": {"weights": {"simthropic/sim-sonnet": 2, "simdeep/sim-deep-standard": 1}}},
        },
    ),
    Incident(
        name="total_outage",
        title="Every vendor is down for a short time",
        story="every vendor answers 503; who can wait is kept, who cannot is told at once when to come back",
        failing=("simthropic", "simopen", "simdeep"),
        load=Load(requests=100, over_s=3.4, lanes={"small": 0.35, "standard": 0.4, "reasoning": 0.25}, can_wait=0.5),
        steps=(
            Step(at_s=0.4, says="every vendor answers 503", faults=({"kind": "status", "code": 503},)),
            Step(at_s=2.1, says="every vendor works again"),
        ),
        all_down=True,
        opens=True,
        policy={"breaker": {"open_for": _ms(700)}, "limits": {"max_wait": _ms(20_000)}},
    ),
)

NAMES: tuple[str, ...] = tuple(incident.name for incident in INCIDENTS)
