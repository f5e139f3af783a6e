"""Rules of the policy, in order: the first whose condition holds names the lane."""

from __future__ import annotations

import re
from collections.abc import Callable

from lanewise.core.plan import Plan, Rung
from lanewise.core.policy import Condition, Policy, Routing, Rule
from lanewise.core.request import Caller, Request

Test = Callable[[Request, Caller], bool]


class RuleRouter:
    """Compiles a policy's rules when it first sees them, then asks them in order. Abstains where none holds."""

    def __init__(self) -> None:
        self._routing: Routing | None = None
        self._rules: list[tuple[Rule, list[Test]]] = []

    def route(self, request: Request, caller: Caller, policy: Policy) -> Plan | None:
        """The plan of the first rule that holds."""
        if policy.routing is not self._routing:
            self._rules = [(rule, compile_condition(rule.when)) for rule in policy.routing.rules]
            self._routing = policy.routing
        for rule, tests in self._rules:
            for test in tests:
                if not test(request, caller):
                    break
            else:
                return Plan(rungs=(Rung(lane=policy.lanes[rule.lane]),), reason=f"rule:{rule.number}")
        return None


def compile_condition(when: Condition) -> list[Test]:
    """A condition as tests that must all pass, the cheapest first. An empty condition always holds."""
    tests: list[Test] = []
    _one_of(tests, when.task, lambda request, _: request.hints.task)
    _one_of(tests, when.feature, lambda request, _: request.hints.feature)
    _one_of(tests, when.tenant, lambda _, caller: caller.tenant)
    _one_of(tests, when.model, lambda request, _: request.model)
    _one_of(tests, when.response_format, lambda request, _: request.response_format)
    _one_of(tests, when.latency, lambda request, _: request.hints.latency)
    _one_of(tests, when.risk, lambda request, _: request.hints.risk)
    if (least := when.min_chars) is not None:
        tests.append(lambda request, _: request.input_chars >= least)
    if (most := when.max_chars) is not None:
        tests.append(lambda request, _: request.input_chars <= most)
    if (tools := when.tools) is not None:
        tests.append(lambda request, _: request.has_tools is tools)
    if (images := when.images) is not None:
        tests.append(lambda request, _: request.has_images is images)
    if when.keywords:
        words = _whole_words(when.keywords)
        tests.append(lambda request, _: words.search(request.last_user_text) is not None)
    return tests


def _one_of(tests: list[Test], allowed: tuple[str, ...], of: Callable[[Request, Caller], str | None]) -> None:
    if allowed:
        known = frozenset(allowed)
        tests.append(lambda request, caller: of(request, caller) in known)


def _whole_words(keywords: tuple[str, ...]) -> re.Pattern[str]:
    """Matches a keyword only as whole words, so that `improve` does not contain `prove`."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in keywords)})(?!\w)", re.IGNORECASE)
