"""The policy of an incident: that of `serve --simulate`, with what the drill and the incident lay over it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import yaml

from lanewise.lab.drill_incidents import Fault

USUAL_TIME_SCALE = 0.03
LEAST_TIME_SCALE = 0.015
"""Below this, what is measured is how busy the machine is."""


def stretch_of(time_scale: float) -> float:
    """The factor on every time of an incident at a factor on the vendors' delays."""
    return time_scale / USUAL_TIME_SCALE


def stretched_policy(keys: Mapping[str, object], stretch: float) -> dict[str, object]:
    """Keys of a policy whose durations are stretched, and written as a policy file writes them."""
    return {key: _written(value, stretch) for key, value in keys.items()}


def stretched_fault(fault: Fault, stretch: float) -> dict[str, object]:
    """A fault whose durations are stretched, in seconds."""
    return {
        key: value.total_seconds() * stretch if isinstance(value, timedelta) else value for key, value in fault.items()
    }


def laid_over(base: Mapping[str, Any], *others: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings laid over one another, key by key; lists and values of a later one replace those of an earlier, None takes a key away."""
    made = dict(base)
    for other in others:
        for key, value in other.items():
            below = made.get(key)
            if isinstance(below, Mapping) and isinstance(value, Mapping):
                made[key] = laid_over(below, value)
            elif value is None:
                made.pop(key, None)
            else:
                made[key] = value
    return made


def incident_policy_text(simulated: str, overrides: Mapping[str, Any], *, stretch: float) -> str:
    """The text of the simulated policy with overrides, durations stretched."""
    data = laid_over(yaml.safe_load(simulated), stretched_policy(overrides, stretch))
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def _written(value: object, stretch: float) -> object:
    if isinstance(value, timedelta):
        return f"{max(1, round(value.total_seconds() * stretch * 1000))}ms"
    return stretched_policy(value, stretch) if isinstance(value, Mapping) else value
