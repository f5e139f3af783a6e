"""What is checked, in values that `render.py` prints: who verifies which answers, and what follows where one does not pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lanewise.config.quantities import format_duration
from lanewise.config.words import condition_in_words
from lanewise.core.plan import Plan
from lanewise.core.plurals import counted
from lanewise.core.policy import Check, Lane, Policy
from lanewise.core.protocols.verifier import COSTS


@dataclass(frozen=True, kw_only=True, slots=True)
class ChecksView:
    """Everything that is made sure of, a sentence each."""

    rules: tuple[str, ...]
    lanes: tuple[str, ...]  # each lane's own checks, strategy, repairs and what its streams show
    tasks: tuple[str, ...]  # by default, where nothing else is checked
    ladder: str  # empty for none
    tools: str  # empty where no tool is irreversible


def view_checks(policy: Policy) -> ChecksView:
    """What this policy makes sure of."""
    verification = policy.verification
    return ChecksView(
        rules=tuple(
            f"{place}. When {condition_in_words(rule.when)}: {names_of(rule.checks)}."
            for place, rule in enumerate(verification.rules, start=1)
        ),
        lanes=tuple(_lanes(policy)),
        tasks=tuple(_tasks(policy)),
        ladder=_ladder(policy),
        tools="" if not verification.irreversible_tools else _tools(policy),
    )


def checks_of(plan: Plan) -> str:
    """What would be made sure of in one request's answer."""
    if not plan.weighed:
        return "nothing: its answer is given as it comes"
    rungs = [
        f"{rung.lane.name}: {names_of(rung.checks) or 'a person'}{', shown before the verdict' if not rung.held else ''}"
        for rung in plan.rungs
    ]
    return "; then ".join(rungs)


def names_of(checks: tuple[Check, ...]) -> str:
    """Verifiers in the order they are asked, each with what it costs, its time and who stands in for it."""
    return ", then ".join(_name(check) for check in checks)


def _name(check: Check) -> str:
    stands_in = "" if check.stand_in is None else f", {check.stand_in.verifier} while it is down"
    return f"{check.verifier} ({COSTS[check.cost]}, {format_duration(check.timeout_s)}{stands_in})"


def _lanes(policy: Policy) -> Iterator[str]:
    for lane in policy.lanes.values():
        checked = bool(lane.checks or policy.verification.rules)
        words = [f"own checks {names_of(lane.checks)}"] if lane.checks else []
        if lane.thinks and not lane.checks and policy.verification.of_thinking:
            words.append(f"by default {names_of(policy.verification.of_thinking)}")
        if lane.strategy != "single":
            words.append(_strategy(lane))
        if checked or lane.thinks:
            words += ["all checks asked"] if lane.all_checks else []
            words.append(f"at most {counted(lane.repairs, 'repair')}")
            words.append(_streams(lane, checked=checked))
        if words:
            yield f"{lane.name}: {', '.join(words)}"


def _strategy(lane: Lane) -> str:
    if lane.strategy == "search":
        of = lane.search
        return (
            f"search over at most {counted(of.depth, 'step')} ({of.width} tried after each, the best {of.beam} carried on, "
            f"{counted(lane.samples, 'call')} for "
            f"steps and answers), judged by {names_of(of.judges)}"
        )
    return f"{lane.strategy} of {lane.samples}" if lane.samples > 1 else lane.strategy


def _streams(lane: Lane, *, checked: bool) -> str:
    held = lane.samples > 1 or (checked if lane.stream is None else lane.stream == "held")
    return "streams held until the verdict" if held else "streams shown at once, the verdict at their end"


def _tasks(policy: Policy) -> Iterator[str]:
    of: dict[str, list[str]] = {}
    for task, checks in policy.verification.of_tasks.items():
        of.setdefault(names_of(checks), []).append(task)
    for names, tasks in of.items():
        yield f"{names}: {', '.join(tasks)}"


def _ladder(policy: Policy) -> str:
    routing = policy.routing
    if not routing.escalate:
        return ""
    limits = routing.thresholds
    return (
        f"{' → '.join(routing.escalate)}, where an answer is rejected, its model is below {limits.usual:.0%} sure of it (mathematics "
        f"{limits.mathematics:.0%}, writing {limits.writing:.0%}; starting values, not calibrated), or the conversation goes badly"
    )


def _tools(policy: Policy) -> str:
    verification = policy.verification
    check = (
        "no check is there for them, so none is handed out"
        if verification.tool_calls is None
        else verification.tool_calls.verifier
    )
    return f"calls of {', '.join(verification.irreversible_tools)} are handed out only after a check has accepted them ({check})"
