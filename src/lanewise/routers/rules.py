"""Rules of the policy, in order: the first whose condition holds names the lane.

Words are looked for in the last user message, which is bounded, and only where the rest of the condition holds. A regular expression is
searched only where a word stands that it cannot do without: searching costs a hundred times as much as looking for a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from lanewise.core.patterns import folded, needed, rarest_letter, stands_alone
from lanewise.core.plan import Plan, Rung
from lanewise.core.policy import Condition, Policy, Routing, Rule, TenantPolicy
from lanewise.core.protocols.router import Ask
from lanewise.core.request import Caller, Request
from lanewise.routers.graded import GradedOnce, GradeOf

# Of one rule; from here on, cutting the text into words takes less time than looking for each keyword in it.
_MANY_KEYWORDS = 40
_WORD = re.compile(r"\w+")
#: Makes a space of all that is no part of an ASCII word.
_WORDS_ONLY = bytes(code if code > 127 or chr(code).isalnum() or chr(code) == "_" else 32 for code in range(256))


class Seen:
    """What rules look at in one request. What is dear to find out is found out once, when a rule first asks."""

    __slots__ = ("_folded", "_words", "caller", "grade_of", "request", "tenant")

    def __init__(self, request: Request, caller: Caller, policy: Policy, grade_of: GradeOf) -> None:
        self.request = request
        self.caller = caller
        self.tenant: TenantPolicy = policy.tenants.get(caller.tenant, policy.default_tenant)
        self.grade_of = grade_of
        self._folded: str | None = None
        self._words: frozenset[str] | None = None

    @property
    def folded(self) -> str:
        """The last user message without its case."""
        if self._folded is None:
            self._folded = folded(self.request.last_user_text)
        return self._folded

    @property
    def words(self) -> frozenset[str]:
        """Its words, folded."""
        if self._words is None:
            text = self.folded
            plain = text.encode().translate(_WORDS_ONLY).decode().split() if text.isascii() else _WORD.findall(text)
            self._words = frozenset(plain)
        return self._words


Test = Callable[[Seen], bool]


class RuleRouter:
    """Compiles a policy's rules when it first sees them, then asks them in order. Abstains where none holds."""

    def __init__(self, grade_of: GradeOf | None = None) -> None:
        self._grade_of = grade_of or GradedOnce()
        self._routing: Routing | None = None
        self._rules: list[tuple[Rule, list[Test]]] = []

    async def route(self, request: Request, caller: Caller, policy: Policy, ask: Ask) -> Plan | None:
        """The plan of the first rule that holds."""
        if policy.routing is not self._routing:
            self._rules = [(rule, compile_condition(rule.when)) for rule in policy.routing.rules]
            self._routing = policy.routing
        if not self._rules:
            return None
        seen = Seen(request, caller, policy, self._grade_of)
        for rule, tests in self._rules:
            for test in tests:
                if not test(seen):
                    break
            else:
                return Plan(rungs=(Rung(lane=policy.lanes[rule.lane]),), reason=f"rule:{rule.number}")
        return None


def compile_condition(when: Condition) -> list[Test]:
    """A condition as tests that must all pass, the cheapest first. An empty condition always holds."""
    tests: list[Test] = []
    _one_of(tests, when.task, lambda seen: seen.request.hints.task)
    _one_of(tests, when.feature, lambda seen: seen.request.hints.feature)
    _one_of(tests, when.tenant, lambda seen: seen.caller.tenant)
    _one_of(tests, when.model, lambda seen: seen.request.model)
    _one_of(tests, when.response_format, lambda seen: seen.request.response_format)
    _one_of(tests, when.latency, lambda seen: seen.request.hints.latency)
    _one_of(tests, when.risk, lambda seen: seen.request.hints.risk)
    _one_of(tests, when.plan, lambda seen: seen.tenant.plan)
    _one_of(tests, when.profile, lambda seen: seen.request.hints.profile or seen.tenant.profile)
    _of_shape(tests, when)
    if when.keywords:
        tests.append(_stands(frozenset(map(folded, when.keywords))))
    if when.regex:
        tests.append(_matches(when.regex))
    if when.difficulty:
        grades = frozenset(when.difficulty)
        tests.append(lambda seen: seen.grade_of(seen.request).grade in grades)
    return tests


def _of_shape(tests: list[Test], when: Condition) -> None:
    if (least := when.min_chars) is not None:
        tests.append(lambda seen: seen.request.input_chars >= least)
    if (most := when.max_chars) is not None:
        tests.append(lambda seen: seen.request.input_chars <= most)
    if (tools := when.tools) is not None:
        tests.append(lambda seen: seen.request.has_tools is tools)
    if (images := when.images) is not None:
        tests.append(lambda seen: seen.request.has_images is images)


def _one_of(tests: list[Test], allowed: tuple[str, ...], of: Callable[[Seen], str | None]) -> None:
    if allowed:
        known = frozenset(allowed)
        tests.append(lambda seen: of(seen) in known)


def _stands(keywords: frozenset[str]) -> Test:
    """Whether any of these folded keywords stands in the text as a whole word."""
    if len(keywords) < _MANY_KEYWORDS:
        return _any_stands(keywords)
    words = frozenset(filter(_WORD.fullmatch, keywords))
    others = _any_stands(keywords - words)  # of several words, or with signs
    return lambda seen: not words.isdisjoint(seen.words) or others(seen)


def _any_stands(keywords: frozenset[str]) -> Test:
    letters_and_words = _with_letters(keywords)

    def stands(seen: Seen) -> bool:
        text = seen.request.last_user_text
        for small, big, word in letters_and_words:
            if (small in text or big in text) and word in seen.folded and stands_alone(word, seen.folded):
                return True
        return False

    return stands


def _matches(patterns: tuple[str, ...]) -> Test:
    """Whether any of the patterns is found in the text."""
    searches = [(_with_letters(needed(each) or [""]), re.compile(each, re.IGNORECASE).search) for each in patterns]

    def matches(seen: Seen) -> bool:
        text = seen.request.last_user_text
        for letters_and_words, search in searches:
            for small, big, word in letters_and_words:
                if (small in text or big in text) and word in seen.folded:
                    if search(text) is not None:
                        return True
                    break
        return False

    return matches


def _with_letters(words: Iterable[str]) -> tuple[tuple[str, str, str], ...]:
    """Each word behind a letter of it, small and big, that a text must have before it is worth folding."""
    return tuple((rarest_letter(word), rarest_letter(word).upper(), word) for word in words)
