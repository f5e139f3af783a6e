"""What a schema and an answer weigh is seen before anything is checked."""

from __future__ import annotations

import pytest

from lanewise.verifiers.schema_limits import (
    backtracking_patterns,
    is_day,
    is_moment,
    is_quick,
    is_time,
    parts_of,
    values_in,
)


def test_parts_count_what_is_compared_more_than_what_is_looked_up() -> None:
    plain, objects = parts_of({"enum": ["a", "b", "c"]}), parts_of({"enum": [{"a": 1}, {"a": 2}]})
    assert plain < 10
    assert objects > 100
    assert parts_of({"properties": {"a": {}}, "unevaluatedProperties": False}) > 2 * parts_of({"properties": {"a": {}}})


def test_values_are_counted_however_deep() -> None:
    deep: object = "x"
    for _ in range(5_000):
        deep = [deep]
    assert values_in(deep) == 5_001


@pytest.mark.parametrize("pattern", ["(?=a)b", "(?!a)", "(?<=a)b", "(?<!a)b", r"(a)\1", "a*+", r"(?<n>a)\k<n>"])
def test_patterns_that_backtrack_are_seen_wherever_they_stand(pattern: str) -> None:
    assert backtracking_patterns({"allOf": [{"properties": {"a": {"pattern": pattern}}}]}) == [pattern]
    assert backtracking_patterns({"patternProperties": {pattern: {}}}) == [pattern]


@pytest.mark.parametrize("pattern", ["^(a+)+$", r"^\d{4}$", "(?:a|b)", "(?i)a", "(?<name>a)", "(?P<name>a)"])
def test_patterns_that_do_not_backtrack_are_not(pattern: str) -> None:
    assert backtracking_patterns({"pattern": pattern}) == []


def test_a_schema_is_quick_where_it_has_no_patterns_and_there_is_little_of_it() -> None:
    assert is_quick(b'{"type": "object", "properties": {"a": {"type": "string"}}}', 3_000)
    assert not is_quick(b'{"pattern": "a"}', 10)
    assert not is_quick(b'{"\\u0070attern": "a"}', 10)
    assert not is_quick(b"{}" + b" " * 60_000, 3_000)


def test_moments_and_times_may_lack_their_zone_and_days_must_be_there() -> None:
    assert all(map(is_moment, ("2026-01-31T09:30:00Z", "2026-01-31T09:30:00.5+02:00", "2026-01-31T09:30:00")))
    assert not any(
        map(is_moment, ("2026-02-30T09:30:00Z", "2026-01-31", "2026-01-31T25:00:00Z", "2026-01-31 09:30:00", ""))
    )
    assert all(map(is_time, ("09:30:00", "23:59:60Z")))
    assert not any(map(is_time, ("9:30", "09:30:00 o'clock", "24:00:00")))
    assert is_day("2024-02-29")
    assert not any(map(is_day, ("2026-02-29", "20260131", "2026-W01-1", "")))
