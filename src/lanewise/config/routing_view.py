"""How a policy finds a lane, in values that `render.py` prints: rules, applications, the classifier and its grades, kinds of work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lanewise.config.quantities import format_duration
from lanewise.config.words import condition_in_words
from lanewise.core.plurals import counted
from lanewise.core.policy import Gain, Grade, Policy, Profile
from lanewise.core.request import LatencyClass


@dataclass(frozen=True, kw_only=True, slots=True)
class GradeView:
    """The lane of a grade of difficulty."""

    grade: Grade
    lane: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ProfileView:
    """A kind of application; `lane` is empty where this policy has none of its lanes, so that routing goes on."""

    name: str
    lane: str
    max_latency: str
    latency: LatencyClass
    review: bool
    tenants: tuple[str, ...]  # those it holds for where a request names none


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskView:
    """A kind of work and what it is graded as."""

    name: str
    grade: Grade
    gain: Gain
    check: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RoutingView:
    """The ladder of decisions: the first that decides wins."""

    rules: tuple[str, ...]
    classifier: str
    grades: tuple[GradeView, ...]
    profiles: tuple[ProfileView, ...]
    tasks: tuple[TaskView, ...]  # none without a classifier: nobody asks for them
    default: str
    interactive: str
    waiting: str


def view_routing(policy: Policy) -> RoutingView:
    """Everything a routed request is decided by."""
    routing = policy.routing
    graded = routing.classifier != "none"
    return RoutingView(
        rules=tuple(_rules(policy)),
        classifier=_classifier(policy),
        grades=tuple(GradeView(grade=grade, lane=lane) for grade, lane in routing.grades.items()),
        profiles=tuple(_profile(each, policy) for each in policy.profiles.values()),
        tasks=tuple(
            TaskView(name=each.name, grade=each.grade, gain=each.gain, check=each.check)
            for each in policy.tasks.values()
            if graded
        ),
        default=routing.default,
        interactive=f"an interactive request has {format_duration(routing.interactive_s)} where neither it nor its profile says otherwise: "
        "where its lane usually takes longer, one written before it answers",
        waiting=_waiting(policy),
    )


def _rules(policy: Policy) -> Iterator[str]:
    for rule in policy.routing.rules:
        yield f"{rule.number}. When {condition_in_words(rule.when)}: {rule.lane}."


def _classifier(policy: Policy) -> str:
    routing = policy.routing
    if routing.classifier == "none":
        return "none: what no rule and no profile decides goes to the default lane"
    heuristic = "the task that the caller names, else the words and the shape of its last message"
    grader = routing.small_model
    if grader is None:
        return f"heuristic: {heuristic}"
    return (
        f"small_model: {grader.deployment.name} grades within {format_duration(grader.timeout_s)}, paid by the request; "
        f"where it fails, {heuristic}"
    )


def _profile(profile: Profile, policy: Policy) -> ProfileView:
    tenants = [tenant.name for tenant in policy.tenants.values() if tenant.profile == profile.name]
    if policy.default_tenant.profile == profile.name:
        tenants.append("any other tenant")
    return ProfileView(
        name=profile.name,
        lane=next((lane for lane in profile.lanes if lane in policy.lanes), ""),
        max_latency=format_duration(profile.max_latency_s),
        latency=profile.latency,
        review=profile.review,
        tenants=tuple(tenants),
    )


def _waiting(policy: Policy) -> str:
    waiting = policy.waiting
    if waiting.places == 0:
        return "nobody waits for a vendor to come back"
    return (
        f"who can wait (`latency: can_wait`) is kept up to {format_duration(waiting.max_wait_s)} until a vendor is back, "
        f"{counted(waiting.places, 'request')} at a time"
    )
