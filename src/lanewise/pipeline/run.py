"""The state of one run while it walks."""

from __future__ import annotations

from lanewise.core.answer import Delta
from lanewise.core.events import Degraded, Deltas, Event, Sink
from lanewise.core.plan import Plan
from lanewise.core.policy import Lane, Policy
from lanewise.core.record import CallRecord
from lanewise.core.request import Caller, Dialect, Request
from lanewise.pipeline.allowance import Allowance
from lanewise.pipeline.parts import Parts


class Run:
    """One request's journey. The only mutable object of the walk; it belongs to one task."""

    __slots__ = (
        "_held",
        "allowance",
        "caller",
        "calls",
        "captured",
        "degraded",
        "emit",
        "id",
        "lane",
        "parts",
        "plan",
        "policy",
        "request",
        "shown",
        "started_monotonic_s",
        "started_s",
        "tenant",
    )

    def __init__(
        self,
        *,
        request: Request,
        caller: Caller,
        policy: Policy,
        plan: Plan,
        parts: Parts,
        emit: Sink,
    ) -> None:
        self.request = request
        self.caller = caller
        self.tenant = policy.tenant(caller.tenant)
        self.policy = policy
        self.plan = plan
        self.parts = parts
        self.emit = emit
        self.started_s = parts.clock.now_s()
        self.started_monotonic_s = parts.clock.monotonic_s()
        self.id = parts.ids.run_id(self.started_s)
        self.lane: Lane = plan.rungs[0].lane
        self.allowance = Allowance(policy.amplification, self.lane)
        self.calls: list[CallRecord] = []
        self.degraded: list[Degraded] = []
        self.captured = _captures(policy, parts)
        self.shown = False  # the caller has seen something of an answer: no other deployment can take over unseen
        self._held: list[Delta] = []

    def elapsed_s(self) -> float:
        """Seconds since the run began."""
        return self.parts.clock.monotonic_s() - self.started_monotonic_s

    def remaining_s(self) -> float:
        """Seconds until the lane's deadline; may be negative."""
        return self.lane.timeout_s - self.elapsed_s()

    async def tell(self, event: Event) -> None:
        """Tell whoever listens, and keep what the trace must show."""
        if isinstance(event, Degraded):
            self.degraded.append(event)
        await self.emit(event)

    async def relay(self, dialect: Dialect, deltas: list[Delta]) -> None:
        """Pass a stream on from its first visible delta; until then it is held, so that a failed call leaves no mark."""
        if not self.shown:
            self._held.extend(deltas)
            if not any(delta.shows for delta in deltas):
                return
            self.shown = True
            deltas, self._held = self._held, []
        await self.emit(Deltas(dialect=dialect, deltas=deltas))

    async def release(self, dialect: Dialect) -> None:
        """Pass on what is still held: the stream ended well without showing anything."""
        if self._held:
            deltas, self._held = self._held, []
            await self.emit(Deltas(dialect=dialect, deltas=deltas))

    def forget_held(self) -> None:
        """Drop what a failed call had sent before anything was visible."""
        self._held.clear()


def _captures(policy: Policy, parts: Parts) -> bool:
    record = policy.record
    return record.content == "full" or (record.content == "sampled" and parts.random.random() < record.sample)
