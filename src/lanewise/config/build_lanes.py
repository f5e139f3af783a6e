"""Lanes as values: what the file leaves out is filled in from the rest of the file."""

from __future__ import annotations

from collections.abc import Mapping

from lanewise.config.build_budgets import caps_of
from lanewise.config.schema import PolicyFile
from lanewise.config.schema_lanes import BreakerSection, LaneSection
from lanewise.core.policy import BreakerPolicy, Deployment, Lane

NO_LANE = "none"  # what `degrade_to` says for: no other lane
USUAL_DEFAULT = "standard"


def build_lanes(file: PolicyFile, deployments: Mapping[str, Deployment]) -> dict[str, Lane]:
    """Every lane of the file, in its order."""
    return {name: _lane(name, section, file, deployments) for name, section in file.lanes.items()}


def default_lane(file: PolicyFile) -> str:
    """The lane where nothing else decides."""
    return file.routing.default or (USUAL_DEFAULT if USUAL_DEFAULT in file.lanes else next(iter(file.lanes)))


def degrade_to(name: str, file: PolicyFile) -> str | None:
    """The lane that answers when this one cannot: as written, else the default lane for one that thinks where that one does not."""
    written = file.lanes[name].degrade_to
    if written is not None:
        return None if written == NO_LANE else written
    default = default_lane(file)
    if not thinks(file.lanes[name]) or thinks(file.lanes[default]) or name in _written_below(default, file):
        return None
    return default


def thinks(section: LaneSection) -> bool:
    """Whether a lane asks its models to think."""
    return section.thinking_budget is not None or section.effort not in (None, "none")


def _written_below(name: str, file: PolicyFile) -> list[str]:
    """The lanes that a lane degrades to by the file's own words, one after the other. They hold no circle: references were checked."""
    below = []
    following = file.lanes[name].degrade_to
    while following is not None and following != NO_LANE:
        below.append(following)
        following = file.lanes[following].degrade_to
    return below


def _lane(name: str, section: LaneSection, file: PolicyFile, deployments: Mapping[str, Deployment]) -> Lane:
    weights = section.weights
    return Lane(
        name=name,
        deployments=tuple(deployments[each] for each in section.deployments),
        weights=tuple(weights.get(each, 0.0) for each in section.deployments) if weights else (),
        degrade_to=degrade_to(name, file),
        first_token_timeout_s=section.first_token_timeout,
        slow_after=section.slow_after,
        hedge_after=section.hedge_after,
        breaker=_breaker(section.breaker, file.breaker),
        effort=section.effort,
        thinking_budget_tokens=section.thinking_budget,
        timeout_s=section.timeout,
        idle_timeout_s=section.idle_timeout,
        max_cost_nanousd=section.max_cost,
        max_output_tokens=section.max_output_tokens,
        heartbeat_after_s=section.heartbeat_after,
        strategy=section.strategy,
        all_checks=section.all_checks,
        stream=section.stream,
        early_stop=section.early_stop,
        stop_when_verified=section.stop_when_verified,
        caps=tuple(caps_of("lane", section.budget)),
    )


def _breaker(section: BreakerSection, everywhere: BreakerSection) -> BreakerPolicy:
    """A lane's breaker: its own words, and those at the top of the file where it says nothing."""
    merged = everywhere.model_copy(update={key: getattr(section, key) for key in section.model_fields_set})
    return BreakerPolicy(
        error_rate=merged.error_rate, window_s=merged.window, min_calls=merged.min_calls, open_s=merged.open_for
    )
