"""The policy doctor on checks: answers that nobody makes sure of, and settings that cannot do what they are for."""

from __future__ import annotations

from collections.abc import Iterator

from lanewise.config.advice import Advice
from lanewise.config.build_checks import JUDGE_OF_STEPS, calls_of_search
from lanewise.config.quantities import format_duration
from lanewise.core.plurals import counted
from lanewise.core.policy import Lane, Policy

_LEAST_FOR_A_SEARCH_S = 120.0  # ten calls one after the other, of models that take their time


def unchecked(policy: Policy) -> Iterator[Advice]:
    """Everything that is amiss with checks."""
    yield from _nobody_checks(policy)
    yield from _lanes_without(policy)
    yield from _in_vain(policy)


def _nobody_checks(policy: Policy) -> Iterator[Advice]:
    if not policy.verification.rules and not any(lane.checks for lane in policy.lanes.values()):
        yield Advice(
            code="no_verifier",
            message="No check is written, so answers are given as they come, but for the defaults of tasks and of lanes that think",
            remedy="Write for example verify: [{when: {response_format: json_schema}, use: json_schema}].",
        )


def _lanes_without(policy: Policy) -> Iterator[Advice]:
    for lane in policy.lanes.values():
        if lane.thinks and not lane.checks and not policy.verification.of_thinking and not _always(policy):
            yield Advice(
                code="unchecked_reasoning",
                message=f"The lane {lane.name} thinks, and nothing checks what it comes to",
                remedy=f"Write lanes.{lane.name}.verify, with the verifier that suits its work.",
            )


def _in_vain(policy: Policy) -> Iterator[Advice]:
    ladder = policy.routing.escalate
    checked = bool(policy.verification.rules) or any(lane.checks for lane in policy.lanes.values())
    if ladder and not checked:
        yield Advice(
            code="climbs_by_doubt_alone",
            message=f"The ladder {' → '.join(ladder)} is there, and no check: only doubts that a model shows lead up it",
            remedy="Write checks under verify, so that wrong answers escalate too.",
        )
    for name in ladder:
        lane = policy.lanes.get(name)
        if lane is not None and lane.stream == "released":
            yield Advice(
                code="released_on_the_ladder",
                message=f"The lane {name} shows streams before their verdict, so no stream is climbed from it",
                remedy=f"Write lanes.{name}.stream: held, where its streams have to be right.",
            )
    yield from _hurried(policy)
    yield from _never_verified(policy)
    calls = policy.amplification.max_calls
    for lane in policy.lanes.values():
        needed = _calls(lane)
        if calls < needed:
            yield Advice(
                code="calls_too_few",
                message=f"One request may make {counted(calls, 'call')}, and the lane {lane.name} needs {needed} for its "
                "samples and repairs alone",
                remedy=f"Write limits.max_calls: {needed} or more, or fewer samples.",
            )


def _never_verified(policy: Policy) -> Iterator[Advice]:
    checks = [check for rule in policy.verification.rules for check in rule.checks]
    closing = any(check.closes for check in checks)
    for lane in policy.lanes.values():
        if lane.stop_when_verified and not closing and not any(check.closes for check in lane.checks):
            yield Advice(
                code="never_stops",
                message=f"The lane {lane.name} ends streams once their answers are verified, and only what callers send can say that early",
                remedy=f"Write math_answer, json_schema or python_tests in lanes.{lane.name}.verify, or remove stop_when_verified.",
            )


def _hurried(policy: Policy) -> Iterator[Advice]:
    for lane in policy.lanes.values():
        if lane.strategy == "search" and lane.timeout_s < _LEAST_FOR_A_SEARCH_S:
            yield Advice(
                code="search_in_a_hurry",
                message=f"The lane {lane.name} searches step by step, one call after the other, and its requests end after "
                f"{format_duration(lane.timeout_s)}",
                remedy=f"Write lanes.{lane.name}.timeout: 5m or more, or strategy: vote.",
            )


def _calls(lane: Lane) -> int:
    if lane.strategy == "search":
        asks = JUDGE_OF_STEPS in (check.verifier for check in lane.search.judges)
        return calls_of_search(lane.search, samples=lane.samples, repairs=lane.repairs, asks=asks)
    return lane.samples * (1 + lane.repairs) if lane.checks or lane.samples > 1 else 1


def _always(policy: Policy) -> bool:
    """Whether some rule holds for every request."""
    return any(rule.when == type(rule.when)() for rule in policy.verification.rules)
