"""An incident's policy: laid over the simulated one, with times that stretch."""

from __future__ import annotations

from datetime import timedelta

import yaml

from lanewise.lab.drill_policy import (
    USUAL_TIME_SCALE,
    incident_policy_text,
    laid_over,
    stretch_of,
    stretched_fault,
)


def test_times_stretch_with_the_vendors_delays() -> None:
    assert (stretch_of(USUAL_TIME_SCALE), stretch_of(2 * USUAL_TIME_SCALE)) == (1.0, 2.0)


def test_keys_are_laid_over_one_by_one_lists_whole_and_none_takes_away() -> None:
    base = {"lanes": {"a": {"x": 1, "y": [1, 2]}}, "gone": 1}
    assert laid_over(base, {"lanes": {"a": {"y": [3]}, "b": {}}}, {"gone": None, "never": None}) == {
        "lanes": {"a": {"x": 1, "y": [3]}, "b": {}}
    }
    assert base["gone"] == 1


def test_durations_are_stretched_and_written_as_a_policy_writes_them() -> None:
    text = incident_policy_text(
        "limits: {max_wait: 60s}\nlanes:\n  a: {timeout: 30s}\n",
        {"lanes": {"a": {"first_token_timeout": timedelta(milliseconds=250)}}, "breaker": {"min_calls": 3}},
        stretch=0.5,
    )
    assert yaml.safe_load(text) == {
        "limits": {"max_wait": "60s"},
        "lanes": {"a": {"timeout": "30s", "first_token_timeout": "125ms"}},
        "breaker": {"min_calls": 3},
    }


def test_a_fault_s_durations_are_seconds() -> None:
    assert stretched_fault({"kind": "stall", "s": timedelta(seconds=3), "after": 2}, 2.0) == {
        "kind": "stall",
        "s": 6.0,
        "after": 2,
    }
