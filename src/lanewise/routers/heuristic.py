"""How hard a request looks decides its lane: by the task its caller names, else by the words and the shape of what is asked."""

from __future__ import annotations

from lanewise.core.plan import Plan, Rung
from lanewise.core.policy import Grade, Policy
from lanewise.core.protocols.router import Ask
from lanewise.core.request import Caller, Request
from lanewise.routers.graded import GradedOnce, GradeOf

Features = dict[str, str | int | bool]


class HeuristicRouter:
    """Decides where the policy has a classifier: `heuristic`, or `small_model` when that one could not tell.

    A prior only: prompts alone do not tell who needs the strong model, so whatever is in doubt is graded up.
    """

    def __init__(self, grade_of: GradeOf | None = None) -> None:
        self._grade_of = grade_of or GradedOnce()

    async def route(self, request: Request, caller: Caller, policy: Policy, ask: Ask) -> Plan | None:
        """The plan of the task's grade or of the scorer's; None without a classifier or where the grade has no lane."""
        if policy.routing.classifier == "none":
            return None
        task = policy.tasks.get(request.hints.task or "")
        if task is not None:
            return _plan(policy, task.grade, f"task:{task.name}", {"difficulty": task.grade, "task_gain": task.gain})
        graded = self._grade_of(request)
        seen: Features = {"difficulty": graded.grade, "signals": " ".join(graded.signals)}
        return _plan(policy, graded.grade, f"difficulty:{graded.grade}", seen)


def _plan(policy: Policy, of: Grade, reason: str, seen: Features) -> Plan | None:
    lane = policy.routing.grades.get(of)
    if lane is None:
        return None
    return Plan(rungs=(Rung(lane=policy.lanes[lane]),), reason=reason, features=seen)
