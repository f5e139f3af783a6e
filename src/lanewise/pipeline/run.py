"""The state of one run while it walks."""

from __future__ import annotations

import copy
from math import inf
from typing import TYPE_CHECKING

import msgspec

from lanewise.core.bounds import bounds_of
from lanewise.core.events import Degraded, Event, Sink
from lanewise.core.plan import Plan, Rung
from lanewise.core.policy import Lane, Policy, TenantPolicy
from lanewise.core.record import Audited, CallRecord
from lanewise.core.request import Caller, Dialect, Request
from lanewise.pipeline.allowance import Allowance
from lanewise.pipeline.parts import Parts

if TYPE_CHECKING:
    from lanewise.core.protocols.provider import Completion
    from lanewise.pipeline.recall import Recall
    from lanewise.pipeline.showing import Showing
    from lanewise.pipeline.weighing import Weighing

#: Dialects in which another vendor's stream may follow thinking that was already shown: their clients know no order of blocks, or their
#: writer carries on with the same message.
_MAY_BEGIN_AGAIN = frozenset({Dialect.OPENAI_CHAT, Dialect.ANTHROPIC_MESSAGES, Dialect.GEMINI})
_NOWHERE = Plan(rungs=(), reason="")
_NO_LANE = Lane(name="", deployments=())


class Run:
    """One request's journey. The only mutable object of the walk; it belongs to one task, and to a hedge's two."""

    __slots__ = (
        "allowance",
        "answered",
        "audited",
        "begun_calls",
        "bounds",
        "caller",
        "calls",
        "captured",
        "completion",
        "deadline_s",
        "degraded",
        "emit",
        "id",
        "lane",
        "parts",
        "path",
        "plan",
        "policy",
        "recall",
        "request",
        "showing",
        "started_monotonic_s",
        "started_s",
        "switched",
        "tenant",
        "waited_s",
        "weighing",
    )

    def __init__(
        self, *, request: Request, caller: Caller, tenant: TenantPolicy, policy: Policy, parts: Parts, emit: Sink
    ) -> None:
        """`tenant` is the caller's, under this policy."""
        self.request = request
        self.caller = caller
        self.tenant = tenant
        self.policy = policy
        self.bounds = bounds_of(policy, tenant, caller)
        self.parts = parts
        self.emit = emit
        self.started_s = parts.clock.now_s()
        self.started_monotonic_s = parts.clock.monotonic_s()
        self.id = parts.ids.run_id(self.started_s)
        self.allowance = Allowance(policy.amplification)
        self.plan = _NOWHERE
        self.lane = _NO_LANE  # until it is routed
        self.deadline_s = inf  # after the start; until it is routed, every step keeps its own time
        self.waited_s = 0.0  # in the waiting room
        self.begun_calls = 0
        self.path = ""  # of this part of the run, in the names of its calls: `sample-2/repair-1/`
        self.audited: Audited | None = None  # where it asks again for what was given to a similar question
        self.recall: Recall | None = None  # where its answer may have been given before, or be given again
        self.completion: Completion | None = None  # how the streams of this part may end before their model stops
        self.weighing: Weighing | None = None  # where answers are checked, made of several or climbed from
        self.calls: list[CallRecord] = []
        self.degraded: list[Degraded] = []
        self.switched: dict[str, str] = {}  # by lane: the deployment that answered instead of a preferred one
        self.captured = _captures(policy, parts)
        self.showing: Showing | None = None  # the call that the caller has seen something of last, if only thinking
        self.answered = False  # a piece of an answer was shown: no other deployment can take over

    def came_before(self, waited_s: float) -> None:
        """It has waited to be let in: that is part of its time, and none of its first lane's."""
        self.started_s -= waited_s
        self.started_monotonic_s -= waited_s
        self.waited_s = waited_s

    def follow(self, plan: Plan) -> None:
        """Take the plan's first lane. Its deadline is the run's, whatever lane answers in the end."""
        self.plan = plan
        self.lane = plan.rungs[0].lane
        self.deadline_s = self._no_later_than(self.waited_s + self.lane.timeout_s)
        self.allowance.enter(self.lane.max_cost_nanousd)

    def enter(self, rung: Rung) -> None:
        """Go to a later lane of the plan, which has its own time and dollars, within what the caller and the request's limits leave."""
        self.lane = rung.lane
        self.deadline_s = self._no_later_than(self.elapsed_s() + rung.lane.timeout_s)
        self.allowance.enter(rung.lane.max_cost_nanousd)

    def part(self, rung: Rung, path: str, *, request: Request, emit: Sink) -> Run:
        """A part of this run that makes one answer: it draws on the same allowance, and what it shows and switches is its own."""
        part = copy.copy(self)
        part.plan = msgspec.structs.replace(self.plan, rungs=(rung,))
        part.lane = rung.lane
        part.request, part.emit, part.path = request, emit, path
        part.degraded, part.switched = [], dict(self.switched)
        part.showing, part.answered, part.begun_calls = None, False, 0
        return part

    def adopt(self, part: Run) -> None:
        """Let this part's answer be the run's."""
        self.lane, self.switched = part.lane, part.switched
        self.degraded += part.degraded

    def start_over(self) -> None:
        """Begin again at the plan's first lane after a wait: everybody who was switched to has failed as well.

        The lane has its whole time and all calls again, within what the caller wants to wait at most; not the dollars, nor the tokens.
        """
        self.lane = self.plan.rungs[0].lane
        self.degraded.clear()
        self.switched.clear()
        self.allowance.renew_calls()
        self.deadline_s = self._no_later_than(self.elapsed_s() + self.lane.timeout_s)

    def can_wait(self, wait_s: float) -> bool:
        """Whether there is time after such a wait."""
        return self._no_later_than(inf) > self.elapsed_s() + wait_s

    def _no_later_than(self, deadline_s: float) -> float:
        of_caller_s = self.plan.deadline_s
        return deadline_s if of_caller_s is None else min(deadline_s, of_caller_s)

    def elapsed_s(self) -> float:
        """Seconds since the run began."""
        return self.parts.clock.monotonic_s() - self.started_monotonic_s

    def remaining_s(self) -> float:
        """Seconds until the run's deadline; may be negative."""
        return self.deadline_s - self.elapsed_s()

    @property
    def committed(self) -> bool:
        """Whether the caller has seen so much that no other call can take over."""
        return self.answered or (self.showing is not None and self.request.dialect not in _MAY_BEGIN_AGAIN)

    async def tell(self, event: Event) -> None:
        """Tell whoever listens, and keep what the trace must show."""
        if isinstance(event, Degraded):
            self.degraded.append(event)
        await self.emit(event)


def _captures(policy: Policy, parts: Parts) -> bool:
    record = policy.record
    return record.content == "full" or (record.content == "sampled" and parts.random.random() < record.sample)
