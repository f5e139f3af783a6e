"""What is made sure of in a plan: the checks of each rung, the rungs to climb to, and what is shown before the verdict.

Every rule of `verify` that holds adds its checks, and so does the lane; what the caller sends to check by brings its own. Where nobody
wrote any, the task's or the thinking lane's default stands in. The cheapest check is asked first: the first that rejects decides.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from msgspec import structs

from lanewise.core.plan import HUMAN, Plan, Rung
from lanewise.core.policy import Check, Lane, Policy, Task, Verification
from lanewise.core.request import NO_HINTS, Caller, Request
from lanewise.routers.graded import GradedOnce, GradeOf
from lanewise.routers.rules import Seen, Test, compile_condition

_MATHEMATICS = frozenset({"math_answer"})
#: Kinds of work whose answers are matters of taste: a model that hedges is not wrong.
WRITING = frozenset({"creative_writing", "report_writing", "rewrite", "email_draft", "argumentation", "small_talk"})
_PERSON = Lane(name=HUMAN, deployments=())


class Checks:
    """Compiles a policy's conditions when it first sees them."""

    def __init__(self, grade_of: GradeOf | None = None) -> None:
        self._grade_of = grade_of or GradedOnce()
        self._of: Verification | None = None
        self._rules: list[tuple[list[Test], tuple[Check, ...]]] = []

    def weigh(self, plan: Plan, request: Request, caller: Caller, policy: Policy, *, climbs: bool) -> Plan:
        """The plan with its checks and, where it `climbs`, its later rungs; the same plan where nothing is to be made sure of.

        Several answers of one call (`n`) are not told apart: they are asked for once, and said to be unverifiable.
        What is not to be answered is not checked, and what a vendor's own tools may have done is not asked for a second time.
        """
        verification, hints = policy.verification, request.hints
        if request.embeds or request.max_output_tokens == 0:
            return plan
        lanes = [plan.rungs[0].lane]
        asked = lanes[0].makes_sure or verification.rules or policy.routing.escalate or hints is not NO_HINTS
        if not asked and not (verification.irreversible_tools and request.has_tools):
            return plan
        if request.vendor_tools or request.choices > 1:
            lanes = [dataclasses.replace(lanes[0], strategy="single", samples=1, repairs=0)]
        elif climbs and policy.routing.escalate:
            lanes += _above(lanes[0], policy)
        guarded = verification.irreversible_tools if request.has_tools else ()
        written = self._written(request, caller, policy)
        rungs = tuple(_rung(lane, request, policy, written=written, guarded=bool(guarded)) for lane in lanes)
        if len(rungs) == 1 and not rungs[0].checks and rungs[0].lane.strategy == "single" and not guarded:
            return plan
        return structs.replace(plan, rungs=rungs, weighed=True, guarded_tools=guarded)

    def _written(self, request: Request, caller: Caller, policy: Policy) -> list[Check]:
        """The checks of the rules that hold, and those that the caller brings."""
        verification, hints = policy.verification, request.hints
        if verification is not self._of:
            self._rules = [(compile_condition(rule.when), rule.checks) for rule in verification.rules]
            self._of = verification
        written: list[Check] = []
        if self._rules:
            seen = Seen(request, caller, policy, self._grade_of)
            for tests, checks in self._rules:
                if all(test(seen) for test in tests):
                    written += checks
        if hints.expected is not None and verification.expected is not None:
            written.append(verification.expected)
        if hints.tests is not None and verification.tests is not None:
            written.append(verification.tests)
        return written


def _rung(lane: Lane, request: Request, policy: Policy, *, written: list[Check], guarded: bool) -> Rung:
    task = policy.tasks.get(request.hints.task or "")
    checks = tuple(_cheapest_first([*written, *lane.checks])) or _default(lane, task, policy.verification)
    if guarded and policy.verification.tool_calls is not None:
        checks = tuple(_cheapest_first([*checks, policy.verification.tool_calls]))
    asked_for = lane.strategy not in ("single", "draft") or any(check.written for check in checks)
    held = guarded or not request.stream or (asked_for if lane.stream is None else lane.stream == "held")
    held = held and request.choices < 2  # of several answers no verdict comes that could be waited for
    return Rung(lane=lane, checks=checks, held=held, threshold=_threshold(task, policy))


def _above(lane: Lane, policy: Policy) -> Iterator[Lane]:
    """The lanes of the ladder that come after this one."""
    ladder = policy.routing.escalate
    if lane.name in ladder:
        for name in ladder[ladder.index(lane.name) + 1 :]:
            yield _PERSON if name == HUMAN else policy.lanes[name]


def _cheapest_first(checks: list[Check]) -> list[Check]:
    """Each verifier once, as who wrote it first has set its options; those that cost alike in the order of the file."""
    once: dict[str, Check] = {}
    for check in checks:
        once.setdefault(check.verifier, check)
    return sorted(once.values(), key=lambda check: check.cost)


def _default(lane: Lane, task: Task | None, verification: Verification) -> tuple[Check, ...]:
    of_task = () if task is None else verification.of_tasks.get(task.name, ())
    return of_task or (verification.of_thinking if lane.thinks else ())


def _threshold(task: Task | None, policy: Policy) -> float:
    thresholds = policy.routing.thresholds
    if task is None:
        return thresholds.usual
    if task.check in _MATHEMATICS:
        return thresholds.mathematics
    return thresholds.writing if task.name in WRITING else thresholds.usual
