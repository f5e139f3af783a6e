"""Somebody waits: the best lane whose measured times fit, and what a slower one would have added.

Lanes stand in the policy from the weakest to the strongest, so the lanes below one are those written before it. Only what was measured
counts: a lane that nobody timed is neither passed over nor stepped down to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec import structs

from lanewise.core.plan import Plan, Rung, Timing
from lanewise.core.policy import Lane, Policy, Profile
from lanewise.core.protocols.history import History
from lanewise.core.request import Request

_LEAST_WORTH_SAYING = 100  # thinking tokens


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long somebody waits, and whose word that is."""

    seconds: float
    whose: str  # fit to stand before the seconds: `your`, `the profile chatbot's`


def patience(request: Request, profile: Profile | None, policy: Policy) -> Patience | None:
    """How long the caller waits; None where nobody is said to. The caller's own word goes before that of its profile."""
    hints = request.hints
    waits = profile is not None and profile.latency == "interactive"
    if hints.latency != "interactive" and not (waits and hints.latency is None):
        return None
    if hints.deadline_s is not None:
        return Patience(seconds=hints.deadline_s, whose="your")
    if profile is not None and waits:
        return Patience(seconds=profile.max_latency_s, whose=f"the profile {profile.name}'s")
    return Patience(seconds=policy.routing.interactive_s, whose="an interactive request's")


class LatencyFit:
    """Fits the lane of a plan to how long its caller waits."""

    def __init__(self, history: History) -> None:
        self._history = history

    def fit(self, plan: Plan, waits: Patience, request: Request, policy: Policy) -> Plan:
        """The plan with the best lane, at or below its own, that usually answers in time; where none does, with the fastest.

        It stays as it is where its lane fits or was never measured. What was passed over, and why, is in `note`; its name is in `features`.
        """
        chosen = plan.rungs[0].lane
        usual = self._history.lane(chosen.name)
        if usual is None or usual.p95_s <= waits.seconds:
            return plan
        lane, timing = chosen, usual
        for below, of_below in self._below(chosen, request, policy):
            if of_below.p95_s < timing.p95_s:
                lane, timing = below, of_below
            if timing.p95_s <= waits.seconds:
                break
        if lane is chosen:
            return structs.replace(plan, note=_joined(plan.note, _nothing_faster(chosen, usual, waits)))
        return structs.replace(
            plan,
            rungs=(Rung(lane=lane), *plan.rungs[1:]),
            features=plan.features | {"fitted_from": chosen.name},
            note=_joined(plan.note, _passed_over(chosen, usual, timing, waits)),
        )

    def _below(self, chosen: Lane, request: Request, policy: Policy) -> Iterator[tuple[Lane, Timing]]:
        """Measured lanes that are weaker than this one and can take the request, the best first."""
        names = list(policy.lanes)
        for name in reversed(names[: names.index(chosen.name)]):
            lane, timing = policy.lanes[name], self._history.lane(name)
            if timing is not None and _takes(lane, request):
                yield lane, timing


def _takes(lane: Lane, request: Request) -> bool:
    """Whether any deployment of the lane can take what the request brings: a step down must not lose images, tools or a schema."""
    return any(
        (each.facts.images or not request.has_images)
        and (each.facts.tools or not request.has_tools)
        and (each.facts.json_schema or request.response_format != "json_schema")
        for each in lane.deployments
    )


def _nothing_faster(chosen: Lane, usual: Timing, waits: Patience) -> str:
    return (
        f"the P95 of lane {chosen.name}, {_s(usual.p95_s)}, is longer than {waits.whose} {_s(waits.seconds)}, "
        "and no lane below it is known to be faster"
    )


def _passed_over(chosen: Lane, usual: Timing, timing: Timing, waits: Patience) -> str:
    note = f"lane {chosen.name} was passed over: its P95 of {_s(usual.p95_s)} is longer than {waits.whose} {_s(waits.seconds)}"
    more = usual.thinking_tokens - timing.thinking_tokens
    if more >= _LEAST_WORTH_SAYING:
        note += f"; it thinks about {round(more, -2):,.0f} tokens more per answer"
    if timing.p95_s > waits.seconds:
        note += f"; this lane is the fastest known, with a P95 of {_s(timing.p95_s)}"
    return note


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def _s(seconds: float) -> str:
    return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:,.0f} s"
