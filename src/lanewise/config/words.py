"""Conditions, decisions and lanes in words, for people who read what a policy does."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lanewise.config.quantities import format_duration, format_number
from lanewise.core.plurals import counted
from lanewise.core.policy import BreakerPolicy, Condition, Lane, Policy


def reason_in_words(reason: str, policy: Policy) -> str:
    """A plan's reason as a sentence."""
    kind, _, name = reason.partition(":")
    words = {
        "caller": "the caller names the lane",
        "model": "its model name stands for this lane",
        "pin": "its model name is pinned, so only deployments of that model answer",
        "default": "nothing else decides, so the default lane answers",
    }
    told = _REASONS.get(kind)
    return told(name, policy) if told is not None and name else words.get(reason, reason)


def _rule(number: str, policy: Policy) -> str:
    rule = policy.routing.rules[int(number) - 1]
    return f"rule {rule.number} holds: {condition_in_words(rule.when)}"


def _task(name: str, policy: Policy) -> str:
    task = policy.tasks.get(name)
    return f"the task {name} is {task.grade if task else 'of a known grade'}"


_REASONS: dict[str, Callable[[str, Policy], str]] = {
    "rule": _rule,
    "task": _task,
    "profile": lambda name, _: f"its application is of the kind {name}",
    "difficulty": lambda grade, _: f"by its words and its shape it looks {grade}",
    "small_model": lambda grade, _: f"the small model finds it {grade}",
}


def condition_in_words(when: Condition) -> str:
    """A condition as a clause: `the task is extract or translate, and it offers tools`."""
    return ", and ".join((*_named(when), *_seen_in_text(when), *_seen_in_shape(when))) or "always"


def _named(when: Condition) -> Iterator[str]:
    for subject, values in (
        ("the task", when.task),
        ("the feature", when.feature),
        ("the tenant", when.tenant),
        ("the tenant's plan", when.plan),
        ("the application", when.profile),
        ("the model name", when.model),
        ("the response format", when.response_format),
        ("the latency class", when.latency),
        ("the risk", when.risk),
    ):
        if values:
            yield f"{subject} is {' or '.join(values)}"


def _seen_in_text(when: Condition) -> Iterator[str]:
    if when.difficulty:
        yield f"the last message looks {' or '.join(when.difficulty)}"
    if when.keywords:
        yield f"the last message has the word {' or '.join(when.keywords)}"
    if when.regex:
        yield f"the last message matches /{'/ or /'.join(when.regex)}/"


def _seen_in_shape(when: Condition) -> Iterator[str]:
    if when.min_chars is not None:
        yield f"it has at least {counted(when.min_chars, 'character')}"
    if when.max_chars is not None:
        yield f"it has at most {counted(when.max_chars, 'character')}"
    for wanted, yes, no in (
        (when.tools, "it offers tools", "it offers no tools"),
        (when.images, "it holds images", "it holds no images"),
    ):
        if wanted is not None:
            yield yes if wanted else no


def trouble_in_words(lane: Lane) -> str:
    """What follows when a lane's deployments are slow or fail, in the order in which it is tried."""
    several = len(lane.deployments) > 1
    clauses = []
    if lane.first_token_timeout_s is not None:
        then = "goes to the next deployment" if several else "is given up"
        clauses.append(f"a stream silent for {format_duration(lane.first_token_timeout_s)} {then}")
    if several and lane.hedge_after is not None:
        clauses.append(
            f"after {format_number(lane.hedge_after)} times its usual P95 a call is made a second time elsewhere"
        )
    if lane.degrade_to is None:
        clauses.append("no other lane answers instead")
    else:
        slow = "" if lane.slow_after is None else f", or takes {format_number(lane.slow_after)} times its usual P95"
        clauses.append(f"{lane.degrade_to} answers instead when nobody here can{slow}")
    return "; ".join(clauses)


def breaker_in_words(breaker: BreakerPolicy) -> str:
    """When a deployment is left alone, and for how long."""
    return (
        f"a deployment rests for {format_duration(breaker.open_s)} when {breaker.error_rate:.0%} of at least "
        f"{counted(breaker.min_calls, 'call')} "
        f"within {format_duration(breaker.window_s)} failed"
    )
