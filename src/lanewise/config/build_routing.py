"""Routing as values: rules, the classifier with the lane of each grade, profiles and tasks over the shipped ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from lanewise.config.build_lanes import default_lane
from lanewise.config.schema import PolicyFile
from lanewise.config.schema_conditions import ConditionSection
from lanewise.config.schema_routing import ProfileSection, SmallModelSection, TaskSection
from lanewise.core.policy import (
    GRADES,
    Condition,
    Deployment,
    Grade,
    Profile,
    Routing,
    Rule,
    SmallModel,
    Task,
    Thresholds,
)

#: The lanes that suit a grade, the best first: the first that a policy has answers it. In doubt the stronger one.
USUAL_LANES: dict[Grade, tuple[str, ...]] = {
    "trivial": ("small", "standard"),
    "easy": ("standard",),
    "moderate": ("standard", "frontier"),
    "hard": ("reasoning_low", "reasoning", "frontier"),
    "expert": ("reasoning", "frontier", "reasoning_low"),
}
LONGEST_INTERACTIVE_S = 60.0  # an application whose users wait longer than this at most does something else meanwhile


def build_routing(file: PolicyFile, deployments: Mapping[str, Deployment]) -> Routing:
    """The whole `routing` section."""
    written = file.routing
    return Routing(
        rules=tuple(
            Rule(when=build_condition(rule.when), lane=rule.lane, number=number)
            for number, rule in enumerate(written.rules, start=1)
        ),
        default=default_lane(file),
        classifier=written.classifier,
        grades=grades(file),
        small_model=None if written.small_model is None else _small_model(written.small_model, deployments),
        interactive_s=written.interactive_deadline,
        escalate=written.escalate,
        thresholds=Thresholds(
            usual=written.thresholds.usual,
            mathematics=written.thresholds.mathematics,
            writing=written.thresholds.writing,
        ),
    )


def grades(file: PolicyFile) -> dict[Grade, str]:
    """The lane of each grade: as written, else the first of its usual ones, else the default lane; none without a classifier."""
    if file.routing.classifier == "none":
        return {}
    usual = usual_grades(file.lanes, default_lane(file))
    return {grade: getattr(file.routing.grades, grade) or usual[grade] for grade in GRADES}


def usual_grades(lanes: Collection[str], default: str) -> dict[Grade, str]:
    """The lane of each grade among these, where nobody says another one."""
    return {grade: next((lane for lane in USUAL_LANES[grade] if lane in lanes), default) for grade in GRADES}


def build_profiles(written: Mapping[str, ProfileSection], shipped: Mapping[str, Profile]) -> dict[str, Profile]:
    """The shipped profiles as the file changes them, and its own."""
    return dict(shipped) | {name: _profile(name, section, shipped.get(name)) for name, section in written.items()}


def build_tasks(written: Mapping[str, TaskSection], shipped: Mapping[str, Task]) -> dict[str, Task]:
    """The shipped kinds of work as the file changes them, and its own."""
    return dict(shipped) | {name: _task(name, section, shipped.get(name)) for name, section in written.items()}


def build_condition(section: ConditionSection) -> Condition:
    """When a rule holds, for routing as for checks."""
    return Condition(**{name: getattr(section, name) for name in section.model_fields_set})


def _small_model(section: SmallModelSection, deployments: Mapping[str, Deployment]) -> SmallModel:
    return SmallModel(
        deployment=deployments[section.deployment],
        timeout_s=section.timeout,
        max_chars=section.max_chars,
        cache_entries=section.cache_entries,
        cache_s=section.cache_for,
    )


def _profile(name: str, section: ProfileSection, shipped: Profile | None) -> Profile:
    most_s = section.max_latency or (shipped.max_latency_s if shipped else None)
    assert most_s is not None, "check_references asks for it"
    return Profile(
        name=name,
        max_latency_s=most_s,
        lanes=section.lanes or (shipped.lanes if shipped else ()),
        latency=section.latency
        or (shipped.latency if shipped else "interactive" if most_s <= LONGEST_INTERACTIVE_S else "can_wait"),
        review=section.review if section.review is not None else bool(shipped and shipped.review),
    )


def _task(name: str, section: TaskSection, shipped: Task | None) -> Task:
    grade = section.grade or (shipped.grade if shipped else None)
    assert grade is not None, "check_references asks for it"
    return Task(
        name=name,
        gain=section.gain or (shipped.gain if shipped else "helps"),
        grade=grade,
        check=section.check or (shipped.check if shipped else "none"),
    )
