"""What a request is known by in the cache: everything that can change its answer, and nothing else.

That is who asks (tenant, and user unless the policy shares answers between users), what is asked (dialect, model, body, what goes on
beside it, what the answer is checked by) and who would answer: the plan's lanes and deployments, with their parameters, the facts of
their models, and the checks with their options. This version of Lanewise is part of it, since its verifiers and translations are.
"""

from __future__ import annotations

import dataclasses
import hashlib

import msgspec

from lanewise import __version__
from lanewise.core.bounds import Bound
from lanewise.core.plan import Plan, Rung
from lanewise.core.policy import Deployment, Policy
from lanewise.core.request import Dialect, Request
from lanewise.pipeline.run import Run
from lanewise.wire.splice import members

#: Said to Lanewise, and read into the hints.
_OWN = frozenset({"lanewise"})
#: Tags of the caller's own. Anthropic's say for whom it is asked.
_TAGGED = _OWN | {"metadata"}
#: Says for whom it is asked, which does not matter only where answers are shared between users.
_SHARED = _TAGGED | {"user", "safety_identifier", "prompt_cache_key"}
_MOST_PLANS = 1_000

_encode = msgspec.msgpack.Encoder(order="deterministic").encode


class CacheNames:
    """Makes names; what a policy's plans stand for is worked out once."""

    def __init__(self) -> None:
        self._policy: Policy | None = None
        self._plans: dict[tuple[object, ...], bytes] = {}

    def partition(self, run: Run) -> bytes:
        """All but the body: who asks, and who would answer."""
        request, hints = run.request, run.request.hints
        shared = run.tenant.caching.shared_between_users
        passed = request.passed
        return _encode(
            (
                run.caller.tenant,
                None if shared else hints.user,
                shared,
                request.dialect,
                request.model,
                request.stream,
                request.embeds,
                hints.task,
                hints.expected,
                hints.tests,
                passed.headers,
                passed.query,
                self._plan(run.plan, run.policy),
                [_bound(each) for each in run.bounds] if run.bounds else (),
            )
        )

    def _plan(self, plan: Plan, policy: Policy) -> bytes:
        if policy is not self._policy or len(self._plans) > _MOST_PLANS:
            self._policy, self._plans = policy, {}
        known_as = tuple(map(_within_its_policy, plan.rungs))
        digest = self._plans.get(known_as)
        if digest is None:
            digest = self._plans[known_as] = hashlib.sha256(_encode((__version__, *map(_all_of, plan.rungs)))).digest()
        return digest


def asked(request: Request, *, shared: bool) -> bytes:
    """The body, its members in order of their names and without those that cannot change the answer."""
    body = request.body
    left_out = _SHARED if shared else _OWN if request.dialect is Dialect.ANTHROPIC_MESSAGES else _TAGGED
    whole = memoryview(body)
    found = members(body) if request.members is None else request.members
    parts: list[bytes | memoryview] = []
    for name in sorted(found):
        if name not in left_out:
            _, start, end = found[name]
            parts += (_NAMES.get(name) or msgspec.json.encode(name), whole[start:end])
    return b"".join(parts)


def _bound(bound: Bound) -> tuple[object, ...]:
    """What a caller may use is cut from the plan; how hard a call may think, and who may be asked beside, is not."""
    lanes, deployments = bound.lanes, bound.deployments
    return (
        None if lanes is None else sorted(lanes),
        None if deployments is None else sorted(deployments),
        bound.max_effort,
        bound.tools,
    )


def _within_its_policy(rung: Rung) -> tuple[object, ...]:
    """Enough to know a rung by as long as the policy is the same."""
    lane = rung.lane
    checks = tuple([(check.verifier, check.why) for check in rung.checks]) if rung.checks else ()
    deployments = lane.deployments
    named = deployments[0].name if len(deployments) == 1 else tuple([each.name for each in deployments])
    return lane.name, lane.strategy, named, checks, rung.held, rung.threshold


def _all_of(rung: Rung) -> tuple[object, ...]:
    """Everything of a rung that can change an answer."""
    lane = rung.lane
    return (
        lane.name,
        lane.strategy,
        lane.samples,
        lane.repairs,
        lane.effort,
        lane.thinking_budget_tokens,
        lane.max_output_tokens,
        lane.early_stop,
        rung.held,
        rung.threshold,
        [_model(each) for each in lane.deployments],
        [(check.verifier, repr(check.options)) for check in rung.checks],
    )


def _model(deployment: Deployment) -> tuple[object, ...]:
    provider = deployment.provider
    facts = {**dataclasses.asdict(deployment.facts), "shutdown": None}
    adaptation = dataclasses.asdict(deployment.adaptation)
    return provider.dialect, provider.base_url, provider.query, deployment.model, facts, adaptation


#: What is in nearly every body, as JSON.
_NAMES = {
    name: msgspec.json.encode(name)
    for name in ("model", "messages", "temperature", "max_tokens", "stream", "stream_options", "system", "tools")
}
